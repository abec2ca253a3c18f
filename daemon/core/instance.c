/* A partner listens to one boot of an organisation at a time, the one that greeted last. Where two
 * machines run with one key, the other one's history would stay unheard for ever: so who learns
 * that it is not listened to, and has news for that partner, greets once more with a fresh nonce.
 * Without news it stays silent, so that two idle instances do not take the word from each other;
 * and it waits longer each time, as long as greeting brings nothing. */
#include "daemon/core/instance.h"

#include "daemon/core/herald.h"
#include "daemon/core/history.h"
#include "daemon/core/shown.h"

static bool entry_shows(const struct sb_shown *s, uint16_t peer, const struct sb_head *ours)
{
    return s->peer == peer && s->held && !s->ghost && sb_epoch_eq(s->epoch, ours->epoch) &&
           sb_hash_eq(&s->checkpoint.hash, &ours->checkpoint.hash);
}

static bool shows_head(const struct sb_core *c, uint16_t peer, uint16_t origin,
                       const struct sb_head *ours)
{
    for (uint32_t i = c->origins[origin].shown; i != NONE; i = c->shown[i].next) {
        if (entry_shows(&c->shown[i], peer, ours)) {
            return true;
        }
    }
    return false;
}

/* It shows something that we do not hold yet: that is fetched first, and then compared. */
static bool shows_more(const struct sb_core *c, uint16_t peer, uint16_t origin)
{
    for (uint32_t i = c->origins[origin].shown; i != NONE; i = c->shown[i].next) {
        const struct sb_shown *s = &c->shown[i];
        if (s->peer == peer && !s->held && !s->ghost) {
            return true;
        }
    }
    return false;
}

/* Do we hold any link of this origin that the partner does not show? Bodies that it lacks it asks
 * of every connection. */
static bool has_news_of(struct sb_core *c, uint16_t peer, uint16_t origin)
{
    struct sb_head heads[SB_HEADS_MAX];
    struct sb_core_rest ours;
    size_t n = sb_core_heads(c, origin, SB_HEADS_MAX, heads, &ours);
    const struct sb_rest_view *theirs = sb_rest_of(c, peer, origin);
    bool news = !sb_history_rest_equal(c, origin, theirs);
    for (size_t i = 0; i < n && !news; i++) {
        news = sb_epoch_cmp(heads[i].epoch, theirs->from) >= 0 &&
               !shows_head(c, peer, origin, &heads[i]);
    }
    return news && !shows_more(c, peer, origin);
}

/* Of any origin: we may be the only way between this partner and another. */
static bool has_news(struct sb_core *c, uint16_t peer)
{
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        if (sb_is_member(c, o) && has_news_of(c, peer, o)) {
            return true;
        }
    }
    return false;
}

static uint64_t shown_events(const struct sb_core *c, uint16_t peer)
{
    uint64_t n = 0;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        const struct sb_rest_view *theirs = sb_rest_of(c, peer, o);
        n += theirs->events + theirs->heads_events;
    }
    return n;
}

static void wait_shorter(struct sb_core *c, struct sb_peer *p)
{
    int64_t soon = c->now.mono_ms + SB_RENEW_MS;
    p->renew_after_ms =
        p->renew_pause_ms == 0 || p->renew_after_ms > soon ? soon : p->renew_after_ms;
    p->renew_pause_ms = SB_RENEW_MS;
}

/* True: the pause is over. It is short again as soon as the partner took anything. */
static bool is_due(struct sb_core *c, uint16_t peer)
{
    struct sb_peer *p = &c->peers[peer];
    uint64_t taken = shown_events(c, peer);
    if (p->renew_pause_ms == 0 || taken != p->renew_taken) {
        wait_shorter(c, p);
    }
    p->renew_taken = taken;
    if (c->now.mono_ms < p->renew_after_ms) {
        return false;
    }
    p->renew_pause_ms *= 2;
    if (p->renew_pause_ms > SB_WANT_RETRY_MAX_MS) {
        p->renew_pause_ms = SB_WANT_RETRY_MAX_MS;
    }
    p->renew_after_ms = c->now.mono_ms + p->renew_pause_ms;
    return true;
}

static void say_hello(struct sb_route route, uint16_t peer, struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_HELLO);
    e->partner.route = route;
    e->partner.partner = peer;
}

/* On connections that we made the answer brings our full frontier along. */
static void greet_anew(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    p->unheard = UNHEARD_NOT;
    if (p->link_up && p->out.greeted) {
        say_hello((struct sb_route){SB_ROUTE_LINK, peer}, peer, fx);
    }
    for (uint32_t s = 0; s < p->n_sessions; s++) {
        struct sb_route session = {SB_ROUTE_SESSION, p->sessions[s]};
        say_hello(session, peer, fx);
        sb_herald_full(c, peer, session, fx);
    }
}

void sb_instance_tick(struct sb_core *c, struct sb_effects *fx)
{
    bool due = false;
    if (c->now.mono_ms < c->instance_after_ms) {
        return;
    }
    c->instance_after_ms = c->now.mono_ms + SB_IDLE_TICK_MS;
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        struct sb_peer *p = &c->peers[i];
        bool unheard = p->unheard != UNHEARD_NOT && (p->out.greeted || p->n_sessions > 0);
        if (unheard && (p->unheard == UNHEARD_SILENCE || has_news(c, i) ||
                        sb_planted(SB_PLANT_RENEW_WITHOUT_NEWS))) {
            due |= is_due(c, i);
        }
    }
    if (!due) {
        return;
    }
    /* until every partner has had time to say whom it listens to now */
    c->instance_after_ms = c->now.mono_ms + SB_FRONTIER_INTERVAL_MS + SB_RENEW_MS;
    trace(c, SB_TRACE_BOOT_RENEWED);
    sb_fx_add(fx, SB_FX_RENEW_BOOT);
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        greet_anew(c, i, fx);
    }
}

void sb_instance_view(struct sb_core *c, const struct sb_input *in)
{
    struct sb_peer *p = &c->peers[in->view.from];
    if (!in->view.other_boot) {
        p->unheard = UNHEARD_NOT;
        return;
    }
    p->unheard = in->view.view->silent ? UNHEARD_SILENCE : UNHEARD_OTHER;
}
