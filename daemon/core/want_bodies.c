/* Requests for bodies that are missing of links that are here. Who has them nobody says, so each
 * partner is asked in turn: one at a time for an epoch, and the next one as well where one is
 * silent.
 */
#include "daemon/core/history.h"
#include "daemon/core/peer.h"
#include "daemon/core/want_parts.h"

/* Until when nobody else is asked for bodies of this epoch; 0: now. */
static int64_t taken_until(const struct sb_core *c, const struct sb_chain *k)
{
    int64_t until_ms = 0;
    for (uint32_t i = 0; i < c->n_wants; i++) {
        const struct sb_want_state *w = &c->wants[i];
        if (w->kind != SB_WANT_BODIES || w->origin != k->origin ||
            !sb_epoch_eq(w->epoch, k->epoch)) {
            continue;
        }
        int64_t free_ms = sb_want_busy_until(w);
        until_ms = free_ms > until_ms ? free_ms : until_ms;
    }
    return until_ms > c->now.mono_ms ? until_ms : 0;
}

static bool is_asked(const struct sb_core *c, uint16_t peer, const struct sb_chain *k)
{
    for (uint32_t i = 0; i < c->n_wants; i++) {
        const struct sb_want_state *w = &c->wants[i];
        if (w->kind == SB_WANT_BODIES && w->peer == peer && w->origin == k->origin &&
            sb_epoch_eq(w->epoch, k->epoch)) {
            return true;
        }
    }
    return false;
}

/* The origin itself first, then the others in turn: the core does not know who is entitled, those
 * who are not simply have nothing to give. Who is busy is waited for: a round in which nobody had
 * time would be none. 0: the round is over, or *wait. */
static uint16_t next_holder(const struct sb_core *c, struct sb_chain *k, bool *wait)
{
    *wait = false;
    for (; k->ask_next < c->o.n_origins; k->ask_next++) {
        uint16_t step = k->ask_next, peer = step == 0 ? k->origin : step;
        if (peer == 0 || (step != 0 && peer == k->origin) || is_asked(c, peer, k)) {
            continue;
        }
        enum sb_want_room room = sb_want_room(c, peer);
        if (room != SB_WANT_ROOM_NONE) {
            *wait = room == SB_WANT_ROOM_SOON;
            k->ask_next += !*wait;
            return *wait ? 0 : peer;
        }
    }
    k->ask_next = 0;
    k->ask_round++;
    return 0;
}

static void send(struct sb_core *c, uint32_t chain, uint16_t peer, struct sb_effects *fx)
{
    const struct sb_chain *k = &c->chains[chain];
    struct sb_want_state *w = sb_want_add(c, SB_WANT_BODIES, peer, k->origin);
    w->epoch = k->epoch;
    w->chain = chain;
    w->route = sb_peer_way(c, peer, k->ask_round);
    struct sb_effect *e = sb_want_send(fx, SB_FX_WANT_BODIES, w);
    e->partner.branch = k->branch;
    e->partner.from.n = k->bodies.n + 1;
    e->partner.to = sb_history_counts_to(k);
    trace(c, SB_TRACE_WANT_BODIES_SENT);
}

/* True: somebody was asked. */
static bool ask(struct sb_core *c, uint32_t chain, struct sb_effects *fx)
{
    struct sb_chain *k = &c->chains[chain];
    int64_t taken_ms = taken_until(c, k);
    bool wait;
    if (taken_ms > 0 || c->now.mono_ms < k->ask_after_ms) {
        sb_want_later(c, taken_ms > k->ask_after_ms ? taken_ms : k->ask_after_ms);
        return false;
    }
    uint16_t peer = next_holder(c, k, &wait);
    if (peer != 0) {
        send(c, chain, peer, fx);
        sb_want_later(c, c->now.mono_ms + SB_WANT_IMPATIENT_MS); /* the next one, if it is silent */
    } else if (!wait) { /* everybody has been asked: again after a while */
        k->ask_pause_ms =
            sb_want_longer(k->ask_pause_ms, SB_BODIES_RETRY_MS, SB_BODIES_RETRY_MAX_MS);
        k->ask_after_ms = c->now.mono_ms + k->ask_pause_ms;
        sb_want_later(c, k->ask_after_ms);
    }
    return peer != 0;
}

/* Who gave some has more, likely, and is asked again at once; but not one that gives a few now and
 * then, else nobody else would get his turn. Whether they are durable shows later: where they are
 * not, they are missing still. */
void sb_want_bodies_follow(struct sb_core *c, const struct sb_want_state *w)
{
    struct sb_chain *k = &c->chains[w->chain];
    int64_t due_ms = w->asked_ms + SB_WANT_IMPATIENT_MS + (int64_t)(w->bytes / SB_WANT_DRIP);
    k->ask_after_ms = k->ask_pause_ms = 0;
    if (c->now.mono_ms <= due_ms) {
        k->ask_next = w->peer == k->origin ? 0 : w->peer;
    }
}

/* Goes on behind the one that was asked for last, and round. */
void sb_want_plan_bodies(struct sb_core *c, uint16_t origin, struct sb_effects *fx)
{
    struct sb_origin_state *o = &c->origins[origin];
    const uint32_t begin = o->bodies_at != 0 ? o->bodies_at - 1 : o->first;
    uint32_t i = begin;
    while (i != NONE) {
        const struct sb_chain *k = &c->chains[i];
        const uint32_t next = k->next != NONE ? k->next : o->first;
        const struct sb_seq to = sb_history_counts_to(k);
        bool lacks = k->bodies.n < to.n && k->whole.n < to.n;
        if (lacks && ask(c, i, fx)) {
            o->bodies_at = next + 1;
        }
        i = next != begin ? next : NONE;
    }
}
