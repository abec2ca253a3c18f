/* Publishing through a whole node on a real store: what a client hears, and when. */
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

static const struct sb_result *only_result(struct sb_message *m, uint32_t request)
{
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, m));
    assert_int_equal(m->request, request);
    assert_int_equal(m->results.n_items, 1);
    return &m->results.items[0];
}

static void test_node_acks_in_the_turn_that_commits(void **state)
{
    (void)state;
    struct sb_submission item = world_custom(world, 1, "text", "");
    struct sb_message m = world_publish(77, &item, 1), heard;
    world_say(world, WORLD_CLIENT, &m);
    const struct sb_result *r = only_result(&heard, 77);
    assert_int_equal(r->code, SB_CODE_OK);
    assert_int_equal(r->seq.n, 2); /* behind the start of the epoch */
    assert_false(r->duplicate);
    assert_true(sb_org_eq(&heard.results.origin, &(struct sb_org){"GM0384"}));
    struct sb_record record;
    assert_int_equal(sb_store_find_id(world->store, 0, &item.id, 0, &record, NULL), SB_OK);
    assert_int_equal(record.state, SB_BODY_PRESENT);
}

static void test_node_joins_the_results_of_each_request_when_several_share_a_turn(void **state)
{
    (void)state;
    static const struct {
        uint32_t session, request;
        size_t n;
    } sent[3] = {{5, 1, 3}, {6, 1, 2}, {5, 2, 1}};
    struct sb_submission items[6];
    struct sb_net_message net[3];
    struct sb_message heard;
    for (unsigned i = 0; i < 6; i++) {
        items[i] = world_custom(world, 10 + i, "text", "");
    }
    for (size_t i = 0, at = 0; i < 3; at += sent[i].n, i++) {
        struct sb_message m = world_publish(sent[i].request, &items[at], sent[i].n);
        net[i] = world_request(world, WORLD_CLIENT, sent[i].session, &m);
    }
    world_turn(world, net, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(world_heard(world, SB_MSG_RESULTS, i, &heard));
        assert_int_equal(heard.request, sent[i].request);
        assert_int_equal(heard.results.n_items, sent[i].n);
    }
    assert_false(world_heard(world, SB_MSG_RESULTS, 3, &heard));
}

static void test_node_knows_an_id_again_after_the_commit_and_within_the_turn(void **state)
{
    (void)state;
    struct sb_submission items[2] = {world_custom(world, 20, "same", ""),
                                     world_custom(world, 20, "same", "")};
    struct sb_message m = world_publish(3, items, 2), heard;
    world_say(world, WORLD_CLIENT, &m);
    assert_false(only_result(&heard, 3)->duplicate);
    assert_int_equal(sb_node_deadline(world->node), 0); /* the other waits for the commit */
    world_turn(world, NULL, 0);
    assert_true(only_result(&heard, 3)->duplicate);
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
    items[0] = world_custom(world, 20, "other", "");
    m = world_publish(4, items, 1);
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(only_result(&heard, 4)->code, SB_CODE_ID_CONFLICT);
}

static void test_node_says_who_may_not_publish_and_by_which_rule(void **state)
{
    (void)state;
    struct sb_submission item = world_custom(world, 30, "text", "");
    struct sb_message m = world_publish(5, &item, 1), heard;
    world_say(world, WORLD_STRANGER, &m);
    assert_int_equal(only_result(&heard, 5)->code, SB_CODE_NOT_ALLOWED);
    assert_string_equal(world->who, "stranger");
    assert_string_equal(world->what, "publish custom/test");
    assert_non_null(strstr(world->why, "clients.publish"));
}

static void test_node_refuses_each_bad_item_alone(void **state)
{
    (void)state;
    struct sb_submission items[3] = {world_custom(world, 40, "text", ""),
                                     world_custom(world, 41, "text", ""),
                                     world_custom(world, 42, "text", "")};
    items[0].body = (struct sb_bytes){(const uint8_t *)"\xff\xff", 2};
    items[2].audience = (struct sb_audience){&(struct sb_org){"GM9999"}, 1};
    struct sb_message m = world_publish(6, items, 3), heard;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.n_items, 3);
    for (size_t i = 0; i < 3; i++) {
        bool good = heard.results.items[i].index == 1;
        assert_int_equal(heard.results.items[i].code == SB_CODE_OK, good);
        assert_int_equal(heard.results.items[i].text[0] == '\0', good);
    }
}

static void test_node_complains_of_a_frame_that_it_cannot_read(void **state)
{
    (void)state;
    struct sb_net_message net = {.event = SB_NET_REQUEST, .identity = WORLD_CLIENT, .session = 5};
    net.frame = (struct sb_bytes){(const uint8_t *)"garbage", 7};
    unsigned before = world->complaints;
    world_turn(world, &net, 1);
    assert_int_equal(world->complaints, before + 1);
    assert_string_equal(world->who, "operator");
    struct sb_status *status = sb_node_status(world->node, world->now, &world->arena);
    assert_int_equal(status->malformed_frames, 1);
}

static void test_node_spreads_what_exceeds_a_batch_over_turns_in_order(void **state)
{
    (void)state;
    enum { N = 2 * SB_PUBLISH_ITEMS_MAX };
    struct sb_submission *items = calloc(N, sizeof *items);
    struct sb_net_message net[3];
    for (unsigned i = 0; i < N; i++) {
        items[i] = world_custom(world, 1000 + i, "text", "");
    }
    struct sb_submission last = world_custom(world, 900, "text", "");
    struct sb_message m[3] = {world_publish(7, items, N / 2),
                              world_publish(8, items + N / 2, N / 2), world_publish(9, &last, 1)};
    for (size_t i = 0; i < 3; i++) {
        net[i] = world_request(world, WORLD_CLIENT, 5, &m[i]);
    }
    world_turn(world, net, 3); /* the batch is full before the last one */
    struct sb_record highest, record;
    assert_int_equal(sb_store_find_id(world->store, 0, &last.id, 0, &record, NULL), SB_E_NOTFOUND);
    assert_int_equal(sb_node_deadline(world->node), 0);
    world_turn(world, NULL, 0);
    assert_int_equal(sb_store_find_id(world->store, 0, &last.id, 0, &record, NULL), SB_OK);
    assert_int_equal(sb_store_find_id(world->store, 0, &items[N - 1].id, 0, &highest, NULL), SB_OK);
    assert_true(record.item.link.seq.n == highest.item.link.seq.n + 1);
    free(items);
}

/* A body of nearly the largest size. */
static struct sb_submission large_custom(unsigned number)
{
    enum { DATA = 60000 };
    uint8_t *data = calloc(1, DATA);
    char *base64 = malloc(DATA * 2), *json = malloc(DATA * 2);
    sb_base64_encode(base64, data, DATA);
    snprintf(json, DATA * 2,
             "{\"id\":\"01930000-0000-7000-8000-%012u\",\"topic\":\"custom/test\","
             "\"custom\":{\"contentType\":\"text/plain\",\"data\":\"%s\"}}",
             number, base64);
    struct sb_submission s = world_submission(world, json);
    free(data);
    free(base64);
    free(json);
    return s;
}

static uint64_t seq_of(const struct sb_uuid *id)
{
    struct sb_record record;
    assert_int_equal(sb_store_find_id(world->store, 0, id, 0, &record, NULL), SB_OK);
    return record.item.link.seq.n;
}

static void test_node_keeps_the_order_of_a_session_when_a_small_one_would_still_fit(void **state)
{
    (void)state;
    enum { N = 14 };
    struct sb_submission items[N];
    struct sb_net_message net[2];
    for (unsigned i = 0; i + 1 < N; i++) {
        items[i] = large_custom(60 + i);
    }
    items[N - 1] = world_custom(world, 80, "small", "");
    struct sb_message m[2] = {world_publish(11, items, N - 1), world_publish(12, &items[N - 1], 1)};
    net[0] = world_request(world, WORLD_CLIENT, 5, &m[0]);
    net[1] = world_request(world, WORLD_CLIENT, 5, &m[1]);
    world_turn(world, net, 2);
    world_turn(world, NULL, 0);
    for (size_t i = 1; i < N; i++) {
        assert_true(seq_of(&items[i].id) == seq_of(&items[i - 1].id) + 1);
    }
}

/* More than may wait at once: what there is is committed within the turn to make room. */
static void test_node_takes_more_publishes_in_a_turn_than_may_wait(void **state)
{
    (void)state;
    enum { MESSAGES = SB_PENDING_PUBLISHES_MAX / SB_PUBLISH_ITEMS_MAX + 4 };
    struct sb_submission *items = calloc(SB_PUBLISH_ITEMS_MAX, sizeof *items);
    struct sb_net_message net[MESSAGES];
    size_t acked = 0;
    for (unsigned i = 0; i < MESSAGES; i++) {
        for (unsigned k = 0; k < SB_PUBLISH_ITEMS_MAX; k++) {
            items[k] = world_custom(world, i * 2000 + k, "text", "");
        }
        struct sb_message m = world_publish(i, items, SB_PUBLISH_ITEMS_MAX);
        net[i] = world_request(world, WORLD_CLIENT, 5, &m);
    }
    world_turn(world, net, MESSAGES);
    for (unsigned turns = 0; turns < 2 * MESSAGES; turns++) {
        struct sb_message heard;
        for (size_t i = 0; world_heard(world, SB_MSG_RESULTS, i, &heard); i++) {
            for (size_t k = 0; k < heard.results.n_items; k++) {
                assert_int_equal(heard.results.items[k].code, SB_CODE_OK);
                acked++;
            }
        }
        sb_arena_reset(&world->arena);
        world_turn(world, NULL, 0);
    }
    assert_int_equal(acked, MESSAGES * SB_PUBLISH_ITEMS_MAX);
    free(items);
}

static void test_node_refuses_publishes_and_drains_when_it_stops(void **state)
{
    (void)state;
    struct sb_submission item = world_custom(world, 50, "text", "");
    struct sb_message m = world_publish(10, &item, 1), heard;
    assert_false(sb_node_drained(world->node));
    sb_node_shutdown(world->node);
    assert_int_equal(sb_node_deadline(world->node), 0);
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(only_result(&heard, 10)->code, SB_CODE_SHUTTING_DOWN);
    assert_true(sb_node_drained(world->node));
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_node_acks_in_the_turn_that_commits),
        WORLD_TEST(test_node_joins_the_results_of_each_request_when_several_share_a_turn),
        WORLD_TEST(test_node_knows_an_id_again_after_the_commit_and_within_the_turn),
        WORLD_TEST(test_node_says_who_may_not_publish_and_by_which_rule),
        WORLD_TEST(test_node_refuses_each_bad_item_alone),
        WORLD_TEST(test_node_complains_of_a_frame_that_it_cannot_read),
        WORLD_TEST(test_node_spreads_what_exceeds_a_batch_over_turns_in_order),
        WORLD_TEST(test_node_keeps_the_order_of_a_session_when_a_small_one_would_still_fit),
        WORLD_TEST(test_node_takes_more_publishes_in_a_turn_than_may_wait),
        WORLD_TEST(test_node_refuses_publishes_and_drains_when_it_stops),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
