/* What a client and its daemon say, decoded (PROTOCOL §8); borrows from the frame or the arena. */
#ifndef SB_PROTO_CLIENT_MESSAGE_H
#define SB_PROTO_CLIENT_MESSAGE_H

#include "proto/partner_message.h"

struct sb_submission {
    struct sb_uuid id;
    struct sb_audience audience; /* normalised */
    struct sb_bytes body;        /* without time and publisher; not yet checked */
};

struct sb_publish {
    uint32_t remote, timeout_ms;
    struct sb_submission *items;
    size_t n_items;
};

struct sb_result {
    uint32_t index;
    enum sb_code code;
    const char *text; /* "" when ok */
    char epoch[SB_EPOCH_TEXT_MAX];
    struct sb_seq seq;
    bool duplicate;
};

struct sb_results {
    struct sb_org origin;
    struct sb_result *items;
    size_t n_items;
};

struct sb_tip {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash;
    bool past; /* everything in the past of this epoch has been processed as well */
};

struct sb_subscribe {
    uint32_t subscription;
    struct sb_tip *cursor;
    size_t n_cursor;
    struct sb_offset from_offset;
    struct sb_time since; /* 0: not given */
    bool live_only, follow, system, stubs, erasures;
    const char **topics; /* prefixes */
    size_t n_topics;
    struct sb_org *origins;
    size_t n_origins;
    uint32_t credit;      /* events */
    const char *consumer; /* begin where this one is, with its filters; "": none */
};

enum sb_body_state {
    SB_BODY_PRESENT = 1,
    SB_BODY_WITHHELD = 2,
    SB_BODY_MISSING = 3,
    SB_BODY_ERASED = 4,
    SB_BODY_EXPIRED = 5,
    SB_BODY_HIDDEN = 6, /* here, and not shown to this client; in no store */
};

/* "present", "withheld", "missing", "erased", "expired", "hidden"; static storage. */
const char *sb_body_state_name(enum sb_body_state state);

struct sb_delivered {
    struct sb_offset offset;
    struct sb_item item; /* no salt: no body */
    enum sb_body_state state;
    struct sb_time checkpoint_time;
    bool forked;
    char epoch[SB_EPOCH_TEXT_MAX];
};

struct sb_deliver {
    uint32_t subscription;
    struct sb_delivered *items;
    size_t n_items;
    bool end;
    struct sb_offset position;
};

struct sb_credit { /* CREDIT; UNSUBSCRIBE has credit 0 */
    uint32_t subscription, credit;
};

struct sb_fetch { /* a place in an origin's history; all zero: its beginning */
    struct sb_org origin;
    struct sb_epoch epoch;
    uint32_t branch;
    struct sb_seq seq;
};

struct sb_fetched {
    struct sb_events events;
    bool end;
    struct sb_fetch next;
    struct sb_sign_public sign_key;
};

struct sb_query {
    bool evidence, erasures; /* what was erased or has expired; else the status */
    struct sb_bytes from, said_from, erasures_from;
    struct sb_org where_origin; /* not empty: who has this event? */
    struct sb_uuid where_id, said_id;
    bool said, said_open; /* what was said about the subjects of these kinds (bits, 0: all) */
    uint32_t said_kinds;
    struct sb_org said_origin;  /* not empty: about what the event (it, said_id) is about */
    struct sb_hash challenge;   /* not zero: sign what is held */
    bool consumers, happenings; /* all consumers; what happened, after this number */
    uint64_t happenings_after;
    const char *consumer; /* this one with its cursor; "": none */
};

struct sb_possession_answer {
    struct sb_bytes statement; /* possession.h */
};

enum sb_evidence_kind { SB_EVIDENCE_FORK = 1, SB_EVIDENCE_ID_CONFLICT = 2 };

struct sb_evidence_side {
    struct sb_epoch epoch;
    char epoch_text[SB_EPOCH_TEXT_MAX];
    uint32_t branch; /* on whose path it stands */
    struct sb_seq seq;
    struct sb_hash hash, commitment;
    struct sb_checkpoint checkpoint; /* the first that covers it */
};

struct sb_evidence_item {
    enum sb_evidence_kind kind;
    struct sb_org origin;
    struct sb_uuid id; /* of ID_CONFLICT */
    struct sb_time since;
    bool compared; /* of ID_CONFLICT: both bodies are here, and differ */
    struct sb_evidence_side *sides;
    size_t n_sides; /* 2 of all that we know */
};

struct sb_evidence {
    struct sb_evidence_item *items;
    size_t n_items;
    struct sb_bytes next;
    bool end;
};

#endif
