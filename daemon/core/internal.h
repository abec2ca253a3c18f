/* What the core is made of, for daemon/core/ only. All tables are allocated by sb_core_new;
 * whatever a failed commit must undo lives in `struct sb_stage`. */
#ifndef SB_CORE_INTERNAL_H
#define SB_CORE_INTERNAL_H

#include "daemon/core/core.h"
#include "daemon/core/peer_state.h"
#include "daemon/core/plant.h"

enum { NONE = UINT32_MAX };

/* One branch of one epoch, durable. */
struct sb_chain {
    uint16_t origin, branch, base_branch;
    uint16_t final; /* of branch 0: 1 + the one that ends with a named tip; 0: it is not here */
    uint8_t n_parents;
    bool covered, aside; /* no head, for it lies in another epoch's past; as of sb_chain_info */
    bool opened_here, after_run; /* opened by us in this run; has such an epoch in its past */
    struct sb_epoch epoch;
    struct sb_seq base, bodies, whole; /* whole: bodies are here up to it, released up to bodies */
    struct sb_seq left_at; /* of a chain aside: its last link below one that counts; or 0 */
    struct sb_checkpoint tip;
    uint64_t bytes, below; /* the latter: links in chains aside that count with this one */
    struct sb_sign_public key;
    uint32_t first_parent;         /* in core->parents */
    uint32_t previous, next;       /* of the same origin, ordered by epoch and branch */
    uint32_t bucket_next, by_hash; /* the latter: while a digest is made (digest.c) */
    uint32_t touch;                /* index + 1 in the stage; 0: untouched in this turn */
    uint16_t ask_next, ask_round;  /* for bodies: the next partner; rounds over them all */
    int64_t ask_after_ms, ask_pause_ms;
};

struct sb_origin_state {
    uint32_t first, last, n_chains;
    uint32_t n_aside, max_counter;        /* the former: of its chains */
    uint64_t bytes, events, staged_bytes; /* the last 0 between turns */
    uint32_t shown, n_lacking;            /* list of what partners show of it; of that not held */
    bool dirty, quota_void; /* changed since the last frontier; what went beyond was not kept */
    bool over_quota, stalled, slowed; /* its alarms; the last two of a partner */
    struct sb_budget_left intake;     /* of its events */
    struct sb_rest rest;
    uint32_t bodies_at; /* the chain whose missing bodies come next + 1; 0: the first */
};

/* A chain as this turn leaves it, if it commits. */
struct sb_touch {
    uint32_t chain;
    bool born, own, fork, second_instance, foreign_own, final;
    struct sb_seq seq, bodies, whole;
    struct sb_hash hash;
    struct sb_time time;
    struct sb_signature signature;
    uint64_t bytes;
};

/* A publish whose event is staged, or one that waits for partners to hold it. */
struct sb_pending {
    uint32_t session, request, index, remote, branch; /* branch: of its epoch */
    bool duplicate, erases, silent; /* asked again; an Erasure; nobody waits for it */
    int64_t deadline_mono_ms;
    struct sb_uuid id;
    struct sb_epoch epoch;
    struct sb_seq seq;
    uint8_t entitled[(SB_ORIGINS_MAX + 7) / 8]; /* who may hold the body, by origin number */
};

/* Links of one segment staged in this turn; the hashes live in the turn's arena. */
struct sb_stage_run {
    uint16_t origin;
    struct sb_epoch epoch;
    struct sb_seq first;
    const struct sb_hash *hashes;
    size_t n;
};

/* Everything that happens between two commits. Cleared by COMMITTED and COMMIT_FAILED. */
struct sb_stage {
    struct sb_staged *events;
    uint32_t n_events;
    struct sb_touch *touches;
    struct sb_stage_run *runs; /* SB_TOUCHES_MAX */
    uint32_t n_touches, n_runs;
    struct sb_pending *pendings;
    struct sb_consume_pending *consumes; /* SB_CONSUMES_MAX; consumer.h */
    uint32_t n_pendings, n_born, n_consumes, n_erases;
    uint16_t *ids;      /* open addressing over pendings: index + 1 */
    uint64_t own_bytes; /* of the batch under our next checkpoint */
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    bool opened, anything, own_came; /* our epoch, in this turn; our history, from elsewhere */
};

struct sb_core {
    struct sb_core_options o;
    struct sb_core_partner *partners;
    struct sb_now now;

    struct sb_chain *chains;
    uint32_t n_chains;
    uint32_t *buckets; /* index of a chain + 1; 0: empty, so that a table costs what it holds */
    struct sb_parent *parents;
    uint32_t n_parents;
    struct sb_origin_state *origins;
    struct sb_offset last, by_class[SB_CLASS_COUNT]; /* durable */

    struct sb_stage stage;
    struct sb_link own_link; /* of the step under way */
    struct sb_parent open_parents[SB_PARENTS_MAX];

    bool has_open, settling, unsettled, overdue; /* erasures: readers wait; not all told; late */
    uint32_t open;                               /* chain of our open epoch */
    struct sb_now opened_at;
    int64_t last_turn_ms, missed_ms, late_until_ms; /* the last two of silence.c */

    bool recovering, full, stopping, unreleased, untold; /* untold: forks that were loaded */
    int64_t recovery_until_ms, full_until_ms, others_until_ms, erase_full_until_ms, settle_until_ms;
    struct sb_pending *remotes; /* durable here, waiting for partners */
    uint32_t n_remotes, n_subscriptions, last_serial;

    struct sb_peer *peers;         /* by origin number; 0 is unused */
    struct sb_sighting *sightings; /* SB_SIGHTINGS_PER_PEER of each partner */
    struct sb_shown *shown;
    uint32_t n_shown, free_shown, n_wants, next_request;
    struct sb_rest_view *rests; /* partner × origin */
    struct sb_want_state *wants;
    bool plan, frontier_dirty;             /* something changed that calls for a want; to be told */
    int64_t next_plan_ms, compared_ms;     /* when a back-off ends; last comparison of epochs */
    struct sb_subscription *subscriptions; /* n_subscriptions: up to the last ever used */
    struct sb_budget_left *budgets;        /* by client */
    struct sb_serving *servings;

    uint64_t frontier_counter;
    int64_t frontier_sent_ms, heartbeat_ms, instance_after_ms;
    uint16_t *frontier_origins; /* those of FX_FRONTIER; behind them 0, 1, 2, ... for full ones */

    uint64_t traces[SB_TRACE_COUNT];
};

static inline void trace(struct sb_core *c, enum sb_trace id)
{
    c->traces[id]++;
}

/* One more effect; the shell sizes the buffer for the worst step, hence no failure. */
struct sb_effect *sb_fx_add(struct sb_effects *fx, enum sb_effect_type type);
/* A finding is said each time; a state of `origin` (of a full store: 0) when *state changes. */
void sb_core_alarm(struct sb_effects *fx, enum sb_alarm_code code, const struct sb_chain *about);
void sb_core_alarm_state(struct sb_effects *fx, enum sb_alarm_code code, uint16_t origin,
                         bool *state, bool raised);

#endif
