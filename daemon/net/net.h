/* The sockets of one daemon: a PUB endpoint, a ROUTER endpoint for partners and clients, and for
 * each partner with endpoints a DEALER to its service and a SUB to its publisher. It moves frames
 * and knows whose key is behind each; it understands none of them. One thread, one context.
 * Every option that libzmq leaves open is set on purpose (options.c says why). */
#ifndef SB_NET_NET_H
#define SB_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/limits.h"

struct sb_net;

struct sb_curve_key {
    uint8_t b[32];
};

/* Who may connect. The number is the caller's and comes back with every message. */
struct sb_net_identity {
    uint32_t number;
    struct sb_curve_key key;
    bool may_follow; /* may read everything open: admitted at the PUB endpoint */
};

struct sb_net_partner { /* whom we connect to */
    uint32_t number;    /* the same number as its identity */
    struct sb_curve_key key;
    struct sb_curve_key next_key; /* tried in turn with `key` while it is refused; all zero: none */
    const char *publish, *service; /* endpoints; NULL: that partner connects to us */
};

struct sb_net_options {
    const char *publish, *service; /* our endpoints, tcp:// or ipc:// */
    struct sb_curve_key public_key, secret_key;
    const struct sb_net_identity *identities;
    size_t n_identities;
    const struct sb_net_partner *partners;
    size_t n_partners;
};

/* Starts ZAP before it binds anything. Keys are copied and wiped at close. Errors: SB_E_NET, with
 * the endpoint in the sentence ("address in use: ..., change listen.publish"). */
enum sb_rc sb_net_open(struct sb_net **out, const struct sb_net_options *options,
                       struct sb_err *err);
/* Waits up to `linger_ms` for what has been sent. */
void sb_net_close(struct sb_net *net, int linger_ms);

/* Other identities and partners, while the rest goes on; endpoints of ours in the options are not
 * looked at. Connections of keys that are no longer listed end at once, and with them, for a
 * moment, all others that came in by the same endpoint. Not between sb_net_collect and
 * sb_net_release. Errors: SB_E_NET, SB_E_NOMEM: nothing has changed. */
enum sb_rc sb_net_change(struct sb_net *net, const struct sb_net_options *options,
                         struct sb_err *err);
/* Would our connection to this partner be left for another endpoint or another key? */
bool sb_net_moves(const struct sb_net *net, const struct sb_net_partner *partner);

enum sb_net_event {
    SB_NET_REQUEST,      /* a frame on our service endpoint; answer to `session` */
    SB_NET_CROWDED,      /* a frame of a connection for which there is no room; `text` says why */
    SB_NET_REPLY,        /* a frame on our DEALER to partner `identity` */
    SB_NET_PUBLISHED,    /* topic and frame from partner `identity`'s publisher */
    SB_NET_LINK_UP,      /* our DEALER to `identity` finished its handshake */
    SB_NET_LINK_DOWN,    /* it lost its connection; `text` says why */
    SB_NET_LINK_REFUSED, /* the handshake failed; `text` says why */
    SB_NET_SESSION_GONE, /* nobody is behind `session` any more */
    SB_NET_DENIED,       /* ZAP refused somebody: `text` has the address and the key */
    SB_NET_REJECTED,     /* a frame that is not ours to read (no identity, wrong parts): dropped */
};

enum { SB_NET_TEXT_MAX = SB_LABEL_MAX + 1 }; /* as much as a VIEW carries */

struct sb_net_message {
    enum sb_net_event event;
    uint32_t identity; /* as CURVE and ZAP vouch for it; never from a field of the message */
    uint32_t session;  /* of REQUEST and SESSION_GONE: never reused within a run; of CROWDED: for
                          sb_net_turn_away alone */
    bool next_key;     /* of LINK_UP: they have changed to the next key that we have for them */
    struct sb_bytes topic, frame;
    char text[SB_NET_TEXT_MAX];
};

/* Waits up to timeout_ms (-1: for ever) until something is there, the wake descriptor is readable,
 * or a signal comes; serves ZAP while it does. SB_OK or SB_E_AGAIN (nothing); SB_E_NET ends us. */
enum sb_rc sb_net_wait(struct sb_net *net, int timeout_ms, int wake_fd, struct sb_err *err);

/* Takes what is there, at most `max` messages and about SB_TURN_BYTES_MAX bytes, fairly over the
 * sockets. Frames are borrowed until sb_net_release. Returns the number. */
size_t sb_net_collect(struct sb_net *net, struct sb_net_message *out, size_t max);
void sb_net_release(struct sb_net *net);

/* Sending never blocks. False: not sent (the queue of that connection is full, or it is gone; a
 * SESSION_GONE follows where it is). The bytes are copied. */
bool sb_net_answer(struct sb_net *net, uint32_t session, struct sb_bytes frame);
bool sb_net_ask(struct sb_net *net, uint32_t identity, struct sb_bytes frame);
/* To who was CROWDED out. What it says next is heard where there is room by then. */
bool sb_net_turn_away(struct sb_net *net, uint32_t crowded, struct sb_bytes frame);
/* The same for what is sent again when there is room: it never takes the room of the rest. */
bool sb_net_answer_paced(struct sb_net *net, uint32_t session, struct sb_bytes frame);
bool sb_net_ask_paced(struct sb_net *net, uint32_t identity, struct sb_bytes frame);
bool sb_net_publish(struct sb_net *net, struct sb_bytes topic, struct sb_bytes frame);
/* Are both endpoints shut for a moment, because nearly all descriptors are in use? */
bool sb_net_is_crowded(const struct sb_net *net);
/* Has anybody subscribed to our PUB endpoint? Saves making broadcasts for nobody. */
bool sb_net_followed(const struct sb_net *net);

/* Connects to that partner at once if its connection is backing off. */
void sb_net_hurry(struct sb_net *net, uint32_t identity);

/* How many descriptors sockets and connections take at most: every key with all the connections
 * that it may have, and some that have not yet said who they are. A process that may open no more
 * keeps the next promise. */
size_t sb_net_descriptors(const struct sb_net_options *options);
/* The most memory that frames under way can take, in bytes. */
uint64_t sb_net_memory_bound(const struct sb_net_options *options);

#endif
