/* Other identities and partners while the sockets are open. Node 0 is changed; node 1 is its
 * partner and calls it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zmq.h>

#include "tests/unit/net/net_world.h"

enum { PARTNER = 1, CLIENT = 70 };

static enum sb_rc change(struct net_node *node, const struct sb_net_identity *identities,
                         size_t n_identities, const struct sb_net_partner *partners,
                         size_t n_partners)
{
    const struct sb_net_options options = {.publish = node->publish,
                                           .service = node->service,
                                           .public_key = node->keys.public_key,
                                           .secret_key = node->keys.secret_key,
                                           .identities = identities,
                                           .n_identities = n_identities,
                                           .partners = partners,
                                           .n_partners = n_partners};
    struct sb_err err = {0};
    return sb_net_change(node->net, &options, &err);
}

static void test_net_change_ends_the_session_of_a_key_that_went(void **state)
{
    struct net_world *w = *state;
    struct net_keys kept, gone;
    struct net_client a = {0}, b = {0};
    net_make_keys(&kept);
    net_make_keys(&gone);
    struct sb_net_identity both[] = {net_identity(CLIENT, &kept, true),
                                     net_identity(CLIENT + 1, &gone, true)};
    net_open(&w->node[0], both, 2, NULL, 0);
    net_client_open(&a, ZMQ_DEALER, &kept, &w->node[0], w->node[0].service, NULL);
    net_client_open(&b, ZMQ_DEALER, &gone, &w->node[0], w->node[0].service, NULL);
    net_client_send(&a, "one", false);
    (void)net_await(w, &w->node[0], SB_NET_REQUEST);
    net_client_send(&b, "two", false);
    uint32_t session = net_await(w, &w->node[0], SB_NET_REQUEST)->session;
    assert_int_equal(change(&w->node[0], both, 1, NULL, 0), SB_OK);
    assert_false(sb_net_answer(w->node[0].net, session, net_bytes("too late")));
    assert_int_equal(net_client_await_event(w, &b, ZMQ_EVENT_DISCONNECTED), ZMQ_EVENT_DISCONNECTED);
    (void)net_await(w, &w->node[0], SB_NET_DENIED); /* it comes back, and is refused */
    /* who stays comes back by itself */
    assert_int_equal(net_client_await_event(w, &a, ZMQ_EVENT_HANDSHAKE_SUCCEEDED),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    net_client_send(&a, "three", false);
    assert_string_equal(net_await(w, &w->node[0], SB_NET_REQUEST)->frame, "three");
    net_client_close(&a);
    net_client_close(&b);
}

/* Nobody who stays notices. */
static void test_net_change_keeps_connections_when_no_key_went(void **state)
{
    struct net_world *w = *state;
    struct net_keys old, fresh;
    struct net_client a = {0}, b = {0};
    net_make_keys(&old);
    net_make_keys(&fresh);
    struct sb_net_identity both[] = {net_identity(CLIENT + 1, &fresh, false),
                                     net_identity(CLIENT, &old, true)};
    net_open(&w->node[0], &both[1], 1, NULL, 0);
    net_client_open(&a, ZMQ_DEALER, &old, &w->node[0], w->node[0].service, NULL);
    net_client_send(&a, "one", false);
    uint32_t session = net_await(w, &w->node[0], SB_NET_REQUEST)->session;
    assert_int_equal(change(&w->node[0], both, 2, NULL, 0), SB_OK);
    assert_true(sb_net_answer(w->node[0].net, session, net_bytes("still there")));
    assert_string_equal(net_client_await(w, &a), "still there");
    net_client_open(&b, ZMQ_DEALER, &fresh, &w->node[0], w->node[0].service, NULL);
    net_client_send(&b, "two", false);
    assert_int_equal(net_await(w, &w->node[0], SB_NET_REQUEST)->identity, CLIENT + 1);
    assert_int_equal(net_count(&w->node[0], SB_NET_SESSION_GONE), 0);
    net_client_close(&a);
    net_client_close(&b);
}

static void test_net_change_opens_and_closes_links(void **state)
{
    struct net_world *w = *state;
    struct sb_net_identity us = net_identity(PARTNER, &w->node[0].keys, true);
    struct sb_net_identity them = net_identity(PARTNER, &w->node[1].keys, true);
    struct sb_net_partner partner = net_partner(PARTNER, &w->node[1]);
    net_open(&w->node[0], &them, 1, NULL, 0);
    net_open(&w->node[1], &us, 1, NULL, 0);
    assert_false(sb_net_ask(w->node[0].net, PARTNER, net_bytes("nobody")));
    assert_int_equal(change(&w->node[0], &them, 1, &partner, 1), SB_OK);
    assert_int_equal(net_await(w, &w->node[0], SB_NET_LINK_UP)->identity, PARTNER);
    assert_true(sb_net_ask(w->node[0].net, PARTNER, net_bytes("hello")));
    assert_string_equal(net_await(w, &w->node[1], SB_NET_REQUEST)->frame, "hello");
    assert_false(sb_net_moves(w->node[0].net, &partner));
    assert_int_equal(change(&w->node[0], &them, 1, NULL, 0), SB_OK);
    assert_false(sb_net_ask(w->node[0].net, PARTNER, net_bytes("closed")));
    (void)net_await(w, &w->node[1], SB_NET_SESSION_GONE);
    assert_int_equal(net_count(&w->node[0], SB_NET_LINK_DOWN), 0); /* whoever closes it knows */
}

static void test_net_change_moves_a_link(void **state)
{
    struct net_world *w = *state;
    struct sb_net_identity us = net_identity(PARTNER, &w->node[0].keys, true);
    struct sb_net_identity them = net_identity(PARTNER, &w->node[1].keys, true);
    struct sb_net_identity later = net_identity(PARTNER, &w->node[2].keys, true);
    struct sb_net_partner before = net_partner(PARTNER, &w->node[1]);
    struct sb_net_partner after = net_partner(PARTNER, &w->node[2]);
    net_open(&w->node[1], &us, 1, NULL, 0);
    net_open(&w->node[2], &us, 1, NULL, 0);
    net_open(&w->node[0], &them, 1, &before, 1);
    (void)net_await(w, &w->node[0], SB_NET_LINK_UP);
    assert_true(sb_net_moves(w->node[0].net, &after));
    assert_int_equal(change(&w->node[0], &later, 1, &after, 1), SB_OK);
    (void)net_await(w, &w->node[0], SB_NET_LINK_UP);
    assert_true(sb_net_ask(w->node[0].net, PARTNER, net_bytes("moved")));
    assert_string_equal(net_await(w, &w->node[2], SB_NET_REQUEST)->frame, "moved");
}

/* All or nothing: a link that cannot be opened leaves the keys and the other links as they were. */
static void test_net_change_leaves_all_as_it_was_when_it_fails(void **state)
{
    struct net_world *w = *state;
    struct net_keys kept;
    struct net_client a = {0};
    net_make_keys(&kept);
    struct sb_net_identity client = net_identity(CLIENT, &kept, true);
    struct sb_net_partner bad[] = {net_partner(PARTNER, &w->node[1]),
                                   net_partner(PARTNER + 1, &w->node[2])};
    bad[1].service = "tcp://nowhere";
    net_open(&w->node[0], &client, 1, NULL, 0);
    net_client_open(&a, ZMQ_DEALER, &kept, &w->node[0], w->node[0].service, NULL);
    net_client_send(&a, "one", false);
    uint32_t session = net_await(w, &w->node[0], SB_NET_REQUEST)->session;
    assert_int_equal(change(&w->node[0], NULL, 0, bad, 2), SB_E_NET);
    assert_false(sb_net_ask(w->node[0].net, PARTNER, net_bytes("nobody")));
    assert_true(sb_net_answer(w->node[0].net, session, net_bytes("still there")));
    assert_string_equal(net_client_await(w, &a), "still there");
    net_client_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_change_ends_the_session_of_a_key_that_went,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_change_keeps_connections_when_no_key_went,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_change_opens_and_closes_links, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_change_moves_a_link, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_change_leaves_all_as_it_was_when_it_fails,
                                        net_world_set_up, net_world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
