/* The virtual clock and the hosts on it. One thing happens at a time; every node's turn is followed
 * by the checks. Nothing here touches the machine. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/erasing.h"
#include "tests/sim/faults.h"
#include "tests/sim/forks.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/reload.h"
#include "tests/sim/sealed.h"
#include "tests/sim/sight.h"
#include "tests/sim/storm.h"
#include "tests/sim/talk.h"
#include "tests/sim/thief.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void push(struct sim_world *w, struct sim_event *e)
{
    if (w->n_heap == w->cap_heap) {
        w->cap_heap = w->cap_heap == 0 ? 256 : 2 * w->cap_heap;
        w->heap = realloc(w->heap, w->cap_heap * sizeof(struct sim_event *));
        assert(w->heap != NULL);
    }
    size_t at = w->n_heap++;
    for (size_t up; at > 0 && earlier(e, w->heap[up = (at - 1) / 2]); at = up) {
        w->heap[at] = w->heap[up];
    }
    w->heap[at] = e;
}

static struct sim_event *pop(struct sim_world *w)
{
    struct sim_event *top = w->heap[0], *last = w->heap[--w->n_heap];
    size_t at = 0;
    for (size_t down = 1; down < w->n_heap; at = down, down = 2 * at + 1) {
        if (down + 1 < w->n_heap && earlier(w->heap[down + 1], w->heap[down])) {
            down++;
        }
        if (earlier(last, w->heap[down])) {
            break;
        }
        w->heap[at] = w->heap[down];
    }
    w->heap[at] = last;
    return top;
}

struct sim_event *sim_schedule(struct sim_world *w, int64_t delay_ms, enum sim_event_kind kind,
                               int node)
{
    struct sim_event *e = calloc(1, sizeof *e);
    assert(e != NULL);
    e->at_ms = w->now_ms + delay_ms;
    e->order = w->order++;
    e->kind = kind;
    e->node = node;
    push(w, e);
    return e;
}

void sim_event_free(struct sim_event *e)
{
    free(e->bytes);
    free(e);
}

struct sb_arena *sim_arena_lend(struct sim_world *w)
{
    assert(w->n_lent < SIM_ARENAS);
    sb_arena_reset(&w->arenas[w->n_lent]);
    return &w->arenas[w->n_lent++];
}

void sim_arena_return(struct sim_world *w, const struct sb_arena *arena)
{
    w->n_lent--;
    assert(arena == &w->arenas[w->n_lent]);
}

void sim_violate(struct sim_world *w, const char *invariant, const char *fmt, ...)
{
    if (w->violation[0] != '\0') {
        return;
    }
    int n = snprintf(w->violation, sizeof w->violation, "%s at %lld ms: ", invariant,
                     (long long)w->now_ms);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(w->violation + n, sizeof w->violation - (size_t)n, fmt, ap);
    va_end(ap);
}

struct sb_now sim_now(const struct sim_world *w, const struct sim_host *h)
{
    static const int64_t epoch_ms = 1764000000000;
    return (struct sb_now){w->now_ms, {epoch_ms + w->now_ms + h->wall_shift_ms}};
}

uint16_t sim_number(const struct sim_host *at, int of)
{
    const struct sim_world *w = at->mirror->world;
    for (size_t i = 0; i < at->n_partners; i++) {
        if (sb_org_eq(&at->partners[i].org, &w->hosts[of].org)) {
            return (uint16_t)(i + 1); /* as they were registered at the first start */
        }
    }
    return 0; /* itself, or its twin */
}

void sim_schedule_turn(struct sim_world *w, struct sim_host *h, int64_t at_ms)
{
    at_ms = at_ms < h->paused_until_ms ? h->paused_until_ms : at_ms;
    if (h->turn_due && h->turn_at_ms <= at_ms) {
        return;
    }
    h->turn_due = true;
    h->turn_at_ms = at_ms < w->now_ms ? w->now_ms : at_ms;
    (void)sim_schedule(w, h->turn_at_ms - w->now_ms, SIM_TURN, h->index);
}

static void restart_later(struct sim_world *w, struct sim_host *h)
{
    if (!w->quiet) {
        (void)sim_schedule(w, 50 + sim_below(&w->random, 3000), SIM_START, h->index);
    }
}

static void arm_commit(struct sim_host *h)
{
    if (h->crash_at_commit != 0) {
        sb_disk_fail_commit(h->disk, SB_E_IO, h->crash_at_commit == 2);
        h->crash_at_commit = 0;
    }
}

/* A node that has nothing new to do comes to rest. */
static void check_rest(struct sim_world *w, struct sim_host *h)
{
    enum { RESTLESS = 1000 };
    h->turns_now = h->last_turn_ms == w->now_ms ? h->turns_now + 1 : 0;
    h->last_turn_ms = w->now_ms;
    if (h->turns_now > RESTLESS) {
        sim_violate(w, "I12", "%s takes one turn after the other and does not come to rest",
                    h->org.s);
    }
}

static void run_turn(struct sim_world *w, struct sim_host *h)
{
    struct sb_net_message messages[SIM_MESSAGES_MAX];
    size_t n = h->n_inbox < SIM_MESSAGES_MAX ? h->n_inbox : SIM_MESSAGES_MAX;
    struct sb_outbox out = {0};
    struct sb_err err = {0};
    for (size_t i = 0; i < n; i++) {
        messages[i] = h->inbox[i]->message;
    }
    arm_commit(h);
    enum sb_rc rc = sb_node_turn(h->node, sim_now(w, h), messages, n, sim_net_followed(w, h->index),
                                 &out, &err);
    w->turns++;
    check_rest(w, h);
    if (rc != SB_OK) {
        sim_crash(w, h->index, err.text);
        restart_later(w, h);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (!sim_reload_is_out(w, h, messages[i].identity)) {
            sim_talk_heard(w, h, &messages[i]);
            sim_sight_heard(w, h, &messages[i]);
        }
    }
    sim_checks_log(w, h); /* before anything leaves */
    for (size_t i = 0; i < out.n && w->violation[0] == '\0'; i++) {
        if (sim_dies_between(h, i)) {
            sim_crash(w, h->index, "between two messages");
            restart_later(w, h);
            return;
        }
        sim_reload_said(w, h, &out.items[i]);
        sim_talk_said(w, h, &out.items[i]);
        sim_erasing_left(w, h, out.items[i].frame);
        sim_announced_left(w, h, out.items[i].frame);
        sim_net_send(w, h, &out.items[i]);
    }
    sim_drop_inbox(h, n);
    sim_checks_turn(w, h);
    sim_schedule_turn(w, h, h->n_inbox > 0 ? w->now_ms : sb_node_deadline(h->node));
}

static void on_turn(struct sim_world *w, struct sim_host *h, int64_t at_ms)
{
    if (h->node == NULL || !h->turn_due || h->turn_at_ms != at_ms) {
        return; /* another one took its place */
    }
    if (w->now_ms < h->paused_until_ms) {
        h->turn_due = false;
        sim_schedule_turn(w, h, h->paused_until_ms);
        return;
    }
    h->turn_due = false;
    run_turn(w, h);
}

static void on_message(struct sim_world *w, struct sim_event *e)
{
    struct sim_host *h = &w->hosts[e->node];
    sim_sealed_received(w, h, e->message.frame);
    if (h->villain) {
        sim_villain_hears(w, e);
        sim_event_free(e);
        return;
    }
    if (h->node == NULL || h->n_inbox == SIM_INBOX_MAX ||
        (e->by_publisher && h->n_inbox > SIM_PUBLISHED_MAX)) {
        sim_event_free(e); /* nobody there, or a queue at its mark */
        return;
    }
    sim_checks_received(w, h, &e->message);
    h->inbox[h->n_inbox++] = e;
    uint32_t longest = w->slow ? SIM_SLOW_TURN_MS : SIM_TURN_MS;
    sim_schedule_turn(w, h, w->now_ms + sim_below(&w->random, longest + 1));
}

static void happen(struct sim_world *w, struct sim_event *e)
{
    struct sim_host *h = e->node >= 0 ? &w->hosts[e->node] : NULL;
    switch (e->kind) {
    case SIM_MESSAGE:
        if (sim_net_arrives(w, e)) {
            on_message(w, e);
            return;
        }
        sim_net_linger(w, e);
        break;
    case SIM_TURN: on_turn(w, h, e->at_ms); break;
    case SIM_ANSWER: sim_clients_hear(w, h, e); break;
    case SIM_CLIENT: sim_clients_act(w, h, e->other); break;
    case SIM_CONNECT: sim_net_connect(w, e->node, e->other); break;
    case SIM_FAULT: sim_fault(w); break;
    case SIM_START: sim_start(w, e->node); break;
    case SIM_VILLAIN: sim_villain_acts(w); break;
    case SIM_TWIN: sim_twin_start(w); break;
    case SIM_STOPPED: sim_stopped(w, h); break;
    case SIM_KEYS: sim_keys_act(w); break;
    case SIM_THIEF: sim_thief_acts(w, e->node); break;
    case SIM_SWIZZLE: sim_swizzle(w, h, e->other == 1); break;
    }
    sim_event_free(e);
}

bool sim_run_until(struct sim_world *w, int64_t until_ms)
{
    while (w->n_heap > 0 && w->heap[0]->at_ms <= until_ms && w->violation[0] == '\0') {
        struct sim_event *e = pop(w);
        w->now_ms = e->at_ms;
        happen(w, e);
    }
    w->now_ms = until_ms;
    return w->violation[0] == '\0';
}

void sim_world_init(struct sim_world *w, uint64_t seed, int n_hosts)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    sim_random_seed(&w->random, seed);
    w->n_hosts = n_hosts;
    w->partnership = sb_partnership_hash("simulated");
    for (int i = 0; i < SIM_ARENAS; i++) {
        sb_arena_init(&w->arenas[i], ARENA_BYTES);
    }
    w->truth = sim_truth_new();
    w->forks = sim_forks_new();
    w->erasing = sim_erasing_new();
    w->sealed = sim_sealed_new();
    w->keys = sim_keys_new();
    w->announced = sim_announced_new();
    for (int i = 0; i < n_hosts; i++) {
        sim_host_init(w, i);
    }
}

void sim_world_fini(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        sim_host_fini(w, &w->hosts[i]);
    }
    while (w->n_heap > 0) {
        sim_event_free(pop(w));
    }
    free(w->heap);
    sim_villain_free(w->villain);
    sim_truth_free(w->truth);
    sim_forks_free(w->forks);
    sim_erasing_free(w->erasing);
    sim_sealed_free(w->sealed);
    sim_keys_free(w->keys);
    sim_announced_free(w->announced);
    sb_disk_forget_all();
    for (int i = 0; i < SIM_ARENAS; i++) {
        sb_arena_fini(&w->arenas[i]);
    }
}
