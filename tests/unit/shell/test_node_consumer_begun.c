/* Consumers that are changed while they are read: what a commit may take back is given to nobody,
 * and what came before a consumer was begun anew does not count behind it. */
#include "tests/unit/shell/file_limit.h"
#include "tests/unit/shell/node_consuming.h"

static struct sb_net_message frame_of(const struct sb_message *m)
{
    return world_request(world, WORLD_CLIENT, WORLD_SESSION, m);
}

/* In one turn whose commit fails: `change`, then a SUBSCRIBE and a question after the same
 * consumer. How many events the stream gets; the answers in the order in which they came. */
static size_t ask_beside(const struct sb_consume *change, struct sb_message *refusal,
                         struct sb_consumer *told)
{
    struct sb_message m[3] = {
        {.type = SB_MSG_CONSUME, .request = 40, .consume = *change},
        {.type = SB_MSG_SUBSCRIBE, .request = 41},
        {.type = SB_MSG_QUERY, .request = 42},
    };
    struct sb_message heard;
    struct sb_net_message net[3];
    size_t n = 0;
    m[1].subscribe = (struct sb_subscribe){
        .subscription = 9, .credit = 100, .follow = true, .consumer = change->name};
    m[2].query.consumer = change->name;
    for (size_t i = 0; i < 3; i++) {
        net[i] = frame_of(&m[i]);
    }
    limit_files(2 * 4096);
    world_turn(world, net, 3);
    limit_files(RLIM_INFINITY);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, refusal));
    assert_int_equal(refusal->request, 40);
    assert_false(world_heard(world, SB_MSG_REFUSAL, 1, &heard));
    bool answered = false;
    for (unsigned turns = 0; turns < 5; turns++) {
        for (size_t i = 0; world_heard(world, SB_MSG_DELIVER, i, &heard); i++) {
            assert_int_equal(heard.request, 41);
            n += heard.deliver.n_items;
        }
        if (world_heard(world, SB_MSG_CONSUMERS, 0, &heard)) {
            assert_int_equal(heard.request, 42);
            *told = heard.consumers.items[0];
            answered = true;
        }
        assert_true(turns == 0 || !world_heard(world, SB_MSG_REFUSAL, 0, &heard));
        world_turn(world, NULL, 0);
    }
    assert_true(answered);
    return n;
}

static void test_consumer_is_read_as_the_disk_has_it(void **state)
{
    (void)state;
    struct sb_message refusal;
    struct sb_consumer told;
    struct sb_consume c = consume(SB_CONSUME_RESET, "mail");
    c.live_only = true;
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    world_fill(world, 1, 5);
    assert_int_equal(ask_beside(&c, &refusal, &told), 5);
    assert_int_equal(refusal.refusal.code, SB_CODE_STORE_FULL);
    assert_int_equal(told.n_cursor, 0);
    assert_int_equal(told.behind, 5);
    c = consume(SB_CONSUME_REMOVE, "mail");
    assert_int_equal(ask_beside(&c, &refusal, &told), 5);
    assert_int_equal(refusal.refusal.code, SB_CODE_STORE_FULL);
    assert_string_equal(told.name, "mail");
}

/* A full disk is an acknowledgement's business only where it fails alone: beside an event, which
 * leaves the reserve alone, it is tried again before anybody hears of it. */
static void test_change_that_fails_beside_others_is_tried_alone(void **state)
{
    (void)state;
    struct sb_message heard;
    struct sb_submission item = world_custom(world, 1, "text", "");
    struct sb_message m[3] = {
        world_publish(80, &item, 1),
        {.type = SB_MSG_CONSUME, .request = 81, .consume = consume(SB_CONSUME_RESET, "mail")},
        {.type = SB_MSG_QUERY, .request = 82, .query = {.consumer = "mail"}},
    };
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    struct sb_net_message net[3] = {frame_of(&m[0]), frame_of(&m[1]), frame_of(&m[2])};
    limit_files(2 * 4096);
    world_turn(world, net, 3);
    limit_files(RLIM_INFINITY);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_STORE_FULL);
    assert_false(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    world_turn(world, NULL, 0);
    assert_true(world_heard(world, SB_MSG_CONSUMERS, 0, &heard));
    assert_int_equal(heard.request, 81);
    assert_false(world_heard(world, SB_MSG_CONSUMERS, 1, &heard)); /* what is behind it stays so */
    world_turn(world, NULL, 0);
    assert_true(world_heard(world, SB_MSG_CONSUMERS, 0, &heard));
    assert_int_equal(heard.request, 82);
}

/* What a client says of a SUBSCRIBE that waits is said behind it, its end too. */
static void test_stream_that_waited_ends_with_its_client(void **state)
{
    (void)state;
    struct sb_message m[3] = {
        {.type = SB_MSG_CONSUME, .request = 40, .consume = consume(SB_CONSUME_RESET, "mail")},
        {.type = SB_MSG_SUBSCRIBE, .request = 41},
        {.type = SB_MSG_UNSUBSCRIBE, .request = 42},
    };
    struct sb_net_message net[3];
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    m[1].subscribe =
        (struct sb_subscribe){.subscription = 9, .credit = 100, .follow = true, .consumer = "mail"};
    m[2].credit.subscription = 9;
    for (size_t i = 0; i < 3; i++) {
        net[i] = frame_of(&m[i]);
    }
    world_turn(world, net, 3);
    world_turn(world, NULL, 0);
    assert_int_equal(show("mail").readers, 0);
    world_turn(world, net, 2);
    world_turn(world, NULL, 0);
    assert_int_equal(show("mail").readers, 1);
    net[2] = (struct sb_net_message){
        .event = SB_NET_SESSION_GONE, .identity = WORLD_CLIENT, .session = WORLD_SESSION};
    world_turn(world, net, 3);
    world_turn(world, NULL, 0);
    assert_int_equal(show("mail").readers, 0);
}

/* A follower of `mail` under request 60: how many events came, the last in `last`. */
static size_t follow(uint32_t session, struct sb_delivered *last)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 60}, heard;
    size_t n = 0;
    m.subscribe =
        (struct sb_subscribe){.subscription = 7, .credit = 100, .follow = true, .consumer = "mail"};
    struct sb_net_message net = world_request(world, WORLD_CLIENT, session, &m);
    world_turn(world, &net, 1);
    for (unsigned turns = 0; turns < 3; turns++) {
        for (size_t i = 0; world_heard(world, SB_MSG_DELIVER, i, &heard); i++) {
            for (size_t at = 0; at < heard.deliver.n_items; at++, n++) {
                *last = heard.deliver.items[at];
            }
        }
        world_turn(world, NULL, 0);
    }
    return n;
}

/* The reader's stream ends with a word of its own; false: it goes on. */
static bool is_ended(enum sb_code *code)
{
    struct sb_message heard;
    for (unsigned turns = 0; turns < 3; turns++) {
        world_turn(world, NULL, 0);
        if (world_heard(world, SB_MSG_REFUSAL, 0, &heard)) {
            assert_int_equal(heard.request, 60);
            assert_false(world_heard(world, SB_MSG_REFUSAL, 1, &heard));
            *code = heard.refusal.code;
            return true;
        }
    }
    return false;
}

static void test_reset_is_not_undone_by_who_reads(void **state)
{
    (void)state;
    struct sb_delivered last = {0}, again;
    enum sb_code code;
    world_fill(world, 1, 3);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(follow(WORLD_SESSION, &last), 3);
    assert_int_equal(acknowledge("mail", &last), SB_CODE_OK);
    assert_false(is_ended(&code));
    assert_int_equal(do_it(SB_CONSUME_RESET, "mail"), SB_CODE_OK);
    assert_true(is_ended(&code));
    assert_int_equal(code, SB_CODE_BEGUN_ANEW);
    assert_int_equal(show("mail").readers, 0);
    world_fill(world, 10, 1);
    assert_int_equal(acknowledge("mail", &last), SB_CODE_BEGUN_ANEW);
    assert_int_equal(show("mail").behind, 4);
    assert_int_equal(follow(WORLD_SESSION, &again), 4);
    assert_int_equal(acknowledge("mail", &again), SB_CODE_OK);
    assert_int_equal(show("mail").behind, 0);
}

static void test_reset_that_fails_ends_nothing(void **state)
{
    (void)state;
    struct sb_delivered last = {0};
    enum sb_code code;
    world_fill(world, 1, 3);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(follow(WORLD_SESSION, &last), 3);
    limit_files(2 * 4096);
    assert_int_equal(do_it(SB_CONSUME_RESET, "mail"), SB_CODE_STORE_FULL);
    limit_files(RLIM_INFINITY);
    assert_false(is_ended(&code));
    assert_int_equal(acknowledge("mail", &last), SB_CODE_OK);
    assert_int_equal(show("mail").behind, 0);
}

/* In the turn of the RESET its reader acknowledges: that waits for what becomes of it. */
static void test_reset_is_not_undone_in_its_own_turn(void **state)
{
    (void)state;
    struct sb_delivered last = {0};
    struct sb_message heard;
    world_fill(world, 1, 3);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(follow(WORLD_SESSION, &last), 3);
    struct sb_tip tip = {.origin = last.item.link.origin,
                         .epoch = last.item.link.epoch,
                         .seq = last.item.link.seq,
                         .hash = sb_link_hash(&last.item.link)};
    struct sb_message m[2] = {
        {.type = SB_MSG_CONSUME, .request = 70, .consume = consume(SB_CONSUME_RESET, "mail")},
        {.type = SB_MSG_CONSUME, .request = 71, .consume = consume(SB_CONSUME_ACK, "mail")},
    };
    m[1].consume.cursor = &tip;
    m[1].consume.n_cursor = 1;
    struct sb_net_message net[2] = {frame_of(&m[0]), frame_of(&m[1])};
    world_turn(world, net, 2);
    assert_true(world_heard(world, SB_MSG_CONSUMERS, 0, &heard));
    assert_int_equal(heard.request, 70);
    assert_false(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    world_turn(world, NULL, 0);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 1, &heard));
    assert_int_equal(heard.request, 71);
    assert_int_equal(heard.refusal.code, SB_CODE_BEGUN_ANEW);
    assert_int_equal(show("mail").behind, 3);
}

/* Who never read it by its name acknowledges the first of three events in the turn of the RESET:
 * where it stood before is nothing to the one that was begun anew. */
static void test_reset_and_an_acknowledgement_in_its_turn_leave_the_rest_waiting(void **state)
{
    (void)state;
    struct sb_delivered last = {0};
    struct sb_record *first = malloc(sizeof *first);
    assert_non_null(first);
    world_fill(world, 1, 3);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(follow(WORLD_SESSION, &last), 3);
    assert_int_equal(acknowledge("mail", &last), SB_CODE_OK);
    world_turn(world, NULL, 0);
    assert_int_equal(show("mail").behind, 0);
    const struct sb_place place = {0, 0, last.item.link.epoch, {last.item.link.seq.n - 2}};
    assert_int_equal(sb_store_at(world->store, &place, first, NULL), SB_OK);
    struct sb_tip tip = {first->item.link.origin, place.epoch, place.seq,
                         sb_link_hash(&first->item.link), false};
    struct sb_message m[2] = {
        {.type = SB_MSG_CONSUME, .request = 70, .consume = consume(SB_CONSUME_RESET, "mail")},
        {.type = SB_MSG_CONSUME, .request = 71, .consume = consume(SB_CONSUME_ACK, "mail")},
    };
    m[1].consume.cursor = &tip;
    m[1].consume.n_cursor = 1;
    struct sb_net_message net[2] = {frame_of(&m[0]),
                                    world_request(world, WORLD_CLIENT, WORLD_SESSION + 1, &m[1])};
    world_turn(world, net, 2);
    world_turn(world, NULL, 0);
    assert_int_equal(show("mail").behind, 2);
    free(first);
}

static void test_consumer_that_was_removed_ends_its_reader(void **state)
{
    (void)state;
    struct sb_delivered last = {0}, again;
    enum sb_code code;
    world_fill(world, 1, 3);
    assert_int_equal(do_it(SB_CONSUME_ADD, "other"), SB_CODE_OK);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(follow(WORLD_SESSION, &last), 3);
    assert_int_equal(do_it(SB_CONSUME_REMOVE, "mail"), SB_CODE_OK);
    assert_true(is_ended(&code));
    assert_int_equal(code, SB_CODE_UNKNOWN_CONSUMER);
    assert_int_equal(do_it(SB_CONSUME_REMOVE, "other"), SB_CODE_OK);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK); /* in another slot */
    assert_int_equal(acknowledge("mail", &last), SB_CODE_BEGUN_ANEW);
    assert_int_equal(show("mail").behind, 3);
    struct sb_net_message gone = {
        .event = SB_NET_SESSION_GONE, .identity = WORLD_CLIENT, .session = WORLD_SESSION};
    world_turn(world, &gone, 1);
    assert_int_equal(follow(WORLD_SESSION, &again), 3);
    assert_int_equal(acknowledge("mail", &again), SB_CODE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_consumer_is_read_as_the_disk_has_it),
        TEST(test_change_that_fails_beside_others_is_tried_alone),
        TEST(test_stream_that_waited_ends_with_its_client),
        TEST(test_reset_is_not_undone_by_who_reads),
        TEST(test_reset_that_fails_ends_nothing),
        TEST(test_reset_is_not_undone_in_its_own_turn),
        TEST(test_reset_and_an_acknowledgement_in_its_turn_leave_the_rest_waiting),
        TEST(test_consumer_that_was_removed_ends_its_reader),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
