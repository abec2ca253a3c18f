/* What another configuration does to streams that are under way: organisations that it takes in,
 * topics that it takes away, and that the end of a stream is told however full the turn is. */
#include "daemon/shell/covered.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 4, CREDIT = 1000 }; /* the first event is the start of the epoch */

static struct node_world *world;
static struct history theirs; /* of GM0384, which nobody knows here at first */

static int open_world(void **state)
{
    *state = world = world_new("GM0437", NULL);
    world_history(&theirs, EVENTS, EVENTS);
    return 0;
}

static int close_world(void **state)
{
    history_fini(&theirs);
    world_free(*state);
    return 0;
}

/* Another configuration: with GM0384 as a partner, and these topics for the client to read. */
static void reload(const char *const *read, size_t n_read)
{
    static const char *const topics[] = {"agenda/", "custom/"};
    static struct sb_node_partner partner = {.name = "GM0384"};
    static struct sb_node_client clients[2];
    struct sb_sign_seed seed = world_seed("GM0384");
    partner.org = world_org("GM0384");
    partner.key = sb_sign_public_of(&seed);
    clients[0] = (struct sb_node_client){"operator",
                                         {.publish = topics,
                                          .n_publish = 2,
                                          .subscribe = true,
                                          .admin = true,
                                          .read = read,
                                          .n_read = n_read}};
    clients[1] = (struct sb_node_client){"stranger", {.publish = topics}};
    const struct sb_node_roster roster = {.name = "GM0437",
                                          .partners = &partner,
                                          .n_partners = 1,
                                          .clients = clients,
                                          .n_clients = 2,
                                          .quota_bytes = (uint64_t)32 << 20};
    assert_int_equal(sb_node_change(world->node, &roster, NULL), SB_OK);
    world_turn(world, NULL, 0);
}

/* Its history comes, in one turn. */
static void bring(void)
{
    world_hello(world);
    world_show(world, &theirs, 1);
    world_answer(world, &theirs, 0, EVENTS);
}

static struct sb_message following(uint32_t number)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 100 + number};
    m.subscribe.subscription = number;
    m.subscribe.credit = CREDIT;
    m.subscribe.follow = true;
    return m;
}

/* Events of this stream in the turns from the last one on; `seqs` has a bit for each seq. */
static size_t count_delivered(uint32_t number, unsigned *seqs)
{
    struct sb_message m;
    size_t n = 0;
    for (unsigned turns = 0; turns < 6; turns++) {
        for (size_t i = 0; world_heard(world, SB_MSG_DELIVER, i, &m); i++) {
            for (size_t k = 0; m.deliver.subscription == number && k < m.deliver.n_items; k++) {
                *seqs |= 1u << m.deliver.items[k].item.link.seq.n;
                n++;
            }
        }
        world_turn(world, NULL, 0);
    }
    return n;
}

static struct sb_tip tip_at(uint64_t seq)
{
    struct sb_tip tip = {.origin = world_org("GM0384"), .epoch = theirs.events.epoch, .seq = {seq}};
    tip.hash = sb_link_hash(&theirs.events.items[seq - 1].link);
    return tip;
}

static void test_reload_takes_in_an_origin_that_a_stream_waits_for(void **state)
{
    (void)state;
    struct sb_org origins[] = {world_org("GM0384"), world_org("GM0437"), world_org("GM0736")};
    struct sb_message m = following(1);
    unsigned seqs = 0;
    m.subscribe.origins = origins;
    m.subscribe.n_origins = 3;
    world_say(world, WORLD_CLIENT, &m);
    reload(NULL, 0);
    bring();
    assert_int_equal(count_delivered(1, &seqs), EVENTS - 1);
    world_fill(world, 1, 1);
    seqs = 0;
    assert_int_equal(count_delivered(1, &seqs), 1);
}

static void test_reload_takes_in_no_origin_that_a_stream_does_not_name(void **state)
{
    (void)state;
    struct sb_org origins[] = {world_org("GM0736"), world_org("GM0437")};
    struct sb_message m = following(1);
    unsigned seqs = 0;
    m.subscribe.origins = origins;
    m.subscribe.n_origins = 2;
    world_say(world, WORLD_CLIENT, &m);
    reload(NULL, 0);
    bring();
    assert_int_equal(count_delivered(1, &seqs), 0);
}

/* A cursor from another daemon: what it covers does not come again, whatever was known when the
 * stream began; the tip of a lower seq is covered by the other one. */
static void test_reload_takes_in_an_origin_that_a_cursor_covers(void **state)
{
    (void)state;
    struct sb_tip cursor[] = {tip_at(3), tip_at(2)};
    struct sb_message m = following(1);
    unsigned seqs = 0;
    m.subscribe.cursor = cursor;
    m.subscribe.n_cursor = 2;
    world_say(world, WORLD_CLIENT, &m);
    reload(NULL, 0);
    bring();
    assert_int_equal(count_delivered(1, &seqs), 1);
    assert_int_equal(seqs, 1u << 4);
}

/* A tip of another branch covers nothing of this one, which shows when its seq comes. */
static void test_reload_takes_in_an_origin_whose_history_is_not_the_cursors(void **state)
{
    (void)state;
    struct sb_tip cursor[] = {tip_at(3)};
    struct sb_message m = following(1);
    unsigned seqs = 0;
    cursor[0].hash.b[0] ^= 1;
    m.subscribe.cursor = cursor;
    m.subscribe.n_cursor = 1;
    world_say(world, WORLD_CLIENT, &m);
    reload(NULL, 0);
    bring();
    assert_int_equal(count_delivered(1, &seqs), EVENTS - 1);
}

/* One that goes back for a chain goes back for the same chain, wherever that has moved. */
static void test_reload_leaves_a_stream_on_its_way_back(void **state)
{
    (void)state;
    struct sb_covered covered[2] = {{.origin = 2, .upto = {1}}};
    struct sb_open_tip open[1] = {{.origin = 1, .seq = {7}}};
    struct sb_stream stream = {
        .covered = covered, .n_covered = 1, .open = open, .n_open = 1, .again = covered};
    sb_covered_hold(&stream);
    assert_int_equal(stream.n_covered, 2);
    assert_int_equal(covered[0].origin, 1);
    assert_true(covered[0].held.n == 7 && covered[0].upto.n == 0);
    assert_ptr_equal(stream.again, &covered[1]);
    assert_int_equal(stream.again->origin, 2);
}

static void test_reload_ends_a_stream_of_topics_that_may_not_be_read_any_more(void **state)
{
    (void)state;
    static const char *const agenda[] = {"agenda/"};
    const char *custom = "custom/", *wonen = "agenda/wonen";
    struct sb_message all = following(1), theirs_only = following(2), ours = following(3), heard;
    unsigned seqs = 0;
    theirs_only.subscribe.topics = &custom;
    ours.subscribe.topics = &wonen;
    theirs_only.subscribe.n_topics = ours.subscribe.n_topics = 1;
    world_say(world, WORLD_CLIENT, &all);
    world_say(world, WORLD_CLIENT, &theirs_only);
    world_say(world, WORLD_CLIENT, &ours);
    reload(agenda, 1);
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.request, 102);
    assert_int_equal(heard.refusal.code, SB_CODE_NOT_ALLOWED);
    assert_non_null(strstr(heard.refusal.text, "may not read custom/"));
    assert_non_null(strstr(heard.refusal.text, "names agenda/"));
    assert_false(world_heard(world, SB_MSG_REFUSAL, 1, &heard));
    assert_string_equal(world->what, "subscribe custom/");
    world_fill(world, 1, 2);
    assert_int_equal(count_delivered(1, &seqs), 0); /* goes on, without these */
    reload(NULL, 0);
    world_fill(world, 10, 2);
    assert_int_equal(count_delivered(2, &seqs), 0); /* is over */
    world_fill(world, 20, 2);
    assert_int_equal(count_delivered(1, &seqs), 2);
    bring();
    assert_int_equal(count_delivered(3, &seqs), EVENTS - 1);
    assert_false(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
}

/* A stream that ended makes room: the core has let go of it too. */
static void test_reload_ends_streams_in_the_core_as_well(void **state)
{
    (void)state;
    static const char *const agenda[] = {"agenda/"};
    const char *custom = "custom/";
    struct sb_message heard;
    for (uint32_t i = 0; i < 2; i++) {
        for (uint32_t n = 1; n <= SB_SUBSCRIPTIONS_MAX; n++) {
            struct sb_message m = following(i * SB_SUBSCRIPTIONS_MAX + n);
            m.subscribe.topics = &custom;
            m.subscribe.n_topics = 1;
            world_say(world, WORLD_CLIENT, &m);
            assert_false(world_heard(world, SB_MSG_REFUSAL, 0, &heard));
        }
        reload(agenda, 1);
        assert_true(world_heard(world, SB_MSG_REFUSAL, SB_SUBSCRIPTIONS_MAX - 1, &heard));
        reload(NULL, 0);
    }
}

/* Nobody says it again: it goes into the room that is kept. */
static void test_end_of_a_stream_is_told_when_the_turn_is_nearly_full(void **state)
{
    (void)state;
    struct sb_node *node = world->node;
    struct sb_effect fx = {.type = SB_FX_REFUSE_SUBSCRIPTION};
    struct sb_message heard;
    char why[SB_LABEL_MAX + 1];
    fx.refuse_subscription.session = WORLD_SESSION;
    fx.refuse_subscription.code = SB_CODE_NOT_ALLOWED;
    fx.refuse_subscription.text = "not any more";
    node->n_outgoing = 0;
    assert_non_null(sb_arena_alloc(&node->arena, SB_NODE_ARENA_BYTES - SB_NODE_RESERVE_BYTES));
    assert_false(sb_node_has_room(node));
    sb_outbox_keep(node, &fx, NULL, 107);
    sb_outbox_fill(node);
    assert_int_equal(node->n_outgoing, 1);
    assert_int_equal(node->outgoing[0].to, WORLD_SESSION);
    assert_int_equal(sb_wire_decode(&heard, node->outgoing[0].frame, &world->arena, why),
                     SB_CODE_OK);
    assert_int_equal(heard.type, SB_MSG_REFUSAL);
    assert_int_equal(heard.request, 107);
    assert_string_equal(heard.refusal.text, "not any more");
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_reload_takes_in_an_origin_that_a_stream_waits_for),
        WORLD_TEST(test_reload_takes_in_no_origin_that_a_stream_does_not_name),
        WORLD_TEST(test_reload_takes_in_an_origin_that_a_cursor_covers),
        WORLD_TEST(test_reload_takes_in_an_origin_whose_history_is_not_the_cursors),
        cmocka_unit_test(test_reload_leaves_a_stream_on_its_way_back),
        WORLD_TEST(test_reload_ends_a_stream_of_topics_that_may_not_be_read_any_more),
        WORLD_TEST(test_reload_ends_streams_in_the_core_as_well),
        WORLD_TEST(test_end_of_a_stream_is_told_when_the_turn_is_nearly_full),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
