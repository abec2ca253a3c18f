/* libzmq retries by itself only what never came up or broke by accident. After a refusal, or a
 * frame that was too large, it may give the connection up for ever without a word, or try twice a
 * second for ever; so whatever fails after the connect, we disconnect, and connect again later
 * with a back-off of our own. */
#include "daemon/net/outgoing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/net/monitor.h"
#include "daemon/net/options.h"

enum {
    WATCHED = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
              ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
              ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
};

static const char *connect_advice(int code)
{
    switch (code) {
    case EINVAL:
    case EPROTONOSUPPORT: return "not of the form tcp://ADDRESS:PORT or ipc://PATH";
    case ENAMETOOLONG: return "the path is too long for a socket (107 bytes)";
    default: return "cannot connect";
    }
}

static bool is_key(const struct sb_curve_key *key)
{
    static const struct sb_curve_key none;
    return memcmp(key, &none, sizeof none) != 0;
}

static bool same_key(const struct sb_curve_key *a, const struct sb_curve_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool sb_net_outgoing_rekey(struct sb_net_outgoing *o, const struct sb_net_partner *partner)
{
    const struct sb_curve_key used = o->keys[o->key];
    bool next = !same_key(&used, &partner->key);
    if (next && !same_key(&used, &partner->next_key)) {
        return false;
    }
    o->keys[0] = partner->key;
    o->keys[1] = partner->next_key;
    o->key = next ? 1 : 0;
    return true;
}

/* A partner that has changed to its next key cannot prove to have the one of now. */
static void try_other_key(struct sb_net_outgoing *o)
{
    size_t other = 1 - o->key;
    if (is_key(&o->keys[other]) && sb_net_options_server_key(o->data.socket, &o->keys[other])) {
        o->key = other;
    }
}

enum sb_rc sb_net_outgoing_open(struct sb_net_outgoing *o, void *context, void *socket,
                                const struct sb_net_partner *partner, const char *endpoint,
                                uint32_t monitor_number, struct sb_err *err)
{
    if (socket == NULL) {
        return SB_E_NET;
    }
    o->keys[0] = partner->key;
    o->keys[1] = partner->next_key;
    o->data.socket = socket;
    o->backoff_ms = SB_RECONNECT_MIN_MS;
    o->endpoint = strdup(endpoint);
    if (o->endpoint == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for an endpoint");
    }
    o->events.socket = sb_net_monitor_open(context, socket, monitor_number, WATCHED, err);
    if (o->events.socket == NULL) {
        return SB_E_NET;
    }
    if (zmq_connect(socket, endpoint) != 0) {
        int code = errno;
        return sb_err_set(err, SB_E_NET, "connect to %s: %s: %s", endpoint, zmq_strerror(code),
                          connect_advice(code));
    }
    o->state = SB_NET_OUTGOING_CONNECTING;
    return SB_OK;
}

void sb_net_outgoing_close(struct sb_net_outgoing *o, int linger_ms)
{
    if (o->events.socket != NULL) {
        (void)zmq_socket_monitor(o->data.socket, NULL, 0);
        zmq_close(o->events.socket);
    }
    if (o->data.socket != NULL) {
        sb_net_options_linger(o->data.socket, linger_ms);
        zmq_close(o->data.socket);
    }
    free(o->endpoint);
}

/* Both forget what libzmq had in mind; neither can fail for an endpoint that once connected. Of one
 * that is not connected libzmq would ask whether it is ours, and abort for want of a descriptor. */
static void connect_now(struct sb_net_outgoing *o)
{
    if (o->state != SB_NET_OUTGOING_WAITING) {
        (void)zmq_disconnect(o->data.socket, o->endpoint);
    }
    (void)zmq_connect(o->data.socket, o->endpoint);
    o->state = SB_NET_OUTGOING_CONNECTING;
    o->hurried = false;
}

static void connect_later(struct sb_net_outgoing *o, int64_t now_ms)
{
    (void)zmq_disconnect(o->data.socket, o->endpoint);
    o->state = SB_NET_OUTGOING_WAITING;
    o->retry_at_ms = now_ms + o->backoff_ms;
    o->backoff_ms =
        o->backoff_ms * 2 < SB_RECONNECT_MAX_MS ? o->backoff_ms * 2 : SB_RECONNECT_MAX_MS;
}

static const char *explain_failure(const struct sb_net_monitor_event *event)
{
    switch (event->event) {
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return "they refuse our key: it is not, or not with this right, in their configuration";
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return event->value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
                   ? "they cannot prove to have the key that our configuration has for them"
                   : "what answers there does not speak ZMTP with CURVE";
    default:
        return "they end the handshake without a word: has our configuration their key of today?";
    }
}

void sb_net_outgoing_tell(char out[static SB_NET_TEXT_MAX], const char *endpoint, const char *why)
{
    static const char cut[] = "...";
    size_t n = strlen(endpoint), n_why = *why == '\0' ? 0 : strlen(": ") + strlen(why);
    size_t room = n_why < SB_NET_TEXT_MAX - 1 ? SB_NET_TEXT_MAX - 1 - n_why : 0;
    bool whole = n <= room;
    size_t kept = whole ? n : room > strlen(cut) ? room - strlen(cut) : 0;
    (void)snprintf(out, SB_NET_TEXT_MAX, "%.*s%s%s%s", (int)kept, endpoint, whole ? "" : cut,
                   n_why > 0 ? ": " : "", why);
}

bool sb_net_outgoing_watch(struct sb_net_outgoing *o, int64_t now_ms,
                           enum sb_net_outgoing_change *change, const char **why)
{
    struct sb_net_monitor_event event;
    *change = SB_NET_OUTGOING_SAME;
    *why = "";
    if (!sb_net_monitor_read(o->events.socket, &event)) {
        if (o->hurried) {
            sb_net_outgoing_hurry(o);
        }
        return false;
    }
    if (event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && o->state == SB_NET_OUTGOING_WAITING) {
        return true; /* libzmq was quicker than the news of the end, upon which we disconnected it
                      */
    }
    if (event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        o->state = SB_NET_OUTGOING_UP;
        o->backoff_ms = SB_RECONNECT_MIN_MS;
        o->refused = NULL;
        *change = SB_NET_OUTGOING_NOW_UP;
    } else if (event.event == ZMQ_EVENT_DISCONNECTED) {
        if (o->state == SB_NET_OUTGOING_UP) {
            connect_later(o, now_ms);
            *change = SB_NET_OUTGOING_NOW_DOWN;
            *why = "the connection ended";
        }
    } else if (o->state == SB_NET_OUTGOING_CONNECTING) {
        connect_later(o, now_ms);
        if (event.event != ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
            try_other_key(o);
        }
        *why = explain_failure(&event);
        *change = o->refused == *why ? SB_NET_OUTGOING_SAME : SB_NET_OUTGOING_NOW_REFUSED;
        o->refused = *why;
    }
    return true;
}

void sb_net_outgoing_hurry(struct sb_net_outgoing *o)
{
    int events = 0;
    size_t size = sizeof events;
    (void)zmq_getsockopt(o->events.socket, ZMQ_EVENTS, &events, &size);
    if ((events & ZMQ_POLLIN) != 0) {
        o->hurried = true; /* it may be up: what its monitor has to tell comes first */
    } else if (o->state != SB_NET_OUTGOING_UP) {
        connect_now(o);
    } else {
        o->hurried = false;
    }
}

void sb_net_outgoing_tick(struct sb_net_outgoing *o, int64_t now_ms, int64_t *next_ms)
{
    if (o->data.socket == NULL || o->state != SB_NET_OUTGOING_WAITING) {
        return;
    }
    if (o->retry_at_ms <= now_ms) {
        connect_now(o);
    } else if (o->retry_at_ms < *next_ms) {
        *next_ms = o->retry_at_ms;
    }
}
