/* Sizes of the core's own tables; what partners must agree on is in proto/limits.h. */
#ifndef SB_CORE_LIMITS_H
#define SB_CORE_LIMITS_H

#include "proto/limits.h"

enum {
    SB_STAGED_MAX = 32 * 1024, /* events of one turn */
    SB_TOUCHES_MAX = 4096,     /* chains that one turn extends */
    SB_STAGE_IDS = 8 * 1024,   /* slots of the turn's id table, a power of two */
    SB_BUCKETS = 256 * 1024,   /* of the chain table, a power of two */
    SB_PARENTS_POOL = 2 * SB_CHAINS_MAX,
    SB_CHAINS_PER_ORIGIN = SB_CHAINS_MAX / 4,
    SB_RELEASES_MAX = 16 * 1024, /* deferred events released in one turn, per chain */
    SB_SHOWN_PER_PEER = 64,      /* heads beyond one per origin that a partner may show */
    SB_SIGHTINGS_PER_PEER = 256, /* remembered moments at which a partner showed something new */
    SB_SUMMARIES_PER_PEER = 64,  /* older epochs of a partner that are fetched at a time */
    SB_SESSIONS_PER_PEER = 4,    /* live sessions of one partner that we answer on */
    SB_RETIRED_BOOTS = 8,        /* boot nonces of a partner that are never accepted again */
    SB_SUMMARY_PARTS = 16,       /* of a counter range too large to be listed */
    SB_RANGES_MAX = 32,          /* counter ranges still to be compared with one partner */
    SB_EFFECTS_MAX = 64 * 1024,  /* effects of one step, for the shell's buffer */
    SB_WANT_IMPATIENT_MS = 1000, /* silent for so long: another is asked for the same as well */
    SB_PACED_CREDIT = 8 * 1024,  /* bytes asked for where more would be too much, or in vain */
    SB_WANT_DRIP = 16, /* bytes in a ms: an answer that is slower is soon not waited for alone */
    SB_WANT_RETRY_MS = 1000, /* first pause after an empty or missing answer, doubled */
    SB_WANT_RETRY_MAX_MS = 30000,
    SB_BODIES_RETRY_MS = 500,
    SB_BODIES_RETRY_MAX_MS = 5000, /* who has just started gives none yet (erasure.c) */
    SB_COMPARE_RETRY_MS = 5000,    /* epochs still differ: compared again, then doubled */
    SB_COMPARE_RETRY_MAX_MS = 120000,
    SB_GREET_RETRY_MS = 2000, /* a greeting without an answer is repeated */
    SB_FULL_ASK_MS = 2000,    /* so is a request for a full frontier, then doubled */
    SB_AWAY_MS = 60000,       /* a partner without a connection until that is an alarm */
    SB_RENEW_MS = 1000, /* first pause before a fresh boot nonce, doubled while it is of no use */
    SB_FULL_RETRY_MS = 1000,
    SB_CONSUMES_MAX = 1024, /* changes of consumers in one turn */
    SB_IDLE_TICK_MS = 500,  /* a turn at least this often while something is awaited */
    SB_BLOCKED_RETRY_MS = 20,
    SB_CLIENT_PLACES = 4 * SB_CLIENTS_MAX, /* client keys of one run, those that went too */
    SB_RATE_EVENT = 60 * 60 * 1000,        /* parts that an event takes of a client's bucket */
    SB_RATE_BURST_MS = 10 * 1000,          /* of its rate a client may save up */
};

static_assert(SB_STAGE_IDS >= 2 * SB_BATCH_EVENTS_MAX, "the turn's id table stays half empty");
static_assert((SB_STAGE_IDS & (SB_STAGE_IDS - 1)) == 0, "a power of two");
static_assert((SB_BUCKETS & (SB_BUCKETS - 1)) == 0, "a power of two");
static_assert(SB_STAGED_MAX >= 4 * SB_BATCH_EVENTS_MAX, "a turn takes several segments");

#endif
