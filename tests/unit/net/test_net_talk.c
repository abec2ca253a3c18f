/* Requests, answers and broadcasts between nodes and clients, and what is not let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "tests/unit/net/net_world.h"

struct talk {
    struct net_world w;
    struct net_keys client;
};

/* Node 0 knows node 1 as 7 and a client, who may not follow, as 90. */
static void open_first(struct talk *t)
{
    struct sb_net_identity known[] = {net_identity(7, &t->w.node[1].keys, true),
                                      net_identity(90, &t->client, false)};
    net_open(&t->w.node[0], known, 2, NULL, 0);
}

static int set_up(void **state)
{
    struct talk *t = malloc(sizeof *t);
    assert_non_null(t);
    net_world_init(&t->w);
    net_make_keys(&t->client);
    open_first(t);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct talk *t = *state;
    net_world_fini(&t->w);
    free(t);
    return 0;
}

/* Node 1 knows node 0 as 3 and connects to it. */
static void open_second(struct talk *t)
{
    struct sb_net_identity known = net_identity(3, &t->w.node[0].keys, true);
    struct sb_net_partner partner = net_partner(3, &t->w.node[0]);
    net_open(&t->w.node[1], &known, 1, &partner, 1);
}

static void test_net_answers_a_client(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_send(&c, "question", false);
    const struct net_seen *seen = net_await(&t->w, node, SB_NET_REQUEST);
    assert_int_equal(seen->identity, 90);
    assert_string_equal(seen->frame, "question");
    assert_true(sb_net_answer(node->net, seen->session, net_bytes("answer")));
    assert_string_equal(net_client_await(&t->w, &c), "answer");

    net_client_send(&c, "again", false);
    assert_int_equal(net_await(&t->w, node, SB_NET_REQUEST)->session, seen->session);
    net_client_close(&c);
}

static void test_net_gives_each_connection_of_a_key_its_session(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct net_client a, b;
    net_client_open(&a, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_open(&b, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_send(&a, "a", false);
    uint32_t session_a = net_await(&t->w, node, SB_NET_REQUEST)->session;
    net_client_send(&b, "b", false);
    uint32_t session_b = net_await(&t->w, node, SB_NET_REQUEST)->session;
    assert_int_not_equal(session_a, session_b);
    assert_true(sb_net_answer(node->net, session_b, net_bytes("to b")));
    assert_true(sb_net_answer(node->net, session_a, net_bytes("to a")));
    assert_string_equal(net_client_await(&t->w, &a), "to a");
    assert_string_equal(net_client_await(&t->w, &b), "to b");
    net_client_close(&a);
    net_client_close(&b);
}

static void test_net_tells_when_a_session_is_gone(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct net_client stays, goes;
    net_client_open(&stays, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_open(&goes, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_send(&stays, "stays", false);
    uint32_t stayed = net_await(&t->w, node, SB_NET_REQUEST)->session;
    net_client_send(&goes, "goes", false);
    uint32_t went = net_await(&t->w, node, SB_NET_REQUEST)->session;
    net_client_close(&goes);
    const struct net_seen *gone = net_await(&t->w, node, SB_NET_SESSION_GONE);
    assert_int_equal(gone->session, went);
    assert_int_equal(gone->identity, 90);
    assert_false(sb_net_answer(node->net, went, net_bytes("late")));
    assert_true(sb_net_answer(node->net, stayed, net_bytes("still here")));
    assert_string_equal(net_client_await(&t->w, &stays), "still here");
    assert_int_equal(net_count(node, SB_NET_SESSION_GONE), 1);
    net_client_close(&stays);
}

static void test_net_answers_nobody_when_the_session_is_unknown(void **state)
{
    struct talk *t = *state;
    assert_false(sb_net_answer(t->w.node[0].net, 12345, net_bytes("hello?")));
}

static void test_net_rejects_a_message_of_two_parts(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, NULL);
    for (int extra = 1; extra < 40; extra += 19) {
        for (int i = 0; i < extra; i++) {
            net_client_send(&c, "part", true);
        }
        net_client_send(&c, "end", false);
        const struct net_seen *seen = net_await(&t->w, node, SB_NET_REJECTED);
        assert_int_equal(seen->identity, 90);
        assert_non_null(strstr(seen->text, "more than one part"));
    }
    net_client_send(&c, "whole", false); /* and the connection goes on */
    assert_string_equal(net_await(&t->w, node, SB_NET_REQUEST)->frame, "whole");
    net_client_close(&c);
}

static void test_net_rejects_a_routing_id_that_a_peer_chose(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, "me");
    net_client_send(&c, "question", false);
    assert_non_null(strstr(net_await(&t->w, node, SB_NET_REJECTED)->text, "routing id"));
    assert_int_equal(net_count(node, SB_NET_REQUEST), 0);
    net_client_close(&c);
}

static void test_net_carries_a_frame_of_the_largest_size_and_no_larger(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct net_client c;
    uint8_t *frame = calloc(1, SB_FRAME_MAX + 1);
    assert_non_null(frame);
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, NULL);
    assert_int_equal(zmq_send(c.socket, frame, SB_FRAME_MAX, 0), SB_FRAME_MAX);
    const struct net_seen *seen = net_await(&t->w, node, SB_NET_REQUEST);
    assert_int_equal(seen->frame_bytes, SB_FRAME_MAX);
    assert_true(sb_net_answer(node->net, seen->session, (struct sb_bytes){frame, SB_FRAME_MAX}));
    (void)net_client_await(&t->w, &c);

    assert_int_equal(zmq_send(c.socket, frame, SB_FRAME_MAX + 1, 0), SB_FRAME_MAX + 1);
    assert_int_equal(net_client_await_event(&t->w, &c, ZMQ_EVENT_DISCONNECTED),
                     ZMQ_EVENT_DISCONNECTED);
    assert_int_equal(net_await(&t->w, node, SB_NET_SESSION_GONE)->session, seen->session);
    assert_int_equal(net_count(node, SB_NET_REQUEST), 1);
    net_client_close(&c);
    free(frame);
}

static void test_net_asks_and_answers_between_partners(void **state)
{
    struct talk *t = *state;
    open_second(t);
    struct net_node *server = &t->w.node[0], *asker = &t->w.node[1];
    assert_false(sb_net_ask(asker->net, 3, net_bytes("too early")));
    assert_int_equal(net_await(&t->w, asker, SB_NET_LINK_UP)->identity, 3);
    assert_false(sb_net_ask(asker->net, 4, net_bytes("nobody")));
    assert_true(sb_net_ask(asker->net, 3, net_bytes("hello")));
    const struct net_seen *seen = net_await(&t->w, server, SB_NET_REQUEST);
    assert_int_equal(seen->identity, 7);
    assert_string_equal(seen->frame, "hello");
    assert_true(sb_net_answer(server->net, seen->session, net_bytes("welcome")));
    const struct net_seen *reply = net_await(&t->w, asker, SB_NET_REPLY);
    assert_int_equal(reply->identity, 3);
    assert_string_equal(reply->frame, "welcome");
}

static void test_net_broadcasts_to_those_who_follow(void **state)
{
    struct talk *t = *state;
    struct net_node *publisher = &t->w.node[0], *follower = &t->w.node[1];
    assert_false(sb_net_followed(publisher->net));
    open_second(t);
    net_await_followed(&t->w, publisher, true);
    assert_true(sb_net_publish(publisher->net, net_bytes("other/x"), net_bytes("not ours")));
    /* Its subscriptions come one by one, and a first connection may still be replaced. */
    for (int i = 0; i < 200 && net_count(follower, SB_NET_PUBLISHED) == 0; i++) {
        assert_true(sb_net_publish(publisher->net, net_bytes("frontier/"), net_bytes("heads")));
        net_pump(&t->w);
    }
    const struct net_seen *seen = net_await(&t->w, follower, SB_NET_PUBLISHED);
    assert_int_equal(seen->identity, 3);
    assert_string_equal(seen->topic, "frontier/");
    assert_string_equal(seen->frame, "heads");

    net_shut(follower);
    net_await_followed(&t->w, publisher, false);
    assert_int_equal(net_count(publisher, SB_NET_REJECTED), 0);
}

static void subscribe_to_too_much(struct talk *t)
{
    struct net_node *node = &t->w.node[0];
    struct net_client c;
    net_client_open(&c, ZMQ_SUB, &t->w.node[1].keys, node, node->publish, NULL);
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(zmq_setsockopt(c.socket, ZMQ_SUBSCRIBE, &i, sizeof i), 0);
    }
    const struct net_seen *seen = net_await(&t->w, node, SB_NET_REJECTED);
    assert_int_equal(seen->identity, 7);
    assert_non_null(strstr(seen->text, "too many subscriptions"));
    (void)net_client_await_event(&t->w, &c, ZMQ_EVENT_DISCONNECTED);
    net_client_close(&c);
}

/* On TCP too, where the port is not free again at once. */
static void test_net_sheds_followers_when_they_subscribe_to_too_much(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    for (int tcp = 0; tcp < 2; tcp++) {
        if (tcp == 1) {
            net_shut(node);
            net_use_tcp(node);
            open_first(t);
        }
        subscribe_to_too_much(t);
        open_second(t); /* who asks for little is served after */
        net_await_followed(&t->w, node, true);
        for (int i = 0; i < 1000 && net_count(&t->w.node[1], SB_NET_PUBLISHED) == 0; i++) {
            assert_true(sb_net_publish(node->net, net_bytes("link/"), net_bytes("x")));
            net_pump(&t->w); /* its subscriptions come one by one */
        }
        assert_string_equal(net_await(&t->w, &t->w.node[1], SB_NET_PUBLISHED)->frame, "x");
        net_shut(&t->w.node[1]);
        net_await_followed(&t->w, node, false); /* the count forgets those who were shed */
    }
}

static void test_net_tells_once_when_an_answer_finds_the_session_gone(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct sb_err err = {0};
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_send(&c, "question", false);
    uint32_t session = net_await(&t->w, node, SB_NET_REQUEST)->session;
    net_client_close(&c);
    int answers = 0; /* nothing is collected, so nobody has told us */
    while (sb_net_answer(node->net, session, net_bytes("answer"))) {
        assert_true(++answers <= 4 * SB_ZMQ_SNDHWM); /* its queue may take what nobody reads */
        for (int i = 0; i < 1000; i++) {             /* news waits: each returns at once */
            (void)sb_net_wait(node->net, 5, -1, &err);
        }
    }
    assert_int_equal(net_await(&t->w, node, SB_NET_SESSION_GONE)->session, session);
    net_pump(&t->w);
    assert_int_equal(net_count(node, SB_NET_SESSION_GONE), 1);
}

/* Sending makes libzmq take the news of what has come in, and its descriptor silent. */
static void test_net_wait_sees_a_request_that_came_while_we_were_sending(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct sb_err err = {0};
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, NULL);
    net_client_send(&c, "first", false);
    uint32_t session = net_await(&t->w, node, SB_NET_REQUEST)->session;
    while (sb_net_wait(node->net, 0, -1, &err) == SB_OK) {
        net_pump(&t->w);
    }
    for (int tries = 0; tries < 10; tries++) {
        net_client_send(&c, "next", false);
        for (int i = 0; i < 94; i++) { /* one by one, so that it has come before the last */
            char answer[8];
            assert_true(sb_net_answer(node->net, session, net_bytes("x")));
            assert_int_equal(zmq_recv(c.socket, answer, sizeof answer, 0), 1);
        }
        assert_int_equal(sb_net_wait(node->net, 2000, -1, &err), SB_OK);
        assert_string_equal(net_await(&t->w, node, SB_NET_REQUEST)->frame, "next");
    }
    net_client_close(&c);
}

static void test_net_collect_takes_what_is_asked_and_lends_it_until_the_release(void **state)
{
    struct talk *t = *state;
    struct net_node *node = &t->w.node[0];
    struct sb_err err = {0};
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &t->client, node, node->service, NULL);
    for (int i = 0; i < 10; i++) {
        net_client_send(&c, &"9876543210"[i], false);
    }
    struct sb_net_message m[10];
    size_t n = 0;
    for (int waits = 0; waits < 2000 && n < 10; waits++) {
        (void)sb_net_wait(node->net, 5, -1, &err);
        size_t more = sb_net_collect(node->net, m + n, 3 < 10 - n ? 3 : 10 - n);
        assert_true(more <= 3);
        n += more;
    }
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(m[i].event, SB_NET_REQUEST);
        assert_int_equal(m[i].frame.n, 10 - i);
        assert_memory_equal(m[i].frame.p, &"9876543210"[i], 10 - i);
    }
    sb_net_release(node->net);
    net_client_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_answers_a_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_net_gives_each_connection_of_a_key_its_session, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_tells_when_a_session_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_net_answers_nobody_when_the_session_is_unknown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_rejects_a_message_of_two_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_net_rejects_a_routing_id_that_a_peer_chose, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_carries_a_frame_of_the_largest_size_and_no_larger,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_net_asks_and_answers_between_partners, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_broadcasts_to_those_who_follow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_net_sheds_followers_when_they_subscribe_to_too_much,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_net_tells_once_when_an_answer_finds_the_session_gone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_wait_sees_a_request_that_came_while_we_were_sending, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_collect_takes_what_is_asked_and_lends_it_until_the_release, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
