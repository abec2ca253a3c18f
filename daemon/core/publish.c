/* Our own events. A publish is refused, held, deferred or staged; it is acknowledged only by the
 * handler of "committed". */
#include "daemon/core/publish.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/erasure.h"
#include "daemon/core/history.h"
#include "daemon/core/remote.h"
#include "daemon/core/rights.h"
#include "daemon/core/stage.h"

static struct sb_effect *refuse(struct sb_core *c, const struct sb_in_publish *p, enum sb_code code,
                                const char *text, enum sb_trace why, struct sb_effects *fx)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_REFUSE);
    e->ack.session = p->session;
    e->ack.request = p->request;
    e->ack.index = p->index;
    e->ack.code = code;
    e->ack.text = text != NULL ? text : sb_code_sentence(code);
    trace(c, why);
    return e;
}

static uint16_t origin_number(const struct sb_core *c, const struct sb_org *org)
{
    for (size_t i = 0; i < c->o.n_origins; i++) {
        if (sb_org_eq(&c->o.origins[i], org)) {
            return (uint16_t)i;
        }
    }
    return UINT16_MAX;
}

static bool audience_known(const struct sb_core *c, const struct sb_in_publish *p)
{
    const struct sb_audience *to = p->embargoed ? &p->later : &p->audience;
    for (size_t i = 0; i < to->n; i++) {
        if (origin_number(c, &to->orgs[i]) == UINT16_MAX) {
            return false;
        }
    }
    return true;
}

/* Partners that may hold the body. */
static uint32_t possible_holders(const struct sb_core *c, const struct sb_in_publish *p)
{
    uint32_t n = 0;
    if (p->audience.n == 0) {
        for (size_t i = 1; i < c->o.n_origins; i++) {
            n += c->partners[i].partner;
        }
        return n;
    }
    for (size_t i = 0; i < p->audience.n; i++) {
        uint16_t o = origin_number(c, &p->audience.orgs[i]);
        n += o != 0 && c->partners[o].partner;
    }
    return n;
}

static void deny(struct sb_core *c, const struct sb_in_publish *p, enum sb_denied_rule rule,
                 uint16_t about, struct sb_effects *fx)
{
    enum sb_code code = rule == SB_RULE_SIZE ? SB_CODE_TOO_LARGE : SB_CODE_NOT_ALLOWED;
    struct sb_effect *e = refuse(c, p, code, NULL, SB_TRACE_PUBLISH_NOT_ALLOWED, fx);
    e->ack.denial.rule = rule;
    e->ack.denial.about = about;
}

/* Whatever is staged or stored: what it says, and who says it. True: it was refused. */
static bool refuse_on_sight(struct sb_core *c, const struct sb_in_publish *p, struct sb_effects *fx)
{
    if (p->verdict != SB_CODE_OK) {
        refuse(c, p, p->verdict, p->text, SB_TRACE_PUBLISH_INVALID, fx);
        return true;
    }
    enum sb_denied_rule rule = sb_rights_judge(c, p);
    if (rule != SB_RULE_NONE) {
        deny(c, p, rule, 0, fx);
    }
    return rule != SB_RULE_NONE;
}

/* Who may have it, by what is configured now: asked of what is new alone. What stands here was
 * published, and nobody is told that it was not because a partner has left since. While our own
 * history is not here nobody knows what is new: that is held. */
static bool refuse_new(struct sb_core *c, const struct sb_in_publish *p, struct sb_effects *fx)
{
    if (c->recovering) {
        return false;
    }
    uint16_t reader = sb_rights_reads_too_much(c, p);
    if (reader != 0) {
        deny(c, p, SB_RULE_PARTNER_READ, reader, fx);
    } else if (!audience_known(c, p)) {
        refuse(c, p, SB_CODE_INVALID_BODY,
               "the audience names an organisation that is no partner here; name only "
               "organisations under `peers`",
               SB_TRACE_PUBLISH_UNKNOWN_AUDIENCE, fx);
    } else if (p->remote > possible_holders(c, p)) {
        refuse(c, p, SB_CODE_REMOTE_IMPOSSIBLE, NULL, SB_TRACE_PUBLISH_REMOTE_IMPOSSIBLE, fx);
    } else {
        return false;
    }
    return true;
}

static void ack(struct sb_effects *fx, const struct sb_pending *p)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_ACK);
    e->ack.session = p->session;
    e->ack.request = p->request;
    e->ack.index = p->index;
    e->ack.epoch = p->epoch;
    e->ack.seq = p->seq;
    e->ack.duplicate = p->duplicate;
}

/* Where it stands the caller says. */
static void fill_pending(struct sb_core *c, struct sb_pending *pending,
                         const struct sb_in_publish *p)
{
    pending->session = p->session;
    pending->request = p->request;
    pending->index = p->index;
    pending->remote = p->remote;
    pending->deadline_mono_ms = p->deadline_mono_ms;
    pending->id = p->id;
    if (p->remote == 0) {
        return;
    }
    for (size_t i = 1; i < c->o.n_origins; i++) {
        if (c->partners[i].partner && p->audience.n == 0) {
            pending->entitled[i / 8] |= (uint8_t)(1u << (i % 8));
        }
    }
    for (size_t i = 0; i < p->audience.n; i++) {
        uint16_t o = origin_number(c, &p->audience.orgs[i]);
        if (o != UINT16_MAX) { /* a partner of when it was published may be unknown today */
            pending->entitled[o / 8] |= (uint8_t)(1u << (o % 8));
        }
    }
}

/* A duplicate is answered like the first time, also where it asks for partners. */
static void answer_duplicate(struct sb_core *c, const struct sb_in_publish *p,
                             struct sb_effects *fx)
{
    struct sb_pending again;
    memset(&again, 0, sizeof again);
    fill_pending(c, &again, p);
    again.branch = p->known_branch;
    again.epoch = p->known_epoch;
    again.seq = p->known_seq;
    again.duplicate = true;
    trace(c, SB_TRACE_PUBLISH_DUPLICATE_STORED);
    if (p->remote == 0 || sb_remote_reached(c, &again)) {
        ack(fx, &again);
    } else if (!sb_remote_wait(c, &again)) {
        sb_remote_give_up(c, &again, fx);
    }
}

static bool answer_known_id(struct sb_core *c, const struct sb_in_publish *p, struct sb_effects *fx)
{
    enum sb_id_state state = sb_planted(SB_PLANT_ID_NEVER) ? SB_ID_NEW : p->id_state;
    switch (state) {
    case SB_ID_NEW: return false;
    case SB_ID_SAME: answer_duplicate(c, p, fx); return true;
    case SB_ID_OTHER:
        refuse(c, p, SB_CODE_ID_CONFLICT, NULL, SB_TRACE_PUBLISH_CONFLICT, fx);
        return true;
    case SB_ID_ERASED:
        refuse(c, p, SB_CODE_ERASED, NULL, SB_TRACE_PUBLISH_CONFLICT, fx);
        return true;
    }
    return true;
}

static void hold(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    if (c->now.mono_ms >= in->publish.deadline_mono_ms) {
        refuse(c, &in->publish, SB_CODE_RECOVERING, NULL, SB_TRACE_PUBLISH_HELD_TOO_LONG, fx);
        return;
    }
    sb_fx_add(fx, SB_FX_HOLD);
    trace(c, SB_TRACE_PUBLISH_HELD);
}

static void defer(struct sb_core *c, struct sb_effects *fx, enum sb_trace why)
{
    sb_fx_add(fx, SB_FX_DEFER);
    trace(c, why);
}

/* The state of this daemon stands in the way. True: the publish has been dealt with. */
static bool hindered(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_publish *p = &in->publish;
    if (c->stopping) {
        refuse(c, p, SB_CODE_SHUTTING_DOWN, NULL, SB_TRACE_PUBLISH_STOPPING, fx);
    } else if (c->recovering) {
        hold(c, in, fx);
    } else if (sb_core_waits_for_room(c)) {
        refuse(c, p, SB_CODE_STORE_FULL, NULL, SB_TRACE_PUBLISH_FULL, fx);
    } else if (c->origins[0].bytes + c->stage.own_bytes >= c->o.quota_bytes ||
               (!c->has_open && !sb_history_room(c, 0))) {
        sb_stage_over_quota(c, 0, fx);
        refuse(c, p, SB_CODE_QUOTA, NULL, SB_TRACE_PUBLISH_QUOTA, fx);
    } else {
        return false;
    }
    return true;
}

/* It would change nothing (PROTOCOL §18.8). The shell has asked the rules, for what is durable and
 * what this turn has staged. An id that is known is answered before: a retry is no new event. */
static bool refuse_without_effect(struct sb_core *c, const struct sb_in_publish *p,
                                  struct sb_effects *fx)
{
    if (p->meaning == SB_CODE_OK || sb_planted(SB_PLANT_PUBLISH_WITHOUT_EFFECT)) {
        return false;
    }
    refuse(c, p, p->meaning, p->meaning_text, SB_TRACE_PUBLISH_NO_EFFECT, fx);
    return true;
}

/* Asked last, so that only what would be published counts; a retry of what was costs nothing. */
static bool too_often(struct sb_core *c, const struct sb_in_publish *p, struct sb_effects *fx)
{
    int64_t wait_ms = p->by_daemon ? 0 : sb_rights_wait(c, p->client);
    if (wait_ms > 0) {
        struct sb_effect *e = refuse(c, p, SB_CODE_RATE, NULL, SB_TRACE_PUBLISH_TOO_OFTEN, fx);
        e->ack.denial.rule = SB_RULE_RATE;
        e->ack.denial.wait_ms = wait_ms;
    }
    return wait_ms > 0;
}

static uint32_t weight(const struct sb_in_publish *p)
{
    return (uint32_t)SB_LINK_MIN + 32 + p->body_len + (uint32_t)p->audience.n * (SB_ORG_MAX + 1);
}

static bool is_last(uint32_t counter)
{
    return counter == UINT32_MAX;
}

/* The parents of the next epoch, in c->open_parents. Whoever had our key may have used the last
 * counter there is: nothing can come behind that, so such epochs stay heads. */
static size_t choose_parents(struct sb_core *c)
{
    size_t n = sb_history_own_heads(c, c->open_parents), kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_last(c->open_parents[i].epoch.counter)) {
            c->open_parents[kept++] = c->open_parents[i];
        }
    }
    return kept;
}

void sb_publish_ask_epoch(struct sb_core *c, const struct sb_hash *first, struct sb_effects *fx)
{
    size_t n = choose_parents(c);
    uint32_t counter = c->origins[0].max_counter;
    for (size_t i = 0; i < n; i++) {
        counter =
            c->open_parents[i].epoch.counter > counter ? c->open_parents[i].epoch.counter : counter;
    }
    struct sb_effect *e = sb_fx_add(fx, SB_FX_OPEN_EPOCH);
    e->open_epoch.counter = is_last(counter) ? counter : counter + 1;
    e->open_epoch.parents = c->open_parents;
    e->open_epoch.n_parents = n;
    e->open_epoch.first_commitment = *first;
}

void sb_publish_append(struct sb_core *c, struct sb_touch *t, struct sb_link *link,
                       enum sb_class class, uint32_t bytes, struct sb_effects *fx)
{
    link->partnership = c->o.partnership;
    link->origin = c->o.origins[0];
    link->epoch = c->chains[t->chain].epoch;
    link->seq.n = t->seq.n + 1;
    link->prev = t->hash;
    t->own = true;
    uint32_t at = c->stage.n_events;
    sb_stage_event(c, t, class, SB_BODY_PRESENT, bytes);
    t->hash = sb_link_hash(link);
    c->stage.own_bytes += bytes;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_APPEND);
    e->append.first = at;
    e->append.n = 1;
    e->append.own = link;
}

static void stage_publish(struct sb_core *c, const struct sb_in_publish *p, struct sb_effects *fx)
{
    struct sb_touch *t = sb_stage_touch(c, c->open);
    struct sb_pending *pending = t == NULL ? NULL : sb_stage_pending(c, &p->id);
    if (pending == NULL) {
        defer(c, fx, SB_TRACE_PUBLISH_BATCH_FULL);
        return;
    }
    c->own_link = (struct sb_link){
        .kind = p->audience.n > 0 ? SB_KIND_RESTRICTED : SB_KIND_OPEN,
        .id = p->id,
        .audience = p->audience,
        .body_len = p->body_len,
        .commitment = p->commitment,
    };
    sb_publish_append(c, t, &c->own_link, p->audience.n > 0 ? SB_CLASS_LINK : p->class, weight(p),
                      fx);
    fill_pending(c, pending, p);
    pending->branch = c->chains[c->open].branch;
    pending->epoch = c->chains[c->open].epoch;
    pending->seq = t->seq;
    if (!p->by_daemon) {
        sb_rights_spend(c, p->client);
    }
    trace(c, SB_TRACE_PUBLISH_STAGED);
    if (sb_planted(SB_PLANT_ACK_BEFORE_COMMIT)) {
        ack(fx, pending);
    }
    if (sb_planted(SB_PLANT_REFUSE_AFTER_STAGING) && p->id.b[15] % 16 == 0) {
        refuse(c, p, SB_CODE_QUOTA, NULL, SB_TRACE_PUBLISH_QUOTA, fx);
    }
}

static bool batch_full(const struct sb_core *c, const struct sb_in_publish *p)
{
    return c->stage.own_bytes + weight(p) + 4096 > SB_BATCH_BYTES_MAX ||
           c->stage.n_pendings + 2 > SB_BATCH_EVENTS_MAX || !sb_stage_room(c, 2);
}

/* Or what would end its embargo. */
static bool is_staged(const struct sb_core *c, const struct sb_in_publish *p)
{
    return !sb_planted(SB_PLANT_ID_ONLY_IN_STORE) &&
           (sb_stage_has_id(c, &p->id) || (p->embargoed && sb_stage_has_id(c, &p->sealed)));
}

void sb_publish_submit(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_publish *p = &in->publish;
    if (refuse_on_sight(c, p, fx)) {
        return;
    }
    if (is_staged(c, p)) {
        defer(c, fx, SB_TRACE_PUBLISH_DUPLICATE_STAGED); /* the next turn finds it in the store */
    } else if (answer_known_id(c, p, fx) || refuse_new(c, p, fx) || hindered(c, in, fx)) {
        return;
    } else if (batch_full(c, p) || c->stage.own_came) {
        /* once durable, what came closes the open epoch (rule 3), and it may bring this very id */
        defer(c, fx, SB_TRACE_PUBLISH_BATCH_FULL);
    } else if (refuse_without_effect(c, p, fx) || too_often(c, p, fx)) {
        return;
    } else if (!c->has_open) {
        sb_publish_ask_epoch(c, &p->commitment, fx);
    } else {
        stage_publish(c, p, fx);
    }
}

void sb_publish_epoch_started(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    const struct sb_in_epoch_started *s = &in->epoch_started;
    struct sb_chain_info info = {.epoch = s->epoch, .base = {1}, .key = s->key};
    info.n_parents = choose_parents(c);
    info.parents = c->open_parents;
    struct sb_touch *t = sb_stage_born(c, &info);
    assert(t != NULL); /* sb_publish_submit asked for the epoch only where there was room */
    c->own_link = (struct sb_link){
        .kind = SB_KIND_SYSTEM, .id = s->id, .body_len = s->body_len, .commitment = s->commitment};
    sb_publish_append(c, t, &c->own_link, SB_CLASS_LINK, SB_LINK_MIN + 32 + s->body_len, fx);
    c->chains[t->chain].opened_here = true;
    c->open = t->chain;
    c->has_open = true;
    c->opened_at = c->now;
    c->stage.opened = true;
    trace(c, SB_TRACE_EPOCH_OPENED);
}

void sb_publish_close_epoch(struct sb_core *c, enum sb_trace why)
{
    if (c->has_open) {
        c->has_open = false;
        trace(c, why);
    }
}

void sb_publish_committed(struct sb_core *c, struct sb_effects *fx)
{
    bool any = c->stage.n_pendings > 0;
    for (uint32_t i = 0; i < c->stage.n_pendings; i++) {
        const struct sb_pending *p = &c->stage.pendings[i];
        if (p->silent) {
            continue;
        }
        if (p->remote == 0 || sb_remote_reached(c, p)) {
            ack(fx, p);
        } else if (!sb_remote_wait(c, p)) {
            sb_remote_give_up(c, p, fx);
        }
    }
    if (any) {
        trace(c, SB_TRACE_COMMITTED_OWN);
    }
}

void sb_publish_failed(struct sb_core *c, struct sb_effects *fx)
{
    if (c->stage.opened) { /* that epoch never was; one that this turn extended stays as it was */
        c->has_open = false;
    }
    for (uint32_t i = 0; i < c->stage.n_pendings; i++) {
        const struct sb_pending *p = &c->stage.pendings[i];
        if (sb_planted(SB_PLANT_ACK_ON_FAILED_COMMIT)) {
            ack(fx, p);
            continue;
        }
        if (p->silent || sb_erasure_retry(c, p, fx)) {
            continue;
        }
        struct sb_effect *e = sb_fx_add(fx, SB_FX_REFUSE);
        e->ack.session = p->session;
        e->ack.request = p->request;
        e->ack.index = p->index;
        e->ack.code = SB_CODE_STORE_FULL;
        e->ack.text = sb_code_sentence(SB_CODE_STORE_FULL);
    }
}

void sb_publish_check_remotes(struct sb_core *c, struct sb_effects *fx)
{
    for (uint32_t i = 0; i < c->n_remotes;) {
        struct sb_pending *p = &c->remotes[i];
        if (sb_remote_reached(c, p)) {
            ack(fx, p);
            trace(c, SB_TRACE_REMOTE_ACKED);
            *p = c->remotes[--c->n_remotes];
        } else {
            i++;
        }
    }
}

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

/* Rule 4: an epoch that time has torn apart is closed for ever; another costs one event. */
static void close_if_torn(struct sb_core *c)
{
    if (!c->has_open || sb_planted(SB_PLANT_REUSE_EPOCH)) {
        return;
    }
    int64_t wall = c->now.wall.ms - c->opened_at.wall.ms;
    int64_t mono = c->now.mono_ms - c->opened_at.mono_ms;
    if (c->now.mono_ms - c->last_turn_ms > SB_EPOCH_IDLE_MS &&
        !sb_planted(SB_PLANT_IDLE_KEEPS_EPOCH)) {
        sb_publish_close_epoch(c, SB_TRACE_EPOCH_CLOSED_IDLE);
    } else if (magnitude(wall - mono) > SB_CLOCK_DRIFT_MS &&
               !sb_planted(SB_PLANT_CLOCK_KEEPS_EPOCH)) {
        sb_publish_close_epoch(c, SB_TRACE_EPOCH_CLOSED_CLOCK);
    }
}

void sb_publish_recovered(struct sb_core *c, struct sb_effects *fx, const char *why)
{
    c->recovering = false;
    struct sb_effect *e = sb_fx_add(fx, SB_FX_STATE);
    e->state.what = "daemon";
    e->state.from = "recovering";
    e->state.to = "ready";
    e->state.why = why;
    sb_fx_add(fx, SB_FX_UNHOLD);
}

void sb_publish_tick(struct sb_core *c, struct sb_effects *fx)
{
    close_if_torn(c);
    if (c->recovering && c->now.mono_ms >= c->recovery_until_ms &&
        !sb_planted(SB_PLANT_WAIT_FOR_PARTNERS)) {
        trace(c, SB_TRACE_RECOVERY_TIMED_OUT);
        sb_publish_recovered(c, fx, "not every partner answered in time");
    }
    sb_remote_expire(c, fx);
    c->last_turn_ms = c->now.mono_ms;
}
