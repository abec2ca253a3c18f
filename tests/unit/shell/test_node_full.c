/* A disk that is really full: what has the store's reserve is done, whatever is asked for beside
 * it. */
#include <errno.h>
#include <fcntl.h>

#include "tests/unit/shell/node_consuming.h"

enum { TOPICS = 60 };

static bool disk_full;

/* In the system's place: a disk that keeps what it was asked for, until it is full. */
int fallocate(int fd, int mode, off_t from, off_t n)
{
    (void)fd, (void)mode, (void)from, (void)n;
    errno = ENOSPC;
    return disk_full ? -1 : 0;
}

static int open_empty(void **state)
{
    disk_full = false;
    return open_world(state);
}

/* Not one more event finds room. The disk has just refused one. */
static void fill_up(void)
{
    struct sb_message heard = {.type = SB_MSG_RESULTS};
    enum sb_code code = SB_CODE_OK;
    disk_full = true;
    for (unsigned i = 100; code == SB_CODE_OK; i++) {
        struct sb_submission item = world_custom(world, i, "text", "");
        struct sb_message m = world_publish(i, &item, 1);
        world_say(world, WORLD_CLIENT, &m);
        assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
        code = heard.results.items[0].code;
    }
    assert_int_equal(code, SB_CODE_STORE_FULL);
}

/* A consumer that needs more than it has is not in its way. */
static void test_full_store_erases_beside_a_consumer_that_grows(void **state)
{
    static const char *topics[TOPICS];
    static char names[TOPICS][40];
    struct sb_message m[2] = {
        {.type = SB_MSG_CONSUME, .request = 90, .consume = consume(SB_CONSUME_ADD, "mail")},
        {.type = SB_MSG_ERASE, .request = 91},
    };
    struct sb_message heard;
    (void)state;
    for (unsigned i = 0; i < TOPICS; i++) {
        snprintf(names[i], sizeof names[i], "custom/a-topic-of-some-length-%u", i);
        topics[i] = names[i];
    }
    world_fill(world, 1, 1);
    fill_up();
    world->now.mono_ms += 2000;
    m[0].consume.topics = topics;
    m[0].consume.n_topics = TOPICS;
    struct sb_erase_item item = {world_org("GM0384"), world_custom(world, 1, "text", "").id};
    m[1].erase = (struct sb_erase){.ground = "AVG", .items = &item, .n_items = 1};
    struct sb_net_message net[2] = {world_request(world, WORLD_CLIENT, WORLD_SESSION, &m[0]),
                                    world_request(world, WORLD_CLIENT, WORLD_SESSION, &m[1])};
    world_turn(world, net, 2);
    assert_false(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_false(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    world_turn(world, NULL, 0);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.request, 90);
    assert_int_equal(heard.refusal.code, SB_CODE_STORE_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full_store_erases_beside_a_consumer_that_grows,
                                        open_empty, close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
