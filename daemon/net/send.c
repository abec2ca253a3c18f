/* libzmq takes a message's later parts whenever it took its first, so only the first can fail. */
#include "daemon/net/send.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/limits.h"

enum { SHARE = 4 };

/* A frame in libzmq's hands. */
struct lent {
    struct sb_net_queued *one, *all; /* one may be NULL */
    size_t n;
    uint8_t bytes[];
};

static uint64_t queued(const struct sb_net_queued *q)
{
    return atomic_load_explicit(&q->bytes, memory_order_relaxed);
}

static uint64_t frames(const struct sb_net_queued *q)
{
    return atomic_load_explicit(&q->frames, memory_order_relaxed);
}

bool sb_net_queued_fits(const struct sb_net_queued *one, const struct sb_net_queued *all, size_t n)
{
    const uint64_t of_all = queued(all), free = of_all < all->limit ? all->limit - of_all : 0;
    if (one == NULL) {
        return n <= free;
    }
    const uint64_t of_one = queued(one) + n;
    return frames(one) < SB_ZMQ_SNDHWM &&
           (of_one <= SB_NET_QUEUED_ALWAYS || of_one <= free / SHARE);
}

static void count(struct sb_net_queued *q, size_t n)
{
    if (q != NULL) {
        atomic_fetch_add_explicit(&q->bytes, n, memory_order_relaxed);
        atomic_fetch_add_explicit(&q->frames, 1, memory_order_relaxed);
    }
}

static void discount(struct sb_net_queued *q, size_t n)
{
    if (q != NULL) {
        uint64_t before = atomic_fetch_sub_explicit(&q->bytes, n, memory_order_relaxed);
        uint64_t frames_before = atomic_fetch_sub_explicit(&q->frames, 1, memory_order_relaxed);
        assert(before >= n && frames_before > 0);
    }
}

/* Runs in libzmq's thread, or in ours. */
static void give_back(void *bytes, void *hint)
{
    struct lent *lent = hint;
    (void)bytes;
    discount(lent->one, lent->n);
    discount(lent->all, lent->n);
    free(lent);
}

static bool lend(zmq_msg_t *msg, struct sb_bytes frame, struct sb_net_queued *one,
                 struct sb_net_queued *all)
{
    struct lent *lent = malloc(sizeof *lent + frame.n);
    if (lent == NULL || zmq_msg_init_data(msg, lent->bytes, frame.n, give_back, lent) != 0) {
        free(lent);
        errno = ENOMEM;
        return false;
    }
    *lent = (struct lent){.one = one, .all = all, .n = frame.n};
    memcpy(lent->bytes, frame.p, frame.n);
    count(one, frame.n);
    count(all, frame.n);
    return true;
}

static int try_envelope(void *socket, struct sb_bytes envelope)
{
    int rc;
    do {
        rc = zmq_send(socket, envelope.p, envelope.n, ZMQ_DONTWAIT | ZMQ_SNDMORE);
    } while (rc < 0 && errno == EINTR);
    return rc;
}

static int try_frame(void *socket, zmq_msg_t *msg)
{
    int rc;
    do {
        rc = zmq_msg_send(msg, socket, ZMQ_DONTWAIT);
    } while (rc < 0 && errno == EINTR);
    return rc;
}

/* libzmq hears of room in a queue only when it handles commands, which sending leaves out when the
 * last time was less than a millisecond ago: a queue may look full that is not. Asking for events
 * makes it look. */
static bool look_again(void *socket)
{
    int events = 0;
    size_t size = sizeof events;
    return errno == EAGAIN && zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0;
}

static bool send_parts(void *socket, struct sb_bytes envelope, zmq_msg_t *msg)
{
    if (envelope.n == 0) {
        return try_frame(socket, msg) >= 0 || (look_again(socket) && try_frame(socket, msg) >= 0);
    }
    if (try_envelope(socket, envelope) < 0 &&
        !(look_again(socket) && try_envelope(socket, envelope) >= 0)) {
        return false;
    }
    int rc = try_frame(socket, msg);
    assert(rc >= 0);
    return true;
}

bool sb_net_send(void *socket, struct sb_bytes envelope, struct sb_bytes frame,
                 struct sb_net_queued *one, struct sb_net_queued *all)
{
    zmq_msg_t msg;
    if (!sb_net_queued_fits(one, all, frame.n)) {
        errno = EAGAIN;
        return false;
    }
    if (!lend(&msg, frame, one, all)) {
        return false;
    }
    if (!send_parts(socket, envelope, &msg)) {
        int code = errno;
        zmq_msg_close(&msg);
        errno = code;
        return false;
    }
    return true;
}
