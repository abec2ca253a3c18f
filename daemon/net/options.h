/* Every option of every socket, set on purpose: options.c says why. Nothing here binds or
 * connects; options come first. */
#ifndef SB_NET_OPTIONS_H
#define SB_NET_OPTIONS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/net/net.h"

enum {
    /* What CURVE adds to a message on the wire, counted by ZMQ_MAXMSGSIZE: the command name and its
     * length (8), the short nonce (8), the authenticator (16) and the flags (1). */
    SB_NET_CURVE_OVERHEAD = 33, /* bytes */
    /* Subscribers send subscriptions and, in the handshake, a few hundred bytes: no more. */
    SB_NET_SUBSCRIPTION_FRAME_MAX = 1024, /* bytes */
};

static_assert(SB_BODY_MAX + SB_LINK_MAX + 1024 + SB_TOPIC_MAX <= SB_BROADCAST_MAX,
              "an event can be broadcast");

#define SB_NET_DOMAIN_PUBLISH "samenbus.publish"
#define SB_NET_DOMAIN_SERVICE "samenbus.service"

/* A context for n_sockets sockets; NULL when memory or descriptors are exhausted. */
void *sb_net_options_context(size_t n_sockets);

/* The sockets, with all their options. NULL with the sentence in err. Errors: SB_E_NET. */
void *sb_net_options_publisher(void *context, const struct sb_net_options *o, struct sb_err *err);
void *sb_net_options_service(void *context, const struct sb_net_options *o, struct sb_err *err);
void *sb_net_options_dealer(void *context, const struct sb_net_options *o,
                            const struct sb_net_partner *partner, struct sb_err *err);
void *sb_net_options_subscriber(void *context, const struct sb_net_options *o,
                                const struct sb_net_partner *partner, struct sb_err *err);
/* REP and PAIR inside this process: the authenticator and the ends of monitors. */
void *sb_net_options_inside(void *context, int type, struct sb_err *err);

/* Binds and names what to change (`key`, as in the configuration) when that fails. */
enum sb_rc sb_net_options_bind(void *socket, const char *endpoint, const char *key,
                               struct sb_err *err);

/* With which key the next connect of a DEALER or SUB believes whoever answers. */
bool sb_net_options_server_key(void *socket, const struct sb_curve_key *partner);
/* What close waits for. */
void sb_net_options_linger(void *socket, int linger_ms);

#endif
