/* What is queued is counted to the byte, and who does not read gets his share and no more. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "daemon/net/send.h"
#include "proto/limits.h"

enum { FRAME = 100000, LIMIT = 4 * 1000 * 1000 };

struct pair {
    void *context, *from, *to;
    struct sb_net_queued one, all;
};

static int set_up(void **state)
{
    static struct pair pair;
    struct pair *p = &pair;
    memset(p, 0, sizeof *p);
    p->all.limit = LIMIT;
    p->context = zmq_ctx_new();
    p->from = zmq_socket(p->context, ZMQ_PAIR);
    p->to = zmq_socket(p->context, ZMQ_PAIR);
    assert_int_equal(zmq_bind(p->to, "inproc://pair"), 0);
    assert_int_equal(zmq_connect(p->from, "inproc://pair"), 0);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *p = *state;
    int now = 0;
    zmq_setsockopt(p->from, ZMQ_LINGER, &now, sizeof now);
    zmq_close(p->from);
    zmq_close(p->to);
    assert_int_equal(zmq_ctx_term(p->context), 0);
    assert_int_equal(p->one.bytes, 0); /* what nobody read was let go of, too */
    assert_int_equal(p->all.bytes, 0);
    return 0;
}

static struct sb_bytes frame_of(size_t n)
{
    static uint8_t bytes[LIMIT];
    memset(bytes, 7, n);
    return (struct sb_bytes){bytes, n};
}

static void receive(struct pair *p, size_t n)
{
    static uint8_t bytes[LIMIT];
    assert_int_equal(zmq_recv(p->to, bytes, sizeof bytes, 0), n);
    assert_true(n == 0 || (bytes[0] == 7 && bytes[n - 1] == 7));
}

static const struct sb_bytes none = {NULL, 0};

static void test_net_send_counts_until_the_frame_is_read(void **state)
{
    struct pair *p = *state;
    assert_true(sb_net_send(p->from, none, frame_of(FRAME), &p->one, &p->all));
    assert_true(sb_net_send(p->from, none, frame_of(5), &p->one, &p->all));
    assert_int_equal(p->one.bytes, FRAME + 5);
    assert_int_equal(p->one.frames, 2);
    assert_int_equal(p->all.bytes, FRAME + 5);
    receive(p, FRAME);
    assert_int_equal(p->one.bytes, 5);
    assert_int_equal(p->one.frames, 1);
    receive(p, 5);
    assert_int_equal(p->all.bytes, 0);
}

static void test_net_send_leaves_a_slow_reader_its_share(void **state)
{
    struct pair *p = *state;
    while (sb_net_send(p->from, none, frame_of(FRAME), &p->one, &p->all)) {
        assert_true(p->one.bytes <= LIMIT);
    }
    assert_int_equal(errno, EAGAIN);
    assert_in_range(p->one.bytes, LIMIT / 5 - FRAME, LIMIT / 5);
    static struct sb_net_queued other; /* until the context has ended */
    assert_true(sb_net_send(p->from, none, frame_of(FRAME), &other, &p->all));
    receive(p, FRAME);
    receive(p, FRAME);
    assert_true(sb_net_send(p->from, none, frame_of(FRAME), &p->one, &p->all));
}

static void test_net_send_to_who_has_little_queued_always_fits(void **state)
{
    struct pair *p = *state;
    p->all.bytes = LIMIT;
    assert_true(sb_net_queued_fits(&p->one, &p->all, SB_NET_QUEUED_ALWAYS));
    assert_false(sb_net_queued_fits(&p->one, &p->all, SB_NET_QUEUED_ALWAYS + 1));
    assert_false(sb_net_queued_fits(NULL, &p->all, 1));
    p->all.bytes = LIMIT - 1;
    assert_true(sb_net_queued_fits(NULL, &p->all, 1));
    p->all.bytes = 0;
    p->one.frames = SB_ZMQ_SNDHWM - 1;
    assert_true(sb_net_queued_fits(&p->one, &p->all, 1));
    p->one.frames = SB_ZMQ_SNDHWM; /* however small they are */
    assert_false(sb_net_queued_fits(&p->one, &p->all, 1));
    assert_true(sb_net_queued_fits(NULL, &p->all, 1));
    p->one.frames = 0;
}

/* A PUB's queues share one frame, which counts once. */
static void test_net_send_counts_a_shared_frame_once(void **state)
{
    struct pair *p = *state;
    void *pub = zmq_socket(p->context, ZMQ_XPUB), *sub[2];
    uint8_t word[8];
    int yes = 1;
    assert_int_equal(zmq_setsockopt(pub, ZMQ_XPUB_VERBOSE, &yes, sizeof yes), 0);
    assert_int_equal(zmq_bind(pub, "inproc://pub"), 0);
    for (int i = 0; i < 2; i++) {
        sub[i] = zmq_socket(p->context, ZMQ_SUB);
        assert_int_equal(zmq_connect(sub[i], "inproc://pub"), 0);
        assert_int_equal(zmq_setsockopt(sub[i], ZMQ_SUBSCRIBE, "", 0), 0);
        assert_int_equal(zmq_recv(pub, word, sizeof word, 0), 1);
    }
    struct sb_bytes topic = {(const uint8_t *)"a/b", 3};
    assert_true(sb_net_send(pub, topic, frame_of(FRAME), NULL, &p->all));
    assert_int_equal(p->all.bytes, FRAME);
    for (int i = 0; i < 2; i++) {
        zmq_close(sub[i]);
    }
    int now = 0;
    zmq_setsockopt(pub, ZMQ_LINGER, &now, sizeof now);
    zmq_close(pub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_send_counts_until_the_frame_is_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_send_leaves_a_slow_reader_its_share, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_send_to_who_has_little_queued_always_fits, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_send_counts_a_shared_frame_once, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
