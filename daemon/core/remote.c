/* Waiting for partners. A frontier shows only what is durable there, and each head in it is our own
 * checkpoint: a number without our signature counts for nothing. */
#include "daemon/core/remote.h"

#include "daemon/core/history.h"
#include "daemon/core/sighting.h"

static bool is_entitled(const struct sb_pending *p, uint16_t peer)
{
    return (p->entitled[peer / 8] >> (peer % 8) & 1) != 0;
}

static bool shows(struct sb_core *c, uint16_t peer, const struct sb_pending *p)
{
    uint32_t chain = sb_history_find(c, 0, p->epoch, (uint16_t)p->branch);
    bool links = false, bodies = false;
    if (chain != NONE) {
        sb_sighting_shows(c, peer, chain, p->seq, &links, &bodies);
    }
    return links && bodies;
}

bool sb_remote_reached(struct sb_core *c, const struct sb_pending *p)
{
    uint32_t n = 0;
    for (uint16_t i = 1; i < c->o.n_origins && n < p->remote; i++) {
        n += is_entitled(p, i) && c->peers[i].has_full &&
             (shows(c, i, p) || sb_planted(SB_PLANT_REMOTE_COUNTS_UNSEEN));
    }
    return n >= p->remote;
}

bool sb_remote_wait(struct sb_core *c, const struct sb_pending *p)
{
    if (c->n_remotes == SB_PENDING_PUBLISHES_MAX) {
        return false;
    }
    c->remotes[c->n_remotes++] = *p;
    return true;
}

void sb_remote_give_up(struct sb_core *c, const struct sb_pending *p, struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_REFUSE);
    e->ack.session = p->session;
    e->ack.request = p->request;
    e->ack.index = p->index;
    e->ack.code = SB_CODE_UNKNOWN_OUTCOME;
    e->ack.text = sb_code_sentence(SB_CODE_UNKNOWN_OUTCOME);
    trace(c, SB_TRACE_REMOTE_TIMED_OUT);
}

void sb_remote_expire(struct sb_core *c, struct sb_effects *fx)
{
    for (uint32_t i = 0; i < c->n_remotes;) {
        if (c->now.mono_ms >= c->remotes[i].deadline_mono_ms) {
            sb_remote_give_up(c, &c->remotes[i], fx);
            c->remotes[i] = c->remotes[--c->n_remotes];
        } else {
            i++;
        }
    }
}
