/* Requests to partners. One request per epoch at a time, a few per partner; what a partner does not
 * answer or does not have is not asked of it for a while, and everything is asked of the next; one
 * that is merely silent is not waited for by what the next one has. */
#include "daemon/core/want.h"

#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/path.h"
#include "daemon/core/peer.h"
#include "daemon/core/rights.h"
#include "daemon/core/shown.h"
#include "daemon/core/want_parts.h"

static unsigned outstanding(const struct sb_core *c, uint16_t peer)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < c->n_wants; i++) {
        n += c->wants[i].peer == peer;
    }
    return n;
}

/* An answer that does come keeps others from being asked, but a link or a body now and then is not
 * enough, else one partner could hold up a history that all others have. */
int64_t sb_want_busy_until(const struct sb_want_state *w)
{
    if (!w->progress && !sb_planted(SB_PLANT_SILENCE_FORGOTTEN)) {
        return w->deadline_ms - SB_WANT_TIMEOUT_MS + SB_WANT_IMPATIENT_MS;
    }
    int64_t patient_ms = w->asked_ms + SB_WANT_TIMEOUT_MS + (int64_t)(w->bytes / SB_WANT_DRIP);
    return patient_ms < w->deadline_ms ? patient_ms : w->deadline_ms;
}

/* Until when nobody else is asked for links of this epoch; 0: `peer` may be asked now. Silence of
 * one, a forker's or a hanging partner's, holds up what others have for a moment only. */
static int64_t taken_until(const struct sb_core *c, uint16_t peer, uint16_t origin,
                           struct sb_epoch epoch)
{
    int64_t until_ms = 0;
    for (uint32_t i = 0; i < c->n_wants; i++) {
        const struct sb_want_state *w = &c->wants[i];
        if (w->kind != SB_WANT_LINKS || w->origin != origin || !sb_epoch_eq(w->epoch, epoch)) {
            continue;
        }
        int64_t free_ms = w->peer == peer ? w->deadline_ms : sb_want_busy_until(w);
        until_ms = free_ms > until_ms ? free_ms : until_ms;
    }
    return until_ms > c->now.mono_ms ? until_ms : 0;
}

struct sb_want_state *sb_want_add(struct sb_core *c, enum sb_want_kind kind, uint16_t peer,
                                  uint16_t origin)
{
    struct sb_want_state *w = &c->wants[c->n_wants++];
    *w = (struct sb_want_state){.kind = kind,
                                .request = ++c->next_request,
                                .peer = peer,
                                .origin = origin,
                                .route = sb_peer_route(c, peer),
                                .asked_ms = c->now.mono_ms,
                                .deadline_ms = c->now.mono_ms + SB_WANT_TIMEOUT_MS};
    return w;
}

/* Who leaves questions unanswered is asked one at a time until an answer comes, so that what others
 * have as well does not wait for it. */
enum sb_want_room sb_want_room(const struct sb_core *c, uint16_t peer)
{
    unsigned n = outstanding(c, peer);
    if (sb_peer_route(c, peer).kind == SB_ROUTE_NONE ||
        c->n_wants >= c->o.n_origins * SB_WANTS_MAX) {
        return SB_WANT_ROOM_NONE;
    }
    if (c->peers[peer].unanswered && !sb_planted(SB_PLANT_SILENCE_FORGOTTEN)) {
        return n == 0 ? SB_WANT_ROOM : SB_WANT_ROOM_NONE;
    }
    return n < SB_WANTS_MAX ? SB_WANT_ROOM : SB_WANT_ROOM_SOON;
}

static bool can_ask(const struct sb_core *c, uint16_t peer)
{
    return sb_want_room(c, peer) == SB_WANT_ROOM;
}

struct sb_effect *sb_want_send(struct sb_effects *fx, enum sb_effect_type type,
                               const struct sb_want_state *w)
{
    struct sb_effect *e = sb_fx_add(fx, type);
    e->partner.route = w->route;
    e->partner.partner = w->peer;
    e->partner.request = w->request;
    e->partner.origin = w->origin;
    e->partner.epoch = w->epoch;
    return e;
}

void sb_want_later(struct sb_core *c, int64_t at)
{
    if (at < c->next_plan_ms) {
        c->next_plan_ms = at;
    }
}

static void ask_links(struct sb_core *c, struct sb_shown *s, struct sb_effects *fx)
{
    struct sb_want_state *w = sb_want_add(c, SB_WANT_LINKS, s->peer, s->origin);
    w->epoch = s->epoch;
    w->tip = s->checkpoint.hash;
    w->from = w->next = sb_path_begin(c, s);
    w->at = s->from;
    w->end = s->end;
    s->begun = true;
    struct sb_effect *e = sb_want_send(fx, SB_FX_WANT, w);
    e->partner.from = w->from;
    e->partner.to = s->checkpoint.seq;
    e->partner.tip = w->tip;
    bool little = s->careful || c->full || c->partners[s->origin].rate_per_hour > 0;
    e->partner.credit = little ? SB_PACED_CREDIT : SB_WANT_CREDIT;
    trace(c, SB_TRACE_WANT_SENT);
}

static bool has_room(const struct sb_core *c, uint16_t origin)
{
    return !c->origins[origin].over_quota || c->origins[origin].quota_void;
}

/* The way to what an announcement names has room where nothing else has. */
static bool any_has_room(const struct sb_core *c, uint16_t origin)
{
    bool any = has_room(c, origin);
    for (uint32_t i = c->origins[origin].shown; i != NONE && !any; i = c->shown[i].next) {
        any = !c->shown[i].held && c->shown[i].end;
    }
    return any;
}

static void plan_origin(struct sb_core *c, uint16_t origin, struct sb_effects *fx)
{
    if (c->origins[origin].n_lacking == 0) {
        return;
    }
    for (uint32_t i = c->origins[origin].shown; i != NONE; i = c->shown[i].next) {
        struct sb_shown *s = &c->shown[i];
        if (s->held || s->ghost || !(s->end || has_room(c, origin))) {
            continue;
        }
        int64_t taken_ms = taken_until(c, s->peer, origin, s->epoch);
        if (c->now.mono_ms < s->ask_after_ms) {
            sb_want_later(c, s->ask_after_ms);
        } else if (taken_ms > 0) {
            sb_want_later(c, taken_ms);
        } else if (can_ask(c, s->peer)) {
            ask_links(c, s, fx);
        }
    }
}

int64_t sb_want_longer(int64_t pause_ms, int64_t first_ms, int64_t max_ms)
{
    pause_ms = pause_ms == 0 ? first_ms : 2 * pause_ms;
    return pause_ms < max_ms ? pause_ms : max_ms;
}

/* Whose history comes first: another one with every question, so that one that has much to ask for
 * leaves room for the others. */
static uint16_t turn_of(const struct sb_core *c)
{
    enum { SPREAD = 0x9e37 };
    uint32_t mixed = (c->next_request + 1) * SPREAD >> 8;
    return (uint16_t)(mixed % c->o.n_origins);
}

/* Of an origin that publishes more than its rate nothing is asked before it would be taken. */
static bool must_wait(struct sb_core *c, uint16_t origin, struct sb_effects *fx)
{
    int64_t wait_ms = sb_rights_intake_wait(c, origin);
    bool lacks = c->origins[origin].n_lacking > 0;
    if (wait_ms > 0 && (lacks || c->origins[origin].slowed)) {
        sb_want_later(c, c->now.mono_ms + wait_ms);
    }
    if (lacks ? wait_ms > 0 : wait_ms == 0) {
        sb_rights_slow(c, origin, lacks, fx);
    }
    return wait_ms > 0;
}

void sb_want_plan(struct sb_core *c, struct sb_effects *fx)
{
    if (sb_core_waits_for_room(c)) {
        return;
    }
    c->plan = false;
    c->next_plan_ms = INT64_MAX;
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        sb_want_plan_ranges(c, i, fx);
    }
    const uint16_t begin = turn_of(c);
    for (uint16_t i = 0; i < c->o.n_origins; i++) {
        uint16_t origin = (uint16_t)((begin + i) % c->o.n_origins);
        if (any_has_room(c, origin) && !must_wait(c, origin, fx)) {
            plan_origin(c, origin, fx);
        }
        if (sb_is_member(c, origin)) {
            sb_want_plan_bodies(c, origin, fx);
        }
    }
}

/* The one branch that was asked for: others of its epoch may well be given. Whatever came of it,
 * the next pause is the first one again. */
static void pause_entry(struct sb_core *c, const struct sb_want_state *w, bool useless)
{
    for (uint32_t i = c->origins[w->origin].shown; i != NONE; i = c->shown[i].next) {
        struct sb_shown *s = &c->shown[i];
        bool same = sb_hash_eq(&s->checkpoint.hash, &w->tip) || sb_planted(SB_PLANT_PAUSE_EPOCH);
        if (s->peer != w->peer || s->held || !sb_epoch_eq(s->epoch, w->epoch) || !same) {
            continue;
        }
        s->pause_ms = w->progress ? 0 : s->pause_ms;
        if (useless) {
            bool ours = c->full || w->aside; /* the fault */
            int64_t most_ms = ours ? SB_WANT_RETRY_MS : SB_WANT_RETRY_MAX_MS;
            s->pause_ms = sb_want_longer(s->pause_ms, SB_WANT_RETRY_MS, most_ms);
            s->ask_after_ms = c->now.mono_ms + s->pause_ms;
        }
    }
}

/* Whoever has been asked comes after the others: one that has many branches of an epoch to show and
 * none to give would otherwise be asked for it all the time. */
static struct sb_want_state remove_want(struct sb_core *c, uint32_t index)
{
    struct sb_want_state w = c->wants[index];
    c->wants[index] = c->wants[--c->n_wants];
    if (w.kind == SB_WANT_LINKS) {
        sb_shown_put_last(c, w.peer, w.origin, w.epoch);
    }
    return w;
}

/* An answer that brought nothing new makes the next one wait; one that did does not, unless it
 * broke off. */
static void finish(struct sb_core *c, uint32_t index, bool useless)
{
    struct sb_want_state w = remove_want(c, index);
    if (w.kind == SB_WANT_LINKS) {
        pause_entry(c, &w, useless);
    }
    if (w.kind == SB_WANT_BODIES && w.progress) {
        sb_want_bodies_follow(c, &w);
    }
    c->plan = true;
}

void sb_want_answered(struct sb_core *c, const struct sb_input *in)
{
    for (uint32_t i = 0; i < c->n_wants; i++) {
        if (c->wants[i].request != in->answered.request || c->wants[i].peer != in->answered.from) {
            continue;
        }
        c->peers[in->answered.from].unanswered = false;
        if (in->answered.empty) {
            trace(c, SB_TRACE_WANT_EMPTY);
        }
        bool useless = in->answered.empty || !c->wants[i].progress;
        finish(c, i, useless && !sb_planted(SB_PLANT_EMPTY_NEVER_WAITS));
        return;
    }
}

static void progress(struct sb_core *c, struct sb_want_state *w, uint64_t bytes)
{
    c->peers[w->peer].unanswered = false;
    w->progress = true;
    w->bytes += bytes;
    w->deadline_ms = c->now.mono_ms + SB_WANT_TIMEOUT_MS;
}

static struct sb_want_state *find_want(struct sb_core *c, enum sb_want_kind kind, uint16_t peer,
                                       uint32_t request)
{
    for (uint32_t i = 0; i < c->n_wants; i++) {
        struct sb_want_state *w = &c->wants[i];
        if (w->request == request && w->peer == peer && w->kind == kind) {
            return w;
        }
    }
    return NULL;
}

static bool is_about(const struct sb_want_state *w, uint16_t origin, struct sb_epoch epoch)
{
    return w != NULL && w->origin == origin && sb_epoch_eq(w->epoch, epoch);
}

struct sb_want_state *sb_want_of_segment(struct sb_core *c, const struct sb_in_segment *s)
{
    struct sb_want_state *w = find_want(c, SB_WANT_LINKS, s->from, s->request);
    return is_about(w, s->origin, s->segment->epoch) ? w : NULL;
}

void sb_want_links_came(struct sb_core *c, const struct sb_in_segment *s, uint64_t bytes)
{
    struct sb_want_state *w = sb_want_of_segment(c, s);
    if (w != NULL) {
        progress(c, w, bytes);
    }
}

void sb_want_left_aside(struct sb_core *c, const struct sb_in_segment *s)
{
    struct sb_want_state *w = sb_want_of_segment(c, s);
    if (w != NULL) {
        w->aside = true;
    }
}

void sb_want_bodies_came(struct sb_core *c, const struct sb_in_bodies *b)
{
    struct sb_want_state *w = find_want(c, SB_WANT_BODIES, b->from, b->request);
    if (b->n > 0 && is_about(w, b->origin, b->epoch)) {
        progress(c, w, b->bytes);
    }
}

/* A partner came (back): what it did not have or did not answer may be there now. */
void sb_want_encouraged(struct sb_core *c, uint16_t peer)
{
    c->peers[peer].unanswered = false;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        for (uint32_t i = c->origins[o].shown; i != NONE; i = c->shown[i].next) {
            if (c->shown[i].peer == peer) {
                c->shown[i].ask_after_ms = c->shown[i].pause_ms = 0;
            }
        }
    }
    for (uint32_t i = 0; i < c->n_chains; i++) {
        c->chains[i].ask_after_ms = c->chains[i].ask_pause_ms = 0;
    }
    c->plan = true;
}

void sb_want_forget_route(struct sb_core *c, uint16_t peer, struct sb_route route)
{
    for (uint32_t i = 0; i < c->n_wants;) {
        const struct sb_want_state *w = &c->wants[i];
        if (w->peer == peer && w->route.kind == route.kind && w->route.number == route.number) {
            (void)remove_want(c, i);
            c->plan = true;
        } else {
            i++;
        }
    }
    c->peers[peer].n_ranges = 0;
    sb_want_compare_anew(c, peer);
    for (uint16_t o = 0; o < c->o.n_origins && sb_peer_route(c, peer).kind != SB_ROUTE_NONE; o++) {
        sb_want_compare_rest(c, peer, o); /* by the connection that is left */
    }
}

void sb_want_forget_peer(struct sb_core *c, uint16_t peer)
{
    for (uint32_t i = 0; i < c->n_wants;) {
        if (c->wants[i].peer == peer || c->wants[i].origin == peer) {
            c->wants[i] = c->wants[--c->n_wants];
        } else {
            i++;
        }
    }
}

void sb_want_tick(struct sb_core *c)
{
    for (uint32_t i = 0; i < c->n_wants;) {
        if (c->now.mono_ms < c->wants[i].deadline_ms || sb_planted(SB_PLANT_FORGET_WANT)) {
            i++;
            continue;
        }
        trace(c, SB_TRACE_WANT_TIMED_OUT);
        c->peers[c->wants[i].peer].unanswered = true;
        sb_path_unanswered(c, &c->wants[i]);
        finish(c, i, true);
    }
    if (c->now.mono_ms - c->compared_ms >= SB_COMPARE_RETRY_MS) {
        sb_want_compare_again(c);
    }
    c->plan |= c->now.mono_ms >= c->next_plan_ms;
}
