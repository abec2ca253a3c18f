/* Changes of consumers: see consumer.h. None is answered before a commit has made it durable, nor
 * one that changes nothing before what it found is. */
#include "daemon/core/consumer.h"

static void answer(const struct sb_consume_pending *p, enum sb_code code, const char *text,
                   struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_CONSUMED);
    e->consume.session = p->session;
    e->consume.request = p->request;
    e->consume.slot = p->slot;
    e->consume.code = code;
    e->consume.text = text;
}

static void refuse(struct sb_core *c, const struct sb_consume_pending *p, enum sb_code code,
                   const char *text, struct sb_effects *fx)
{
    answer(p, code, text, fx);
    trace(c, SB_TRACE_CONSUME_REFUSED);
}

static void stage(struct sb_core *c, const struct sb_consume_pending *p, struct sb_effects *fx)
{
    c->stage.consumes[c->stage.n_consumes++] = *p;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_PUT_CONSUMER);
    e->consume.slot = p->slot;
    trace(c, SB_TRACE_CONSUME_STAGED);
    if (sb_planted(SB_PLANT_CONSUMED_BEFORE_COMMIT)) {
        c->stage.n_consumes--;
        answer(p, SB_CODE_OK, "", fx);
    }
}

/* What it finds may have been staged in this turn: then that must be durable first. */
static void leave(struct sb_core *c, const struct sb_consume_pending *p, struct sb_effects *fx)
{
    trace(c, SB_TRACE_CONSUME_AGAIN);
    if (c->stage.n_consumes > 0) {
        c->stage.consumes[c->stage.n_consumes++] = *p;
    } else {
        answer(p, SB_CODE_OK, "", fx);
    }
}

void sb_consumer_change(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_core_client *rights = &c->o.clients[in->consume.client];
    struct sb_consume_pending p = {in->consume.session, in->consume.request, in->consume.slot};
    if (!rights->subscribe && !rights->admin) {
        refuse(c, &p, SB_CODE_NOT_ALLOWED,
               "this client may not have a consumer: set `subscribe: true` or `admin: true` for it "
               "in samenbusd.yaml",
               fx);
    } else if (in->consume.verdict != SB_CODE_OK) {
        refuse(c, &p, in->consume.verdict, in->consume.text, fx);
    } else if (c->stage.n_consumes == SB_CONSUMES_MAX) {
        refuse(c, &p, SB_CODE_TOO_LARGE, "too many acknowledgements at a time: send it again", fx);
    } else if (in->consume.changes) {
        stage(c, &p, fx);
    } else {
        leave(c, &p, fx);
    }
}

void sb_consumer_committed(struct sb_core *c, struct sb_effects *fx)
{
    for (uint32_t i = 0; i < c->stage.n_consumes; i++) {
        answer(&c->stage.consumes[i], SB_CODE_OK, "", fx);
        trace(c, SB_TRACE_CONSUMED);
    }
}

void sb_consumer_failed(struct sb_core *c, struct sb_effects *fx)
{
    for (uint32_t i = 0; i < c->stage.n_consumes; i++) {
        answer(&c->stage.consumes[i],
               sb_planted(SB_PLANT_CONSUMED_ON_FAILED_COMMIT) ? SB_CODE_OK : SB_CODE_STORE_FULL,
               "the store is full: nothing of this was kept, send it again later", fx);
    }
}
