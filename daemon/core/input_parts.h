/* The parts of the core's inputs: what a publish, a segment, a frontier bring along. Borrowed for
 * the step. Whatever came from outside has been decoded and verified; what the store knows has been
 * looked up. */
#ifndef SB_CORE_INPUT_PARTS_H
#define SB_CORE_INPUT_PARTS_H

#include "proto/body.h"
#include "proto/client_message.h"

struct sb_core_partner {
    bool dialled;            /* we have an endpoint of its service */
    bool followed;           /* we subscribe to its publisher */
    bool partner;            /* false: an origin without a partner entry: ourselves, a former one */
    const char *const *read; /* topic prefixes that it may be addressed under; none: all */
    size_t n_read;
    uint64_t rate_per_hour; /* events that are taken of its history; 0: any number */
};

struct sb_core_client {
    const char *const *publish; /* topic prefixes; borrowed for the core's life */
    size_t n_publish;
    bool subscribe, admin;
    const char *const *read; /* topic prefixes that it may read; none: all */
    size_t n_read;
    uint64_t rate_per_hour; /* of new events; 0: as many as it likes */
    uint32_t max_body;      /* bytes; 0: what the protocol allows */
};

/* The way to somebody: our link to a partner, or a session on our service endpoint. */
enum sb_route_kind { SB_ROUTE_NONE, SB_ROUTE_LINK, SB_ROUTE_SESSION, SB_ROUTE_PUBLISHER };

struct sb_route {
    enum sb_route_kind kind;
    uint32_t number; /* LINK: the partner's origin number; SESSION: the session */
};

struct sb_now {
    int64_t mono_ms; /* never goes back; does not count a suspended machine */
    struct sb_time wall;
};

/* What the store knows about the id of a publish. */
enum sb_id_state { SB_ID_NEW, SB_ID_SAME, SB_ID_OTHER, SB_ID_ERASED };

struct sb_in_publish {
    uint16_t client;           /* index in the core's table of clients */
    uint32_t session, request; /* where the answer goes */
    uint32_t index;            /* of the item in its PUBLISH */
    uint32_t remote;           /* partners that must hold it; 0: durable here */
    int64_t deadline_mono_ms;  /* when the client stops waiting */
    enum sb_code verdict;      /* of sb_submission_check; text is the sentence */
    const char *text;
    struct sb_uuid id;
    struct sb_audience audience; /* normalised */
    struct sb_audience later;    /* where it is embargoed: whom it goes to at its time */
    struct sb_uuid sealed;       /* and its own id then, where `id` is what keeps it */
    bool embargoed;
    bool by_daemon, reminds; /* not a client: ends an embargo judged before, or reminds */
    const char *topic;       /* NUL-terminated; valid where verdict is ok */
    enum sb_class class;
    struct sb_hash commitment;
    uint32_t body_len;
    enum sb_id_state id_state;
    struct sb_epoch known_epoch; /* of SB_ID_SAME: where it stands */
    uint16_t known_branch;
    struct sb_seq known_seq;
    enum sb_code meaning; /* what the rules say of it by what is held: refused unless OK */
    const char *meaning_text;
};

struct sb_in_epoch_started {
    struct sb_epoch epoch;
    struct sb_uuid id;
    struct sb_hash commitment;
    uint32_t body_len;
    struct sb_sign_public key;
};

/* How a head that a partner shows relates to what is durable here. */
enum sb_head_state {
    SB_HEAD_HELD,  /* we hold exactly this link */
    SB_HEAD_AHEAD, /* we do not: we lack it, or hold another link there, which is a fork */
    SB_HEAD_END,   /* we do not hold it, and an announcement names it: it ends what counts */
};

struct sb_in_frontier {
    uint16_t from;
    struct sb_route route;
    const struct sb_frontier *frontier;
    /* One per head, in order; heads of unknown origins, or wrongly signed, have been removed. */
    const enum sb_head_state *states;
    const uint16_t *origins; /* our number of each of frontier->origins */
};

/* Who belongs, as another configuration has it. Origins keep their numbers, former partners too. */
struct sb_in_roster {
    const struct sb_core_partner *partners; /* by origin number */
    size_t n_origins;                       /* never fewer than before */
    const struct sb_core_client *clients; /* borrowed from here on, in the place of the old ones */
    size_t n_clients;
    uint64_t quota_bytes;
};

struct sb_in_subscribe {
    uint16_t client;
    uint32_t session, subscription;
    struct sb_offset next; /* first offset to consider */
    struct sb_offset end;  /* 0: follow */
    uint32_t credit;
};

/* One event staged in this turn; n of them are sb_core_staged()[first .. first + n). */
struct sb_staged {
    uint16_t origin, branch;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_offset offset, previous;
    enum sb_class class;
    enum sb_body_state state;
    bool deferred;
};

#endif
