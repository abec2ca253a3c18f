/* The core's memory: everything is allocated here, once, sized by the limits. Tables that a small
 * partnership never touches cost address space, not memory. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/consumer.h"
#include "daemon/core/erasure.h"
#include "daemon/core/history.h"
#include "daemon/core/peer.h"
#include "daemon/core/places.h"
#include "daemon/core/rights.h"
#include "daemon/core/serve.h"
#include "daemon/core/shown.h"
#include "daemon/core/sighting.h"

static bool allocate_stage(struct sb_stage *s)
{
    s->events = calloc(SB_STAGED_MAX, sizeof *s->events);
    s->touches = calloc(SB_TOUCHES_MAX, sizeof *s->touches);
    s->runs = calloc(SB_TOUCHES_MAX, sizeof *s->runs);
    s->pendings = calloc(SB_BATCH_EVENTS_MAX, sizeof *s->pendings);
    s->ids = calloc(SB_STAGE_IDS, sizeof *s->ids);
    s->consumes = calloc(SB_CONSUMES_MAX + 1, sizeof *s->consumes);
    return s->consumes != NULL && s->events != NULL && s->touches != NULL && s->runs != NULL &&
           s->pendings != NULL && s->ids != NULL;
}

static bool allocate_history(struct sb_core *c, size_t n)
{
    c->chains = calloc(SB_CHAINS_MAX, sizeof *c->chains);
    c->buckets = calloc(SB_BUCKETS, sizeof *c->buckets);
    c->parents = calloc(SB_PARENTS_POOL, sizeof *c->parents);
    c->origins = calloc(n, sizeof *c->origins);
    c->remotes = calloc(SB_PENDING_PUBLISHES_MAX, sizeof *c->remotes);
    return c->chains != NULL && c->buckets != NULL && c->parents != NULL && c->origins != NULL &&
           c->remotes != NULL;
}

static bool allocate_peers(struct sb_core *c, size_t n)
{
    c->partners = calloc(n, sizeof *c->partners);
    c->peers = calloc(n, sizeof *c->peers);
    c->shown = calloc(n * sb_places_per_peer(c), sizeof *c->shown);
    c->sightings = calloc(n * SB_SIGHTINGS_PER_PEER, sizeof *c->sightings);
    c->rests = calloc(n * n, sizeof *c->rests);
    c->wants = calloc(n * SB_WANTS_MAX, sizeof *c->wants);
    c->subscriptions = calloc(SB_SUBSCRIPTIONS_MAX, sizeof *c->subscriptions);
    c->servings = calloc(n * SB_SERVES_MAX, sizeof *c->servings);
    c->budgets = calloc(SB_CLIENT_PLACES, sizeof *c->budgets);
    c->frontier_origins = calloc(2 * n, sizeof *c->frontier_origins);
    return c->partners != NULL && c->peers != NULL && c->shown != NULL && c->sightings != NULL &&
           c->rests != NULL && c->wants != NULL && c->subscriptions != NULL &&
           c->servings != NULL && c->budgets != NULL && c->frontier_origins != NULL;
}

static void begin(struct sb_core *c)
{
    size_t n = c->o.max_origins;
    memcpy(c->partners, c->o.partners, c->o.n_origins * sizeof *c->partners);
    for (size_t i = 0; i < n; i++) {
        c->origins[i].first = c->origins[i].last = NONE;
        c->frontier_origins[n + i] = (uint16_t)i;
    }
    c->now = c->o.now;
    c->last_turn_ms = c->now.mono_ms;
    c->last = c->stage.last = c->o.last;
    memcpy(c->by_class, c->o.by_class, sizeof c->by_class);
    memcpy(c->stage.by_class, c->o.by_class, sizeof c->stage.by_class);
    c->frontier_sent_ms = c->heartbeat_ms = c->now.mono_ms;
    c->next_plan_ms = INT64_MAX;
    sb_shown_init(c);
    sb_peer_init(c);
}

static size_t n_origins_at_most(const struct sb_core_options *o)
{
    assert(o->max_origins <= SB_ORIGINS_MAX);
    return o->max_origins > o->n_origins ? o->max_origins : o->n_origins;
}

struct sb_core *sb_core_new(const struct sb_core_options *options)
{
    assert(options->n_origins >= 1 && options->n_origins <= SB_ORIGINS_MAX);
    struct sb_core *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->o = *options;
    size_t n = c->o.max_origins = n_origins_at_most(options);
    if (!allocate_stage(&c->stage) || !allocate_history(c, n) || !allocate_peers(c, n)) {
        sb_core_free(c);
        return NULL;
    }
    begin(c);
    return c;
}

void sb_core_loaded(struct sb_core *c)
{
    sb_history_cover_all(c);
    c->untold = !sb_planted(SB_PLANT_NO_FORK_ALARM);
    c->recovering = c->origins[0].n_chains == 0;
    c->recovery_until_ms = c->now.mono_ms + c->o.recovery_ms;
    sb_erasure_loaded(c);
    if (sb_planted(SB_PLANT_REUSE_EPOCH) && c->origins[0].last != NONE) {
        c->has_open = true;
        c->open = c->origins[0].last;
    }
}

void sb_core_free(struct sb_core *c)
{
    if (c == NULL) {
        return;
    }
    void *const tables[] = {
        c->stage.events,
        c->stage.touches,
        c->stage.runs,
        c->stage.pendings,
        c->stage.ids,
        c->chains,
        c->buckets,
        c->parents,
        c->origins,
        c->remotes,
        c->partners,
        c->peers,
        c->shown,
        c->sightings,
        c->rests,
        c->wants,
        c->subscriptions,
        c->servings,
        c->frontier_origins,
        c->budgets,
        c->stage.consumes,
        c,
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        free(tables[i]);
    }
}
