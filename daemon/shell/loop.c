/* The only loop; see loop.h. Nothing here looks into a frame. */
#include "daemon/shell/loop.h"

#include <stdlib.h>

#include "daemon/shell/clock.h"
#include "daemon/shell/drop.h"
#include "daemon/shell/eventlog.h"
#include "daemon/shell/notify.h"
#include "daemon/shell/process.h"
#include "daemon/shell/pulse.h"
#include "daemon/shell/renewal.h"
#include "daemon/shell/steward.h"
#include "proto/failpoint.h"

enum {
    WAIT_MAX_MS = 1000,        /* counts of complaints and retries are not more urgent */
    DRAIN_WAIT_MAX_MS = 50,    /* while stopping */
    EVENTLOG_PAUSE_MS = 10,    /* one write for all that happens in it, not one per commit */
    EVENTLOG_MANY = 256,       /* entries that need not wait for more */
    EVENTLOG_CLOSE_SLICES = 8, /* written at the end; a longer rest is written at the next start */
};

struct loop {
    struct sb_setup *setup;
    struct sb_news *news;
    struct sb_eventlog eventlog;
    int signals;
    struct sb_net_message *messages; /* SB_TURN_INPUTS_MAX */
    bool stopping, stop_now;
    int64_t stop_mono_ms; /* the latest end of draining */
    bool eventlog_alarm, crowded_alarm, keys_alarm;
    int64_t eventlog_mono_ms; /* not before */
    struct sb_pulse pulse;
    struct sb_steward steward;
};

/* ---- what a turn made */

static bool send_one(struct loop *l, const struct sb_outgoing *what)
{
    struct sb_net *net = l->setup->net;
    switch (what->kind) {
    case SB_OUT_ANSWER:
        return what->paced ? sb_net_answer_paced(net, what->to, what->frame)
                           : sb_net_answer(net, what->to, what->frame);
    case SB_OUT_TURN_AWAY: return sb_net_turn_away(net, what->to, what->frame);
    case SB_OUT_ASK:
        return what->paced ? sb_net_ask_paced(net, what->to, what->frame)
                           : sb_net_ask(net, what->to, what->frame);
    case SB_OUT_PUBLISH:
        return sb_drop_broadcast() || sb_net_publish(net, what->topic, what->frame);
    case SB_OUT_HURRY: sb_net_hurry(net, what->to); return true;
    }
    return true;
}

static void send_all(struct loop *l, const struct sb_outbox *outbox)
{
    for (size_t i = 0; i < outbox->n; i++) {
        sb_failpoint(i == 0 ? SB_FAIL_BEFORE_SEND : SB_FAIL_BETWEEN_SENDS);
        if (!send_one(l, &outbox->items[i])) {
            sb_node_unsent(l->setup->node, &outbox->items[i]);
        }
    }
    if (outbox->n > 0) {
        sb_failpoint(SB_FAIL_AFTER_SEND);
    }
}

static enum sb_rc take_turn(struct loop *l, struct sb_err *err)
{
    struct sb_net *net = l->setup->net;
    size_t n = sb_net_collect(net, l->messages, SB_TURN_INPUTS_MAX);
    struct sb_outbox outbox = {0};
    enum sb_rc rc = sb_node_turn(l->setup->node, sb_clock_now(), l->messages, n,
                                 sb_net_followed(net), &outbox, err);
    if (rc == SB_OK) {
        send_all(l, &outbox);
    }
    sb_net_release(net);
    return rc;
}

/* ---- the event log */

/* Told once at the beginning of trouble and once at its end. */
static void write_eventlog(struct loop *l, int64_t mono_ms)
{
    struct sb_err err = {0};
    sb_eventlog_write(&l->eventlog, l->setup->store, sb_node_core(l->setup->node), mono_ms, &err);
    if (l->eventlog.failed != l->eventlog_alarm) {
        l->eventlog_alarm = l->eventlog.failed;
        sb_node_alarm(l->setup->node, "eventlog", l->eventlog_alarm,
                      l->eventlog_alarm ? err.text : "written again; nothing is missing from it");
    }
}

static uint64_t eventlog_behind(const struct loop *l)
{
    return sb_eventlog_behind(&l->eventlog, sb_node_core(l->setup->node));
}

/* At once when it is quiet or when there is much of it, else a slice for many commits: a write to a
 * file beside each fsync would cost a publisher more than the event itself. */
static int64_t eventlog_due(const struct loop *l, int64_t mono_ms)
{
    uint64_t n = eventlog_behind(l);
    return n == 0 ? INT64_MAX : n >= EVENTLOG_MANY ? mono_ms : l->eventlog_mono_ms;
}

static void tend_eventlog(struct loop *l, int64_t mono_ms)
{
    int64_t due = eventlog_due(l, mono_ms);
    if (due <= mono_ms) {
        l->eventlog_mono_ms = mono_ms + EVENTLOG_PAUSE_MS;
    } else if (due != INT64_MAX) {
        return;
    }
    write_eventlog(l, mono_ms); /* even with nothing to write it may be time to try again */
}

static void finish_eventlog(struct loop *l)
{
    for (int i = 0; i < EVENTLOG_CLOSE_SLICES && eventlog_behind(l) > 0; i++) {
        write_eventlog(l, sb_clock_now().mono_ms);
    }
}

/* ---- signals */

static void begin_stop(struct loop *l, int64_t mono_ms)
{
    l->stop_now = l->stopping; /* asked twice */
    if (!l->stopping) {
        sb_failpoint(SB_FAIL_BEFORE_STOP);
        l->stopping = true;
        l->stop_mono_ms = mono_ms + SB_SHUTDOWN_MS;
        sb_node_shutdown(l->setup->node);
        (void)sb_notify_surely("STOPPING=1");
        sb_news_tell(l->news, SB_HAPPENING_DAEMON_STOPPING, "daemon", "stopping", "stopping");
    }
}

static enum sb_rc serve_signals(struct loop *l, struct sb_err *err)
{
    struct sb_signals came = {0};
    sb_process_read_signals(l->signals, &came);
    if (came.stop) {
        begin_stop(l, sb_clock_now().mono_ms);
    }
    if (came.reopen) {
        sb_eventlog_reopen(&l->eventlog);
        sb_news_tell(l->news, SB_HAPPENING_EVENTLOG_REOPENED, "eventlog", "done",
                     "the event log was opened anew");
    }
    if (came.reload && !l->stopping) {
        sb_steward_reload(&l->steward);
    }
    sb_steward_serve(&l->steward);
    return came.child ? sb_signer_look(l->setup->signer, err) : SB_OK;
}

/* ---- the loop */

static int wait_ms(const struct loop *l)
{
    int64_t now = sb_clock_now().mono_ms, until = sb_node_deadline(l->setup->node);
    int64_t most = now + (l->stopping ? DRAIN_WAIT_MAX_MS : WAIT_MAX_MS);
    until = until < most ? until : most;
    int64_t due = eventlog_due(l, now);
    until = until < due ? until : due;
    due = sb_pulse_due(&l->pulse);
    until = until < due ? until : due;
    return until < now ? 0 : (int)(until - now);
}

static bool is_over(const struct loop *l)
{
    return l->stop_now || (l->stopping && (sb_node_drained(l->setup->node) ||
                                           sb_clock_now().mono_ms >= l->stop_mono_ms));
}

static void tend_crowd(struct loop *l)
{
    bool crowded = sb_net_is_crowded(l->setup->net);
    if (crowded != l->crowded_alarm) {
        l->crowded_alarm = crowded;
        sb_node_alarm(l->setup->node, "descriptors", crowded,
                      crowded
                          ? "nearly all descriptors are in use: both endpoints are shut, and all "
                            "who came in by them are cut off, until they are free again; see who "
                            "connects"
                          : "descriptors are free again: both endpoints are open");
    }
}

static void tend_keys(struct loop *l, struct sb_time now)
{
    char text[SB_RENEWAL_TEXT_MAX];
    bool due = sb_renewal_due(l->setup->config->organisation.renew_keys_by, now, text);
    if (due != l->keys_alarm) {
        l->keys_alarm = due;
        sb_node_alarm(l->setup->node, "keys_expire", due,
                      due ? text : "the keys need not be renewed soon");
    }
}

static enum sb_rc serve(struct loop *l, struct sb_err *err)
{
    while (!is_over(l)) {
        enum sb_rc rc = sb_net_wait(l->setup->net, wait_ms(l), l->signals, err);
        if (rc != SB_OK && rc != SB_E_AGAIN) {
            return rc;
        }
        rc = serve_signals(l, err);
        rc = rc != SB_OK ? rc : take_turn(l, err);
        if (rc != SB_OK) {
            return rc;
        }
        struct sb_now now = sb_clock_now();
        tend_eventlog(l, now.mono_ms);
        tend_crowd(l);
        tend_keys(l, now.wall);
        sb_news_tend(l->news, now.mono_ms);
        sb_pulse_beat(&l->pulse, l->setup->node, now);
    }
    return SB_OK;
}

static void tell_serving(struct loop *l)
{
    const struct sb_config *c = l->setup->config;
    const struct sb_journal_note note = {SB_HAPPENING_DAEMON_READY, "samenbusd", "daemon", "ready",
                                         "self"};
    sb_log_tell(l->news->log, SB_CONFIG_LOG_INFO, &note,
                "ready: %s in %s, events at %s, service at %s", c->organisation.id, c->partnership,
                c->listen.publish, c->listen.service);
    if (!sb_notify_surely("READY=1")) {
        sb_log_write(l->news->log, SB_CONFIG_LOG_WARNING, "NOTIFY_SOCKET: nobody could be told");
    }
}

enum sb_rc sb_loop_run(struct sb_setup *setup, struct sb_news *news, int signals,
                       struct sb_err *err)
{
    struct loop l = {.setup = setup, .news = news, .signals = signals};
    l.steward = (struct sb_steward){.setup = setup, .news = news, .eventlog = &l.eventlog};
    l.messages = calloc(SB_TURN_INPUTS_MAX, sizeof *l.messages);
    if (l.messages == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for a turn's messages");
    }
    enum sb_rc rc = sb_eventlog_open(&l.eventlog, setup->config->eventlog.path, err);
    if (rc == SB_OK) {
        sb_pulse_init(&l.pulse);
        tell_serving(&l);
        sb_failpoint(SB_FAIL_AFTER_READY);
        rc = serve(&l, err);
        sb_failpoint(SB_FAIL_AFTER_DRAINED);
        finish_eventlog(&l);
    }
    sb_eventlog_close(&l.eventlog);
    free(l.messages);
    return rc;
}
