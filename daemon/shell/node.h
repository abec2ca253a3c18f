/* The node: core and store in lawful order, without sockets, clocks or signals, so that the
 * simulator runs the same code as the daemon. One call is one turn: decode and verify the messages,
 * step the core, stage what it asks for, sign, commit once, and only then hand out what may leave.
 *
 * A tour: node.c has birth, death and the turn; turn.c its rounds and steps; inbox*.c makes inputs
 * of messages (decode, verify, look up in lookup.c), assemble.c a batch of broadcasts; apply.c
 * stages effects, epoch.c opens epochs; held.c keeps what waits for a later turn. After the commit
 * outbox.c makes messages of effects (results.c, broadcast.c, greet.c); stream.c and filter.c read
 * for subscriptions, serve.c and page.c for partners, and outcome.c tells the core what became of
 * it. people.c talks to people; account.c fills the status. */
#ifndef SB_SHELL_NODE_H
#define SB_SHELL_NODE_H

#include "daemon/core/core.h"
#include "daemon/net/net.h"
#include "daemon/shell/signer.h"
#include "daemon/store/store.h"
#include "proto/wire.h"

struct sb_journal;
struct sb_node;
struct sb_rekey; /* proto/rekey.h */

enum { SB_IDENTITY_CLIENT = 0x10000 }; /* of client i; below it, a partner's number */

struct sb_node_partner {
    struct sb_org org;
    const char *name;
    struct sb_sign_public key;
    bool dialled, followed, over_others; /* the last: no connection is expected */
    bool moved;                   /* of sb_node_change: what we had connected to it was left */
    const char *const *read;      /* topic prefixes, borrowed for the node's life; none: all */
    size_t n_read, rate_per_hour; /* the latter of events that are taken of it; 0: any number */
    const char *const *show;      /* of its events, that our clients are shown; none: all */
    size_t n_show;
    uint32_t max_body; /* bytes of an event of its that they are shown; 0: any size */
};

struct sb_node_client {
    const char *name;
    struct sb_core_client rights;
};

/* What a node tells people, of states and so on; texts are borrowed for the call. */
struct sb_node_events {
    void *context;
    void (*state)(void *context, const char *who, const char *what, const char *from,
                  const char *to, const char *why);
    void (*alarm)(void *context, const char *code, bool raised, const char *text);
    /* somebody sent what we cannot use, or may not have; rate-limited by the caller */
    void (*complaint)(void *context, const char *who, const char *what, const char *why);
    void (*denial)(void *context, const char *who, const char *what, const char *rule);
    const struct sb_journal *journal; /* NULL: none */
};

struct sb_node_options {
    const char *partnership; /* its name; strings and clients are borrowed for the node's life */
    struct sb_org organisation;
    const char *name, *version;
    struct sb_store *store; /* borrowed; opened with the same partnership and organisation */
    struct sb_signer *signer;
    const struct sb_certificate *certificate; /* of our key by the one before it; NULL: none */
    const struct sb_node_partner *partners;
    const struct sb_node_client *clients;
    size_t n_partners, n_clients;
    const struct sb_rekey *rekeys; /* keys that were replaced; borrowed for the node's life */
    size_t n_rekeys, summary_max;  /* the latter: chains in a summary; 0: SB_SUMMARY_MAX */
    size_t max_origins, places;    /* with partners that may come in this run; of core.h; 0: none */
    uint64_t quota_bytes;
    int64_t recovery_ms, consumer_stuck_ms; /* the latter 0: SB_CONSUMER_STUCK_MS */
    void (*digests)(void *context, struct sb_hash *running, struct sb_hash *file); /* or NULL */
    unsigned remind_days;       /* before a deadline; 0: nobody is reminded */
    int64_t receipts_within_ms; /* of an erasure, before its alarm; 0: no alarm */
    struct sb_now now;
    void (*random)(void *context, void *out, size_t n);
    void *random_context, *digests_context;
    struct sb_node_events events;
};

/* Registers the origins with the store, loads its chains into a new core. */
enum sb_rc sb_node_new(struct sb_node **out, const struct sb_node_options *options,
                       struct sb_err *err);
void sb_node_free(struct sb_node *node);

/* A partner's number, by which identities and links name it (sb_net_identity.number). */
uint16_t sb_node_partner_number(const struct sb_node *node, size_t partner);

/* Other partners and clients for a node that runs. Strings, clients and rekeys are borrowed in the
 * place of the old ones, from the next turn on; a client keeps its index while its key stays. */
struct sb_node_roster {
    const char *name; /* the organisation's */
    const struct sb_node_partner *partners;
    const struct sb_node_client *clients;
    size_t n_partners, n_clients;
    const struct sb_rekey *rekeys; /* the same as before */
    size_t n_rekeys;
    uint64_t quota_bytes;
};

/* Prepares it all; the next turn begins with it and cannot fail for it. Errors: SB_E_CONFIG:
 * another sign_key of a known partner, too many; else as sb_store_register. Then nothing has
 * changed. */
enum sb_rc sb_node_change(struct sb_node *node, const struct sb_node_roster *roster,
                          struct sb_err *err);
/* Takes sb_node_change back, before the next turn. */
void sb_node_keep(struct sb_node *node);
/* The number of a partner of the roster that the next turn takes over. */
uint16_t sb_node_next_number(const struct sb_node *node, size_t partner);

/* What leaves after the turn, in this order. Frames are borrowed until the next turn. */
enum sb_outgoing_kind { SB_OUT_ANSWER, SB_OUT_TURN_AWAY, SB_OUT_ASK, SB_OUT_PUBLISH, SB_OUT_HURRY };
struct sb_outgoing {
    enum sb_outgoing_kind kind;
    bool paced;  /* it is made again where it cannot be sent: sb_node_unsent */
    uint32_t to; /* session, or the partner's number; of TURN_AWAY: see sb_net_turn_away */
    struct sb_bytes topic, frame;
};

struct sb_outbox {
    const struct sb_outgoing *items;
    size_t n;
};

/* One turn over n messages (NULL where there are none: time alone). `followed`: does anybody
 * subscribe to the PUB endpoint? On SB_OK the outbox may be sent. Otherwise nothing may be sent and
 * the process ends: SB_E_IO, SB_E_CHANGED, SB_E_CORRUPT, SB_E_NOMEM. */
enum sb_rc sb_node_turn(struct sb_node *node, struct sb_now now,
                        const struct sb_net_message *messages, size_t n, bool followed,
                        struct sb_outbox *out, struct sb_err *err);

/* An answer could not be sent: its receiver's queue is full or it is gone. */
void sb_node_unsent(struct sb_node *node, const struct sb_outgoing *what);

/* When, on the monotonic clock, the next turn is due; 0: at once. */
int64_t sb_node_deadline(const struct sb_node *node);

/* From now on publishes are refused; true once nothing is under way any more. */
void sb_node_shutdown(struct sb_node *node);
bool sb_node_drained(const struct sb_node *node);

/* The account for `status`; everything from the arena. */
struct sb_status *sb_node_status(struct sb_node *node, struct sb_now now, struct sb_arena *arena);

/* An alarm of what runs the node ("eventlog"; static storage): told through events.alarm, and shown
 * by status until it is taken back. */
void sb_node_alarm(struct sb_node *node, const char *code, bool raised, const char *text);

const struct sb_core *sb_node_core(const struct sb_node *node);

#endif
