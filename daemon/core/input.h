/* Everything that can happen to the core. Inputs are borrowed for the step. What the store knows
 * and the core needs has been looked up by the shell and stands in the input; whatever came from
 * outside has been decoded and verified before. Time is a field: the core owns no clock. */
#ifndef SB_CORE_INPUT_H
#define SB_CORE_INPUT_H

#include "daemon/core/input_erase.h"
#include "daemon/core/input_history.h"
#include "daemon/core/input_parts.h"

enum sb_input_type {
    SB_IN_TICK,          /* time went by */
    SB_IN_PUBLISH,       /* a client submits one event */
    SB_IN_ERASE,         /* a client wants one event erased */
    SB_IN_RECEIPT,       /* no copy of an erased event is left here */
    SB_IN_EPOCH_STARTED, /* the EpochStart asked for by FX_OPEN_EPOCH; the publish follows again */
    SB_IN_SEGMENT,       /* verified history from a partner */
    SB_IN_BODIES,        /* verified bodies of held links */
    SB_IN_ANSWERED,      /* a WANT, WANT_BODIES or SUMMARY_REQUEST got its last answer */
    SB_IN_HELLO,
    SB_IN_FRONTIER,
    SB_IN_FRONTIER_REQUEST,
    SB_IN_VIEW,
    SB_IN_WANT,
    SB_IN_WANT_BODIES,
    SB_IN_SUMMARY_REQUEST,
    SB_IN_SUMMARY,
    SB_IN_REFUSED, /* a partner refused us, in words */
    SB_IN_LINK_UP,
    SB_IN_LINK_DOWN,
    SB_IN_LINK_REFUSED,
    SB_IN_SESSION_GONE,
    SB_IN_SUBSCRIBE,
    SB_IN_CREDIT,        /* 0: unsubscribe */
    SB_IN_CONSUME,       /* a client changes a consumer */
    SB_IN_DELIVERED,     /* what became of an FX_DELIVER */
    SB_IN_SERVED,        /* what became of an FX_SERVE */
    SB_IN_TURN_END,      /* no more inputs before the commit */
    SB_IN_COMMITTED,     /* everything staged in this turn is durable */
    SB_IN_COMMIT_FAILED, /* nothing of it is */
    SB_IN_SHUTDOWN,
    SB_IN_ROSTER, /* other partners and clients, from here on */
};

struct sb_in_consume {
    uint16_t client, slot; /* slot: the shell's number of the consumer */
    uint32_t session, request;
    bool changes;         /* something is to be written */
    enum sb_code verdict; /* what the shell found; text is the sentence */
    const char *text;
};

struct sb_input {
    enum sb_input_type type;
    struct sb_now now;
    uint32_t number; /* position in the turn; FX_DEFER and FX_HOLD name it */
    union {
        struct sb_in_publish publish;
        struct sb_in_erase erase;
        struct sb_in_said receipt;
        struct sb_in_epoch_started epoch_started;
        struct sb_in_segment segment;
        struct sb_in_bodies bodies;
        struct {
            uint16_t from;
            uint32_t request;
            bool empty; /* the partner had nothing of it */
        } answered;
        struct {
            uint16_t from;
            struct sb_route route;
            const struct sb_hello *hello;
            bool same_partnership;
        } hello;
        struct sb_in_frontier frontier;
        struct {
            uint16_t from;
            struct sb_route route;
        } frontier_request;
        struct {
            uint16_t from;
            struct sb_route route;
            const struct sb_view *view;
            bool other_boot; /* it takes the frontiers of another boot than ours */
        } view;
        struct {
            uint16_t from, origin;
            struct sb_route route;
            uint32_t request;
            const struct sb_want *want;
            bool held;         /* the tip asked for is durable here */
            uint16_t branch;   /* on which branch */
            struct sb_seq seq; /* and where on it */
        } want;
        struct {
            uint16_t from, origin;
            struct sb_route route;
            uint32_t request;
            const struct sb_want_bodies *want; /* answered by the shell in FX_SERVE_BODIES */
        } want_bodies;
        struct {
            uint16_t from, origin;
            struct sb_route route;
            uint32_t request;
            const struct sb_summary *summary;
            const enum sb_head_state *states; /* one per epoch of a SUMMARY */
        } summary;
        struct {
            uint16_t from;
            struct sb_route route;
            const char *text;
        } refused;
        struct {
            uint16_t partner;
            const char *text; /* why it went down or was refused */
        } link;
        struct {
            uint32_t session;
        } session_gone;
        struct sb_in_subscribe subscribe;
        struct sb_in_roster roster;
        struct {
            uint32_t session, subscription, credit;
        } credit;
        struct sb_in_consume consume;
        struct {
            uint16_t slot;
            uint32_t serial;       /* that of the FX_DELIVER */
            struct sb_offset next; /* considered up to here */
            uint32_t sent;         /* events */
            bool blocked;          /* the connection took nothing: try again later */
        } delivered;
        struct {
            uint16_t slot;
            struct sb_seq next; /* first seq not yet sent */
            uint32_t bytes;
            bool blocked;
        } served;
        struct {
            struct sb_time time; /* of the checkpoint of our own epoch, if one was sealed */
            struct sb_signature signature;
        } committed;
    };
};

#endif
