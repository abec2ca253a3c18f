/* What we connect to: up, down, refused, and always tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "daemon/net/follower.h"
#include "daemon/net/options.h"
#include "daemon/net/outgoing.h"
#include "tests/unit/net/net_world.h"

/* Node 0 connects to node 1, which it calls 1. */
static void open_asker(struct net_world *w)
{
    struct sb_net_identity known = net_identity(1, &w->node[1].keys, true);
    struct sb_net_partner partner = net_partner(1, &w->node[1]);
    net_open(&w->node[0], &known, 1, &partner, 1);
}

/* Node 1 knows node 0, as 5, or nobody. */
static void open_asked(struct net_world *w, bool knows)
{
    struct sb_net_identity known = net_identity(5, &w->node[0].keys, true);
    net_open(&w->node[1], &known, knows ? 1 : 0, NULL, 0);
}

static void expect_link(struct net_world *w, enum sb_net_event event, const char *why)
{
    const struct net_seen *seen = net_await(w, &w->node[0], event);
    assert_int_equal(seen->identity, 1);
    assert_non_null(strstr(seen->text, w->node[1].service));
    assert_non_null(strstr(seen->text, why));
}

static void expect_talk(struct net_world *w)
{
    assert_true(sb_net_ask(w->node[0].net, 1, net_bytes("hello")));
    assert_string_equal(net_await(w, &w->node[1], SB_NET_REQUEST)->frame, "hello");
}

static void test_net_link_comes_up_when_the_partner_starts_later(void **state)
{
    struct net_world *w = *state;
    open_asker(w);
    net_pump(w);
    open_asked(w, true);
    expect_link(w, SB_NET_LINK_UP, "");
    expect_talk(w);
}

static void test_net_link_goes_down_and_comes_back_with_the_partner(void **state)
{
    struct net_world *w = *state;
    open_asked(w, true);
    open_asker(w);
    expect_link(w, SB_NET_LINK_UP, "");
    net_shut(&w->node[1]);
    expect_link(w, SB_NET_LINK_DOWN, "the connection ended");
    assert_false(sb_net_ask(w->node[0].net, 1, net_bytes("into the void")));
    open_asked(w, true);
    expect_link(w, SB_NET_LINK_UP, "");
    expect_talk(w);
    net_await_followed(w, &w->node[1], true); /* and so does what we follow */
}

static bool is_readable(void *socket, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    return zmq_poll(&item, 1, timeout_ms) > 0;
}

/* libzmq aborts when a SUB is disconnected between a topic that it looked at and the frame. */
static void test_net_follower_reads_what_came_before_it_hears_of_the_end(void **state)
{
    struct net_world *w = *state;
    struct sb_net_partner partner = net_partner(1, &w->node[1]);
    struct sb_net_options o = {.public_key = w->node[0].keys.public_key,
                               .secret_key = w->node[0].keys.secret_key};
    struct sb_net_message seen[8];
    struct sb_net_outgoing follow = {0};
    void *context = sb_net_options_context(8);
    struct sb_net_intake *in = sb_net_intake_new();
    open_asked(w, true);
    assert_int_equal(sb_net_follower_open(&follow, context, 0, 1, &o, &partner, NULL), SB_OK);
    for (int i = 0; i < 1000 && !sb_net_followed(w->node[1].net); i++) {
        (void)is_readable(follow.data.socket, 0); /* lets it subscribe */
        net_pump(w);
    }
    assert_true(sb_net_publish(w->node[1].net, net_bytes("agenda/x"), net_bytes("frame")));
    assert_true(is_readable(follow.data.socket, 5000)); /* has taken the topic */
    net_shut(&w->node[1]);
    sb_net_intake_begin(in, seen, 8);
    for (int i = 0; i < 100 && follow.state != SB_NET_OUTGOING_WAITING; i++) {
        (void)is_readable(follow.events.socket, 50);
        (void)is_readable(follow.data.socket, 0); /* hears of the end itself */
        (void)sb_net_follower_watch(&follow, 1, 0, in);
    }
    assert_int_equal(follow.state, SB_NET_OUTGOING_WAITING);
    assert_true(sb_net_follower_collect(&follow, 1, in));
    assert_int_equal(sb_net_intake_count(in), 1);
    assert_int_equal(seen[0].event, SB_NET_PUBLISHED);
    assert_int_equal(seen[0].frame.n, strlen("frame"));
    sb_net_intake_free(in);
    sb_net_outgoing_close(&follow, 0);
    zmq_ctx_term(context);
}

/* libzmq gives a connection up for ever once it was refused: we do not. */
static void test_net_link_comes_up_when_a_partner_that_refused_learns_our_key(void **state)
{
    struct net_world *w = *state;
    open_asked(w, false);
    open_asker(w);
    expect_link(w, SB_NET_LINK_REFUSED, "they refuse our key");
    assert_int_equal(net_await(w, &w->node[1], SB_NET_DENIED)->identity, 0);
    net_shut(&w->node[1]);
    open_asked(w, true);
    expect_link(w, SB_NET_LINK_UP, "");
    expect_talk(w);
    net_await_followed(w, &w->node[1], true);
}

/* Both are needed: where, and what is to be done. */
static void test_net_link_tells_a_long_endpoint_and_the_whole_reason(void **state)
{
    static const char reason[] =
        ": they refuse our key: it is not, or not with this right, in their configuration";
    struct net_world *w = *state;
    char *service = w->node[1].service, expected[256];
    while (strlen(service) < 105) { /* a socket's path has room for 107 behind ipc:// */
        memcpy(service + strlen(service), "x", sizeof "x");
    }
    open_asked(w, false);
    open_asker(w);
    (void)snprintf(expected, sizeof expected, "%s%s", service, reason);
    const struct net_seen *seen = net_await(w, &w->node[0], SB_NET_LINK_REFUSED);
    assert_string_equal(seen->text, expected);
    net_shut(&w->node[1]);
    (void)unlink(service + strlen("ipc://"));
}

static void test_net_outgoing_tells_the_reason_whole_behind_any_endpoint(void **state)
{
    char text[SB_NET_TEXT_MAX], endpoint[300] = "tcp://";
    (void)state;
    memset(endpoint + strlen(endpoint), 'h', 253); /* the longest name of a host */
    memcpy(endpoint + strlen(endpoint), ":7462", sizeof ":7462");
    sb_net_outgoing_tell(text, endpoint, "they refuse our key");
    assert_int_equal(strlen(text), SB_NET_TEXT_MAX - 1);
    assert_non_null(strstr(text, "hhh...: they refuse our key"));
    sb_net_outgoing_tell(text, "tcp://h:1", "");
    assert_string_equal(text, "tcp://h:1");
}

static void test_net_link_is_refused_when_the_partner_has_another_key(void **state)
{
    struct net_world *w = *state;
    open_asked(w, true);
    struct sb_net_partner partner = net_partner(1, &w->node[1]);
    partner.key = w->node[2].keys.public_key;
    net_open(&w->node[0], NULL, 0, &partner, 1);
    expect_link(w, SB_NET_LINK_REFUSED, "key");
}

/* It has changed to the key that it had announced: the link follows, and stays when ours catches
 * up. */
static void test_net_link_follows_a_partner_to_its_next_key(void **state)
{
    struct net_world *w = *state;
    open_asked(w, true);
    struct sb_net_partner partner = net_partner(1, &w->node[1]);
    partner.next_key = partner.key;
    partner.key = w->node[2].keys.public_key;
    net_open(&w->node[0], NULL, 0, &partner, 1);
    expect_link(w, SB_NET_LINK_REFUSED, "key");
    assert_true(net_await(w, &w->node[0], SB_NET_LINK_UP)->next_key);
    expect_talk(w);
    net_await_followed(w, &w->node[1], true);
    assert_false(sb_net_moves(w->node[0].net, &partner));
    partner.key = partner.next_key;
    memset(&partner.next_key, 0, sizeof partner.next_key);
    assert_false(sb_net_moves(w->node[0].net, &partner));
    struct sb_net_options o = {.public_key = w->node[0].keys.public_key,
                               .secret_key = w->node[0].keys.secret_key,
                               .partners = &partner,
                               .n_partners = 1};
    assert_int_equal(sb_net_change(w->node[0].net, &o, NULL), SB_OK);
    expect_talk(w);
    partner.key = w->node[2].keys.public_key;
    assert_true(sb_net_moves(w->node[0].net, &partner));
}

/* A service that sends what is too large, as no partner would, with the right key. */
static void test_net_link_goes_down_and_comes_back_when_a_reply_is_too_large(void **state)
{
    struct net_world *w = *state;
    struct net_keys *keys = &w->node[1].keys;
    int yes = 1;
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    assert_int_equal(zmq_setsockopt(router, ZMQ_CURVE_SERVER, &yes, sizeof yes), 0);
    assert_int_equal(zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, keys->secret_key.b, 32), 0);
    assert_int_equal(zmq_bind(router, w->node[1].service), 0);
    open_asker(w);
    expect_link(w, SB_NET_LINK_UP, "");
    assert_true(sb_net_ask(w->node[0].net, 1, net_bytes("hello")));
    uint8_t id[8];
    int n = zmq_recv(router, id, sizeof id, 0);
    assert_int_equal(n, 5);
    uint8_t *frame = calloc(1, SB_FRAME_MAX + 1);
    assert_non_null(frame);
    assert_int_equal(zmq_send(router, id, (size_t)n, ZMQ_SNDMORE), n);
    assert_int_equal(zmq_send(router, frame, SB_FRAME_MAX + 1, 0), SB_FRAME_MAX + 1);
    free(frame);
    expect_link(w, SB_NET_LINK_DOWN, "ended");
    expect_link(w, SB_NET_LINK_UP, "");
    assert_int_equal(net_count(&w->node[0], SB_NET_REPLY), 0);
    assert_int_equal(zmq_setsockopt(router, ZMQ_LINGER, &(int){0}, sizeof(int)), 0);
    assert_int_equal(zmq_close(router), 0);
    assert_int_equal(zmq_ctx_term(context), 0);
}

/* An endpoint with a name in it must still be found when we disconnect from it. */
static void test_net_link_comes_back_on_tcp_when_the_endpoint_is_a_host_name(void **state)
{
    struct net_world *w = *state;
    net_use_tcp(&w->node[1]);
    char bound[128];
    memcpy(bound, w->node[1].service, sizeof bound);
    (void)snprintf(w->node[1].service, sizeof w->node[1].service, "tcp://localhost%s",
                   strrchr(bound, ':'));
    open_asker(w);
    for (int refuses = 1; refuses >= 0; refuses--) {
        struct sb_net_identity known = net_identity(5, &w->node[0].keys, true);
        struct net_node *asked = &w->node[1];
        char named[128];
        memcpy(named, asked->service, sizeof named);
        memcpy(asked->service, bound, sizeof bound);
        net_open(asked, &known, refuses ? 0 : 1, NULL, 0);
        memcpy(asked->service, named, sizeof named);
        expect_link(w, refuses ? SB_NET_LINK_REFUSED : SB_NET_LINK_UP, "");
        if (refuses) {
            net_shut(asked);
        }
    }
    expect_talk(w);
}

static void test_net_link_is_up_and_says_so_when_we_may_not_follow(void **state)
{
    struct net_world *w = *state;
    struct sb_net_identity known = net_identity(5, &w->node[0].keys, false);
    net_open(&w->node[1], &known, 1, NULL, 0);
    open_asker(w);
    expect_link(w, SB_NET_LINK_UP, "");
    const struct net_seen *seen = net_await(w, &w->node[0], SB_NET_REJECTED);
    assert_int_equal(seen->identity, 1);
    assert_non_null(strstr(seen->text, w->node[1].publish));
    assert_non_null(strstr(seen->text, "refuse our key"));
    expect_talk(w);
}

/* Watches until the attempt has failed; false: it did not. */
static void await_refusal(struct net_world *w, struct sb_net_outgoing *o, int64_t now_ms)
{
    for (int pumps = 0; pumps < 2000; pumps++) {
        enum sb_net_outgoing_change change;
        const char *why;
        while (sb_net_outgoing_watch(o, now_ms, &change, &why)) {
            if (o->state == SB_NET_OUTGOING_WAITING) {
                return;
            }
        }
        net_pump(w);
    }
    fail_msg("the connection was never refused");
}

static void open_outgoing(struct net_world *w, void *context, struct sb_net_outgoing *o)
{
    struct sb_err err = {0};
    struct sb_net_options options = {.public_key = w->node[0].keys.public_key,
                                     .secret_key = w->node[0].keys.secret_key};
    struct sb_net_partner partner = net_partner(1, &w->node[1]);
    void *socket = sb_net_options_dealer(context, &options, &partner, &err);
    assert_int_equal(sb_net_outgoing_open(o, context, socket, &partner, partner.service, 0, &err),
                     SB_OK);
}

static void test_net_outgoing_waits_longer_after_each_refusal(void **state)
{
    struct net_world *w = *state;
    open_asked(w, false);
    struct sb_net_outgoing o = {0};
    void *context = sb_net_options_context(8);
    open_outgoing(w, context, &o);
    static const int64_t waits[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    int64_t now = 1000, next;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        await_refusal(w, &o, now);
        next = INT64_MAX;
        sb_net_outgoing_tick(&o, now + waits[i] - 1, &next);
        assert_int_equal(o.state, SB_NET_OUTGOING_WAITING);
        assert_int_equal(next, now + waits[i]);
        now += waits[i];
        sb_net_outgoing_tick(&o, now, &next);
        assert_int_equal(o.state, SB_NET_OUTGOING_CONNECTING);
    }
    sb_net_outgoing_close(&o, 0);
    assert_int_equal(zmq_ctx_term(context), 0);
}

static void test_net_outgoing_connects_at_once_when_hurried(void **state)
{
    struct net_world *w = *state;
    open_asked(w, false);
    struct sb_net_outgoing o = {0};
    void *context = sb_net_options_context(8);
    open_outgoing(w, context, &o);
    await_refusal(w, &o, 1000);
    net_shut(&w->node[1]);
    open_asked(w, true);
    enum sb_net_outgoing_change change = SB_NET_OUTGOING_SAME;
    const char *why;
    sb_net_outgoing_hurry(&o); /* and no tick: nothing else connects it */
    for (int pumps = 0; pumps < 2000 && change != SB_NET_OUTGOING_NOW_UP; pumps++) {
        (void)sb_net_outgoing_watch(&o, 1000, &change, &why);
        net_pump(w);
    }
    assert_int_equal(change, SB_NET_OUTGOING_NOW_UP);
    sb_net_outgoing_hurry(&o); /* no harm to what is up */
    assert_int_equal(o.state, SB_NET_OUTGOING_UP);
    sb_net_outgoing_close(&o, 0);
    assert_int_equal(zmq_ctx_term(context), 0);
}

static void test_net_hurries_a_link_that_is_backing_off(void **state)
{
    struct net_world *w = *state;
    open_asked(w, false);
    open_asker(w);
    expect_link(w, SB_NET_LINK_REFUSED, "");
    net_shut(&w->node[1]);
    open_asked(w, true);
    sb_net_hurry(w->node[0].net, 1);
    sb_net_hurry(w->node[0].net, 99); /* nobody */
    expect_link(w, SB_NET_LINK_UP, "");
    sb_net_hurry(w->node[0].net, 1);
    expect_talk(w);
    assert_int_equal(net_count(&w->node[0], SB_NET_LINK_DOWN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_net_follower_reads_what_came_before_it_hears_of_the_end, net_world_set_up,
            net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_link_comes_up_when_the_partner_starts_later,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_link_goes_down_and_comes_back_with_the_partner,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_link_comes_up_when_a_partner_that_refused_learns_our_key, net_world_set_up,
            net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_link_tells_a_long_endpoint_and_the_whole_reason,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_outgoing_tells_the_reason_whole_behind_any_endpoint, net_world_set_up,
            net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_link_is_refused_when_the_partner_has_another_key,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_link_follows_a_partner_to_its_next_key,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_link_goes_down_and_comes_back_when_a_reply_is_too_large, net_world_set_up,
            net_world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_link_comes_back_on_tcp_when_the_endpoint_is_a_host_name, net_world_set_up,
            net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_link_is_up_and_says_so_when_we_may_not_follow,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_outgoing_waits_longer_after_each_refusal,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_outgoing_connects_at_once_when_hurried,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_hurries_a_link_that_is_backing_off,
                                        net_world_set_up, net_world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
