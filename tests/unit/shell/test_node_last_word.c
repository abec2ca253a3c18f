/* The last word of a stream: it is said until it has left, less and less often, and to nobody who
 * is gone. */
#include "daemon/shell/last_word.h"
#include "tests/unit/shell/node_talk.h"

static struct node_world *world;

static int open_world(void **state)
{
    *state = world = world_new("GM0384", NULL);
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    return 0;
}

/* Of somebody who may read nothing. */
static struct sb_message refused(uint32_t number)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 100 + number};
    m.subscribe.subscription = number;
    m.subscribe.credit = 10;
    return m;
}

/* How many refusals leave in this turn; none of them is taken. */
static size_t drop_refusals(void)
{
    struct sb_message heard;
    size_t n = 0;
    while (world_heard(world, SB_MSG_REFUSAL, n, &heard)) {
        n++;
    }
    for (size_t i = 0; i < world->out.n; i++) {
        sb_node_unsent(world->node, &world->out.items[i]);
    }
    return n;
}

static size_t drop_refusals_after(int64_t ms)
{
    world->now.mono_ms += ms;
    world_turn(world, NULL, 0);
    return drop_refusals();
}

static void test_last_word_is_said_until_it_has_left(void **state)
{
    (void)state;
    struct sb_message m = refused(1), heard;
    world_say(world, WORLD_STRANGER, &m);
    assert_int_equal(drop_refusals(), 1);
    assert_true(sb_node_deadline(world->node) <= world->now.mono_ms + 20);
    assert_int_equal(drop_refusals_after(1), 0);
    assert_int_equal(drop_refusals_after(20), 1);
    world->now.mono_ms += 1000;
    world_turn(world, NULL, 0); /* it leaves */
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.request, 101);
    assert_int_equal(heard.refusal.code, SB_CODE_NOT_ALLOWED);
    assert_int_equal(drop_refusals_after(2000), 0);
}

static void test_last_word_is_said_less_and_less_often(void **state)
{
    (void)state;
    struct sb_message m = refused(1);
    size_t said = 0;
    world_say(world, WORLD_STRANGER, &m);
    assert_int_equal(drop_refusals(), 1);
    for (unsigned ms = 0; ms < 60000; ms += 20) {
        said += drop_refusals_after(20);
    }
    assert_in_range(said, 58, 70); /* once a second, in the end */
}

static void test_last_words_beyond_their_number_are_said_once(void **state)
{
    (void)state;
    size_t said = 0;
    for (uint32_t i = 0; i < SB_LAST_WORDS_OF_SESSION_MAX + 10; i++) {
        struct sb_message m = refused(i);
        world_say(world, WORLD_STRANGER, &m);
        said += drop_refusals();
    }
    assert_true(said >= SB_LAST_WORDS_OF_SESSION_MAX + 10);
    assert_int_equal(drop_refusals_after(5000), SB_LAST_WORDS_OF_SESSION_MAX);
}

static void test_last_word_is_not_said_to_who_is_gone(void **state)
{
    (void)state;
    struct sb_message m = refused(1);
    struct sb_net_message net[2] = {world_request(world, WORLD_STRANGER, WORLD_SESSION, &m),
                                    {.event = SB_NET_SESSION_GONE, .session = WORLD_SESSION}};
    world_turn(world, net, 1);
    assert_int_equal(drop_refusals(), 1);
    world_turn(world, net + 1, 1);
    assert_int_equal(drop_refusals(), 0);
    assert_int_equal(drop_refusals_after(5000), 0);
    world_turn(world, net, 2); /* both in one turn */
    assert_int_equal(drop_refusals(), 0);
    assert_int_equal(drop_refusals_after(5000), 0);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_last_word_is_said_until_it_has_left),
        WORLD_TEST(test_last_word_is_said_less_and_less_often),
        WORLD_TEST(test_last_words_beyond_their_number_are_said_once),
        WORLD_TEST(test_last_word_is_not_said_to_who_is_gone),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
