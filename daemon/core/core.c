/* The core's one door: every input goes to the module that decides it. */
#include "daemon/core/core.h"

#include <assert.h>

#include "daemon/core/consumer.h"
#include "daemon/core/erasure.h"
#include "daemon/core/herald.h"
#include "daemon/core/history.h"
#include "daemon/core/instance.h"
#include "daemon/core/peer.h"
#include "daemon/core/places.h"
#include "daemon/core/publish.h"
#include "daemon/core/replicate.h"
#include "daemon/core/rights.h"
#include "daemon/core/roster.h"
#include "daemon/core/serve.h"
#include "daemon/core/shown.h"
#include "daemon/core/silence.h"
#include "daemon/core/stage.h"
#include "daemon/core/subscription.h"
#include "daemon/core/want.h"

struct sb_effect *sb_fx_add(struct sb_effects *fx, enum sb_effect_type type)
{
    assert(fx->n < fx->cap);
    struct sb_effect *e = &fx->items[fx->n++];
    *e = (struct sb_effect){.type = type};
    return e;
}

const char *sb_alarm_name(enum sb_alarm_code code)
{
    switch (code) {
    case SB_ALARM_FORK: return "fork";
    case SB_ALARM_SECOND_INSTANCE: return "second_instance";
    case SB_ALARM_QUOTA: return "quota";
    case SB_ALARM_STALLED: return "stalled";
    case SB_ALARM_STORE_FULL: return "store_full";
    case SB_ALARM_FLOODING: return "flooding";
    case SB_ALARM_COUNT: break;
    }
    return "";
}

void sb_core_alarm(struct sb_effects *fx, enum sb_alarm_code code, const struct sb_chain *about)
{
    struct sb_effect *e = sb_fx_add(fx, SB_FX_ALARM);
    e->alarm.code = code;
    e->alarm.raised = true;
    e->alarm.origin = about->origin;
    e->alarm.epoch = about->epoch;
    e->alarm.seq = about->base;
}

void sb_core_alarm_state(struct sb_effects *fx, enum sb_alarm_code code, uint16_t origin,
                         bool *state, bool raised)
{
    if (*state != raised) {
        *state = raised;
        struct sb_effect *e = sb_fx_add(fx, SB_FX_ALARM);
        e->alarm.code = code;
        e->alarm.raised = raised;
        e->alarm.origin = origin;
    }
}

static void check_recovery(struct sb_core *c, struct sb_effects *fx)
{
    if (!c->recovering || sb_shown_own_missing(c) || sb_want_own_comparing(c)) {
        return;
    }
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        if (c->partners[i].partner && !c->peers[i].has_full) {
            return;
        }
    }
    trace(c, SB_TRACE_RECOVERY_COMPLETE);
    sb_publish_recovered(c, fx, "every partner has answered");
}

/* Of its epoch an announcement says what counts. */
static bool is_settled(const struct sb_core *c, uint32_t chain)
{
    const struct sb_chain *k = &c->chains[chain];
    uint16_t final;
    return sb_core_find_final(c, k->origin, k->epoch, &final);
}

/* Forks that an earlier run found, and perhaps had no time to say. */
static void tell_loaded_forks(struct sb_core *c, struct sb_effects *fx)
{
    for (uint16_t o = 0; o < c->o.n_origins && c->untold; o++) {
        uint32_t i = c->origins[o].first;
        while (i != NONE && (c->chains[i].branch == 0 || is_settled(c, i))) {
            i = c->chains[i].next;
        }
        if (i != NONE) { /* one of its forks: an origin can make thousands */
            trace(c, SB_TRACE_FORK_LOADED);
            sb_core_alarm(fx, SB_ALARM_FORK, &c->chains[i]);
        }
    }
    c->untold = false;
}

static void on_tick(struct sb_core *c, struct sb_effects *fx)
{
    tell_loaded_forks(c, fx);
    sb_silence_tick(c);
    sb_publish_tick(c, fx);
    sb_want_tick(c);
    sb_places_tick(c, fx);
    sb_replicate_tick(c, fx);
    sb_peer_tick(c, fx);
    check_recovery(c, fx);
    sb_erasure_tick(c, fx);
    sb_instance_tick(c, fx);
    sb_herald_tick(c, fx);
    sb_serve_tick(c, fx);
    sb_subscription_pump(c, fx);
}

static void on_turn_end(struct sb_core *c, struct sb_effects *fx)
{
    sb_stage_end(c, fx);
    if (!c->stage.anything && c->plan) {
        sb_want_plan(c, fx);
    }
}

static void on_committed(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    bool more = c->stage.anything; /* a consumer's cursor goes into a full store as well */
    sb_stage_committed(c, in, fx);
    sb_shown_settle(c, true);
    sb_rights_settle(c, true);
    sb_publish_committed(c, fx);
    sb_consumer_committed(c, fx);
    sb_stage_clear(c);
    if (more) {
        sb_core_alarm_state(fx, SB_ALARM_STORE_FULL, 0, &c->full, false);
    }
    sb_herald_tick(c, fx);
    sb_subscription_pump(c, fx);
    if (c->plan) {
        sb_want_plan(c, fx);
    }
}

bool sb_core_is_full(const struct sb_core *core)
{
    return core->full;
}

bool sb_core_waits_for_room(const struct sb_core *core)
{
    return core->full && core->now.mono_ms < core->full_until_ms;
}

/* The disk or the map is full; whatever else may befall a commit ends the process. */
static void on_commit_failed(struct sb_core *c, struct sb_effects *fx)
{
    trace(c, SB_TRACE_COMMIT_FAILED);
    sb_publish_failed(c, fx);
    sb_erasure_failed(c);
    sb_consumer_failed(c, fx);
    sb_shown_settle(c, false);
    sb_rights_settle(c, false);
    c->full_until_ms = c->now.mono_ms + SB_FULL_RETRY_MS;
    c->others_until_ms = c->full_until_ms + (c->stage.n_erases > 0 ? SB_FULL_RETRY_MS : 0);
    sb_stage_discard(c);
    sb_core_alarm_state(fx, SB_ALARM_STORE_FULL, 0, &c->full, true);
}

static uint64_t segment_bytes(const struct sb_segment *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        n += s->items[i].link_bytes.n + s->items[i].body.n;
    }
    return n;
}

static void on_segment(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    if (sb_replicate_segment(c, in, fx)) {
        sb_want_links_came(c, &in->segment, segment_bytes(in->segment.segment));
    }
}

static void on_bodies(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    if (sb_replicate_bodies(c, in, fx)) {
        sb_want_bodies_came(c, &in->bodies);
    }
}

static void on_frontier(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    sb_peer_contact(c, in->frontier.from, in->frontier.route);
    sb_shown_frontier(c, in, fx);
    sb_publish_check_remotes(c, fx);
}

/* Only who has greeted is served: before that nobody knows that we serve the same partnership. */
static void on_want(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    if (sb_peer_greeted(c, in->want.from, in->want.route)) {
        sb_serve_want(c, in, fx);
    }
}

static void on_want_bodies(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    if (!sb_peer_greeted(c, in->want_bodies.from, in->want_bodies.route)) {
        return;
    }
    struct sb_effect *e = sb_fx_add(fx, SB_FX_SERVE_BODIES);
    e->partner.route = in->want_bodies.route;
    e->partner.partner = in->want_bodies.from;
    e->partner.request = in->want_bodies.request;
    e->partner.origin = in->want_bodies.origin;
    trace(c, SB_TRACE_WANT_BODIES_SERVED);
}

static void on_summary_request(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    if (!sb_peer_greeted(c, in->summary.from, in->summary.route)) {
        return;
    }
    struct sb_effect *e = sb_fx_add(fx, SB_FX_SUMMARY);
    e->partner.route = in->summary.route;
    e->partner.partner = in->summary.from;
    e->partner.request = in->summary.request;
    e->partner.origin = in->summary.origin;
    e->partner.from_counter = in->summary.summary->from;
    e->partner.to_counter = in->summary.summary->to;
    e->partner.skip = in->summary.summary->skip;
}

static void on_summary(struct sb_core *c, const struct sb_input *in)
{
    const struct sb_counter_range *asked =
        sb_want_asked_summary(c, in->summary.from, in->summary.request, in->summary.summary);
    if (asked == NULL) {
        return;
    }
    sb_shown_summary(c, in, asked);
    struct sb_input answered = {.type = SB_IN_ANSWERED, .now = in->now};
    answered.answered.from = in->summary.from;
    answered.answered.request = in->summary.request;
    answered.answered.empty = in->summary.summary->n_epochs == 0;
    sb_want_answered(c, &answered);
}

static void on_session_gone(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    sb_serve_forget_session(c, in->session_gone.session);
    sb_subscription_forget_session(c, in->session_gone.session);
    sb_peer_session_gone(c, in, fx);
}

static void on_view(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    sb_peer_contact(c, in->view.from, in->view.route);
    sb_peer_view(c, in, fx);
    sb_instance_view(c, in);
}

static void on_hello(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    sb_peer_contact(c, in->hello.from, in->hello.route);
    sb_peer_hello(c, in, fx);
}

static void on_shutdown(struct sb_core *c, struct sb_effects *fx)
{
    c->stopping = true;
    sb_fx_add(fx, SB_FX_UNHOLD);
}

static void decide(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    switch (in->type) {
    case SB_IN_TICK: on_tick(c, fx); break;
    case SB_IN_PUBLISH: sb_publish_submit(c, in, fx); break;
    case SB_IN_ERASE: sb_erasure_submit(c, in, fx); break;
    case SB_IN_RECEIPT: sb_erasure_receipt(c, in, fx); break;
    case SB_IN_EPOCH_STARTED: sb_publish_epoch_started(c, in, fx); break;
    case SB_IN_SEGMENT: on_segment(c, in, fx); break;
    case SB_IN_BODIES: on_bodies(c, in, fx); break;
    case SB_IN_ANSWERED: sb_want_answered(c, in); break;
    case SB_IN_HELLO: on_hello(c, in, fx); break;
    case SB_IN_FRONTIER: on_frontier(c, in, fx); break;
    case SB_IN_FRONTIER_REQUEST:
        sb_herald_full(c, in->frontier_request.from, in->frontier_request.route, fx);
        break;
    case SB_IN_VIEW: on_view(c, in, fx); break;
    case SB_IN_WANT: on_want(c, in, fx); break;
    case SB_IN_WANT_BODIES: on_want_bodies(c, in, fx); break;
    case SB_IN_SUMMARY_REQUEST: on_summary_request(c, in, fx); break;
    case SB_IN_SUMMARY: on_summary(c, in); break;
    case SB_IN_REFUSED: sb_peer_refused(c, in, fx); break;
    case SB_IN_LINK_UP: sb_peer_link_up(c, in, fx); break;
    case SB_IN_LINK_DOWN:
    case SB_IN_LINK_REFUSED:
        sb_serve_forget_link(c, in->link.partner);
        sb_peer_link_down(c, in, fx);
        break;
    case SB_IN_SESSION_GONE: on_session_gone(c, in, fx); break;
    case SB_IN_SUBSCRIBE: sb_subscription_open(c, in, fx); break;
    case SB_IN_CREDIT: sb_subscription_credit(c, in, fx); break;
    case SB_IN_CONSUME: sb_consumer_change(c, in, fx); break;
    case SB_IN_DELIVERED: sb_subscription_delivered(c, in, fx); break;
    case SB_IN_SERVED: sb_serve_served(c, in, fx); break;
    case SB_IN_TURN_END: on_turn_end(c, fx); break;
    case SB_IN_COMMITTED: on_committed(c, in, fx); break;
    case SB_IN_COMMIT_FAILED: on_commit_failed(c, fx); break;
    case SB_IN_SHUTDOWN: on_shutdown(c, fx); break;
    case SB_IN_ROSTER: sb_roster_change(c, in, fx); break;
    }
}

void sb_core_step(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx)
{
    enum sb_trace forgotten = sb_forgotten();
    size_t before = fx->n;
    uint64_t taken = forgotten < SB_TRACE_COUNT ? c->traces[forgotten] : 0;
    c->now = in->now;
    decide(c, in, fx);
    if (forgotten < SB_TRACE_COUNT && c->traces[forgotten] != taken) {
        fx->n = before;
    }
}

static bool awaits_something(const struct sb_core *c)
{
    return c->n_wants > 0 || c->recovering || c->settling || c->n_remotes > 0 || c->full ||
           c->next_plan_ms != INT64_MAX;
}

int64_t sb_core_deadline(const struct sb_core *c)
{
    int64_t due = sb_herald_due(c);
    int64_t soon = c->now.mono_ms + SB_IDLE_TICK_MS;
    if (awaits_something(c) && soon < due) {
        due = soon;
    }
    if (c->unreleased && !c->full) {
        return c->now.mono_ms;
    }
    for (size_t i = 0; i < c->n_subscriptions; i++) {
        const struct sb_subscription *s = &c->subscriptions[i];
        if (s->used && !s->busy && s->retry_ms > c->now.mono_ms && s->retry_ms < due) {
            due = s->retry_ms;
        }
    }
    for (size_t i = SB_SERVES_MAX; i < sb_serve_slots(c); i++) {
        const struct sb_serving *s = &c->servings[i];
        if (s->used && !s->busy && s->retry_ms < due) {
            due = s->retry_ms;
        }
    }
    return due;
}
