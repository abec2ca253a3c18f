/* Serving history. Each request has a slot; the shell sends one frame that ends at a checkpoint,
 * says how far it got, and the slot asks for the next until the credit is used or the tip is
 * reached. Who asks beyond its slots is not answered and will ask again. */
#include "daemon/core/serve.h"

size_t sb_serve_slots(const struct sb_core *c)
{
    return c->o.n_origins * SB_SERVES_MAX;
}

static void send(struct sb_core *c, uint16_t slot, struct sb_effects *fx)
{
    struct sb_serving *s = &c->servings[slot];
    s->busy = true;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_SERVE);
    e->partner.route = s->route;
    e->partner.partner = s->peer;
    e->partner.request = s->request;
    e->partner.origin = s->origin;
    e->partner.branch = s->branch;
    e->partner.epoch = s->epoch;
    e->partner.from = s->next;
    e->partner.to = s->to;
    e->partner.tip = s->tip;
    e->partner.credit = s->credit;
    e->partner.slot = slot;
}

/* Each partner has its own slots, so that one cannot take another's. */
static struct sb_serving *free_slot(struct sb_core *c, uint16_t peer, uint16_t *slot)
{
    for (uint16_t i = 0; i < SB_SERVES_MAX; i++) {
        *slot = (uint16_t)(peer * SB_SERVES_MAX + i);
        if (!c->servings[*slot].used) {
            return &c->servings[*slot];
        }
    }
    return NULL;
}

void sb_serve_want(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    uint16_t slot = 0;
    struct sb_serving *s = free_slot(c, in->want.from, &slot);
    if (s == NULL) {
        return;
    }
    bool held =
        in->want.held && in->want.want->from.n >= 1 && in->want.want->from.n <= in->want.seq.n;
    uint32_t credit = in->want.want->credit;
    *s = (struct sb_serving){.used = true,
                             .peer = in->want.from,
                             .origin = in->want.origin,
                             .branch = in->want.branch,
                             .route = in->want.route,
                             .request = in->want.request,
                             .credit = credit < SB_WANT_CREDIT ? credit : SB_WANT_CREDIT,
                             .epoch = in->want.want->epoch,
                             .next = in->want.want->from,
                             .to = in->want.seq,
                             .tip = in->want.want->tip};
    if (!held) { /* nothing, whatever was asked for: also from 0 on, which no history has */
        s->next.n = 1;
        s->to.n = 0;
    }
    trace(c, held ? SB_TRACE_WANT_SERVED : SB_TRACE_WANT_NOT_HELD);
    send(c, slot, fx);
}

void sb_serve_served(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    struct sb_serving *s = &c->servings[in->served.slot];
    if (!s->used) {
        return;
    }
    s->busy = false;
    if (in->served.blocked) {
        s->retry_ms = c->now.mono_ms + SB_BLOCKED_RETRY_MS;
        return;
    }
    s->next = in->served.next;
    s->credit -= in->served.bytes < s->credit ? in->served.bytes : s->credit;
    if (s->next.n > s->to.n || s->credit == 0) {
        *s = (struct sb_serving){0};
    } else {
        send(c, in->served.slot, fx);
    }
}

void sb_serve_tick(struct sb_core *c, struct sb_effects *fx)
{
    for (size_t i = SB_SERVES_MAX; i < sb_serve_slots(c); i++) {
        const struct sb_serving *s = &c->servings[i];
        if (s->used && !s->busy && c->now.mono_ms >= s->retry_ms) {
            send(c, (uint16_t)i, fx);
        }
    }
}

void sb_serve_forget_link(struct sb_core *c, uint16_t peer)
{
    for (uint16_t i = 0; i < SB_SERVES_MAX; i++) {
        struct sb_serving *s = &c->servings[peer * SB_SERVES_MAX + i];
        if (s->used && s->route.kind == SB_ROUTE_LINK) {
            *s = (struct sb_serving){0};
        }
    }
}

void sb_serve_forget_session(struct sb_core *c, uint32_t session)
{
    for (size_t i = 0; i < sb_serve_slots(c); i++) {
        struct sb_serving *s = &c->servings[i];
        if (s->used && s->route.kind == SB_ROUTE_SESSION && s->route.number == session) {
            *s = (struct sb_serving){0};
        }
    }
}

void sb_serve_forget_peer(struct sb_core *c, uint16_t peer)
{
    for (uint16_t i = 0; i < SB_SERVES_MAX; i++) {
        c->servings[peer * SB_SERVES_MAX + i] = (struct sb_serving){0};
    }
}
