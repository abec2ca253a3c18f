/* More connections under one key than it may have: the newest is told, and nobody else goes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "tests/unit/net/net_world.h"

enum { KEY = 90, FULL = SB_SESSIONS_PER_KEY };

/* A new connection that says a word. */
static void join(struct net_world *w, struct net_client *c, const struct net_keys *key)
{
    net_client_open(c, ZMQ_DEALER, key, &w->node[0], w->node[0].service, NULL);
    net_client_send(c, "here", false);
}

static void test_net_turns_the_newest_away_and_nobody_else(void **state)
{
    struct net_world *w = *state;
    struct net_node *node = &w->node[0];
    struct net_keys key;
    struct net_client c[FULL + 1];
    uint32_t sessions[FULL];
    net_make_keys(&key);
    struct sb_net_identity known = net_identity(KEY, &key, false);
    net_open(node, &known, 1, NULL, 0);
    for (int i = 0; i < FULL; i++) {
        join(w, &c[i], &key);
        sessions[i] = net_await(w, node, SB_NET_REQUEST)->session;
    }
    join(w, &c[FULL], &key);
    const struct net_seen *seen = net_await(w, node, SB_NET_CROWDED);
    assert_int_equal(seen->identity, KEY);
    assert_string_equal(seen->frame, "here");
    assert_non_null(strstr(seen->text, "this key has 16 connections here"));
    assert_true(sb_net_turn_away(node->net, seen->session, net_bytes("no")));
    assert_string_equal(net_client_await(w, &c[FULL]), "no");
    assert_int_equal(net_count(node, SB_NET_SESSION_GONE), 0);
    for (int i = 0; i < FULL; i++) { /* they have only listened since */
        assert_true(sb_net_answer(node->net, sessions[i], net_bytes("news")));
        assert_string_equal(net_client_await(w, &c[i]), "news");
    }

    net_client_close(&c[3]);
    assert_int_equal(net_await(w, node, SB_NET_SESSION_GONE)->session, sessions[3]);
    net_client_send(&c[FULL], "again", false);
    seen = net_await(w, node, SB_NET_REQUEST);
    assert_string_equal(seen->frame, "again");
    assert_true(sb_net_answer(node->net, seen->session, net_bytes("yes")));
    assert_string_equal(net_client_await(w, &c[FULL]), "yes");
    assert_int_equal(net_count(node, SB_NET_CROWDED), 1);
    for (int i = 0; i <= FULL; i++) {
        if (i != 3) {
            net_client_close(&c[i]);
        }
    }
}

enum { DESCRIPTORS = 1024 };

static int count_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

/* All ended before the first word of any was read, so that the news of it found no session; and
 * their descriptors are others' by now. */
static void test_net_has_room_where_all_are_dead(void **state)
{
    struct net_world *w = *state;
    struct net_node *node = &w->node[0];
    struct net_keys key;
    struct net_client c[FULL + 1];
    struct sb_err err = {0};
    int others[DESCRIPTORS], before, n_others, second_ms = 1000;
    net_make_keys(&key);
    struct sb_net_identity known = net_identity(KEY, &key, false);
    net_open(node, &known, 1, NULL, 0);
    before = count_descriptors();
    for (int i = 0; i < FULL; i++) {
        net_client_open(&c[i], ZMQ_DEALER, &key, node, node->service, NULL);
        (void)net_client_await_event(w, &c[i], ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    }
    n_others = count_descriptors() - before;
    for (int i = 0; i < FULL; i++) {
        net_client_send(&c[i], "last word", false);
        assert_int_equal(zmq_setsockopt(c[i].socket, ZMQ_LINGER, &second_ms, sizeof second_ms), 0);
        net_client_close(&c[i]);
    }
    for (int waits = 0; count_descriptors() > before; waits++) {
        assert_true(waits < 100000);
        (void)sb_net_wait(node->net, 1, -1, &err); /* nothing is collected yet */
    }
    for (int i = 0; i < n_others; i++) {
        others[i] = dup(STDIN_FILENO);
        assert_true(others[i] >= 0);
    }
    for (int i = 0; i < FULL; i++) {
        assert_string_equal(net_await(w, node, SB_NET_REQUEST)->frame, "last word");
    }
    join(w, &c[FULL], &key);
    assert_string_equal(net_await(w, node, SB_NET_REQUEST)->frame, "here");
    assert_int_equal(net_count(node, SB_NET_CROWDED), 0);
    for (int i = 0; i < FULL; i++) {
        (void)net_await(w, node, SB_NET_SESSION_GONE);
    }
    net_client_close(&c[FULL]);
    for (int i = 0; i < n_others; i++) {
        (void)close(others[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_has_room_where_all_are_dead, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_turns_the_newest_away_and_nobody_else,
                                        net_world_set_up, net_world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
