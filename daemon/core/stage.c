/* The stage: everything that a turn adds lives here until its commit is answered. Discarding it
 * leaves the core byte for byte as it was. */
#include "daemon/core/stage.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/publish.h"
#include "daemon/core/shown.h"

struct sb_touch *sb_stage_touch(struct sb_core *c, uint32_t chain)
{
    struct sb_chain *k = &c->chains[chain];
    if (k->touch != 0) {
        return &c->stage.touches[k->touch - 1];
    }
    if (c->stage.n_touches == SB_TOUCHES_MAX) {
        return NULL;
    }
    struct sb_touch *t = &c->stage.touches[c->stage.n_touches++];
    *t = (struct sb_touch){.chain = chain,
                           .seq = k->tip.seq,
                           .hash = k->tip.hash,
                           .time = k->tip.time,
                           .signature = k->tip.signature,
                           .bodies = k->bodies,
                           .whole = k->whole,
                           .bytes = k->bytes};
    k->touch = c->stage.n_touches;
    c->stage.anything = true;
    return t;
}

struct sb_touch *sb_stage_born(struct sb_core *c, const struct sb_chain_info *info)
{
    if (c->stage.n_touches == SB_TOUCHES_MAX) {
        return NULL;
    }
    uint32_t chain = sb_history_add(c, info);
    if (chain == NONE) {
        return NULL;
    }
    c->stage.n_born++;
    struct sb_touch *t = sb_stage_touch(c, chain);
    t->born = true;
    return t;
}

bool sb_stage_room(const struct sb_core *c, size_t events)
{
    return c->stage.n_events + events <= SB_STAGED_MAX && c->stage.n_touches < SB_TOUCHES_MAX &&
           c->stage.n_runs < SB_TOUCHES_MAX;
}

static void take_offset(struct sb_core *c, struct sb_staged *e)
{
    e->offset.n = ++c->stage.last.n;
    e->previous = c->stage.by_class[e->class];
    c->stage.by_class[e->class] = e->offset;
}

struct sb_staged *sb_stage_event(struct sb_core *c, struct sb_touch *t, enum sb_class class,
                                 enum sb_body_state state, uint32_t bytes)
{
    const struct sb_chain *k = &c->chains[t->chain];
    struct sb_staged *e = &c->stage.events[c->stage.n_events++];
    t->seq.n++;
    t->bytes += bytes;
    c->origins[k->origin].staged_bytes += bytes;
    bool complete = t->bodies.n + 1 == t->seq.n && state != SB_BODY_MISSING;
    if (complete) {
        t->bodies = t->seq;
    }
    *e = (struct sb_staged){.origin = k->origin,
                            .branch = k->branch,
                            .epoch = k->epoch,
                            .seq = t->seq,
                            .class = class,
                            .state = state,
                            .deferred = !complete && !sb_planted(SB_PLANT_DELIVER_DEFERRED)};
    take_offset(c, e);
    return e;
}

static uint32_t slot_of(const struct sb_uuid *id)
{
    uint64_t x;
    memcpy(&x, id->b + 8, sizeof x);
    return (uint32_t)((x * 0x9e3779b97f4a7c15u) >> 40) & (SB_STAGE_IDS - 1);
}

bool sb_stage_has_id(const struct sb_core *c, const struct sb_uuid *id)
{
    for (uint32_t s = slot_of(id); c->stage.ids[s] != 0; s = (s + 1) & (SB_STAGE_IDS - 1)) {
        if (sb_uuid_eq(&c->stage.pendings[c->stage.ids[s] - 1].id, id)) {
            return true;
        }
    }
    return false;
}

struct sb_pending *sb_stage_pending(struct sb_core *c, const struct sb_uuid *id)
{
    if (c->stage.n_pendings == SB_BATCH_EVENTS_MAX) {
        return NULL;
    }
    struct sb_pending *p = &c->stage.pendings[c->stage.n_pendings++];
    memset(p, 0, sizeof *p);
    p->id = *id;
    uint32_t s = slot_of(id);
    while (c->stage.ids[s] != 0) {
        s = (s + 1) & (SB_STAGE_IDS - 1);
    }
    c->stage.ids[s] = (uint16_t)c->stage.n_pendings;
    return p;
}

void sb_stage_end(struct sb_core *c, struct sb_effects *fx)
{
    for (uint32_t i = 0; i < c->stage.n_touches; i++) {
        const struct sb_touch *t = &c->stage.touches[i];
        sb_fx_add(fx, t->own ? SB_FX_SEAL : SB_FX_PUT_CHAIN)->chain.chain = t->chain;
    }
}

static void raise_findings(struct sb_core *c, const struct sb_touch *t, struct sb_effects *fx)
{
    const struct sb_chain *k = &c->chains[t->chain];
    if (t->fork && !sb_planted(SB_PLANT_NO_FORK_ALARM)) {
        sb_core_alarm(fx, SB_ALARM_FORK, k);
    }
    if (t->foreign_own) {
        sb_publish_close_epoch(c, SB_TRACE_EPOCH_CLOSED_FOREIGN); /* rule 3 */
    }
    if (t->second_instance) {
        trace(c, SB_TRACE_SECOND_INSTANCE);
        sb_core_alarm(fx, SB_ALARM_SECOND_INSTANCE, k);
    }
}

static void apply_touch(struct sb_core *c, struct sb_touch *t, const struct sb_input *in)
{
    struct sb_chain *k = &c->chains[t->chain];
    struct sb_origin_state *o = &c->origins[k->origin];
    bool moved = t->born || t->seq.n != k->tip.seq.n;
    if (!t->born && !k->aside) {
        o->bytes += t->bytes - k->bytes;
        o->events += t->seq.n - k->tip.seq.n;
    }
    k->tip = (struct sb_checkpoint){t->seq, t->hash, t->own ? in->committed.time : t->time,
                                    t->own ? in->committed.signature : t->signature};
    if (moved && t->bodies.n < t->seq.n) { /* a body is missing: its origin may just be there */
        k->ask_after_ms = k->ask_pause_ms = 0;
        k->ask_next = 0;
    }
    k->bodies = t->bodies;
    k->whole = t->whole;
    k->bytes = t->bytes;
    k->touch = 0;
    if (t->born && t->fork && sb_planted(SB_PLANT_FORK_CUTS_BASE)) {
        c->chains[sb_history_find(c, k->origin, k->epoch, k->base_branch)].tip.seq.n =
            k->base.n - 1;
    }
    if (t->born) {
        sb_history_enter(c, t->chain);
    } else if (moved) {
        sb_history_recover(c, t->chain);
    }
    o->dirty = c->frontier_dirty = true;
}

void sb_stage_over_quota(struct sb_core *c, uint16_t origin, struct sb_effects *fx)
{
    struct sb_origin_state *o = &c->origins[origin];
    sb_core_alarm_state(fx, SB_ALARM_QUOTA, origin, &o->over_quota, true);
    o->quota_void = false;
}

void sb_stage_within_quota(struct sb_core *c, uint16_t origin, struct sb_effects *fx)
{
    struct sb_origin_state *o = &c->origins[origin];
    sb_core_alarm_state(fx, SB_ALARM_QUOTA, origin, &o->over_quota, false);
    o->quota_void = false;
}

/* The others of its epoch no longer count, nor does what they take. */
static void set_final(struct sb_core *c, const struct sb_touch *t, struct sb_effects *fx)
{
    const struct sb_chain *k = &c->chains[t->chain];
    uint64_t before = c->origins[k->origin].bytes;
    sb_history_set_others_aside(c, t->chain);
    sb_shown_forget_others(c, k->origin, k->epoch, &k->tip.hash);
    if (c->origins[k->origin].bytes < before) {
        sb_stage_within_quota(c, k->origin, fx);
        c->plan = true;
    }
}

void sb_stage_committed(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    c->stage.n_born = 0; /* from here on they are found by the table */
    for (uint32_t i = 0; i < c->stage.n_touches; i++) {
        struct sb_touch *t = &c->stage.touches[i];
        apply_touch(c, t, in);
        raise_findings(c, t, fx);
        if (c->origins[c->chains[t->chain].origin].quota_void) {
            sb_stage_within_quota(c, c->chains[t->chain].origin, fx);
        }
    }
    for (uint32_t i = 0; i < c->stage.n_touches; i++) {
        const struct sb_touch *t = &c->stage.touches[i];
        if (t->final && !sb_planted(SB_PLANT_REKEY_KEEPS_FORK)) {
            set_final(c, t, fx);
        }
    }
    c->last = c->stage.last;
    memcpy(c->by_class, c->stage.by_class, sizeof c->by_class);
    if (c->stage.n_events > 0) {
        struct sb_effect *e = sb_fx_add(fx, SB_FX_BROADCAST);
        e->append.first = 0;
        e->append.n = c->stage.n_events;
    }
}

static void leave(struct sb_core *c, const struct sb_touch *t)
{
    struct sb_chain *k = &c->chains[t->chain];
    k->touch = 0;
    c->origins[k->origin].staged_bytes = 0;
}

void sb_stage_clear(struct sb_core *c)
{
    struct sb_stage *s = &c->stage;
    for (uint32_t i = 0; i < s->n_touches; i++) {
        leave(c, &s->touches[i]);
    }
    if (s->n_pendings > 0) {
        memset(s->ids, 0, SB_STAGE_IDS * sizeof s->ids[0]);
    }
    s->n_events = s->n_touches = s->n_runs = s->n_pendings = s->n_born = s->n_consumes =
        s->n_erases = 0;
    s->own_bytes = 0;
    s->opened = s->own_came = s->anything = false;
    s->last = c->last;
    memcpy(s->by_class, c->by_class, sizeof s->by_class);
}

void sb_stage_discard(struct sb_core *c)
{
    if (sb_planted(SB_PLANT_KEEP_STAGED_ON_FAILURE)) {
        for (uint32_t i = 0; i < c->stage.n_touches; i++) {
            struct sb_touch *t = &c->stage.touches[i];
            c->chains[t->chain].tip.seq = t->seq;
            c->chains[t->chain].tip.hash = t->hash;
        }
    }
    for (uint32_t i = 0; i < c->stage.n_touches; i++) {
        struct sb_origin_state *o = &c->origins[c->chains[c->stage.touches[i].chain].origin];
        o->quota_void |= o->over_quota;
        leave(c, &c->stage.touches[i]);
    }
    for (uint32_t i = c->stage.n_born; i > 0; i--) {
        sb_history_remove_last(c);
    }
    c->stage.n_touches = c->stage.n_born = 0;
    sb_stage_clear(c);
}
