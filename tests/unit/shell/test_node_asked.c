/* Questions that no honest partner would ask, or for whose connection there is no room: each is
 * answered, and the turn ends. */
#include "tests/unit/shell/node_talk.h"

enum { PARTNER = 1 };

static int open_world(void **state)
{
    struct node_world *w = world_new("GM0384", "GM0437");
    struct sb_message hello = {.type = SB_MSG_HELLO}, heard;
    world_fill(w, 1, 3);
    hello.hello.partnership = sb_partnership_hash("duoplus");
    hello.hello.organisation = world_org("GM0437");
    hello.hello.boot_nonce.b[0] = hello.hello.store_id.b[0] = 1;
    world_say(w, PARTNER, &hello);
    assert_true(world_heard(w, SB_MSG_HELLO, 0, &heard));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    return 0;
}

static struct sb_epoch only_epoch(struct node_world *w)
{
    struct sb_submission first = world_custom(w, 1, "text", "");
    struct sb_record record;
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    assert_int_equal(sb_store_find_id(w->store, 0, &first.id, 0, &record, NULL), SB_OK);
    return record.item.link.epoch;
}

static void test_asked_for_links_from_before_the_beginning(void **state)
{
    struct node_world *w = *state;
    struct sb_message m = {.type = SB_MSG_WANT, .request = 6}, heard;
    m.want.origin = world_org("GM0384");
    m.want.epoch = only_epoch(w);
    m.want.credit = 1 << 20;
    world_say(w, PARTNER, &m); /* from 0, which no history has */
    assert_true(world_heard(w, SB_MSG_EVENTS, 0, &heard));
    assert_int_equal(heard.events.n_items, 0);
    assert_true(heard.events.last);
    m.want.from.n = 1;
    world_say(w, PARTNER, &m);
    assert_true(world_heard(w, SB_MSG_EVENTS, 0, &heard));
    assert_int_equal(heard.events.n_items, 4);
}

static void test_asked_for_the_body_before_the_first(void **state)
{
    struct node_world *w = *state;
    struct sb_seq seqs[2] = {{0}, {2}};
    struct sb_message m = {.type = SB_MSG_WANT_BODIES, .request = 7}, heard;
    m.want_bodies.origin = world_org("GM0384");
    m.want_bodies.epoch = only_epoch(w);
    m.want_bodies.seqs = seqs;
    m.want_bodies.n_seqs = 2;
    world_say(w, PARTNER, &m);
    assert_true(world_heard(w, SB_MSG_BODIES, 0, &heard));
    assert_int_equal(heard.bodies.n_items, 1);
    assert_true(heard.bodies.items[0].seq.n == 2);
}

/* The only message of the turn, which goes to nobody's session. */
static void expect_turned_away(struct node_world *w, uint32_t request)
{
    struct sb_message heard;
    assert_true(world_heard(w, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.request, request);
    assert_int_equal(heard.refusal.code, SB_CODE_TOO_LARGE);
    assert_string_equal(heard.refusal.text, "there is no room");
    assert_int_equal(w->out.items[0].kind, SB_OUT_TURN_AWAY);
    assert_int_equal(w->out.items[0].to, 12);
}

static void test_asked_on_a_connection_for_which_there_is_no_room(void **state)
{
    struct node_world *w = *state;
    struct sb_message question = {.type = SB_MSG_QUERY, .request = 9}, heard;
    struct sb_message refusal = {.type = SB_MSG_REFUSAL, .request = 10};
    struct sb_submission event = world_custom(w, 77, "text", "");
    struct sb_message publish = world_publish(11, &event, 1);
    struct sb_net_message net = world_request(w, WORLD_CLIENT, 12, &question);
    unsigned denials = w->complaints;
    net.event = SB_NET_CROWDED;
    snprintf(net.text, sizeof net.text, "there is no room");
    world_turn(w, &net, 1);
    expect_turned_away(w, 9);
    assert_false(world_heard(w, SB_MSG_ANSWER, 0, &heard));

    net.frame = sb_wire_encode(&publish, &w->arena);
    world_turn(w, &net, 1);
    expect_turned_away(w, 11);
    assert_false(world_heard(w, SB_MSG_RESULTS, 0, &heard)); /* and it is surely not done */
    assert_int_equal(w->complaints, denials + 2);

    net.frame = sb_wire_encode(&refusal, &w->arena); /* or two daemons would refuse for ever */
    world_turn(w, &net, 1);
    assert_false(world_heard(w, SB_MSG_REFUSAL, 0, &heard));
}

int main(void)
{
#define ASKED_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        ASKED_TEST(test_asked_for_links_from_before_the_beginning),
        ASKED_TEST(test_asked_for_the_body_before_the_first),
        ASKED_TEST(test_asked_on_a_connection_for_which_there_is_no_room),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
