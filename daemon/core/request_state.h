/* What the core keeps of requests, ours to partners and theirs. Included by daemon/core/ only. */
#ifndef SB_CORE_REQUEST_STATE_H
#define SB_CORE_REQUEST_STATE_H

#include "daemon/core/input.h"

/* Chains to compare: of these counters, but not so many of the first. */
struct sb_counter_range {
    uint16_t origin;
    uint32_t from, to, skip;
};

enum sb_want_kind { SB_WANT_LINKS, SB_WANT_BODIES, SB_WANT_SUMMARY };

struct sb_want_state {
    enum sb_want_kind kind;
    uint32_t request;
    uint16_t peer, origin;
    struct sb_route route; /* by which it was asked */
    struct sb_epoch epoch;
    struct sb_hash tip;
    struct sb_seq from, next;      /* of links: where it begins; behind what came of it */
    struct sb_seq at;              /* and what `from` of its entry is now (path.h) */
    uint32_t chain;                /* of bodies */
    struct sb_counter_range range; /* of a summary */
    bool progress, lost, end;      /* lost: of links that do not connect here; end: of its entry */
    bool aside;                    /* what came was left aside: more than its origin's rate */
    uint64_t bytes;                /* that it brought */
    int64_t asked_ms, deadline_ms;
};

struct sb_serving {
    bool used, busy;
    uint16_t peer, origin, branch;
    struct sb_route route;
    uint32_t request, credit;
    struct sb_epoch epoch;
    struct sb_seq next, to;
    struct sb_hash tip;
    int64_t retry_ms;
};

#endif
