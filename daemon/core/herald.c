/* Frontiers out. There is one sequence of them: number n says what changed since n - 1, on whatever
 * way it is sent, so that a partner may hear it twice or over several ways. */
#include "daemon/core/herald.h"

#include "daemon/core/peer.h"

static struct sb_effect *frontier(struct sb_core *c, struct sb_route route, uint16_t peer,
                                  struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_FRONTIER);
    e->frontier.route = route;
    e->frontier.partner = peer;
    e->frontier.counter = c->frontier_counter;
    return e;
}

/* In the turn that changes something, what is durable does not change before its commit: the full
 * frontier shows what the last number showed or what the next delta will say again. */
void sb_herald_full(struct sb_core *c, uint16_t peer, struct sb_route route, struct sb_effects *fx)
{
    struct sb_effect *e = frontier(c, route, peer, fx);
    e->frontier.full = true;
    e->frontier.origins = c->frontier_origins + c->o.max_origins; /* 0, 1, 2, ... */
    e->frontier.n_origins =
        sb_planted(SB_PLANT_SHOW_FOUR_ORIGINS) && c->o.n_origins > 4 ? 4 : c->o.n_origins;
}

static size_t list_changes(struct sb_core *c)
{
    size_t n = 0;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        if (c->origins[o].dirty) {
            c->frontier_origins[n++] = o;
            c->origins[o].dirty = false;
        }
    }
    c->frontier_dirty = false;
    return n;
}

static void send_to(struct sb_core *c, struct sb_route route, uint16_t peer, size_t n,
                    struct sb_effects *fx)
{
    struct sb_effect *e = frontier(c, route, peer, fx);
    e->frontier.origins = c->frontier_origins;
    e->frontier.n_origins = n;
}

static void send_view(uint16_t peer, struct sb_route route, struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_VIEW);
    e->partner.route = route;
    e->partner.partner = peer;
}

static void tell_peer(struct sb_core *c, uint16_t peer, size_t n, bool heartbeat,
                      struct sb_effects *fx)
{
    const struct sb_peer *p = &c->peers[peer];
    struct sb_route link = {SB_ROUTE_LINK, peer};
    if (p->link_up && p->out.greeted && (heartbeat || !p->follows_us)) {
        send_to(c, link, peer, n, fx);
        if (heartbeat) {
            send_view(peer, link, fx);
        }
    }
    for (uint32_t s = 0; s < p->n_sessions; s++) {
        struct sb_route session = {SB_ROUTE_SESSION, p->sessions[s]};
        if (heartbeat || !p->follows_us) {
            send_to(c, session, peer, n, fx);
        }
        if (heartbeat) {
            send_view(peer, session, fx);
        }
    }
}

void sb_herald_tick(struct sb_core *c, struct sb_effects *fx)
{
    if (c->now.mono_ms < sb_herald_due(c)) {
        return;
    }
    bool heartbeat = c->now.mono_ms - c->heartbeat_ms >= SB_FRONTIER_INTERVAL_MS;
    if (heartbeat) {
        c->heartbeat_ms = c->now.mono_ms;
    }
    c->frontier_sent_ms = c->now.mono_ms;
    c->frontier_counter++;
    size_t n = list_changes(c);
    send_to(c, (struct sb_route){SB_ROUTE_PUBLISHER, 0}, 0, n, fx);
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        tell_peer(c, i, n, heartbeat, fx);
    }
}

int64_t sb_herald_due(const struct sb_core *c)
{
    int64_t heartbeat = c->heartbeat_ms + SB_FRONTIER_INTERVAL_MS;
    int64_t change = c->frontier_sent_ms + SB_FRONTIER_MIN_GAP_MS;
    return c->frontier_dirty && change < heartbeat ? change : heartbeat;
}

void sb_core_tell_again(struct sb_core *c, uint16_t origin)
{
    c->origins[origin].dirty = c->frontier_dirty = true;
}
