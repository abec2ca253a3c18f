/* Streams of a whole node on a real store: where they begin and end, what they take, and that a
 * frame that could not be sent is given again. */
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

static struct sb_message subscription(uint32_t number)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 100 + number};
    m.subscribe.subscription = number;
    m.subscribe.credit = 1000;
    return m;
}

/* Turns until nothing comes, counting events and watching their order; *ended: the stream said so.
 */
static size_t drain(uint32_t number, uint64_t *last_offset, bool *ended)
{
    size_t n = 0;
    *ended = false;
    for (unsigned turns = 0; turns < 20; turns++) {
        struct sb_message m;
        for (size_t i = 0; world_heard(world, SB_MSG_DELIVER, i, &m); i++) {
            assert_int_equal(m.deliver.subscription, number);
            assert_int_equal(m.request, 100 + number);
            assert_false(*ended);
            for (size_t k = 0; k < m.deliver.n_items; k++) {
                assert_true(m.deliver.items[k].offset.n > *last_offset);
                *last_offset = m.deliver.items[k].offset.n;
                n++;
            }
            *ended = m.deliver.end;
        }
        world_turn(world, NULL, 0);
    }
    return n;
}

static void test_stream_gives_all_and_ends_at_the_head_of_its_beginning(void **state)
{
    (void)state;
    uint64_t last = 0;
    bool ended;
    world_fill(world, 1, 10);
    struct sb_message m = subscription(1);
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(1, &last, &ended), 10); /* without the start of the epoch */
    assert_true(ended);
    world_fill(world, 20, 1);
    assert_int_equal(drain(1, &last, &ended), 0);
}

static void test_stream_of_an_empty_log_ends_at_once(void **state)
{
    (void)state;
    uint64_t last = 0;
    bool ended;
    struct sb_message m = subscription(1);
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(1, &last, &ended), 0);
    assert_true(ended);
}

static void test_stream_follows_in_the_turn_of_the_commit(void **state)
{
    (void)state;
    struct sb_message m = subscription(2), heard;
    m.subscribe.follow = m.subscribe.live_only = true;
    world_fill(world, 1, 3);
    world_say(world, WORLD_CLIENT, &m);
    world_fill(world, 10, 2);
    assert_true(world_heard(world, SB_MSG_DELIVER, 0, &heard));
    assert_int_equal(heard.deliver.n_items, 2);
    assert_int_equal(sb_node_deadline(world->node), 0); /* the core must hear that it was sent */
    assert_int_equal(heard.deliver.items[0].state, SB_BODY_PRESENT);
    assert_string_equal(heard.deliver.items[0].epoch, heard.deliver.items[1].epoch);
    assert_true(heard.deliver.items[0].checkpoint_time.ms == world->now.wall.ms);
}

static void test_stream_gives_a_frame_again_when_it_could_not_be_sent(void **state)
{
    (void)state;
    uint64_t last = 0;
    bool ended;
    struct sb_message m = subscription(1), heard;
    world_fill(world, 1, 10);
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_DELIVER, 0, &heard));
    for (size_t i = 0; i < world->out.n; i++) {
        if (world->out.items[i].kind == SB_OUT_ANSWER) {
            assert_true(world->out.items[i].paced); /* takes no room of answers */
            sb_node_unsent(world->node, &world->out.items[i]);
        }
    }
    world_turn(world, NULL, 0);
    assert_false(
        world_heard(world, SB_MSG_DELIVER, 0, &heard)); /* the queue is full: not at once */
    world->now.mono_ms += 1000;
    world_turn(world, NULL, 0);
    assert_int_equal(drain(1, &last, &ended), 10);
    assert_true(ended);
}

static void test_stream_takes_only_its_topics_and_origins(void **state)
{
    (void)state;
    const char *topic = "agenda/";
    struct sb_org other = world_org("GM0437");
    uint64_t last = 0;
    bool ended;
    struct sb_submission item = world_submission(
        world,
        "{\"topic\":\"agenda/wonen\",\"agendaItem\":{\"itemId\":"
        "\"01930000-0000-7000-8000-000000000001\",\"kind\":\"meeting\",\"title\":\"Overleg\","
        "\"start\":\"2026-12-10T20:00\",\"status\":\"planned\"}}");
    struct sb_message publish = world_publish(9, &item, 1), m = subscription(1);
    world_fill(world, 1, 5);
    world_say(world, WORLD_CLIENT, &publish);
    m.subscribe.topics = &topic;
    m.subscribe.n_topics = 1;
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(1, &last, &ended), 1);
    m = subscription(2);
    m.subscribe.origins = &other;
    m.subscribe.n_origins = 1;
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(2, &last, &ended), 0);
    m = subscription(3);
    m.subscribe.system = true;
    last = 0;
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(3, &last, &ended), 7); /* with the start of the epoch */
}

static void test_stream_with_a_cursor_begins_behind_it(void **state)
{
    (void)state;
    uint64_t last = 0;
    bool ended;
    struct sb_record record;
    world_fill(world, 1, 10);
    struct sb_submission fifth = world_custom(world, 5, "text", "");
    assert_int_equal(sb_store_refresh(world->store, NULL), SB_OK);
    assert_int_equal(sb_store_find_id(world->store, 0, &fifth.id, 0, &record, NULL), SB_OK);
    struct sb_tip tip = {.origin = world_org("GM0384"),
                         .epoch = record.item.link.epoch,
                         .seq = record.item.link.seq,
                         .hash = sb_link_hash(&record.item.link)};
    struct sb_message m = subscription(1);
    m.subscribe.cursor = &tip;
    m.subscribe.n_cursor = 1;
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(1, &last, &ended), 5);
    assert_true(ended);
}

static void test_stream_stops_at_its_credit_and_goes_on_with_more(void **state)
{
    (void)state;
    uint64_t last = 0;
    bool ended;
    struct sb_message m = subscription(1), credit = {.type = SB_MSG_CREDIT};
    world_fill(world, 1, 10);
    m.subscribe.credit = 4;
    world_say(world, WORLD_CLIENT, &m);
    assert_int_equal(drain(1, &last, &ended), 4);
    assert_false(ended);
    credit.credit.subscription = 1;
    credit.credit.credit = 100;
    world_say(world, WORLD_CLIENT, &credit);
    assert_int_equal(drain(1, &last, &ended), 6);
    assert_true(ended);
}

static void test_stream_is_replaced_by_another_of_its_number(void **state)
{
    (void)state;
    struct sb_message m = subscription(1), heard;
    struct sb_net_message net[2];
    uint64_t last = 0;
    bool ended;
    world_fill(world, 1, 10);
    net[0] = world_request(world, WORLD_CLIENT, WORLD_SESSION, &m);
    m.subscribe.from_offset.n = 9;
    net[1] = world_request(world, WORLD_CLIENT, WORLD_SESSION, &m);
    world_turn(world, net, 2);
    assert_true(world_heard(world, SB_MSG_DELIVER, 0, &heard));
    assert_true(heard.deliver.items[0].offset.n == 9);
    assert_int_equal(drain(1, &last, &ended), 3);
}

static void test_stream_of_a_session_that_is_gone_is_not_read(void **state)
{
    (void)state;
    struct sb_message m = subscription(1), heard;
    world_fill(world, 1, 10);
    struct sb_net_message net[2] = {world_request(world, WORLD_CLIENT, WORLD_SESSION, &m),
                                    {.event = SB_NET_SESSION_GONE, .session = WORLD_SESSION}};
    world_turn(world, net, 2);
    assert_false(world_heard(world, SB_MSG_DELIVER, 0, &heard));
    assert_true(sb_node_deadline(world->node) > 0);
}

static void test_stream_is_refused_to_who_may_not_read(void **state)
{
    (void)state;
    struct sb_message m = subscription(1), heard;
    world_say(world, WORLD_STRANGER, &m);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.request, 101);
    assert_int_equal(heard.refusal.code, SB_CODE_NOT_ALLOWED);
    assert_string_equal(world->who, "stranger");
    assert_string_equal(world->what, "subscribe");
    assert_int_equal(sb_node_status(world->node, world->now, &world->arena)->denied, 1);
}

static void test_fetch_gives_the_history_page_by_page(void **state)
{
    (void)state;
    struct sb_message m = {.type = SB_MSG_FETCH}, heard;
    uint64_t n = 0;
    world_fill(world, 1, 700);
    world_fill(world, 1001, 700);
    m.fetch.origin = world_org("GM0384");
    for (unsigned pages = 0; pages < 10; pages++) {
        world_say(world, WORLD_CLIENT, &m);
        assert_true(world_heard(world, SB_MSG_FETCHED, 0, &heard));
        const struct sb_events *e = &heard.fetched.events;
        for (size_t i = 0; i < e->n_items; i++) {
            assert_true(e->items[i].link.seq.n == ++n);
            assert_non_null(e->items[i].salt);
        }
        if (heard.fetched.end) {
            assert_int_equal(e->n_items, 0);
            break;
        }
        assert_true(e->checkpoints[e->n_checkpoints - 1].seq.n == n);
        m.fetch = heard.fetched.next;
    }
    assert_int_equal(n, 1401);
    world_say(world, WORLD_STRANGER, &m);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.refusal.code, SB_CODE_NOT_ALLOWED);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_stream_gives_all_and_ends_at_the_head_of_its_beginning),
        WORLD_TEST(test_stream_of_an_empty_log_ends_at_once),
        WORLD_TEST(test_stream_follows_in_the_turn_of_the_commit),
        WORLD_TEST(test_stream_gives_a_frame_again_when_it_could_not_be_sent),
        WORLD_TEST(test_stream_takes_only_its_topics_and_origins),
        WORLD_TEST(test_stream_with_a_cursor_begins_behind_it),
        WORLD_TEST(test_stream_stops_at_its_credit_and_goes_on_with_more),
        WORLD_TEST(test_stream_is_replaced_by_another_of_its_number),
        WORLD_TEST(test_stream_of_a_session_that_is_gone_is_not_read),
        WORLD_TEST(test_stream_is_refused_to_who_may_not_read),
        WORLD_TEST(test_fetch_gives_the_history_page_by_page),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
