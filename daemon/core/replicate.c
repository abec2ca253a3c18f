/* Replication of verified history. Everything that an origin signed is kept, both sides of a fork
 * too; what does not connect yet is asked for further down. Links that we hold have been cut off,
 * as far as the store knew at the beginning of the turn. */
#include "daemon/core/replicate.h"

#include "daemon/core/erasure.h"
#include "daemon/core/history.h"
#include "daemon/core/path.h"
#include "daemon/core/rights.h"
#include "daemon/core/shown.h"
#include "daemon/core/stage.h"
#include "daemon/core/want.h"

enum placing { PLACED, LATER, FURTHER_DOWN, REFUSED };

static enum placing later(struct sb_core *c, struct sb_effects *fx)
{
    sb_fx_add(fx, SB_FX_DEFER);
    trace(c, SB_TRACE_SEGMENT_AGAIN);
    return LATER;
}

static void find_parents(struct sb_core *c, const struct sb_in_segment *s, struct sb_touch *t)
{
    const struct sb_epoch_start *start = s->segment->start;
    for (size_t i = 0; i < start->n_parents; i++) {
        if (sb_history_find(c, s->origin, start->parents[i].epoch, 0) == NONE) {
            trace(c, SB_TRACE_SEGMENT_PARENT_MISSING);
        }
    }
    struct sb_chain *k = &c->chains[t->chain];
    if (s->origin == 0 && sb_history_after_run(c, start->parents, start->n_parents)) {
        k->after_run = true;
        t->second_instance = true; /* rule 6 */
    }
}

/* The branch of this epoch whose staged tip is what the segment's first link follows. */
static uint32_t find_tip(const struct sb_core *c, const struct sb_in_segment *s, uint64_t before)
{
    unsigned branches = sb_history_branches(c, s->origin, s->segment->epoch);
    for (unsigned b = 0; b < branches; b++) {
        uint32_t chain = sb_history_find(c, s->origin, s->segment->epoch, (uint16_t)b);
        if (sb_history_seq(c, chain).n == before &&
            (sb_hash_eq(sb_history_hash(c, chain), &s->prev) ||
             sb_planted(SB_PLANT_SKIP_PREV_CHECK))) {
            return chain;
        }
    }
    return NONE;
}

static bool any_touched(const struct sb_core *c, const struct sb_in_segment *s)
{
    unsigned branches = sb_history_branches(c, s->origin, s->segment->epoch);
    for (unsigned b = 0; b < branches; b++) {
        uint32_t chain = sb_history_find(c, s->origin, s->segment->epoch, (uint16_t)b);
        if (c->chains[chain].touch != 0 || sb_planted(SB_PLANT_DEFER_FOREVER)) {
            return true;
        }
    }
    return false;
}

/* How far bodies are here without a gap below the first link of a new chain. What its base still
 * waits for, it waits for as well: nothing is delivered before all that it grew from. */
static struct sb_seq bodies_below(const struct sb_core *c, const struct sb_in_segment *s)
{
    struct sb_seq below = {s->segment->items[0].link.seq.n - 1};
    uint32_t base = sb_history_find(c, s->origin, s->segment->epoch, s->prev_branch);
    if (below.n > 0 && base != NONE && !sb_planted(SB_PLANT_BRANCH_IGNORES_BASE)) {
        struct sb_seq bodies = sb_history_bodies(c, base);
        return bodies.n < below.n ? bodies : below;
    }
    return below;
}

static bool has_room(struct sb_core *c, const struct sb_in_segment *s)
{
    if (s->final) {
        return sb_history_room_to_settle(c);
    }
    return sb_path_to_end(c, s) ? sb_history_room_to_end(c, s->origin)
                                : sb_history_room(c, s->origin);
}

static enum placing start_chain(struct sb_core *c, const struct sb_in_segment *s,
                                struct sb_touch **t, struct sb_effects *fx)
{
    unsigned branches = sb_history_branches(c, s->origin, s->segment->epoch);
    struct sb_chain_info info = {
        .origin = s->origin,
        .branch = (uint16_t)branches,
        .base_branch = s->prev_branch,
        .epoch = s->segment->epoch,
        .base = s->segment->items[0].link.seq,
        .bodies = bodies_below(c, s),
        .key = s->key,
        .parents = s->segment->starts_epoch ? s->segment->start->parents : NULL,
        .n_parents = s->segment->starts_epoch ? s->segment->start->n_parents : 0,
    };
    info.tip.seq.n = info.base.n - 1; /* the link before its first one */
    if (branches > 0 && sb_planted(SB_PLANT_DROP_BRANCH)) {
        return REFUSED;
    }
    *t = has_room(c, s) ? sb_stage_born(c, &info) : NULL;
    if (*t == NULL) {
        sb_stage_over_quota(c, s->origin, fx);
        trace(c, SB_TRACE_SEGMENT_QUOTA);
        return REFUSED;
    }
    if (branches > 0) {
        (*t)->fork = true;
        trace(c, SB_TRACE_SEGMENT_FORK);
    }
    if (s->segment->starts_epoch) {
        find_parents(c, s, *t);
        trace(c, SB_TRACE_SEGMENT_STARTS_EPOCH);
    }
    return PLACED;
}

/* Finds or makes the chain that the segment extends. */
static enum placing place(struct sb_core *c, const struct sb_in_segment *s, struct sb_touch **t,
                          struct sb_effects *fx)
{
    uint64_t before = s->segment->items[0].link.seq.n - 1;
    uint32_t chain = before == 0 ? NONE : find_tip(c, s, before);
    if (chain != NONE) {
        *t = sb_stage_touch(c, chain);
        return *t == NULL ? later(c, fx) : PLACED;
    }
    if (any_touched(c, s)) {
        return later(c, fx); /* the store will know more in the next turn */
    }
    if (before == 0 || s->prev_held || sb_planted(SB_PLANT_TAKE_OVER_GAP)) {
        return start_chain(c, s, t, fx);
    }
    trace(c, SB_TRACE_SEGMENT_GAP);
    return sb_path_gap(c, s) ? FURTHER_DOWN : REFUSED;
}

/* Of an epoch whose end it brings: what goes aside with that. */
static uint64_t bytes_beside(const struct sb_core *c, const struct sb_in_segment *s)
{
    uint64_t before = s->segment->items[0].link.seq.n - 1;
    uint32_t chain = before == 0 ? NONE : find_tip(c, s, before);
    return sb_history_bytes_beside(c, s->origin, s->segment->epoch, chain);
}

static bool over_quota(struct sb_core *c, const struct sb_in_segment *s, struct sb_effects *fx)
{
    uint64_t bytes = c->origins[s->origin].bytes + c->origins[s->origin].staged_bytes;
    for (size_t i = 0; i < s->segment->n; i++) {
        bytes += s->notes[i].bytes;
    }
    if (s->final) {
        bytes -= bytes_beside(c, s);
    } else if (sb_path_to_end(c, s)) { /* as much again as there may be: the others go aside then */
        bytes /= 2;
    }
    bool over = bytes > c->o.quota_bytes && !sb_planted(SB_PLANT_IGNORE_QUOTA);
    if (over) {
        sb_stage_over_quota(c, s->origin, fx);
        trace(c, SB_TRACE_SEGMENT_QUOTA);
    }
    return over;
}

/* It is not lost: what its origin shows and we lack is asked for when there is room for it. */
static bool too_many(struct sb_core *c, const struct sb_in_segment *s, struct sb_effects *fx)
{
    if (sb_rights_intake_wait(c, s->origin) == 0) {
        return false;
    }
    sb_rights_slow(c, s->origin, true, fx);
    sb_want_left_aside(c, s);
    trace(c, SB_TRACE_SEGMENT_SLOWED);
    return true;
}

static enum sb_body_state state_of(const struct sb_item_note *note)
{
    if (!note->entitled) {
        return SB_BODY_WITHHELD;
    }
    if (note->erased && !sb_planted(SB_PLANT_TAKE_ERASED)) {
        return SB_BODY_ERASED;
    }
    return note->has_body ? SB_BODY_PRESENT : SB_BODY_MISSING;
}

/* Only its origin has an event erased; anybody else's Erasure of it is kept, and does nothing. */
static void erase(struct sb_core *c, uint16_t origin, const struct sb_item_note *notes, size_t n,
                  struct sb_effects *fx)
{
    for (size_t i = 0; notes != NULL && i < n; i++) {
        bool planted = notes[i].stray && sb_planted(SB_PLANT_ERASE_FOR_OTHERS);
        if (notes[i].erases || planted) {
            sb_fx_add(fx, SB_FX_ERASE)->append.item = (uint32_t)i;
            sb_erasure_taken(c, origin);
            trace(c, SB_TRACE_ERASURE_TAKEN);
        } else if (notes[i].stray) {
            trace(c, SB_TRACE_ERASURE_IGNORED);
        }
    }
}

static void append(struct sb_core *c, const struct sb_in_segment *s, struct sb_touch *t,
                   struct sb_effects *fx)
{
    const struct sb_segment *seg = s->segment;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_APPEND);
    e->append.first = c->stage.n_events;
    e->append.n = (uint32_t)seg->n;
    e->append.item = 0;
    for (size_t i = 0; i < seg->n; i++) {
        enum sb_body_state state = state_of(&s->notes[i]);
        if (state == SB_BODY_MISSING) {
            trace(c, SB_TRACE_SEGMENT_MISSING_BODY);
        }
        if (state == SB_BODY_ERASED) {
            trace(c, SB_TRACE_SEGMENT_ERASED_BODY);
        }
        sb_stage_event(c, t, s->notes[i].class, state, s->notes[i].bytes);
    }
    sb_rights_take(c, s->origin, seg->n);
    erase(c, s->origin, s->notes, seg->n, fx);
    const struct sb_checkpoint *last = &seg->checkpoints[seg->n_checkpoints - 1];
    t->hash = seg->hashes[seg->n - 1];
    t->time = last->time;
    t->signature = last->signature;
    t->foreign_own |= s->origin == 0;
    t->final |= s->final;
    c->stage.own_came |= s->origin == 0;
    c->stage.runs[c->stage.n_runs++] =
        (struct sb_stage_run){s->origin, seg->epoch, seg->items[0].link.seq, seg->hashes, seg->n};
    trace(c, SB_TRACE_SEGMENT_APPENDED);
}

/* What partners are asked for when it is tried again comes in at the same time: where something
 * that erases has failed it comes first then, so that it never fails for what is beside it again
 * and again. */
static bool waits_for_room(const struct sb_core *c, const struct sb_item_note *notes, size_t n)
{
    if (sb_notes_erase(notes, n)) {
        return sb_erasure_waits(c);
    }
    return c->full && (c->now.mono_ms < c->others_until_ms || sb_planted(SB_PLANT_FULL_FOREVER));
}

bool sb_replicate_segment(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_segment *s = &in->segment;
    struct sb_touch *t = NULL;
    enum placing placing = REFUSED;
    bool further_up = s->held_to.n > 0 && sb_path_held(c, s);
    if (s->segment->n == 0) {
        trace(c, SB_TRACE_SEGMENT_HELD);
    } else if (waits_for_room(c, s->notes, s->segment->n)) {
        trace(c, SB_TRACE_SEGMENT_FULL);
    } else if (!sb_stage_room(c, s->segment->n)) {
        placing = later(c, fx);
    } else if (!over_quota(c, s, fx) && !too_many(c, s, fx)) {
        placing = place(c, s, &t, fx);
    }
    if (placing == PLACED) {
        append(c, s, t, fx);
        sb_shown_staged(c, s->origin, s->segment->epoch, s->segment->items[0].link.seq,
                        s->segment->hashes, s->segment->n);
        sb_path_placed(c, s, c->chains[t->chain].branch);
    }
    return placing == PLACED || placing == FURTHER_DOWN || further_up;
}

/* Is everything below its first link here? Of a fork's branch that is its base's to say. */
static bool base_is_whole(const struct sb_core *c, const struct sb_chain *k)
{
    uint32_t base = sb_history_find(c, k->origin, k->epoch, k->base_branch);
    return k->base.n == 1 || k->bodies.n + 1 >= k->base.n || base == NONE ||
           sb_history_bodies(c, base).n + 1 >= k->base.n;
}

static void release(struct sb_core *c, struct sb_touch *t, struct sb_effects *fx)
{
    const struct sb_chain *k = &c->chains[t->chain];
    if (!base_is_whole(c, k)) {
        return;
    }
    t->bodies.n = t->bodies.n + 1 < k->base.n ? k->base.n - 1 : t->bodies.n;
    uint64_t n = t->whole.n > t->bodies.n ? t->whole.n - t->bodies.n : 0;
    if (n == 0) {
        return;
    }
    /* what is left, and what grew from it */
    c->unreleased |= n > SB_RELEASES_MAX || sb_history_branches(c, k->origin, k->epoch) > 1;
    n = n > SB_RELEASES_MAX ? SB_RELEASES_MAX : n;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_RELEASE);
    e->release.origin = k->origin;
    e->release.branch = k->branch;
    e->release.epoch = k->epoch;
    e->release.from.n = t->bodies.n + 1;
    e->release.to.n = t->bodies.n + n;
    e->release.offset.n = c->stage.last.n + 1;
    c->stage.last.n += n;
    t->bodies.n += n;
    trace(c, SB_TRACE_BODIES_RELEASED);
}

/* Bodies that were missing, or the news that none is missing any more. What waited behind them is
 * released into the order of commits, in the order of its epoch. */
bool sb_replicate_bodies(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_bodies *b = &in->bodies;
    uint32_t chain = sb_history_find(c, b->origin, b->epoch, b->branch);
    if (chain == NONE || waits_for_room(c, b->notes, b->n)) {
        return false;
    }
    struct sb_chain *k = &c->chains[chain];
    bool alone = k->touch == 0 || sb_planted(SB_PLANT_BODIES_BESIDE_SEGMENT);
    struct sb_touch *t = alone ? sb_stage_touch(c, chain) : NULL;
    if (t == NULL) {
        sb_fx_add(fx, SB_FX_DEFER);
        trace(c, SB_TRACE_BODIES_AGAIN);
        return false;
    }
    if (b->n > 0) {
        sb_fx_add(fx, SB_FX_PUT_BODIES);
        if (!sb_planted(SB_PLANT_LATE_BODY_SAYS_NOTHING)) {
            erase(c, b->origin, b->notes, b->n, fx);
        }
        trace(c, SB_TRACE_BODIES_STORED);
    }
    bool beyond = b->next_missing.n == 0 || b->next_missing.n > t->seq.n; /* of what was cut off */
    t->whole.n = beyond ? t->seq.n : b->next_missing.n - 1;
    if (waits_for_room(c, NULL, 0)) {
        c->unreleased = true;
    } else {
        release(c, t, fx);
    }
    return true;
}

/* A very long wait is released in parts, and a fork's branch behind its base. In a full store it
 * would fail for want of room, and with it the erasures of its commit, again and again. */
void sb_replicate_tick(struct sb_core *c, struct sb_effects *fx)
{
    if (waits_for_room(c, NULL, 0)) {
        return;
    }
    for (uint32_t i = 0; c->unreleased && i < c->n_chains - c->stage.n_born; i++) {
        struct sb_chain *k = &c->chains[i];
        bool ripe = k->whole.n > k->bodies.n && k->touch == 0 && base_is_whole(c, k);
        struct sb_touch *t = ripe ? sb_stage_touch(c, i) : NULL;
        if (t != NULL) {
            release(c, t, fx);
            return;
        }
    }
    c->unreleased = false;
}
