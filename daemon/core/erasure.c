/* What this daemon says of erasures in its own history, and when it may give bodies to anybody. An
 * erasure is like a publish, but neither quota nor a full disk refuses it: it takes the reserve. */
#include "daemon/core/erasure.h"

#include "daemon/core/history.h"
#include "daemon/core/publish.h"
#include "daemon/core/shown.h"
#include "daemon/core/stage.h"
#include "daemon/core/want.h"

static void refuse(struct sb_core *c, const struct sb_in_erase *e, enum sb_code code,
                   const char *text, struct sb_effects *fx)
{
    struct sb_effect *effect = sb_fx_add(fx, SB_FX_REFUSE);
    effect->ack.session = e->session;
    effect->ack.request = e->request;
    effect->ack.index = e->index;
    effect->ack.code = code;
    effect->ack.text = text != NULL ? text : sb_code_sentence(code);
    trace(c, SB_TRACE_ERASE_REFUSED);
}

/* What needs no place in our history. True: it has been dealt with. */
static bool answer_on_sight(struct sb_core *c, const struct sb_in_erase *e, struct sb_effects *fx)
{
    if (!c->o.clients[e->client].admin) {
        refuse(c, e, SB_CODE_NOT_ALLOWED,
               "this client may not erase: set `admin: true` for it in samenbusd.yaml", fx);
    } else if (e->verdict != SB_CODE_OK) {
        refuse(c, e, e->verdict, e->text, fx);
    } else if (c->stopping) {
        refuse(c, e, SB_CODE_SHUTTING_DOWN, NULL, fx);
    } else if (c->recovering) {
        refuse(c, e, SB_CODE_RECOVERING, NULL, fx);
    } else if (e->state == SB_ERASE_AGAIN) {
        struct sb_effect *ack = sb_fx_add(fx, SB_FX_ACK);
        ack->ack.session = e->session;
        ack->ack.request = e->request;
        ack->ack.index = e->index;
        ack->ack.epoch = e->known_epoch;
        ack->ack.seq = e->known_seq;
        ack->ack.duplicate = true;
        trace(c, SB_TRACE_ERASE_AGAIN);
    } else {
        return false;
    }
    return true;
}

static bool batch_full(const struct sb_core *c, uint32_t bytes)
{
    return c->stage.own_bytes + bytes + 4096 > SB_BATCH_BYTES_MAX ||
           c->stage.n_pendings + 2 > SB_BATCH_EVENTS_MAX || !sb_stage_room(c, 2);
}

/* A system event of ours on top of the open epoch; NULL: not in this turn. */
static struct sb_pending *say(struct sb_core *c, const struct sb_in_said *said,
                              struct sb_effects *fx)
{
    uint32_t bytes = SB_LINK_MIN + sizeof(struct sb_salt) + said->body_len;
    bool room = !batch_full(c, bytes) && !c->stage.own_came;
    if (room && !c->has_open) {
        sb_publish_ask_epoch(c, &said->commitment, fx);
        return NULL;
    }
    struct sb_touch *t = room ? sb_stage_touch(c, c->open) : NULL;
    struct sb_pending *pending = t == NULL ? NULL : sb_stage_pending(c, &said->id);
    if (pending == NULL) {
        sb_fx_add(fx, SB_FX_DEFER);
        return NULL;
    }
    c->own_link = (struct sb_link){.kind = SB_KIND_SYSTEM,
                                   .id = said->id,
                                   .body_len = said->body_len,
                                   .commitment = said->commitment};
    sb_publish_append(c, t, &c->own_link, SB_CLASS_LINK, bytes, fx);
    pending->epoch = c->chains[c->open].epoch;
    pending->seq = t->seq;
    return pending;
}

void sb_erasure_taken(struct sb_core *c, uint16_t origin)
{
    for (uint32_t i = c->origins[origin].first; i != NONE; i = c->chains[i].next) {
        c->chains[i].ask_after_ms = c->chains[i].ask_pause_ms = 0;
    }
    c->stage.n_erases++;
    c->plan = true;
}

bool sb_erasure_waits(const struct sb_core *c)
{
    return c->full && c->now.mono_ms < c->erase_full_until_ms;
}

void sb_erasure_submit(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_erase *e = &in->erase;
    if (answer_on_sight(c, e, fx)) {
        return;
    }
    if (e->state == SB_ERASE_STAGED) {
        sb_fx_add(fx, SB_FX_DEFER); /* the next turn finds it in the store */
        trace(c, SB_TRACE_ERASE_DEFERRED);
        return;
    }
    if (sb_erasure_waits(c)) {
        refuse(c, e, SB_CODE_STORE_FULL, NULL, fx);
        return;
    }
    if (!c->has_open && !sb_history_room(c, 0)) {
        refuse(c, e, SB_CODE_QUOTA, NULL, fx);
        return;
    }
    struct sb_pending *pending = say(c, &e->said, fx);
    if (pending == NULL) {
        return;
    }
    pending->session = e->session;
    pending->request = e->request;
    pending->index = e->index;
    pending->erases = true;
    sb_fx_add(fx, SB_FX_ERASE);
    sb_erasure_taken(c, 0);
    trace(c, SB_TRACE_ERASE_STAGED);
}

/* Has one failed alone? Beside it there may have been what a full store refuses only as long as it
 * waits for room. */
static bool no_room_for_one(const struct sb_core *c)
{
    return sb_core_waits_for_room(c) && c->stage.n_erases <= 1;
}

bool sb_erasure_retry(struct sb_core *c, const struct sb_pending *p, struct sb_effects *fx)
{
    if (!p->erases || no_room_for_one(c)) {
        return false;
    }
    sb_fx_add(fx, SB_FX_DEFER);
    return true;
}

void sb_erasure_failed(struct sb_core *c)
{
    if (c->stage.n_erases > 0 && no_room_for_one(c)) {
        c->erase_full_until_ms = c->now.mono_ms + SB_FULL_RETRY_MS;
    }
}

/* Nobody waits for a receipt but the origin, which waits for days: it comes when there is room. */
void sb_erasure_receipt(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    bool room = c->origins[0].bytes + c->stage.own_bytes < c->o.quota_bytes &&
                (c->has_open || sb_history_room(c, 0));
    if (c->stopping || c->recovering || sb_core_waits_for_room(c) || !room) {
        sb_fx_add(fx, SB_FX_DEFER);
        return;
    }
    struct sb_pending *pending = say(c, &in->receipt, fx);
    if (pending != NULL) {
        pending->silent = true;
        trace(c, SB_TRACE_RECEIPT_STAGED);
    }
}

/* ---- what partners know */

static bool is_behind(const struct sb_core *c)
{
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        for (uint32_t i = c->origins[o].shown; i != NONE; i = c->shown[i].next) {
            if (!c->shown[i].held && !c->shown[i].ghost) {
                return true;
            }
        }
    }
    return sb_want_comparing(c);
}

/* What one told before somebody was taken in is without that one's events: it tells anew. */
static bool all_told(const struct sb_core *c)
{
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        const struct sb_peer *p = &c->peers[i];
        if (c->partners[i].partner && (!p->has_full || p->awaits_full)) {
            return false;
        }
    }
    return !is_behind(c);
}

static bool any_partner(const struct sb_core *c)
{
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        if (c->partners[i].partner) {
            return true;
        }
    }
    return false;
}

void sb_erasure_loaded(struct sb_core *c)
{
    c->unsettled = any_partner(c);
    c->settling = c->unsettled && !sb_planted(SB_PLANT_SHOW_BEFORE_ASKING);
    c->settle_until_ms = c->now.mono_ms + c->o.recovery_ms;
}

static const char *state_of(const struct sb_core *c)
{
    return !c->unsettled ? "known" : c->overdue ? "unknown" : "asking";
}

static void become(struct sb_core *c, bool unsettled, bool overdue, const char *why,
                   struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_STATE);
    e->state.what = "erasures";
    e->state.from = state_of(c);
    c->unsettled = unsettled;
    c->overdue = overdue;
    c->settling = false;
    e->state.to = state_of(c);
    e->state.why = why;
}

void sb_erasure_joined(struct sb_core *c, struct sb_effects *fx)
{
    if (!c->unsettled) {
        become(c, true, false, "a partner was taken in, which has not told yet", fx);
    }
}

void sb_erasure_tick(struct sb_core *c, struct sb_effects *fx)
{
    if (c->unsettled && all_told(c)) {
        trace(c, SB_TRACE_ERASURES_KNOWN);
        become(c, false, false, "every partner has told", fx);
    } else if (c->settling && c->now.mono_ms >= c->settle_until_ms &&
               !sb_planted(SB_PLANT_ASK_FOR_EVER)) {
        trace(c, SB_TRACE_ERASURES_UNKNOWN);
        become(c, true, true,
               "not every partner told in time: what has been erased since this store "
               "was written may be shown until it does",
               fx);
    }
}

bool sb_core_settling(const struct sb_core *c)
{
    return c->settling;
}

bool sb_core_erasures_known(const struct sb_core *c)
{
    return !c->unsettled;
}
