/* Partners and clients that come, go and change; see roster.h. Afterwards the core is as one that
 * was started with the new configuration, save what it knows of those who stay. */
#include "daemon/core/roster.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/erasure.h"
#include "daemon/core/peer.h"
#include "daemon/core/rights.h"
#include "daemon/core/serve.h"
#include "daemon/core/shown.h"
#include "daemon/core/stage.h"
#include "daemon/core/subscription.h"
#include "daemon/core/want.h"

/* Everything about it but its history, which stays as that of any former partner. */
static void forget(struct sb_core *c, uint16_t peer)
{
    struct sb_peer *p = &c->peers[peer];
    sb_serve_forget_peer(c, peer);
    sb_want_forget_peer(c, peer);
    sb_shown_forget(c, peer);
    memset(p, 0, sizeof *p);
    p->in.contact_ms = p->out.contact_ms = -1;
}

static void leave(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    static const char why[] = "it was taken out of the configuration";
    trace(c, SB_TRACE_PARTNER_LEFT);
    c->partners[peer] = (struct sb_core_partner){0};
    sb_peer_direct(c, peer, true, SB_DIRECTION_NONE, why, fx);
    sb_peer_direct(c, peer, false, SB_DIRECTION_NONE, why, fx);
    sb_core_alarm_state(fx, SB_ALARM_STALLED, peer, &c->origins[peer].stalled, false);
    sb_rights_slow(c, peer, false, fx);
    if (!sb_planted(SB_PLANT_LEFT_STAYS)) {
        forget(c, peer);
    }
}

/* The others told of its events while we did not know whose they were, and do not tell again. */
static void ask_all(struct sb_core *c, uint16_t about, struct sb_effects *fx)
{
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        if (i != about && c->partners[i].partner && !sb_planted(SB_PLANT_JOINED_UNASKED)) {
            sb_peer_ask_full(c, i, fx);
        }
    }
}

static void join(struct sb_core *c, uint16_t peer, const struct sb_core_partner *as,
                 struct sb_effects *fx)
{
    trace(c, SB_TRACE_PARTNER_JOINED);
    forget(c, peer);
    c->partners[peer] = *as;
    if (as->dialled) {
        sb_peer_direct(c, peer, true, SB_DIRECTION_CONNECTING, "it was taken in", fx);
    }
    c->origins[peer].dirty = c->frontier_dirty = true; /* that we list it is news */
    ask_all(c, peer, fx);
    sb_erasure_joined(c, fx);
}

/* A connection that led to another endpoint was reported as down before. */
static void change_endpoint(struct sb_core *c, uint16_t peer, const struct sb_core_partner *as,
                            struct sb_effects *fx)
{
    bool dialled = c->partners[peer].dialled;
    c->partners[peer] = *as;
    if (dialled != as->dialled) {
        sb_peer_direct(c, peer, true, as->dialled ? SB_DIRECTION_CONNECTING : SB_DIRECTION_NONE,
                       as->dialled ? "its endpoint is known now"
                                   : "its endpoint was taken out of the configuration",
                       fx);
    }
}

void sb_roster_change(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_roster *r = &in->roster;
    assert(r->n_origins >= c->o.n_origins && r->n_origins <= c->o.max_origins);
    assert(!c->stage.anything);
    c->o.n_origins = r->n_origins;
    c->o.clients = r->clients;
    c->o.n_clients = r->n_clients;
    bool more = r->quota_bytes > c->o.quota_bytes;
    c->o.quota_bytes = r->quota_bytes;
    for (uint16_t i = 0; i < c->o.n_origins && more; i++) {
        sb_stage_within_quota(c, i, fx);
    }
    for (uint16_t i = 1; i < r->n_origins; i++) {
        const struct sb_core_partner *as = &r->partners[i];
        if (c->partners[i].partner && !as->partner) {
            leave(c, i, fx);
        } else if (!c->partners[i].partner && as->partner) {
            join(c, i, as, fx);
        } else if (as->partner) {
            change_endpoint(c, i, as, fx);
        }
    }
    sb_rights_begin(c);
    sb_subscription_check_rights(c, fx);
    c->plan = true;
}
