/* Which directions stand still, and whose fault it is not; see silence.h. */
#include "daemon/core/silence.h"

#include "daemon/core/peer.h"
#include "daemon/core/shown.h"

/* A machine that was suspended, or so busy that we got no turn: whatever came meanwhile has not
 * been read yet. The partners heard as little of us, and say so for a while. */
void sb_silence_tick(struct sb_core *c)
{
    int64_t late_ms = c->now.mono_ms - c->last_turn_ms - SB_ATTENDED_MS;
    if (late_ms <= 0) {
        return;
    }
    trace(c, SB_TRACE_OWN_PAUSE);
    if (!sb_planted(SB_PLANT_OWN_PAUSE_ACCUSES)) {
        c->missed_ms += late_ms;
    }
    if (!sb_planted(SB_PLANT_DEAF_FOR_OUR_PAUSE)) {
        c->late_until_ms = sb_awake_ms(c) + SB_STALLED_MS;
    }
}

void sb_silence_over(struct sb_core *c, struct sb_direction *d)
{
    d->contact_ms = c->now.mono_ms;
    d->silent_ms = sb_awake_ms(c);
}

void sb_silence_theirs(struct sb_core *c, struct sb_peer *p, bool silent)
{
    if (silent && !p->hears_nothing) {
        p->deaf_ms = sb_awake_ms(c);
    }
    p->hears_nothing = silent;
}

/* For our own pause it is not told at once, and what stood before it goes on. */
static bool is_deaf(const struct sb_core *c, const struct sb_peer *p, const struct sb_direction *d)
{
    int64_t now = sb_awake_ms(c);
    return p->hears_nothing && (now >= c->late_until_ms || now - p->deaf_ms > SB_STALLED_MS ||
                                d->state == SB_DIRECTION_STALLED);
}

static void watch_lag(struct sb_core *c, uint16_t peer)
{
    struct sb_peer *p = &c->peers[peer];
    struct sb_time oldest = {INT64_MAX};
    p->lag = sb_shown_lag(c, peer, &oldest);
    if (p->lag == 0 || p->lag_best == 0 || p->lag < p->lag_best) {
        p->lag_best = p->lag;
        p->lag_moved_ms = sb_awake_ms(c);
    }
}

static void judge(struct sb_core *c, uint16_t peer, bool out, struct sb_effects *fx)
{
    const struct sb_peer *p = &c->peers[peer];
    const struct sb_direction *d = out ? &p->out : &p->in;
    enum sb_direction_state to = SB_DIRECTION_STALLED;
    const char *why = "";
    if (!d->greeted) {
        return; /* none, down, connecting or refused, by what the connection says */
    }
    if (sb_awake_ms(c) - d->silent_ms > SB_STALLED_MS) {
        why = "nothing heard for six seconds";
    } else if (is_deaf(c, p, d)) {
        why = "they hear nothing of us";
    } else if (p->lag > 0 && sb_awake_ms(c) - p->lag_moved_ms > SB_STALLED_MS) {
        why = "they show events that do not come";
    } else if (p->lag > 0 || !p->has_full) {
        to = SB_DIRECTION_CATCHING_UP;
        why = "events still to come";
    } else {
        to = SB_DIRECTION_LIVE;
    }
    sb_peer_direct(c, peer, out, to, why, fx);
}

static bool lacks_connection(const struct sb_direction *d)
{
    return d->state == SB_DIRECTION_DOWN || d->state == SB_DIRECTION_CONNECTING ||
           d->state == SB_DIRECTION_REFUSED;
}

/* A partner that restarts is no alarm. But one that stalled, and whose connections end for it, has
 * not come back: the alarm stays until something is heard again. */
static void tell_stalled(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    bool *told = &c->origins[peer].stalled;
    bool stalled = p->out.state == SB_DIRECTION_STALLED || p->in.state == SB_DIRECTION_STALLED;
    bool away = lacks_connection(&p->out) || lacks_connection(&p->in);
    if (away && !p->away) {
        p->away_ms = sb_awake_ms(c);
    }
    p->away = away;
    away = away && (*told || sb_awake_ms(c) - p->away_ms > SB_AWAY_MS);
    sb_core_alarm_state(fx, SB_ALARM_STALLED, peer, told, stalled || away);
}

void sb_silence_judge(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    if (c->peers[peer].out.greeted || c->peers[peer].in.greeted) {
        watch_lag(c, peer);
        judge(c, peer, true, fx);
        judge(c, peer, false, fx);
    }
    tell_stalled(c, peer, fx);
}
