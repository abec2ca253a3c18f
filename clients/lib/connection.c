/* A DEALER with CURVE and a monitor beside it; see connection.h. May not decode a frame. */
#include "clients/lib/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "proto/curve.h"
#include "proto/limits.h"

enum {
    QUEUE_MESSAGES = 256, /* in each direction; windows and credits are smaller */
    CURVE_OVERHEAD = 33,  /* bytes that CURVE adds to a frame on the wire */
    HEARTBEAT_MS = 2000,
    RECONNECT_MS = 100, /* a daemon on the same machine or next door, after a restart */
    RECONNECT_MAX_MS = 2000,
    TRIES = 4, /* in a row: more than a second */
};

#define MONITOR_ENDPOINT "inproc://samenbus-client-monitor"

struct sb_connection {
    void *context, *dealer, *monitor;
    enum sb_connection_state state;
    uint32_t generation;
    unsigned tries; /* to connect, in a row */
    const char *endpoint;
    const uint8_t *key, *other_key; /* of the daemon: the one in use; NULL: it has one alone */
    int64_t connect_at_ms;          /* with the key in use; 0: it is connected, or libzmq tries */
    int pause_ms;                   /* until then, next time; the first time none */
    zmq_msg_t frame;                /* the one that the caller looks at */
};

int64_t sb_connection_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* libzmq's own choices are for others: unbounded frames and closing, no heartbeats. IMMEDIATE:
 * nothing waits in a queue to nobody, so that what was not sent is known. */
static bool set_options(void *s, const struct sb_connection_options *o)
{
    static const struct {
        int option, value;
    } ints[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_IMMEDIATE, 1},
        {ZMQ_SNDHWM, QUEUE_MESSAGES},
        {ZMQ_RCVHWM, QUEUE_MESSAGES},
        {ZMQ_HANDSHAKE_IVL, SB_HANDSHAKE_MS},
        {ZMQ_CONNECT_TIMEOUT, SB_HANDSHAKE_MS},
        {ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS},
        {ZMQ_HEARTBEAT_TIMEOUT, 3 * HEARTBEAT_MS},
        {ZMQ_RECONNECT_IVL, RECONNECT_MS},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
    };
    uint8_t public_key[SB_CURVE_BYTES];
    int64_t limit = SB_FRAME_MAX + CURVE_OVERHEAD;
    int ipv6 = strncmp(o->endpoint, "tcp://[", 7) == 0;
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        if (zmq_setsockopt(s, ints[i].option, &ints[i].value, sizeof ints[i].value) != 0) {
            return false;
        }
    }
    sb_curve_public_of(public_key, o->secret_key);
    return zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &limit, sizeof limit) == 0 &&
           zmq_setsockopt(s, ZMQ_IPV6, &ipv6, sizeof ipv6) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, o->server_key, SB_CURVE_BYTES) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, public_key, SB_CURVE_BYTES) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, o->secret_key, SB_CURVE_BYTES) == 0;
}

/* The monitor listens before there is anything to hear. */
static bool open_monitor(struct sb_connection *c)
{
    int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED |
                 ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    int zero = 0;
    c->monitor = zmq_socket(c->context, ZMQ_PAIR);
    return c->monitor != NULL && zmq_setsockopt(c->monitor, ZMQ_LINGER, &zero, sizeof zero) == 0 &&
           zmq_socket_monitor(c->dealer, MONITOR_ENDPOINT, events) == 0 &&
           zmq_connect(c->monitor, MONITOR_ENDPOINT) == 0;
}

enum sb_rc sb_connection_open(struct sb_connection **out, const struct sb_connection_options *o,
                              struct sb_err *err)
{
    struct sb_connection *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    static const uint8_t none[SB_CURVE_BYTES];
    zmq_msg_init(&c->frame);
    c->endpoint = o->endpoint;
    c->key = o->server_key;
    c->other_key = memcmp(o->next_server_key, none, sizeof none) == 0 ? NULL : o->next_server_key;
    c->context = zmq_ctx_new();
    c->dealer = c->context == NULL ? NULL : zmq_socket(c->context, ZMQ_DEALER);
    if (c->dealer == NULL || !set_options(c->dealer, o) || !open_monitor(c) ||
        zmq_connect(c->dealer, o->endpoint) != 0) {
        sb_err_set(err, SB_E_NET, "connect to %s: %s", o->endpoint, zmq_strerror(errno));
        sb_connection_close(c);
        return SB_E_NET;
    }
    *out = c;
    return SB_OK;
}

void sb_connection_close(struct sb_connection *c)
{
    if (c == NULL) {
        return;
    }
    zmq_msg_close(&c->frame);
    if (c->dealer != NULL) {
        zmq_socket_monitor(c->dealer, NULL, 0);
        zmq_close(c->dealer);
    }
    if (c->monitor != NULL) {
        zmq_close(c->monitor);
    }
    if (c->context != NULL) {
        zmq_ctx_term(c->context);
    }
    free(c);
}

enum sb_connection_state sb_connection_state(const struct sb_connection *c)
{
    return c->state;
}

uint32_t sb_connection_generation(const struct sb_connection *c)
{
    return c->generation;
}

/* A daemon that changes its key is found under the next one, and before that under the old one:
 * after a handshake that failed the other key's turn comes. Until then nothing is connected: libzmq
 * would try again with the key that failed, and the news of that would be taken for news of the
 * other. */
static void take_other_key(struct sb_connection *c)
{
    const uint8_t *key = c->other_key;
    if (c->connect_at_ms != 0 || zmq_disconnect(c->dealer, c->endpoint) != 0) {
        return;
    }
    c->other_key = c->key;
    c->key = key;
    c->connect_at_ms = sb_connection_now_ms() + c->pause_ms;
    c->pause_ms = c->pause_ms == 0 ? RECONNECT_MS : 2 * c->pause_ms;
    c->pause_ms = c->pause_ms < RECONNECT_MAX_MS ? c->pause_ms : RECONNECT_MAX_MS;
}

/* Once it is time. Neither call can fail for a socket and an endpoint that connected before. */
static void connect_again(struct sb_connection *c)
{
    if (c->connect_at_ms != 0 && c->connect_at_ms <= sb_connection_now_ms()) {
        c->connect_at_ms = 0;
        (void)zmq_setsockopt(c->dealer, ZMQ_CURVE_SERVERKEY, c->key, SB_CURVE_BYTES);
        (void)zmq_connect(c->dealer, c->endpoint);
    }
}

/* -1 is for ever, for poll as well. */
static int wait_at_most(const struct sb_connection *c, int timeout_ms)
{
    if (c->connect_at_ms == 0) {
        return timeout_ms;
    }
    int64_t left = c->connect_at_ms - sb_connection_now_ms();
    left = left < 0 ? 0 : left;
    return timeout_ms < 0 || left < timeout_ms ? (int)left : timeout_ms;
}

static void on_event(struct sb_connection *c, unsigned event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        c->state = SB_CONNECTION_UP;
        c->generation++;
        c->pause_ms = 0;
        break;
    case ZMQ_EVENT_CONNECTED:
        c->tries = 0;
        if (c->state == SB_CONNECTION_ABSENT) {
            c->state = SB_CONNECTION_NONE;
        }
        break;
    case ZMQ_EVENT_CONNECT_RETRIED:
        if (++c->tries >= TRIES && c->state == SB_CONNECTION_NONE) {
            c->state = SB_CONNECTION_ABSENT;
        }
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: c->state = SB_CONNECTION_REFUSED; break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        /* A refusal is followed by such an event, which must not hide it. */
        if (c->state != SB_CONNECTION_REFUSED) {
            c->state = SB_CONNECTION_BROKEN;
            if (c->other_key != NULL) {
                take_other_key(c);
            }
        }
        break;
    default: /* disconnected; libzmq's events are not our enum */
        if (c->state == SB_CONNECTION_UP) {
            c->state = SB_CONNECTION_NONE;
        }
        break;
    }
}

/* An event is a frame of 2 + 4 bytes and one with the address. */
static void read_monitor(struct sb_connection *c)
{
    uint8_t head[6], address[256];
    uint16_t event;
    while (zmq_recv(c->monitor, head, sizeof head, ZMQ_DONTWAIT) == (int)sizeof head) {
        memcpy(&event, head, sizeof event);
        (void)zmq_recv(c->monitor, address, sizeof address, ZMQ_DONTWAIT);
        on_event(c, event);
    }
}

/* Lets the socket see that a connection went or came; only then is it known where sends end up. */
static void settle(struct sb_connection *c)
{
    int events;
    size_t n = sizeof events;
    (void)zmq_getsockopt(c->dealer, ZMQ_EVENTS, &events, &n);
}

enum sb_rc sb_connection_wait(struct sb_connection *c, int fd, bool sending, int timeout_ms,
                              struct sb_err *err)
{
    zmq_pollitem_t items[3] = {
        {.socket = c->dealer, .events = (short)(ZMQ_POLLIN | (sending ? ZMQ_POLLOUT : 0))},
        {.socket = c->monitor, .events = ZMQ_POLLIN},
        {.fd = fd, .events = ZMQ_POLLIN},
    };
    if (zmq_poll(items, fd < 0 ? 2 : 3, wait_at_most(c, timeout_ms)) < 0 && errno != EINTR) {
        return sb_err_set(err, SB_E_NET, "wait for the daemon: %s", zmq_strerror(errno));
    }
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
        read_monitor(c);
        settle(c);
    }
    connect_again(c);
    return SB_OK;
}

bool sb_connection_receive(struct sb_connection *c, struct sb_bytes *frame)
{
    /* Messages of several frames are not ours: all but the last frame are passed over. */
    do {
        if (zmq_msg_recv(&c->frame, c->dealer, ZMQ_DONTWAIT) < 0) {
            return false;
        }
    } while (zmq_msg_more(&c->frame));
    *frame = (struct sb_bytes){zmq_msg_data(&c->frame), zmq_msg_size(&c->frame)};
    return true;
}

bool sb_connection_send(struct sb_connection *c, struct sb_bytes frame)
{
    return zmq_send(c->dealer, frame.p, frame.n, ZMQ_DONTWAIT) == (int)frame.n;
}
