/* Opening, waiting and closing; the sentences of what cannot be opened. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "tests/unit/net/net_world.h"

static struct sb_net_options options_of(const struct net_node *node)
{
    return (struct sb_net_options){.publish = node->publish,
                                   .service = node->service,
                                   .public_key = node->keys.public_key,
                                   .secret_key = node->keys.secret_key};
}

static void expect_failure(const struct sb_net_options *o, const char *first, const char *second)
{
    struct sb_err err = {0};
    struct sb_net *net = NULL;
    assert_int_equal(sb_net_open(&net, o, &err), SB_E_NET);
    assert_null(net);
    assert_int_equal(err.rc, SB_E_NET);
    if (strstr(err.text, first) == NULL || strstr(err.text, second) == NULL) {
        fail_msg("\"%s\" has not \"%s\" and \"%s\"", err.text, first, second);
    }
}

static void test_net_open_names_the_endpoint_when_it_is_taken(void **state)
{
    struct net_world *w = *state;
    void *context = zmq_ctx_new(), *other = zmq_socket(context, ZMQ_REP);
    char taken[128];
    size_t size = sizeof taken;
    assert_int_equal(zmq_bind(other, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(other, ZMQ_LAST_ENDPOINT, taken, &size), 0);
    struct sb_net_options o = options_of(&w->node[0]);
    o.publish = taken;
    expect_failure(&o, taken, "change listen.publish");
    o = options_of(&w->node[0]);
    o.service = taken;
    expect_failure(&o, taken, "change listen.service");
    assert_int_equal(zmq_close(other), 0);
    assert_int_equal(zmq_ctx_term(context), 0);
}

static void test_net_open_says_what_is_wrong_with_an_endpoint(void **state)
{
    struct net_world *w = *state;
    char long_path[200] = "ipc:///tmp/";
    memset(long_path + strlen(long_path), 'x', 150);
    struct {
        const char *endpoint, *sentence;
    } wrong[] = {
        {"ipc:///no/such/folder/socket", "folder"},
        {"carrier-pigeon://roof", "tcp://ADDRESS:PORT"},
        {"tcp://127.0.0.1", "tcp://ADDRESS:PORT"},
        {"tcp://192.0.2.77:*", "no such address"},
        {long_path, "too long"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sb_net_options o = options_of(&w->node[0]);
        o.service = wrong[i].endpoint;
        expect_failure(&o, wrong[i].endpoint, wrong[i].sentence);
    }
    struct sb_net_partner partner = net_partner(1, &w->node[1]);
    partner.service = "carrier-pigeon://roof";
    struct sb_net_options o = options_of(&w->node[0]);
    o.partners = &partner;
    o.n_partners = 1;
    expect_failure(&o, "connect to carrier-pigeon://roof", "tcp://ADDRESS:PORT");
}

static void test_net_wait_returns_when_there_is_nothing(void **state)
{
    struct net_world *w = *state;
    struct sb_err err = {0};
    struct sb_net_message m;
    net_open(&w->node[0], NULL, 0, NULL, 0);
    assert_int_equal(sb_net_wait(w->node[0].net, 1, -1, &err), SB_E_AGAIN);
    assert_int_equal(sb_net_wait(w->node[0].net, 0, -1, &err), SB_E_AGAIN);
    assert_int_equal(sb_net_collect(w->node[0].net, &m, 1), 0);
    sb_net_release(w->node[0].net);
}

static void test_net_wait_returns_when_it_is_woken(void **state)
{
    struct net_world *w = *state;
    struct sb_err err = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    net_open(&w->node[0], NULL, 0, NULL, 0);
    assert_int_equal(sb_net_wait(w->node[0].net, 1, ends[0], &err), SB_E_AGAIN);
    assert_int_equal(write(ends[1], "!", 1), 1);
    assert_int_equal(sb_net_wait(w->node[0].net, -1, ends[0], &err), SB_OK);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void do_nothing(int number)
{
    (void)number;
}

static void test_net_wait_returns_when_a_signal_comes(void **state)
{
    struct net_world *w = *state;
    struct sb_err err = {0};
    struct sigaction action = {.sa_handler = do_nothing}, before;
    /* Again and again, for the first may come before the wait. */
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {0};
    net_open(&w->node[0], NULL, 0, NULL, 0);
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    assert_int_equal(sb_net_wait(w->node[0].net, -1, -1, &err), SB_E_AGAIN);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

/* Answers sent just before the end still arrive. (Large ones: of a last small one libzmq may lose
 * what the other side's kernel has no room for at that moment.) */
static void test_net_close_lingers_for_what_was_sent(void **state)
{
    struct net_world *w = *state;
    struct net_node *node = &w->node[0];
    struct net_keys keys;
    net_make_keys(&keys);
    struct sb_net_identity known = net_identity(1, &keys, false);
    net_open(node, &known, 1, NULL, 0);
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &keys, node, node->service, NULL);
    net_client_send(&c, "question", false);
    uint32_t session = net_await(w, node, SB_NET_REQUEST)->session;
    uint8_t *frame = calloc(1, SB_FRAME_MAX);
    assert_non_null(frame);
    for (int i = 0; i < 20; i++) {
        assert_true(sb_net_answer(node->net, session, (struct sb_bytes){frame, SB_FRAME_MAX}));
    }
    free(frame);
    sb_net_close(node->net, 60000); /* on a busy machine, too */
    node->net = NULL;
    for (int i = 0; i < 20; i++) {
        (void)net_client_await(w, &c);
    }
    net_client_close(&c);
}

static void test_net_memory_bound_grows_with_who_may_come(void **state)
{
    struct net_world *w = *state;
    struct sb_net_options o = options_of(&w->node[0]);
    const size_t strangers = sb_net_descriptors(&o);
    const uint64_t frames = (SB_ZMQ_SERVICE_RCVHWM + 1) * (uint64_t)SB_FRAME_MAX;
    uint64_t before = sb_net_memory_bound(&o);
    assert_true(before > strangers * frames + 2 * (uint64_t)SB_ZMQ_QUEUED_BYTES);
    struct sb_net_identity known[] = {net_identity(1, &w->node[1].keys, false),
                                      net_identity(2, &w->node[2].keys, true)};
    o.identities = known;
    o.n_identities = 2;
    assert_true(sb_net_descriptors(&o) > strangers + 2 * SB_SESSIONS_PER_KEY);
    assert_true(sb_net_memory_bound(&o) > before + 2 * SB_SESSIONS_PER_KEY * frames);
    before = sb_net_memory_bound(&o);
    struct sb_net_partner partner = net_partner(2, &w->node[2]);
    o.partners = &partner;
    o.n_partners = 1;
    assert_true(sb_net_memory_bound(&o) > before + SB_ZMQ_RCVHWM * (uint64_t)SB_FRAME_MAX +
                                              SB_ZMQ_SUB_RCVHWM * (uint64_t)SB_BROADCAST_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_open_names_the_endpoint_when_it_is_taken,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_open_says_what_is_wrong_with_an_endpoint,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_wait_returns_when_there_is_nothing,
                                        net_world_set_up, net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_wait_returns_when_it_is_woken, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_wait_returns_when_a_signal_comes, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_close_lingers_for_what_was_sent, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_memory_bound_grows_with_who_may_come,
                                        net_world_set_up, net_world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
