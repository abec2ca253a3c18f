/* Everything that the core can ask for. Effects point into the core or the turn's arena and live
 * until the end of the turn; that is the whole rule of ownership. The order is lawful as it stands:
 * what may only follow a commit is not among the effects of anything before COMMITTED. */
#ifndef SB_CORE_EFFECT_H
#define SB_CORE_EFFECT_H

#include "daemon/core/alarm_code.h"
#include "daemon/core/denial.h"
#include "daemon/core/input.h"

enum sb_effect_type {
    /* for the store, staged in this turn's transaction */
    SB_FX_APPEND,       /* events of the step's input */
    SB_FX_ERASE,        /* what an own Erasure, or `append.item` of a segment, names */
    SB_FX_PUT_BODIES,   /* bodies of the step's input */
    SB_FX_RELEASE,      /* deferred events enter the order of commits */
    SB_FX_SEAL,         /* sign the head of our open epoch, write its checkpoint and row */
    SB_FX_PUT_CHAIN,    /* write the row of a chain: sb_core_chain_row */
    SB_FX_PUT_CONSUMER, /* write the consumer of the step's input, or remove it */
    /* back to the shell */
    SB_FX_OPEN_EPOCH, /* build an EpochStart, step it, then step the publish again */
    SB_FX_DEFER,      /* give this input again in the next turn */
    SB_FX_HOLD,       /* give this publish again when SB_FX_UNHOLD comes or its deadline is past */
    SB_FX_UNHOLD,
    /* to clients */
    SB_FX_ACK,
    SB_FX_REFUSE, /* a publish */
    SB_FX_REFUSE_SUBSCRIPTION,
    SB_FX_CONSUMED, /* what became of the change of a consumer */
    SB_FX_DELIVER,  /* read on for a subscription; answer with DELIVERED */
    /* to everybody who follows */
    SB_FX_BROADCAST, /* appended events, now durable */
    /* to partners */
    SB_FX_HELLO,
    SB_FX_FRONTIER,
    SB_FX_FRONTIER_REQUEST,
    SB_FX_VIEW,
    SB_FX_WANT,
    SB_FX_WANT_BODIES,  /* the shell lists what is missing from `from` on */
    SB_FX_SERVE,        /* one frame of EVENTS; answer with SERVED */
    SB_FX_SERVE_BODIES, /* BODIES for the step's input */
    SB_FX_SUMMARY_REQUEST,
    SB_FX_SUMMARY,        /* answer with what sb_core_summary gives */
    SB_FX_REFUSE_PARTNER, /* a REFUSAL in words */
    SB_FX_HURRY,          /* wake a backed-off link */
    SB_FX_RENEW_BOOT,     /* from here on greet and show under a fresh boot nonce */
    /* for people */
    SB_FX_STATE, /* something changed its state: log it */
    SB_FX_ALARM,
};

struct sb_effect {
    enum sb_effect_type type;
    union {
        struct {
            uint32_t first, n;         /* staged events */
            uint32_t item;             /* index in the segment of the first one */
            const struct sb_link *own; /* of a publish or EpochStart; NULL for a segment's items */
        } append;                      /* also BROADCAST, with own and item unused */
        struct {
            uint16_t origin, branch;
            struct sb_epoch epoch;
            struct sb_seq from, to;  /* every one of them is deferred */
            struct sb_offset offset; /* of the first */
        } release;
        struct {
            uint32_t chain; /* for sb_core_chain_row */
        } chain;            /* SEAL, PUT_CHAIN */
        struct {
            uint32_t counter;
            const struct sb_parent *parents;
            size_t n_parents;
            struct sb_hash first_commitment;
        } open_epoch;
        struct {
            uint32_t session, request, index;
            struct sb_epoch epoch;
            struct sb_seq seq;
            bool duplicate;
            enum sb_code code;       /* of REFUSE */
            const char *text;        /* of REFUSE; borrowed or static */
            struct sb_denial denial; /* of REFUSE */
        } ack;
        struct {
            uint32_t session, subscription;
            enum sb_code code;
            const char *text;
        } refuse_subscription;
        struct {
            uint32_t session, request;
            uint16_t slot;     /* the shell's number of the consumer */
            enum sb_code code; /* of CONSUMED; text is the sentence where it is not ok */
            const char *text;
        } consume; /* PUT_CONSUMER, CONSUMED */
        struct {
            uint16_t slot, client;
            uint32_t session, subscription, credit, serial;
            struct sb_offset next, end; /* end 0: follow */
        } deliver;
        struct {
            struct sb_route route;
            uint16_t partner;
            bool full;
            uint64_t counter;
            const uint16_t *origins; /* to list; sb_core_heads gives each one's heads */
            size_t n_origins;
        } frontier; /* PUBLISHER: on the PUB endpoint */
        struct {
            struct sb_route route;
            uint16_t partner;
            uint32_t request;
            uint16_t origin, branch;
            struct sb_epoch epoch;
            struct sb_seq from, to;
            struct sb_hash tip;
            uint32_t credit;
            uint16_t slot;
            uint32_t from_counter, to_counter, skip; /* of summaries */
        } partner; /* HELLO, FRONTIER_REQUEST, WANT*, SERVE*, SUMMARY*, VIEW, REFUSE_*, HURRY */
        struct {
            uint16_t partner;                   /* 0: ourselves */
            const char *what, *from, *to, *why; /* "outgoing", "connecting", "live", ... */
        } state;
        struct {
            enum sb_alarm_code code;
            bool raised;
            uint16_t origin;       /* whom it is about; of a full store 0 */
            struct sb_epoch epoch; /* a finding's place; counter 0: a state */
            struct sb_seq seq;
        } alarm;
    };
};

struct sb_effects {
    struct sb_effect *items; /* the caller's, `cap` of them */
    size_t n, cap;
};

#endif
