/* Consumers of a whole node on a real store: what is acknowledged is not delivered again, after a
 * start neither; what waits for them is seen. */
#include <signal.h>
#include <sys/resource.h>

#include "config/sections.h"
#include "daemon/shell/retention.h"
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

static struct sb_consume consume(enum sb_consume_action action, const char *name)
{
    return (struct sb_consume){.action = action, .name = name};
}

/* Says it, and returns the code of the answer; `heard` has the answer. */
static enum sb_code ask(uint32_t identity, const struct sb_consume *consume,
                        struct sb_message *heard)
{
    struct sb_message m = {.type = SB_MSG_CONSUME, .request = 40, .consume = *consume};
    world_say(world, identity, &m);
    if (world_heard(world, SB_MSG_CONSUMERS, 0, heard)) {
        assert_int_equal(heard->request, 40);
        return SB_CODE_OK;
    }
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, heard));
    assert_int_equal(heard->request, 40);
    return heard->refusal.code;
}

static enum sb_code do_it(enum sb_consume_action action, const char *name)
{
    struct sb_message heard;
    struct sb_consume c = consume(action, name);
    return ask(WORLD_CLIENT, &c, &heard);
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

static enum sb_code acknowledge(const char *name, const struct sb_delivered *event)
{
    struct sb_message heard;
    struct sb_tip tip = {.origin = event->item.link.origin,
                         .epoch = event->item.link.epoch,
                         .seq = event->item.link.seq,
                         .hash = sb_link_hash(&event->item.link)};
    struct sb_consume c = consume(SB_CONSUME_ACK, name);
    c.cursor = &tip;
    c.n_cursor = 1;
    return ask(WORLD_CLIENT, &c, &heard);
}

static struct sb_consumer show(const char *name)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 50}, heard;
    m.query.consumer = name;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_CONSUMERS, 0, &heard));
    assert_int_equal(heard.consumers.n_items, 1);
    return heard.consumers.items[0];
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

/* Files may not grow: a commit fails as on a full disk. */
static void limit_files(rlim_t most)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

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
    signal(SIGXFSZ, SIG_IGN);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

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
        TEST(test_consumer_is_read_as_the_disk_has_it),
        TEST(test_stream_that_waited_ends_with_its_client),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
