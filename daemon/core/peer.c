/* Partners. Every change of a direction's state goes through direction_become, which names what was
 * left, what was entered and why; nothing is ever shown as live while it stands still. */
#include "daemon/core/peer.h"

#include <string.h>

#include "daemon/core/herald.h"
#include "daemon/core/serve.h"
#include "daemon/core/silence.h"
#include "daemon/core/want_parts.h"

const char *sb_direction_name(enum sb_direction_state state)
{
    switch (state) {
    case SB_DIRECTION_NONE: return "none";
    case SB_DIRECTION_DOWN: return "down";
    case SB_DIRECTION_CONNECTING: return "connecting";
    case SB_DIRECTION_REFUSED: return "refused";
    case SB_DIRECTION_CATCHING_UP: return "catching_up";
    case SB_DIRECTION_LIVE: return "live";
    case SB_DIRECTION_STALLED: return "stalled";
    }
    return "none";
}

static void copy_text(char *to, size_t cap, const char *text)
{
    size_t n = strlen(text);
    n = n < cap - 1 ? n : cap - 1;
    memcpy(to, text, n);
    to[n] = '\0';
}

static void note_state(struct sb_core *c, enum sb_direction_state to)
{
    if (to == SB_DIRECTION_CATCHING_UP) {
        trace(c, SB_TRACE_PEER_CATCHING_UP);
    } else if (to == SB_DIRECTION_LIVE) {
        trace(c, SB_TRACE_PEER_LIVE);
    } else if (to == SB_DIRECTION_STALLED) {
        trace(c, SB_TRACE_PEER_STALLED);
    } else if (to == SB_DIRECTION_DOWN) {
        trace(c, SB_TRACE_PEER_DOWN);
    } else if (to == SB_DIRECTION_REFUSED) {
        trace(c, SB_TRACE_PEER_REFUSED);
    }
}

/* Planted bugs: a state that nobody gets to see. */
static bool is_hidden(enum sb_direction_state to)
{
    return (to == SB_DIRECTION_DOWN && sb_planted(SB_PLANT_DOWN_LOOKS_LIVE)) ||
           (to == SB_DIRECTION_REFUSED && sb_planted(SB_PLANT_REFUSED_LOOKS_CONNECTING)) ||
           (to == SB_DIRECTION_STALLED && sb_planted(SB_PLANT_SILENT_LOOKS_LIVE));
}

static void direction_become(struct sb_core *c, uint16_t peer, struct sb_direction *d,
                             enum sb_direction_state to, const char *why, struct sb_effects *fx)
{
    if (d->state == to || is_hidden(to)) {
        return;
    }
    enum sb_direction_state from = d->state;
    d->state = to;
    copy_text(d->reason, sizeof d->reason, why);
    note_state(c, to);
    struct sb_effect *e = sb_fx_add(fx, SB_FX_STATE);
    e->state.partner = peer;
    e->state.what = d == &c->peers[peer].out ? "outgoing" : "incoming";
    e->state.from = sb_direction_name(from);
    e->state.to = sb_direction_name(to);
    e->state.why = d->reason;
}

void sb_peer_init(struct sb_core *c)
{
    for (size_t i = 0; i < c->o.max_origins; i++) {
        struct sb_peer *p = &c->peers[i];
        p->in.contact_ms = p->out.contact_ms = -1;
        if (c->partners[i].dialled) {
            p->out.state = SB_DIRECTION_CONNECTING;
        }
    }
}

struct sb_route sb_peer_route(const struct sb_core *c, uint16_t peer)
{
    const struct sb_peer *p = &c->peers[peer];
    if (p->heard.kind != SB_ROUTE_NONE) {
        return p->heard;
    }
    if (p->link_up && p->out.greeted) {
        return (struct sb_route){SB_ROUTE_LINK, peer};
    }
    if (p->n_sessions > 0) {
        return (struct sb_route){SB_ROUTE_SESSION, p->sessions[0]};
    }
    return (struct sb_route){SB_ROUTE_NONE, 0};
}

static bool same_route(struct sb_route a, struct sb_route b)
{
    return a.kind == b.kind && a.number == b.number;
}

struct sb_route sb_peer_way(const struct sb_core *c, uint16_t peer, uint32_t nth)
{
    const struct sb_peer *p = &c->peers[peer];
    struct sb_route first = sb_peer_route(c, peer), link = {SB_ROUTE_LINK, peer};
    uint32_t n = p->n_sessions + (p->link_up && p->out.greeted);
    nth = n == 0 ? 0 : nth % n;
    for (uint32_t i = 0; i < n && nth > 0; i++) {
        struct sb_route way =
            i < p->n_sessions ? (struct sb_route){SB_ROUTE_SESSION, p->sessions[i]} : link;
        if (!same_route(way, first) && --nth == 0) {
            return way;
        }
    }
    return first;
}

bool sb_peer_greeted(const struct sb_core *c, uint16_t peer, struct sb_route route)
{
    const struct sb_peer *p = &c->peers[peer];
    bool greeted = route.kind == SB_ROUTE_LINK && p->out.greeted;
    for (uint32_t i = 0; i < p->n_sessions && route.kind == SB_ROUTE_SESSION; i++) {
        greeted |= p->sessions[i] == route.number;
    }
    return greeted;
}

void sb_peer_contact(struct sb_core *c, uint16_t peer, struct sb_route route)
{
    struct sb_peer *p = &c->peers[peer];
    if (route.kind == SB_ROUTE_SESSION) {
        sb_silence_over(c, &p->in);
    } else if (route.kind == SB_ROUTE_LINK) {
        sb_silence_over(c, &p->out);
    }
}

static bool is_retired(const struct sb_peer *p, const struct sb_uuid *boot)
{
    for (uint32_t i = 0; i < p->n_retired && i < SB_RETIRED_BOOTS; i++) {
        if (sb_uuid_eq(&p->retired[i], boot)) {
            return true;
        }
    }
    return false;
}

/* What this boot shows is asked of it, not of another instance on another connection. */
static void take_route(struct sb_peer *p, struct sb_route route)
{
    if (p->heard.kind != SB_ROUTE_LINK) {
        p->heard = route;
    }
}

void sb_peer_direct(struct sb_core *c, uint16_t peer, bool out, enum sb_direction_state to,
                    const char *why, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    size_t before = fx->n;
    direction_become(c, peer, out ? &p->out : &p->in, to, why, fx);
    if (fx->n > before) {
        fx->items[before].state.why = why; /* static, while the partner may be forgotten now */
    }
}

/* A new boot replaces the old one, which is never accepted again. */
static void take_boot(struct sb_core *c, struct sb_peer *p, const struct sb_uuid *boot,
                      struct sb_route route)
{
    if (p->has_boot && sb_uuid_eq(&p->boot, boot)) {
        take_route(p, route);
        return;
    }
    if (is_retired(p, boot) && !sb_planted(SB_PLANT_RETIRED_BOOT_RETURNS)) {
        trace(c, SB_TRACE_HELLO_RETIRED_BOOT);
        return;
    }
    if (p->has_boot) {
        p->retired[p->n_retired++ % SB_RETIRED_BOOTS] = p->boot;
        trace(c, SB_TRACE_HELLO_NEW_BOOT);
    }
    p->boot = *boot;
    p->heard = route;
    p->heard_ms = sb_awake_ms(c);
    p->has_boot = true;
    p->has_shown = false;
    sb_want_compare_anew(c, (uint16_t)(p - c->peers)); /* what was under way ended with that run */
    if (!sb_planted(SB_PLANT_NEW_BOOT_KEEPS_COUNTER)) {
        p->has_full = false;
        p->counter = 0;
    }
}

static void add_session(struct sb_peer *p, uint32_t session)
{
    uint32_t at = 0;
    while (at < p->n_sessions && p->sessions[at] != session) {
        at++;
    }
    if (at == p->n_sessions && p->n_sessions < SB_SESSIONS_PER_PEER) {
        p->n_sessions++;
    }
    at = at < SB_SESSIONS_PER_PEER ? at : SB_SESSIONS_PER_PEER - 1;
    memmove(&p->sessions[1], &p->sessions[0], at * sizeof p->sessions[0]);
    p->sessions[0] = session;
}

static void forget_route(struct sb_peer *p, struct sb_route route)
{
    if (same_route(p->heard, route)) {
        p->heard.kind = SB_ROUTE_NONE;
    }
}

static bool drop_session(struct sb_peer *p, uint32_t session)
{
    for (uint32_t s = 0; s < p->n_sessions; s++) {
        if (p->sessions[s] == session) {
            forget_route(p, (struct sb_route){SB_ROUTE_SESSION, session});
            p->n_sessions--;
            memmove(&p->sessions[s], &p->sessions[s + 1],
                    (p->n_sessions - s) * sizeof p->sessions[0]);
            return true;
        }
    }
    return false;
}

static void send(struct sb_effects *fx, enum sb_effect_type type, uint16_t peer,
                 struct sb_route route)
{
    struct sb_effect *e = sb_fx_add(fx, type);
    e->partner.route = route;
    e->partner.partner = peer;
}

/* What an earlier greeting on this connection allowed is over. */
static void refuse_partnership(struct sb_core *c, uint16_t peer, struct sb_route route,
                               struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    bool session = route.kind == SB_ROUTE_SESSION;
    trace(c, SB_TRACE_HELLO_OTHER_PARTNERSHIP);
    if (session) {
        (void)drop_session(p, route.number);
        p->in.greeted = p->n_sessions > 0;
        sb_serve_forget_session(c, route.number);
    } else {
        p->out.greeted = false;
        forget_route(p, route);
        sb_serve_forget_link(c, peer);
    }
    direction_become(c, peer, session ? &p->in : &p->out, SB_DIRECTION_REFUSED,
                     "they serve another partnership: compare `partnership` in both "
                     "configurations",
                     fx);
    send(fx, SB_FX_REFUSE_PARTNER, peer, route);
}

void sb_peer_hello(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    uint16_t peer = in->hello.from;
    struct sb_peer *p = &c->peers[peer];
    bool session = in->hello.route.kind == SB_ROUTE_SESSION;
    struct sb_direction *d = session ? &p->in : &p->out;
    if (!session && !p->link_up && !sb_planted(SB_PLANT_LATE_GREETING_COUNTS)) {
        return; /* received before that connection ended, and read after it */
    }
    if (!in->hello.same_partnership && !sb_planted(SB_PLANT_GREET_ANY_PARTNERSHIP)) {
        refuse_partnership(c, peer, in->hello.route, fx);
        return;
    }
    trace(c, SB_TRACE_HELLO_ACCEPTED);
    take_boot(c, p, &in->hello.hello->boot_nonce, in->hello.route);
    p->follows_us = in->hello.hello->follows;
    d->greeted = true;
    p->hears_nothing = false;
    if (session) {
        add_session(p, in->hello.route.number);
        send(fx, SB_FX_HELLO, peer, in->hello.route);
    }
    sb_herald_full(c, peer, in->hello.route, fx);
    sb_want_encouraged(c, peer);
}

/* A greeting or its answer may be lost on a connection that stays up: it is said again, more rarely
 * to who refused it. */
static void greet(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    bool refused = p->out.state == SB_DIRECTION_REFUSED;
    p->greet_after_ms = c->now.mono_ms + (refused ? SB_WANT_RETRY_MAX_MS : SB_GREET_RETRY_MS);
    send(fx, SB_FX_HELLO, peer, (struct sb_route){SB_ROUTE_LINK, peer});
}

void sb_peer_link_up(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    uint16_t peer = in->link.partner;
    c->peers[peer].link_up = true;
    c->peers[peer].out.greeted = false;
    forget_route(&c->peers[peer], (struct sb_route){SB_ROUTE_LINK, peer});
    sb_silence_over(c, &c->peers[peer].out);
    direction_become(c, peer, &c->peers[peer].out, SB_DIRECTION_CONNECTING, "greeting", fx);
    greet(c, peer, fx);
}

void sb_peer_link_down(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    uint16_t peer = in->link.partner;
    struct sb_peer *p = &c->peers[peer];
    p->link_up = p->out.greeted = false;
    forget_route(p, (struct sb_route){SB_ROUTE_LINK, peer});
    direction_become(c, peer, &p->out,
                     in->type == SB_IN_LINK_REFUSED ? SB_DIRECTION_REFUSED : SB_DIRECTION_DOWN,
                     in->link.text, fx);
    sb_want_forget_route(c, peer, (struct sb_route){SB_ROUTE_LINK, peer});
}

void sb_peer_session_gone(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        struct sb_peer *p = &c->peers[i];
        if (!drop_session(p, in->session_gone.session)) {
            continue;
        }
        if (p->n_sessions == 0) {
            p->in.greeted = false;
            direction_become(c, i, &p->in, SB_DIRECTION_DOWN, "their connection ended", fx);
        }
        sb_want_forget_route(c, i, (struct sb_route){SB_ROUTE_SESSION, in->session_gone.session});
        return;
    }
}

void sb_peer_refused(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[in->refused.from];
    bool link = in->refused.route.kind == SB_ROUTE_LINK;
    struct sb_direction *d = link ? &p->out : &p->in;
    d->greeted = false;
    forget_route(p, in->refused.route);
    direction_become(c, in->refused.from, d, SB_DIRECTION_REFUSED, in->refused.text, fx);
}

void sb_peer_view(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[in->view.from];
    if (in->view.view->waits && p->in.state == SB_DIRECTION_DOWN) {
        direction_become(c, in->view.from, &p->in, SB_DIRECTION_NONE, "it waits for our call", fx);
    }
    copy_text(p->view_state, sizeof p->view_state, in->view.view->state);
    copy_text(p->view_reason, sizeof p->view_reason, in->view.view->reason);
    sb_silence_theirs(c, p, in->view.view->silent);
}

/* By the way that the gap came, for there may be another instance at the end of another. */
static void request_full(struct sb_core *c, uint16_t peer, struct sb_route route,
                         struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    route = route.kind == SB_ROUTE_PUBLISHER ? sb_peer_route(c, peer) : route;
    if (route.kind != SB_ROUTE_NONE && c->now.mono_ms >= p->request_after_ms) {
        p->request_after_ms = c->now.mono_ms + SB_WANT_RETRY_MS;
        send(fx, SB_FX_FRONTIER_REQUEST, peer, route);
    }
}

/* Of a partner that we hear: its service must be there as well, whatever our back-off believes. Not
 * again before a handshake that is under way can be over. */
static void hurry(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    if (c->partners[peer].dialled && !p->link_up && c->now.mono_ms >= p->hurry_after_ms) {
        p->hurry_after_ms = c->now.mono_ms + SB_HANDSHAKE_MS;
        send(fx, SB_FX_HURRY, peer, (struct sb_route){SB_ROUTE_LINK, peer});
        trace(c, SB_TRACE_PEER_HURRIED);
    }
}

/* The request or its answer may be lost on a connection that stays up. */
static void ask_full_again(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    struct sb_route route = sb_peer_route(c, peer);
    p->full_pause_ms = sb_want_longer(p->full_pause_ms, SB_FULL_ASK_MS, SB_WANT_RETRY_MAX_MS);
    p->full_after_ms = c->now.mono_ms + p->full_pause_ms;
    if (route.kind != SB_ROUTE_NONE) {
        send(fx, SB_FX_FRONTIER_REQUEST, peer, route);
    }
}

void sb_peer_ask_full(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    c->peers[peer].awaits_full = true;
    c->peers[peer].full_pause_ms = 0;
    ask_full_again(c, peer, fx);
}

/* A broadcast has overtaken it. What we asked for is in none of the broadcasts: once more. */
static void refuse_old(struct sb_core *c, const struct sb_in_frontier *f, struct sb_effects *fx)
{
    trace(c, SB_TRACE_FRONTIER_OLD);
    if (f->frontier->full && c->peers[f->from].awaits_full && f->route.kind != SB_ROUTE_PUBLISHER &&
        !sb_planted(SB_PLANT_ASKED_ONCE)) {
        send(fx, SB_FX_FRONTIER_REQUEST, f->from, f->route);
    }
}

bool sb_peer_takes_frontier(struct sb_core *c, const struct sb_in_frontier *f,
                            struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[f->from];
    const struct sb_frontier *n = f->frontier;
    bool known = p->has_boot && sb_uuid_eq(&p->boot, &n->boot_nonce);
    if (!known || f->route.kind == SB_ROUTE_PUBLISHER) {
        hurry(c, f->from, fx);
    }
    if (!known && !sb_planted(SB_PLANT_FRONTIER_ANY_BOOT)) {
        trace(c, SB_TRACE_FRONTIER_UNKNOWN_BOOT);
        return false;
    }
    bool old = p->has_full && n->counter < p->counter + (n->full ? 0 : 1);
    if (old && !sb_planted(SB_PLANT_OLD_FRONTIER)) {
        refuse_old(c, f, fx);
        return false;
    }
    if (!n->full && (!p->has_full || n->counter != p->counter + 1)) {
        trace(c, SB_TRACE_FRONTIER_GAP);
        request_full(c, f->from, f->route, fx);
        return false;
    }
    p->has_full = p->has_full || n->full;
    p->awaits_full = p->awaits_full && !n->full;
    p->counter = n->counter;
    p->heard_ms = sb_awake_ms(c);
    return true;
}

void sb_peer_tick(struct sb_core *c, struct sb_effects *fx)
{
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        const struct sb_peer *p = &c->peers[i];
        if (p->link_up && !p->out.greeted && c->now.mono_ms >= p->greet_after_ms) {
            greet(c, i, fx);
        }
        if (p->awaits_full && c->now.mono_ms >= p->full_after_ms &&
            !sb_planted(SB_PLANT_ASKED_ONCE)) {
            ask_full_again(c, i, fx);
        }
        sb_silence_judge(c, i, fx);
    }
}
