/* Streams. A stream is a place in the order of commits and a credit; what lies between is read by
 * the shell, which says how far it got. */
#include "daemon/core/subscription.h"

static bool is_over(const struct sb_subscription *s)
{
    return s->end.n != 0 && !s->waits && s->next.n > s->end.n;
}

/* What waited behind a missing body is released in parts. A stream that began meanwhile ends behind
 * the last of them: all of it was here when it began. A full disk is not waited for. */
static void settle_end(const struct sb_core *c, struct sb_subscription *s)
{
    if (s->waits && (!c->unreleased || c->full)) {
        s->waits = false;
        s->end = c->last;
    }
}

static void deliver(struct sb_core *c, uint16_t slot, struct sb_effects *fx)
{
    struct sb_subscription *s = &c->subscriptions[slot];
    settle_end(c, s);
    bool something = s->credit > 0 && s->next.n <= c->last.n;
    if (!s->used || s->busy || c->settling || c->now.mono_ms < s->retry_ms ||
        !(something || is_over(s))) {
        return;
    }
    s->busy = true;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_DELIVER);
    e->deliver.slot = slot;
    e->deliver.client = s->client;
    e->deliver.session = s->session;
    e->deliver.subscription = s->subscription;
    e->deliver.credit = s->credit;
    e->deliver.serial = s->serial;
    e->deliver.next = s->next;
    e->deliver.end = s->waits ? (struct sb_offset){0} : s->end;
}

static struct sb_subscription *find(struct sb_core *c, uint32_t session, uint32_t subscription)
{
    for (uint16_t i = 0; i < c->n_subscriptions; i++) {
        struct sb_subscription *s = &c->subscriptions[i];
        if (s->used && s->session == session && s->subscription == subscription) {
            return s;
        }
    }
    return NULL;
}

static struct sb_subscription *find_free(struct sb_core *c)
{
    for (uint16_t i = 0; i < SB_SUBSCRIPTIONS_MAX; i++) {
        if (!c->subscriptions[i].used) {
            c->n_subscriptions = i < c->n_subscriptions ? c->n_subscriptions : i + 1u;
            return &c->subscriptions[i];
        }
    }
    return NULL;
}

static void tell(uint32_t session, uint32_t subscription, enum sb_code code, const char *text,
                 struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_REFUSE_SUBSCRIPTION);
    e->refuse_subscription.session = session;
    e->refuse_subscription.subscription = subscription;
    e->refuse_subscription.code = code;
    e->refuse_subscription.text = text;
}

static void refuse(struct sb_core *c, const struct sb_in_subscribe *in, enum sb_code code,
                   const char *text, struct sb_effects *fx)
{
    tell(in->session, in->subscription, code, text, fx);
    trace(c, SB_TRACE_SUBSCRIPTION_REFUSED);
}

static uint32_t limited(uint32_t credit)
{
    return credit < SB_SUBSCRIPTION_CREDIT_MAX ? credit : SB_SUBSCRIPTION_CREDIT_MAX;
}

void sb_subscription_open(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_subscribe *w = &in->subscribe;
    if (!c->o.clients[w->client].subscribe) {
        refuse(c, w, SB_CODE_NOT_ALLOWED,
               "this client may not subscribe: set `subscribe: true` for it in samenbusd.yaml", fx);
        return;
    }
    struct sb_subscription *s = find(c, w->session, w->subscription);
    s = s != NULL ? s : find_free(c);
    if (s == NULL) {
        refuse(c, w, SB_CODE_TOO_LARGE,
               "this daemon serves as many subscriptions as it can: end one and try again", fx);
        return;
    }
    *s = (struct sb_subscription){.used = true,
                                  .client = w->client,
                                  .session = w->session,
                                  .subscription = w->subscription,
                                  .credit = limited(w->credit),
                                  .serial = ++c->last_serial,
                                  .next = w->next,
                                  .end = w->end,
                                  .waits = w->next.n <= w->end.n && c->unreleased};
    trace(c, SB_TRACE_SUBSCRIBED);
    deliver(c, (uint16_t)(s - c->subscriptions), fx);
}

void sb_subscription_credit(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    struct sb_subscription *s = find(c, in->credit.session, in->credit.subscription);
    if (s == NULL) {
        return;
    }
    if (in->credit.credit == 0) {
        *s = (struct sb_subscription){0};
        trace(c, SB_TRACE_SUBSCRIPTION_ENDED);
        if (sb_planted(SB_PLANT_UNSUBSCRIBE_ALL)) {
            sb_subscription_forget_session(c, in->credit.session);
        }
        return;
    }
    s->credit = limited(s->credit + limited(in->credit.credit));
    deliver(c, (uint16_t)(s - c->subscriptions), fx);
}

bool sb_core_is_stream(const struct sb_core *c, uint16_t slot, uint32_t serial)
{
    return c->subscriptions[slot].used && c->subscriptions[slot].serial == serial;
}

void sb_subscription_delivered(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    struct sb_subscription *s = &c->subscriptions[in->delivered.slot];
    if (!sb_core_is_stream(c, in->delivered.slot, in->delivered.serial)) {
        return;
    }
    bool was_over = is_over(s);
    s->busy = false;
    if (in->delivered.blocked) {
        s->retry_ms = c->now.mono_ms + SB_BLOCKED_RETRY_MS;
        s->next = sb_planted(SB_PLANT_BLOCKED_IS_SENT) ? in->delivered.next : s->next;
        trace(c, SB_TRACE_SUBSCRIPTION_BLOCKED);
        return;
    }
    s->next = in->delivered.next;
    s->credit -= in->delivered.sent < s->credit ? in->delivered.sent : s->credit;
    if (in->delivered.sent > 0) {
        trace(c, SB_TRACE_DELIVERED);
    }
    if (was_over) {
        *s = (struct sb_subscription){0};
        trace(c, SB_TRACE_SUBSCRIPTION_ENDED);
        return;
    }
    deliver(c, in->delivered.slot, fx);
}

void sb_subscription_pump(struct sb_core *c, struct sb_effects *fx)
{
    for (uint16_t i = 0; i < c->n_subscriptions; i++) {
        deliver(c, i, fx);
    }
}

void sb_subscription_forget_session(struct sb_core *c, uint32_t session)
{
    for (uint16_t i = 0; i < c->n_subscriptions; i++) {
        if (c->subscriptions[i].used && c->subscriptions[i].session == session) {
            c->subscriptions[i] = (struct sb_subscription){0};
        }
    }
}

void sb_subscription_check_rights(struct sb_core *c, struct sb_effects *fx)
{
    for (uint16_t i = 0; i < SB_SUBSCRIPTIONS_MAX; i++) {
        struct sb_subscription *s = &c->subscriptions[i];
        if (s->used && !c->o.clients[s->client].subscribe &&
            !sb_planted(SB_PLANT_REVOKED_READS_ON)) {
            tell(s->session, s->subscription, SB_CODE_NOT_ALLOWED,
                 "this client may not subscribe any more: `subscribe` was taken from it in "
                 "samenbusd.yaml",
                 fx);
            *s = (struct sb_subscription){0};
            trace(c, SB_TRACE_SUBSCRIPTION_REVOKED);
        }
    }
}
