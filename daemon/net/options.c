/* The options of libzmq, all set on purpose: its defaults trust everybody and wait for ever. A
 * table per kind of socket, the reason beside each value. May not bind before all are set. */
#include "daemon/net/options.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "daemon/net/send.h"

/* Behind libzmq's DRAFT header but part of its library. Without it a server whose authenticator
 * does not run accepts every key. */
#define ZAP_ENFORCE_DOMAIN 93

struct setting {
    int option, value;
};

/* Every socket that speaks to others. */
static const struct setting everywhere[] = {
    {ZMQ_LINGER, 0},                        /* for ever by default; sb_net_close sets its own */
    {ZMQ_HANDSHAKE_IVL, SB_HANDSHAKE_MS},   /* 30 s by default: half-open strangers pile up */
    {ZMQ_CONNECT_TIMEOUT, SB_HANDSHAKE_MS}, /* the system's is minutes: a black hole is retried */
    {ZMQ_TCP_KEEPALIVE, 1},                 /* a dead peer would live for ever by default */
    {ZMQ_TCP_KEEPALIVE_IDLE, 2},            /* seconds */
    {ZMQ_TCP_KEEPALIVE_INTVL, 2},           /* seconds */
    {ZMQ_TCP_KEEPALIVE_CNT, 2},             /* then the connection is dead, after six seconds */
    {ZMQ_TCP_MAXRT, 6000},                  /* so it is where what was sent is not taken */
    {ZMQ_RECONNECT_IVL, SB_RECONNECT_MIN_MS},
    {ZMQ_RECONNECT_IVL_MAX, SB_RECONNECT_MAX_MS}, /* no back-off by default */
    {ZMQ_BACKLOG, SB_PEERS_MAX}, /* all partners may come back at once, after a power cut */
    {ZMQ_IMMEDIATE, 1},          /* queue only where somebody is: nothing stale after a gap */
};

/* Who dials sends the heartbeats, and each of its beats lets the other side wait for the next. Who
 * is dialled sends none: where a connection breaks whose input has stopped, because more came than
 * is queued, the next heartbeat is an assertion that fails (libzmq 4.3.4, out_event), and one
 * client that floods and dies would end the daemon. */
static const struct setting dialling[] = {
    {ZMQ_HEARTBEAT_IVL, 2000},     /* off by default: what a line swallows nobody notices */
    {ZMQ_HEARTBEAT_TIMEOUT, 6000}, /* three heartbeats without a word */
    {ZMQ_HEARTBEAT_TTL, 6000},     /* the other side gives up on us as soon */
};

static const struct setting server[] = {
    {ZMQ_CURVE_SERVER, 1},
    {ZAP_ENFORCE_DOMAIN, 1},
};

static const struct setting publisher[] = {
    {ZMQ_SNDHWM, SB_ZMQ_PUB_SNDHWM}, /* beyond it broadcasts drop; catch-up brings them */
    {ZMQ_RCVHWM, SB_ZMQ_RCVHWM},     /* subscriptions of one subscriber, not read yet */
    {ZMQ_XPUB_VERBOSE, 0},           /* the first and the last subscriber of a topic only */
    {ZMQ_XPUB_NODROP, 0},            /* publishing never waits for the slowest */
    {ZMQ_INVERT_MATCHING, 0},
};

/* libzmq learns of half a queue at a time that it was read: with twice what we queue at most, it
 * never takes for full what we do not. */
enum { SNDHWM = 2 * SB_NET_SORTS * SB_ZMQ_SNDHWM };

static const struct setting service[] = {
    {ZMQ_SNDHWM, SNDHWM},                /* 1000 by default, of a megabyte each */
    {ZMQ_RCVHWM, SB_ZMQ_SERVICE_RCVHWM}, /* of as many connections as there are descriptors */
    {ZMQ_ROUTER_MANDATORY, 1},           /* by default answers to nobody vanish without a word */
    {ZMQ_ROUTER_HANDOVER, 0}, /* leaks descriptors; nobody may take another's routing id */
};

static const struct setting dealer[] = {
    {ZMQ_SNDHWM, SNDHWM},
    {ZMQ_RCVHWM, SB_ZMQ_RCVHWM},
};

static const struct setting subscriber[] = {
    /* With 1, a connection that ends takes its pipe away at once, also from under a broadcast whose
     * topic has been read and whose frame has not: libzmq aborts (fq.cpp). What a SUB sends are
     * subscriptions, which it repeats by itself. */
    {ZMQ_IMMEDIATE, 0},
    {ZMQ_SNDHWM, SB_ZMQ_SNDHWM}, /* more than our topics: subscriptions beyond it are lost */
    {ZMQ_RCVHWM, SB_ZMQ_SUB_RCVHWM},
};

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_all(void *socket, const struct setting *settings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!set_int(socket, settings[i].option, settings[i].value)) {
            return false;
        }
    }
    return true;
}

#define SET_ALL(socket, settings) set_all(socket, settings, sizeof(settings) / sizeof(settings)[0])

static bool set_key(void *socket, int option, const struct sb_curve_key *key)
{
    return zmq_setsockopt(socket, option, key->b, sizeof key->b) == 0;
}

/* Only where the endpoint is one: with it on, a name may resolve to an address nobody meant. */
static int is_ipv6(const char *endpoint)
{
    return strncmp(endpoint, "tcp://[", 7) == 0;
}

static bool set_size(void *socket, size_t max)
{
    int64_t limit = (int64_t)max + SB_NET_CURVE_OVERHEAD; /* no limit at all by default */
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit) == 0;
}

static bool set_common(void *socket, const char *endpoint, size_t frame_max)
{
    return SET_ALL(socket, everywhere) && set_int(socket, ZMQ_IPV6, is_ipv6(endpoint)) &&
           set_size(socket, frame_max);
}

/* A server needs its secret key alone; who may come is decided under its domain. */
static bool set_server(void *socket, const struct sb_net_options *o, const char *domain)
{
    return zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) == 0 &&
           SET_ALL(socket, server) && set_key(socket, ZMQ_CURVE_SECRETKEY, &o->secret_key);
}

static bool set_client(void *socket, const struct sb_net_options *o,
                       const struct sb_curve_key *partner)
{
    return SET_ALL(socket, dialling) && set_key(socket, ZMQ_CURVE_SERVERKEY, partner) &&
           set_key(socket, ZMQ_CURVE_PUBLICKEY, &o->public_key) &&
           set_key(socket, ZMQ_CURVE_SECRETKEY, &o->secret_key);
}

void *sb_net_options_context(size_t n_sockets)
{
    void *context = zmq_ctx_new();
    if (context == NULL) {
        return NULL;
    }
    /* One I/O thread: the order of a connection's events and messages rests on it (session.c). */
    if (zmq_ctx_set(context, ZMQ_IO_THREADS, 1) != 0 || zmq_ctx_set(context, ZMQ_BLOCKY, 0) != 0 ||
        zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)n_sockets) != 0) {
        zmq_ctx_term(context);
        return NULL;
    }
    return context;
}

/* Gives the socket back when all its options took, else closes it. */
static void *accept_socket(void *socket, bool ok, const char *what, struct sb_err *err)
{
    if (socket != NULL && ok) {
        return socket;
    }
    sb_err_set(err, SB_E_NET, "open the %s: %s%s", what, zmq_strerror(errno),
               errno == EMFILE ? ": raise the limit of open files (LimitNOFILE)" : "");
    if (socket != NULL) {
        zmq_close(socket);
    }
    return NULL;
}

void *sb_net_options_publisher(void *context, const struct sb_net_options *o, struct sb_err *err)
{
    void *s = zmq_socket(context, ZMQ_XPUB);
    bool ok = s != NULL && set_common(s, o->publish, SB_NET_SUBSCRIPTION_FRAME_MAX) &&
              SET_ALL(s, publisher) && set_server(s, o, SB_NET_DOMAIN_PUBLISH);
    return accept_socket(s, ok, "publish socket", err);
}

void *sb_net_options_service(void *context, const struct sb_net_options *o, struct sb_err *err)
{
    void *s = zmq_socket(context, ZMQ_ROUTER);
    bool ok = s != NULL && set_common(s, o->service, SB_FRAME_MAX) && SET_ALL(s, service) &&
              set_server(s, o, SB_NET_DOMAIN_SERVICE);
    return accept_socket(s, ok, "service socket", err);
}

void *sb_net_options_dealer(void *context, const struct sb_net_options *o,
                            const struct sb_net_partner *partner, struct sb_err *err)
{
    void *s = zmq_socket(context, ZMQ_DEALER);
    bool ok = s != NULL && set_common(s, partner->service, SB_FRAME_MAX) && SET_ALL(s, dealer) &&
              set_client(s, o, &partner->key);
    return accept_socket(s, ok, "socket to a partner's service", err);
}

void *sb_net_options_subscriber(void *context, const struct sb_net_options *o,
                                const struct sb_net_partner *partner, struct sb_err *err)
{
    void *s = zmq_socket(context, ZMQ_SUB);
    bool ok = s != NULL && set_common(s, partner->publish, SB_BROADCAST_MAX) &&
              SET_ALL(s, subscriber) && set_client(s, o, &partner->key);
    return accept_socket(s, ok, "socket to a partner's publisher", err);
}

/* No high-water mark: the I/O thread that tells us something must never wait for us to listen. */
void *sb_net_options_inside(void *context, int type, struct sb_err *err)
{
    void *s = zmq_socket(context, type);
    bool ok = s != NULL && set_int(s, ZMQ_LINGER, 0) && set_int(s, ZMQ_RCVHWM, 0) &&
              set_int(s, ZMQ_SNDHWM, 0);
    return accept_socket(s, ok, "socket inside this process", err);
}

static const char *bind_advice(int code)
{
    switch (code) {
    case EADDRINUSE: return "something listens there already: stop it or change";
    case EADDRNOTAVAIL:
    case ENODEV: return "this machine has no such address: change";
    case EACCES: return "not allowed: use a port above 1023 or a folder that we may write, in";
    case ENOENT: return "the folder does not exist: make it or change";
    case ENAMETOOLONG: return "the path is too long for a socket (107 bytes): change";
    case EINVAL:
    case EPROTONOSUPPORT: return "not of the form tcp://ADDRESS:PORT or ipc://PATH: change";
    default: return "see";
    }
}

enum sb_rc sb_net_options_bind(void *socket, const char *endpoint, const char *key,
                               struct sb_err *err)
{
    if (zmq_bind(socket, endpoint) == 0) {
        return SB_OK;
    }
    int code = errno;
    return sb_err_set(err, SB_E_NET, "listen on %s: %s: %s %s", endpoint, zmq_strerror(code),
                      bind_advice(code), key);
}

bool sb_net_options_server_key(void *socket, const struct sb_curve_key *partner)
{
    return set_key(socket, ZMQ_CURVE_SERVERKEY, partner);
}

void sb_net_options_linger(void *socket, int linger_ms)
{
    (void)set_int(socket, ZMQ_LINGER, linger_ms); /* it was settable before: it is now */
}
