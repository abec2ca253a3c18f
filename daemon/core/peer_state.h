/* What the core keeps of partners and streams. Included by daemon/core/ only. */
#ifndef SB_CORE_PEER_STATE_H
#define SB_CORE_PEER_STATE_H

#include "daemon/core/input.h"
#include "daemon/core/limits.h"
#include "daemon/core/request_state.h"

enum sb_direction_state {
    SB_DIRECTION_NONE,
    SB_DIRECTION_DOWN,
    SB_DIRECTION_CONNECTING,
    SB_DIRECTION_REFUSED,
    SB_DIRECTION_CATCHING_UP,
    SB_DIRECTION_LIVE,
    SB_DIRECTION_STALLED,
};

enum { SB_REASON_MAX = SB_LABEL_MAX + 1 }; /* as much as a VIEW carries */

/* Does a partner take our frontiers, or those of another instance of us? */
enum sb_unheard {
    UNHEARD_NOT,
    UNHEARD_OTHER,   /* it listens to another boot of ours */
    UNHEARD_SILENCE, /* to one that has not been heard for long */
};

struct sb_direction {
    enum sb_direction_state state;
    char reason[SB_REASON_MAX];
    bool greeted;       /* HELLO of theirs accepted on this connection */
    int64_t contact_ms; /* monotonic; -1: never */
    int64_t silent_ms;  /* since when nothing came, by sb_awake_ms */
};

/* What is left of a rate: a bucket that time fills. */
struct sb_budget_left {
    bool begun;
    int64_t left;   /* in parts of which SB_RATE_EVENT are an event; below 0: a debt */
    int64_t staged; /* of what this turn took; 0 between turns */
    int64_t mono_ms;
};

struct sb_peer {
    struct sb_direction out, in;
    bool away;       /* some direction has no connection, or one that was not greeted */
    int64_t away_ms; /* since when, by sb_awake_ms */
    bool link_up;
    uint32_t sessions[SB_SESSIONS_PER_PEER]; /* greeted ones, newest first */
    uint32_t n_sessions;
    bool follows_us; /* it subscribes to our publisher */

    bool has_boot, has_full;
    bool awaits_full; /* what it shows must be told anew, though no number was missed */
    int64_t full_after_ms, full_pause_ms; /* of asking for that once more */
    bool has_shown;                       /* an earlier frontier of this boot has been taken */
    struct sb_uuid boot;
    struct sb_uuid retired[SB_RETIRED_BOOTS];
    uint32_t n_retired;
    struct sb_route heard; /* by which this boot greeted; NONE: that connection is gone */
    uint64_t counter;      /* of the last frontier taken */
    int64_t heard_ms;      /* when it was taken, or the boot greeted, by sb_awake_ms */
    enum sb_unheard unheard;
    int64_t renew_after_ms, renew_pause_ms; /* of greeting with a fresh boot for this one's sake */
    uint64_t renew_taken;                   /* events that it showed then */
    int64_t request_after_ms, hurry_after_ms, greet_after_ms;

    uint64_t lag, lag_best; /* events; the least since it began */
    int64_t lag_moved_ms;   /* when lag last fell or began, by sb_awake_ms */
    char view_state[SB_ORG_MAX + 1];
    bool hears_nothing; /* by its last view: of us, by whatever way */
    int64_t deaf_ms;    /* since when it says so, by sb_awake_ms */
    char view_reason[SB_REASON_MAX];
    uint32_t n_sightings;
    uint32_t n_shown, n_summaries; /* entries of struct sb_shown; how many of them are summaries */
    uint32_t n_lacking;            /* how many of them are of what is not held here */
    bool crowded;                  /* heads that it shows were left out */
    int64_t crowded_after_ms, crowded_pause_ms; /* of asking for them again */
    uint32_t crowded_had;                       /* chains that we had then */
    bool unanswered; /* the last question to it timed out, and nothing has come since */
    struct sb_counter_range ranges[SB_RANGES_MAX]; /* still to be compared */
    uint32_t n_ranges;
};

/* One epoch that a partner shows, under its origin's signature. */
struct sb_shown {
    uint16_t peer, origin;
    bool held, end; /* end: of what counts of its epoch; nothing of that is here */
    bool will_hold; /* staged in this turn */
    bool ghost;     /* no longer shown: not asked of this partner, but known to exist */
    bool summary;   /* learnt from a summary, not a head */
    struct sb_epoch epoch;
    struct sb_checkpoint checkpoint;
    struct sb_seq bodies;
    struct sb_time missing_since; /* time of the first checkpoint shown that we lack */
    struct sb_seq from;  /* where to begin, when the path branches off below our tip (path.h) */
    bool begun, careful; /* asked for; little at a time, for it led nowhere, or did not come */
    uint32_t back;       /* how often `from` has been moved down */
    int64_t ask_after_ms;
    int64_t pause_ms;
    uint32_t next;
};

struct sb_rest_view {
    struct sb_epoch from; /* of the oldest head beside it */
    uint64_t count, events, heads_events;
    uint32_t n_shown, n_summaries; /* entries of struct sb_shown, as of the partner */
    bool whole;
    struct sb_time since;            /* when it was first shown with this digest */
    struct sb_hash digest, compared; /* compared: the digest of the last comparison */
    uint32_t had;                    /* chains of the origin that we had then */
    int64_t compare_after_ms, compare_pause_ms;
};

/* The chains of an origin that a list of heads does not have, whose oldest is of `from` (digest.c);
 * here, as it was asked for last. */
struct sb_rest {
    bool valid;
    struct sb_epoch from, oldest_head; /* oldest_head: of all that there are */
    uint64_t count, events;
    struct sb_hash digest;
};

struct sb_subscription {
    bool used, busy;
    uint16_t client;
    uint32_t session, subscription, credit, serial; /* of all that ever were */
    struct sb_offset next, end;                     /* end 0: follow */
    bool waits; /* the end is not known yet: something is still released */
    int64_t retry_ms;
};

#endif
