/* Who reads slowly what we pace still has his answers, on the same connection and in both
 * directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/net/net_world.h"

enum {
    US = 3,    /* as the partner knows us */
    THEM = 7,  /* as we know the partner */
    STILL = 20 /* waits in which nothing more is taken: it is full */
};

typedef bool (*send_fn)(struct sb_net *net, uint32_t to, struct sb_bytes frame);

static struct sb_bytes page(void)
{
    static uint8_t bytes[50000];
    memset(bytes, 'p', sizeof bytes);
    return (struct sb_bytes){bytes, sizeof bytes};
}

/* Node 1 connects to node 0 and asks something; the session of node 0. */
static uint32_t meet(struct net_world *w)
{
    struct sb_net_identity them = net_identity(THEM, &w->node[1].keys, true);
    struct sb_net_identity us = net_identity(US, &w->node[0].keys, true);
    net_open(&w->node[0], &them, 1, NULL, 0);
    struct sb_net_partner partner = net_partner(US, &w->node[0]);
    net_open(&w->node[1], &us, 1, &partner, 1);
    (void)net_await(w, &w->node[1], SB_NET_LINK_UP);
    assert_true(sb_net_ask(w->node[1].net, US, net_bytes("hello")));
    return net_await(w, &w->node[0], SB_NET_REQUEST)->session;
}

/* Sends until nothing more is taken for a while, for nobody collects; how many were taken. */
static size_t fill(struct sb_net *net, send_fn send, uint32_t to)
{
    size_t n = 0;
    for (int still = 0; still < STILL; still++) {
        struct sb_err err = {0};
        for (; send(net, to, page()); n++) {
            still = 0;
        }
        (void)sb_net_wait(net, 5, -1, &err);
    }
    return n;
}

static size_t count(const struct net_node *node, enum sb_net_event event, const char *frame)
{
    size_t n = 0;
    for (size_t i = 0; i < node->n_seen; i++) {
        n += node->seen[i].event == event && strncmp(node->seen[i].frame, frame, 1) == 0;
    }
    return n;
}

/* `from` fills its queue; its answers go all the same, as many as have a place, and no more. */
static void answer_beside(struct net_world *w, struct net_node *from, uint32_t to, send_fn paced,
                          send_fn answer, struct net_node *reader, enum sb_net_event event)
{
    size_t before = count(reader, event, "p");
    size_t n = fill(from->net, paced, to);
    for (int i = 0; i < SB_ZMQ_SNDHWM; i++) {
        assert_true(answer(from->net, to, net_bytes("answer")));
    }
    assert_false(answer(from->net, to, net_bytes("answer")));
    for (int i = 0; i < 2000 && count(reader, event, "a") < SB_ZMQ_SNDHWM; i++) {
        net_pump(w);
    }
    assert_int_equal(count(reader, event, "a"), SB_ZMQ_SNDHWM);
    assert_int_equal(count(reader, event, "p") - before, n);
    assert_true(paced(from->net, to, page()));
    assert_true(answer(from->net, to, net_bytes("answer")));
}

static void test_net_answers_one_that_reads_slowly(void **state)
{
    struct net_world *w = *state;
    uint32_t session = meet(w);
    answer_beside(w, &w->node[0], session, sb_net_answer_paced, sb_net_answer, &w->node[1],
                  SB_NET_REPLY);
}

static void test_net_asks_one_that_reads_slowly(void **state)
{
    struct net_world *w = *state;
    (void)meet(w);
    answer_beside(w, &w->node[1], US, sb_net_ask_paced, sb_net_ask, &w->node[0], SB_NET_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_answers_one_that_reads_slowly, net_world_set_up,
                                        net_world_tear_down),
        cmocka_unit_test_setup_teardown(test_net_asks_one_that_reads_slowly, net_world_set_up,
                                        net_world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
