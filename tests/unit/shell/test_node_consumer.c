/* Consumers of a whole node on a real store: what is acknowledged is not delivered again, after a
 * start neither; what waits for them is seen. */
#include "config/sections.h"
#include "daemon/shell/retention.h"
#include "tests/unit/shell/node_consuming.h"

/* Everything that it remembers must be on the disk. */
static void start_again(void)
{
    static const char *const topics[] = {"agenda/", "custom/"};
    static const struct sb_node_client clients[] = {
        {"operator", {.publish = topics, .n_publish = 2, .subscribe = true, .admin = true}},
        {"stranger", {.publish = topics}},
        {"other", {.publish = topics, .subscribe = true}}};
    struct sb_node_options o = {.partnership = "duoplus",
                                .organisation = world_org("GM0384"),
                                .name = "GM0384",
                                .version = "test",
                                .store = world->store,
                                .signer = world->signer,
                                .clients = clients,
                                .n_clients = 3,
                                .quota_bytes = (uint64_t)32 << 20,
                                .consumer_stuck_ms = 5000,
                                .now = world->now,
                                .random = world_random,
                                .random_context = world};
    sb_node_free(world->node);
    assert_int_equal(sb_node_new(&world->node, &o, NULL), SB_OK);
    world_turn(world, NULL, 0);
}

/* Reads all that the consumer is given: at most `most`; the last event stays in `last`. */
static size_t read_for(const char *name, uint32_t number, size_t most, struct sb_delivered *last)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 100 + number}, heard;
    size_t n = 0;
    bool ended = false;
    m.subscribe =
        (struct sb_subscribe){.subscription = number, .credit = (uint32_t)most, .consumer = name};
    world_say(world, WORLD_CLIENT, &m);
    for (unsigned turns = 0; turns < 5 && !ended; turns++) {
        for (size_t i = 0; world_heard(world, SB_MSG_DELIVER, i, &heard); i++) {
            n += heard.deliver.n_items;
            ended = heard.deliver.end;
            if (heard.deliver.n_items > 0) {
                *last = heard.deliver.items[heard.deliver.n_items - 1];
            }
        }
        world_turn(world, NULL, 0);
    }
    return n;
}

static void look_again(void)
{
    world->now.mono_ms += 1500;
    world->now.wall.ms += 1500;
    world_turn(world, NULL, 0);
}

static void test_consumer_gets_again_what_it_did_not_acknowledge(void **state)
{
    (void)state;
    struct sb_delivered last;
    world_fill(world, 1, 10);
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(read_for("mail", 1, 4, &last), 4);
    assert_int_equal(acknowledge("mail", &last), SB_CODE_OK);
    assert_int_equal(read_for("mail", 2, 100, &last), 6);
    assert_int_equal(read_for("mail", 3, 100, &last), 6);
    assert_int_equal(acknowledge("mail", &last), SB_CODE_OK);
    assert_int_equal(read_for("mail", 4, 100, &last), 0);
    start_again();
    assert_int_equal(read_for("mail", 5, 100, &last), 0);
    world_fill(world, 20, 2);
    assert_int_equal(read_for("mail", 6, 100, &last), 2);
}

static void test_consumer_begins_where_it_is_told(void **state)
{
    (void)state;
    struct sb_message heard;
    struct sb_delivered last;
    struct sb_consume c = consume(SB_CONSUME_ADD, "live");
    c.live_only = true;
    world_fill(world, 1, 5);
    int64_t then = world->now.wall.ms + 1;
    world_fill(world, 10, 3);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    assert_int_equal(read_for("live", 1, 100, &last), 0);
    c = consume(SB_CONSUME_ADD, "since");
    c.since.ms = then;
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    assert_int_equal(read_for("since", 2, 100, &last), 3);
    assert_int_equal(acknowledge("since", &last), SB_CODE_OK);
    assert_int_equal(do_it(SB_CONSUME_RESET, "since"), SB_CODE_OK);
    assert_int_equal(read_for("since", 3, 100, &last), 8);
    /* the same consumer elsewhere: its cursor begins another */
    struct sb_consumer live = show("live");
    c = consume(SB_CONSUME_ADD, "copy");
    c.cursor = live.cursor;
    c.n_cursor = live.n_cursor;
    assert_int_equal(live.n_cursor, 1);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    world_fill(world, 20, 1);
    assert_int_equal(read_for("copy", 4, 100, &last), 1);
}

static void test_consumer_is_its_clients(void **state)
{
    (void)state;
    struct sb_message heard;
    struct sb_consume c = consume(SB_CONSUME_ADD, "mail");
    start_again();
    assert_int_equal(ask(SB_IDENTITY_CLIENT + 1, &c, &heard), SB_CODE_NOT_ALLOWED);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    assert_string_equal(heard.consumers.items[0].client, "operator");
    assert_int_equal(ask(SB_IDENTITY_CLIENT + 2, &c, &heard), SB_CODE_CONSUMER_CONFLICT);
    c.action = SB_CONSUME_REMOVE;
    assert_int_equal(ask(SB_IDENTITY_CLIENT + 2, &c, &heard), SB_CODE_NOT_ALLOWED);
    assert_non_null(strstr(heard.refusal.text, "operator"));
    c = consume(SB_CONSUME_ADD, "other");
    assert_int_equal(ask(SB_IDENTITY_CLIENT + 2, &c, &heard), SB_CODE_OK);
    assert_int_equal(do_it(SB_CONSUME_REMOVE, "other"), SB_CODE_OK); /* an admin may */
    assert_int_equal(do_it(SB_CONSUME_REMOVE, "other"), SB_CODE_OK); /* and may ask twice */
}

static void test_unknown_consumer_is_named_with_the_nearest(void **state)
{
    (void)state;
    struct sb_message heard;
    struct sb_consume c = consume(SB_CONSUME_ACK, "arhcive");
    assert_int_equal(do_it(SB_CONSUME_ADD, "archive"), SB_CODE_OK);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_UNKNOWN_CONSUMER);
    assert_non_null(strstr(heard.refusal.text, "did you mean archive?"));
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 9};
    m.subscribe = (struct sb_subscribe){.subscription = 1, .credit = 1, .consumer = "nobody"};
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.refusal.code, SB_CODE_UNKNOWN_CONSUMER);
}

static void test_consumer_keeps_its_filters(void **state)
{
    (void)state;
    const char *topics[] = {"agenda/"};
    struct sb_message heard;
    struct sb_delivered last;
    struct sb_consume c = consume(SB_CONSUME_ADD, "agenda");
    c.topics = topics;
    c.n_topics = 1;
    world_fill(world, 1, 3);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    assert_int_equal(read_for("agenda", 1, 100, &last), 0);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    topics[0] = "custom/";
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_CONSUMER_CONFLICT);
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 9};
    m.subscribe = (struct sb_subscribe){.subscription = 1, .credit = 1, .consumer = "agenda"};
    m.subscribe.topics = topics;
    m.subscribe.n_topics = 1;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.refusal.code, SB_CODE_CONSUMER_CONFLICT);
}

static void test_consumer_that_nobody_reads_is_seen_to_be_stuck(void **state)
{
    (void)state;
    const char *topics[] = {"agenda/"};
    struct sb_message heard;
    struct sb_delivered last;
    struct sb_consume c = consume(SB_CONSUME_ADD, "agenda");
    c.topics = topics;
    c.n_topics = 1;
    start_again(); /* stuck after 5 s */
    assert_int_equal(do_it(SB_CONSUME_ADD, "mail"), SB_CODE_OK);
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    world_fill(world, 1, 3);
    look_again();
    struct sb_consumer mail = show("mail"), agenda = show("agenda");
    assert_int_equal(mail.behind, 3);
    assert_true(mail.waiting.ms != 0 && !mail.stuck);
    assert_int_equal(agenda.behind, 0); /* nothing passes its filter */
    assert_int_equal(agenda.waiting.ms, 0);
    for (int i = 0; i < 4; i++) {
        look_again();
    }
    assert_true(show("mail").stuck && !show("agenda").stuck);
    struct sb_status *s = sb_node_status(world->node, world->now, &world->arena);
    assert_int_equal(s->n_alarms, 1);
    assert_string_equal(s->alarms[0].code, "stuck_consumer");
    assert_non_null(strstr(s->alarms[0].text, "consumer mail of client operator"));
    assert_int_equal(read_for("mail", 1, 2, &last), 2);
    assert_int_equal(acknowledge("mail", &last), SB_CODE_OK); /* one still waits, but it moves */
    look_again();
    assert_true(!show("mail").stuck && show("mail").behind == 1);
    s = sb_node_status(world->node, world->now, &world->arena);
    assert_int_equal(s->n_alarms, 0);
    for (int i = 0; i < 5; i++) {
        look_again();
    }
    assert_true(show("mail").stuck);
    assert_int_equal(do_it(SB_CONSUME_REMOVE, "mail"), SB_CODE_OK);
    s = sb_node_status(world->node, world->now, &world->arena);
    assert_int_equal(s->n_alarms, 0);
}

/* Waits for it and its time is up: without its body it passes no topic, so no reader is given it.
 */
static void test_consumer_does_not_wait_for_what_is_gone(void **state)
{
    (void)state;
    static const char *const topics[] = {"custom/"};
    const struct sb_config_retention rule = {
        .ground = "5.1.2", .topics = topics, .n_topics = 1, .keep_ms = 3000};
    const char *of[] = {"custom/"};
    struct sb_message heard;
    struct sb_delivered last;
    struct sb_consume c = consume(SB_CONSUME_ADD, "mail");
    c.topics = of;
    c.n_topics = 1;
    start_again(); /* stuck after 5 s */
    assert_int_equal(ask(WORLD_CLIENT, &c, &heard), SB_CODE_OK);
    world_fill(world, 1, 1);
    for (int i = 0; i < 5; i++) {
        look_again();
    }
    assert_true(show("mail").stuck && show("mail").behind == 1);
    struct sb_time since = show("mail").waiting;
    look_again();
    assert_int_equal(show("mail").waiting.ms, since.ms);
    sb_node_retain(world->node, &rule, 1);
    look_again();
    look_again();
    look_again();
    assert_int_equal(sb_node_status(world->node, world->now, &world->arena)->n_alarms, 0);
    assert_int_equal(read_for("mail", 1, 100, &last), 0);
    assert_true(!show("mail").stuck && show("mail").waiting.ms == 0);
    assert_int_equal(show("mail").behind, 0);
    world_fill(world, 2, 1); /* what comes waits as ever */
    look_again();
    assert_int_equal(show("mail").behind, 1);
    assert_int_equal(read_for("mail", 2, 100, &last), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_consumer_gets_again_what_it_did_not_acknowledge),
        TEST(test_consumer_begins_where_it_is_told),
        TEST(test_consumer_is_its_clients),
        TEST(test_unknown_consumer_is_named_with_the_nearest),
        TEST(test_consumer_keeps_its_filters),
        TEST(test_consumer_that_nobody_reads_is_seen_to_be_stuck),
        TEST(test_consumer_does_not_wait_for_what_is_gone),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
