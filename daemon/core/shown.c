/* What partners show. A list per origin, one entry per (partner, epoch, tip), in the order in which
 * they are asked for. Entries that a partner shows no longer and that we never got stay as ghosts:
 * they prove that something exists. */
#include "daemon/core/shown.h"

#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/path.h"
#include "daemon/core/peer.h"
#include "daemon/core/places.h"
#include "daemon/core/sighting.h"
#include "daemon/core/want.h"

void sb_shown_init(struct sb_core *c)
{
    c->free_shown = NONE;
    for (size_t i = 0; i < c->o.max_origins; i++) {
        c->origins[i].shown = NONE;
    }
}

static struct sb_shown *find_entry(struct sb_core *c, uint16_t peer, uint16_t origin,
                                   const struct sb_head *h)
{
    for (uint32_t i = c->origins[origin].shown; i != NONE; i = c->shown[i].next) {
        struct sb_shown *s = &c->shown[i];
        if (s->peer == peer && sb_epoch_eq(s->epoch, h->epoch) &&
            sb_hash_eq(&s->checkpoint.hash, &h->checkpoint.hash)) {
            return s;
        }
    }
    return NULL;
}

static bool staged_now(const struct sb_core *c, uint16_t origin, const struct sb_head *h)
{
    for (uint32_t i = 0; i < c->stage.n_runs; i++) {
        const struct sb_stage_run *r = &c->stage.runs[i];
        uint64_t at = h->checkpoint.seq.n - r->first.n;
        if (r->origin == origin && sb_epoch_eq(r->epoch, h->epoch) &&
            h->checkpoint.seq.n >= r->first.n && at < r->n &&
            sb_hash_eq(&r->hashes[at], &h->checkpoint.hash)) {
            return true;
        }
    }
    return false;
}

/* False: it has no place; a partner with absurdly many heads. The rest of them waits. */
static bool show(struct sb_core *c, uint16_t peer, uint16_t origin, const struct sb_head *h,
                 enum sb_head_state state, bool summary)
{
    struct sb_shown *s = find_entry(c, peer, origin, h);
    const struct sb_place_wish wish = {peer, origin, state == SB_HEAD_HELD, summary, h};
    bool fresh = s == NULL;
    s = fresh ? sb_places_take(c, &wish) : s;
    if (s == NULL) {
        return false;
    }
    sb_places_set_summary(c, s, summary && (s->summary || s->ghost || fresh)); /* a head it stays */
    s->ghost = false;
    s->bodies = h->bodies;
    if (state == SB_HEAD_HELD) {
        sb_places_set_held(c, s);
    }
    s->end = state == SB_HEAD_END;
    s->will_hold = !s->held && staged_now(c, origin, h);
    c->plan |= !s->held;
    return true;
}

/* A newer head of the same epoch takes over since when we lack something, and what is known of its
 * path. */
static void inherit(struct sb_core *c, const struct sb_shown *old)
{
    for (uint32_t i = c->origins[old->origin].shown; i != NONE; i = c->shown[i].next) {
        struct sb_shown *s = &c->shown[i];
        if (s->peer == old->peer && s != old && !s->ghost && !s->held &&
            sb_epoch_eq(s->epoch, old->epoch) && s->checkpoint.seq.n >= old->checkpoint.seq.n) {
            s->missing_since = old->missing_since;
            sb_path_inherit(s, old);
        }
    }
}

static bool replaced(const struct sb_core *c, const struct sb_shown *old)
{
    for (uint32_t i = c->origins[old->origin].shown; i != NONE; i = c->shown[i].next) {
        const struct sb_shown *s = &c->shown[i];
        if (s->peer == old->peer && s != old && !s->ghost && sb_epoch_eq(s->epoch, old->epoch) &&
            s->checkpoint.seq.n >= old->checkpoint.seq.n) {
            return true;
        }
    }
    return false;
}

/* What the partner showed of this origin before, and does not show now. */
static void forget_rest(struct sb_core *c, uint16_t peer, uint16_t origin)
{
    for (uint32_t *at = &c->origins[origin].shown; *at != NONE;) {
        struct sb_shown *s = &c->shown[*at];
        bool old = s->peer == peer && s->ghost;
        if (old && !s->held) {
            inherit(c, s);
        }
        if (old && (s->held || (!s->summary && replaced(c, s)))) {
            sb_places_give(c, at);
            continue;
        }
        if (old && s->summary) {
            s->ghost = false; /* summaries stay until they are held */
        }
        at = &s->next;
    }
}

static void mark_all_ghosts(struct sb_core *c, uint16_t peer, uint16_t origin)
{
    for (uint32_t i = c->origins[origin].shown; i != NONE; i = c->shown[i].next) {
        c->shown[i].ghost |= c->shown[i].peer == peer;
    }
}

static void compare_rest(struct sb_core *c, uint16_t peer, uint16_t origin,
                         const struct sb_origin_heads *heads)
{
    struct sb_rest_view *rest = sb_rest_of(c, peer, origin);
    if (!sb_hash_eq(&rest->digest, &heads->rest_digest) || rest->whole != heads->rest_whole) {
        rest->since = c->now.wall;
    }
    rest->count = heads->rest_count;
    rest->events = heads->rest_events;
    rest->whole = heads->rest_whole;
    rest->digest = heads->rest_digest;
    rest->heads_events = 0;
    rest->from = (struct sb_epoch){UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < heads->n_heads; i++) {
        const struct sb_head *h = &heads->heads[i];
        rest->heads_events += h->checkpoint.seq.n;
        rest->from = sb_epoch_cmp(h->epoch, rest->from) < 0 ? h->epoch : rest->from;
    }
    sb_want_compare_rest(c, peer, origin);
}

/* Where places are scarce: what is shown again gives way to nothing that is new. */
static void keep_those_shown(struct sb_core *c, uint16_t peer, uint16_t origin,
                             const struct sb_origin_heads *heads)
{
    for (size_t i = 0; i < heads->n_heads && sb_places_full(c, peer); i++) {
        struct sb_shown *s = find_entry(c, peer, origin, &heads->heads[i]);
        if (s != NULL) {
            s->ghost = false;
        }
    }
}

static void take_origin(struct sb_core *c, const struct sb_in_frontier *f, size_t index,
                        const enum sb_head_state *states)
{
    const struct sb_origin_heads *heads = &f->frontier->origins[index];
    uint16_t origin = f->origins[index];
    mark_all_ghosts(c, f->from, origin);
    keep_those_shown(c, f->from, origin, heads);
    for (size_t i = heads->n_heads; i-- > 0;) { /* the oldest is asked for first */
        (void)show(c, f->from, origin, &heads->heads[i], states[i], false);
        sb_sighting_note(c, f->from, origin, &heads->heads[i], c->peers[f->from].has_shown);
    }
    forget_rest(c, f->from, origin);
    compare_rest(c, f->from, origin, heads);
}

static bool listed(const struct sb_in_frontier *f, uint16_t origin)
{
    for (size_t i = 0; i < f->frontier->n_origins; i++) {
        if (f->origins[i] == origin) {
            return true;
        }
    }
    return false;
}

/* A full frontier shows nothing of the origins that it does not list. */
static void take_unlisted(struct sb_core *c, const struct sb_in_frontier *f)
{
    static const struct sb_origin_heads nothing;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        if (!listed(f, o)) {
            mark_all_ghosts(c, f->from, o);
            forget_rest(c, f->from, o);
            compare_rest(c, f->from, o, &nothing);
        }
    }
}

void sb_shown_frontier(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_frontier *f = &in->frontier;
    if (!sb_peer_takes_frontier(c, f, fx) || sb_planted(SB_PLANT_IGNORE_FRONTIER)) {
        return;
    }
    const enum sb_head_state *states = f->states;
    if (f->frontier->full) {
        sb_places_begin(c, f->from);
    }
    for (size_t i = 0; i < f->frontier->n_origins; i++) {
        take_origin(c, f, i, states);
        states += f->frontier->origins[i].n_heads;
    }
    if (f->frontier->full || sb_planted(SB_PLANT_DELTA_AS_FULL)) {
        take_unlisted(c, f);
    }
    c->peers[f->from].has_shown = true;
    trace(c, f->frontier->full ? SB_TRACE_FRONTIER_FULL : SB_TRACE_FRONTIER_DELTA);
}

static void compare_parts(struct sb_core *c, uint16_t peer, uint16_t origin,
                          const struct sb_summary *s)
{
    for (size_t i = 0; i < s->n_parts; i++) {
        const struct sb_range_digest *part = &s->parts[i];
        if (!sb_history_range_equal(c, origin, part) && !sb_planted(SB_PLANT_IGNORE_PARTS)) {
            sb_want_range(c, peer, (struct sb_counter_range){origin, part->from, part->to, 0});
            trace(c, SB_TRACE_SUMMARY_PARTS);
        }
    }
}

void sb_shown_summary(struct sb_core *c, const struct sb_input *in,
                      const struct sb_counter_range *asked)
{
    const struct sb_summary *s = in->summary.summary;
    const uint16_t from = in->summary.from;
    bool full = false;
    size_t i = 0;
    for (; i < s->n_epochs && !full; i++) {
        if (in->summary.states[i] != SB_HEAD_HELD && !sb_planted(SB_PLANT_TRUST_SUMMARY)) {
            full = !show(c, from, in->summary.origin, &s->epochs[i], in->summary.states[i], true);
        }
    }
    trace(c, SB_TRACE_SUMMARY_EPOCHS);
    if (full) { /* from that one on, once there is room again */
        const uint32_t skip = asked->skip + (uint32_t)i - 1;
        sb_want_range(c, from,
                      (struct sb_counter_range){asked->origin, asked->from, asked->to, skip});
    } else if (s->next > asked->skip && !sb_planted(SB_PLANT_FIRST_LIST_ALONE)) {
        sb_want_range(c, from,
                      (struct sb_counter_range){asked->origin, asked->from, asked->to, s->next});
        trace(c, SB_TRACE_SUMMARY_GOES_ON);
    }
    compare_parts(c, from, in->summary.origin, s);
}

void sb_shown_staged(struct sb_core *c, uint16_t origin, struct sb_epoch epoch, struct sb_seq first,
                     const struct sb_hash *hashes, size_t n)
{
    if (c->origins[origin].n_lacking == 0) {
        return;
    }
    for (uint32_t i = c->origins[origin].shown; i != NONE; i = c->shown[i].next) {
        struct sb_shown *s = &c->shown[i];
        uint64_t at = s->checkpoint.seq.n - first.n;
        if (!s->held && sb_epoch_eq(s->epoch, epoch) && s->checkpoint.seq.n >= first.n && at < n &&
            sb_hash_eq(&s->checkpoint.hash, &hashes[at])) {
            s->will_hold = true;
        }
    }
}

void sb_shown_forget_others(struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                            const struct sb_hash *named)
{
    for (uint32_t *at = &c->origins[origin].shown; *at != NONE;) {
        const struct sb_shown *s = &c->shown[*at];
        if (!s->held && !s->will_hold && sb_epoch_eq(s->epoch, epoch) &&
            !sb_hash_eq(&s->checkpoint.hash, named)) {
            sb_places_give(c, at);
        } else {
            at = &c->shown[*at].next;
        }
    }
}

void sb_shown_settle(struct sb_core *c, bool committed)
{
    for (uint32_t r = 0; r < c->stage.n_runs; r++) {
        uint16_t origin = c->stage.runs[r].origin;
        for (uint32_t *at = &c->origins[origin].shown; *at != NONE;) {
            struct sb_shown *s = &c->shown[*at];
            if (s->will_hold && committed) {
                sb_places_set_held(c, s);
            }
            s->will_hold = false;
            if (s->held && s->summary) { /* makes room for those that it did not list yet */
                sb_places_give(c, at);
            } else {
                at = &s->next;
            }
        }
    }
    c->plan |= c->stage.n_runs > 0;
}

void sb_shown_put_last(struct sb_core *c, uint16_t peer, uint16_t origin, struct sb_epoch epoch)
{
    uint32_t moved = NONE, *end = &moved, *at = &c->origins[origin].shown;
    while (*at != NONE) {
        struct sb_shown *s = &c->shown[*at];
        if (s->peer == peer && sb_epoch_eq(s->epoch, epoch)) {
            *end = *at;
            *at = s->next;
            s->next = NONE;
            end = &s->next;
        } else {
            at = &s->next;
        }
    }
    *at = moved;
}

enum { LAG_SLOTS = 2 * (SB_ORIGINS_MAX + SB_SHOWN_PER_PEER + SB_SUMMARIES_PER_PEER) };

/* Entries of what is lacking of one origin, by epoch: numbers + 1, in the first n of the slots. */
struct lag_table {
    uint32_t slots[LAG_SLOTS];
    size_t n;
};

static void clear_table(struct lag_table *t, uint32_t most)
{
    t->n = 2 * (size_t)most < LAG_SLOTS ? 2 * (size_t)most : LAG_SLOTS;
    memset(t->slots, 0, t->n * sizeof t->slots[0]);
}

/* Of several entries of one epoch (a head and a summary of it) the furthest counts. */
static void enter_furthest(const struct sb_core *c, struct lag_table *t, uint32_t entry)
{
    const struct sb_shown *s = &c->shown[entry];
    size_t at = (s->epoch.tag ^ s->epoch.counter) % t->n;
    while (t->slots[at] != 0 && !sb_epoch_eq(c->shown[t->slots[at] - 1].epoch, s->epoch)) {
        at = (at + 1) % t->n;
    }
    const struct sb_shown *other = t->slots[at] == 0 ? NULL : &c->shown[t->slots[at] - 1];
    if (other == NULL || s->checkpoint.seq.n > other->checkpoint.seq.n ||
        (s->checkpoint.seq.n == other->checkpoint.seq.n && s < other)) {
        t->slots[at] = entry + 1;
    }
}

static uint64_t missing_of(const struct sb_core *c, const struct sb_shown *s)
{
    uint32_t chain = sb_history_find(c, s->origin, s->epoch, 0);
    uint64_t have = chain == NONE ? 0 : c->chains[chain].tip.seq.n;
    return s->checkpoint.seq.n > have ? s->checkpoint.seq.n - have : 1;
}

uint64_t sb_shown_lag(const struct sb_core *c, uint16_t peer, struct sb_time *oldest)
{
    struct lag_table t;
    uint64_t lag = 0;
    for (uint16_t o = 0; o < c->o.n_origins && c->peers[peer].n_lacking > 0; o++) {
        if (c->origins[o].n_lacking == 0) {
            continue;
        }
        clear_table(&t, c->peers[peer].n_lacking);
        for (uint32_t i = c->origins[o].shown; i != NONE; i = c->shown[i].next) {
            if (c->shown[i].peer == peer && !c->shown[i].held) {
                enter_furthest(c, &t, i);
            }
        }
        for (size_t i = 0; i < t.n; i++) {
            if (t.slots[i] != 0) {
                const struct sb_shown *s = &c->shown[t.slots[i] - 1];
                lag += missing_of(c, s);
                oldest->ms = s->missing_since.ms < oldest->ms ? s->missing_since.ms : oldest->ms;
            }
        }
    }
    return lag;
}

/* Together with what it has and we lack, ours is what there is; the rest it lacks. */
uint64_t sb_shown_their_lag(const struct sb_core *c, uint16_t peer)
{
    struct sb_time ignored = {INT64_MAX};
    uint64_t all = sb_shown_lag(c, peer, &ignored), theirs = 0;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        const struct sb_rest_view *rest = sb_rest_of(c, peer, o);
        if (!sb_is_member(c, o)) {
            continue;
        }
        all += c->origins[o].events;
        theirs += rest->events + rest->heads_events;
    }
    return all > theirs ? all - theirs : 0;
}

void sb_shown_forget(struct sb_core *c, uint16_t number)
{
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        for (uint32_t *at = &c->origins[o].shown; *at != NONE;) {
            if (o == number || c->shown[*at].peer == number) {
                sb_places_give(c, at);
            } else {
                at = &c->shown[*at].next;
            }
        }
    }
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        *sb_rest_of(c, number, o) = *sb_rest_of(c, o, number) = (struct sb_rest_view){0};
    }
}

bool sb_shown_own_missing(const struct sb_core *c)
{
    for (uint32_t i = c->origins[0].shown; i != NONE; i = c->shown[i].next) {
        if (!c->shown[i].held && !c->shown[i].ghost) {
            return true;
        }
    }
    return false;
}

uint64_t sb_core_lag(const struct sb_core *c)
{
    uint64_t lag = 0;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        uint32_t first = c->origins[o].n_lacking > 0 ? c->origins[o].shown : NONE;
        for (uint32_t i = first; i != NONE; i = c->shown[i].next) {
            const struct sb_shown *s = &c->shown[i];
            bool best = !s->held;
            for (uint32_t j = c->origins[o].shown; j != NONE && best; j = c->shown[j].next) {
                const struct sb_shown *t = &c->shown[j];
                best = t == s || t->held || !sb_epoch_eq(t->epoch, s->epoch) ||
                       t->checkpoint.seq.n < s->checkpoint.seq.n ||
                       (t->checkpoint.seq.n == s->checkpoint.seq.n && t > s);
            }
            lag += best ? missing_of(c, s) : 0;
        }
    }
    return lag;
}
