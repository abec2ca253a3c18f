/* The virtual clock and the hosts on it. One thing happens at a time; every node's turn is followed
 * by the checks. Nothing here touches the machine. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/forks.h"
#include "tests/sim/snapshot.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain.h"

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
            return sb_node_partner_number(at->node, i);
        }
    }
    return 0; /* itself, or its twin */
}

/* ---- hosts */

static void on_alarm(void *context, const char *code, bool raised, const char *text)
{
    (void)text;
    struct sim_host *h = context;
    h->fork_alarm |= raised && strcmp(code, "fork") == 0;
    h->second_alarm |= raised && strcmp(code, "second_instance") == 0;
}

static void on_state(void *context, const char *who, const char *what, const char *from,
                     const char *to, const char *why)
{
    struct sim_host *h = context;
    if (h->mirror->world->verbose) {
        fprintf(stderr, "%8lld %s: %s %s: %s -> %s (%s)\n", (long long)h->mirror->world->now_ms,
                h->org.s, who, what, from, to, why);
    }
}

static void on_complaint(void *context, const char *who, const char *what, const char *why)
{
    struct sim_host *h = context;
    if (h->mirror->world->verbose) {
        fprintf(stderr, "%8lld %s: complaint about %s: %s: %s\n",
                (long long)h->mirror->world->now_ms, h->org.s, who, what, why);
    }
}

static void fill_random(void *context, void *out, size_t n)
{
    sim_fill(context, out, n);
}

/* A twin is the same organisation: nobody lists it, and it does not list itself. */
static void list_partners(struct sim_world *w, struct sim_host *h)
{
    h->n_partners = 0;
    for (int i = 0; i < w->n_hosts; i++) {
        const struct sim_host *o = &w->hosts[i];
        if (!o->twin && !sb_org_eq(&o->org, &h->org)) {
            const struct sim_link *l = &w->links[h->index][i];
            h->partners[h->n_partners++] = (struct sb_node_partner){
                o->org, o->org.s, sb_sign_public_of(&o->seed), l->configured, l->configured};
        }
    }
}

static bool open_store(struct sim_world *w, struct sim_host *h)
{
    struct sb_err err = {0};
    struct sb_store_options options = {.path = h->path,
                                       .partnership = w->partnership,
                                       .organisation = h->org,
                                       .max_size = (uint64_t)1 << 40};
    if (sb_store_open(&h->store, &options, &err) != SB_OK) {
        sim_violate(w, "start", "%s: %s", h->org.s, err.text);
        return false;
    }
    return true;
}

static bool open_node(struct sim_world *w, struct sim_host *h)
{
    static const char *const topics[] = {"custom/sim"};
    static const struct sb_node_client clients[SIM_CLIENTS] = {
        {"publisher", {topics, 1, false, false}},
        {"reader", {topics, 0, true, false}},
    };
    struct sb_err err = {0};
    list_partners(w, h);
    struct sb_node_options options = {.partnership = "simulated",
                                      .organisation = h->org,
                                      .name = h->org.s,
                                      .version = "sim",
                                      .store = h->store,
                                      .signer = h->signer,
                                      .partners = h->partners,
                                      .n_partners = h->n_partners,
                                      .clients = clients,
                                      .n_clients = 2,
                                      .quota_bytes = sim_quota(w, h),
                                      .recovery_ms = SB_RECOVERY_MS,
                                      .now = sim_now(w, h),
                                      .random = fill_random,
                                      .random_context = &w->random,
                                      .events = {h, on_state, on_alarm, on_complaint}};
    if (sb_node_new(&h->node, &options, &err) != SB_OK) {
        sim_violate(w, "start", "%s: %s", h->org.s, err.text);
        return false;
    }
    return true;
}

static void schedule_turn(struct sim_world *w, struct sim_host *h, int64_t at_ms)
{
    at_ms = at_ms < h->paused_until_ms ? h->paused_until_ms : at_ms;
    if (h->turn_due && h->turn_at_ms <= at_ms) {
        return;
    }
    h->turn_due = true;
    h->turn_at_ms = at_ms < w->now_ms ? w->now_ms : at_ms;
    (void)sim_schedule(w, h->turn_at_ms - w->now_ms, SIM_TURN, h->index);
}

void sim_start(struct sim_world *w, int host)
{
    struct sim_host *h = &w->hosts[host];
    if (h->villain || h->node != NULL) {
        return;
    }
    h->fork_alarm = false; /* it has to say so again */
    if (!open_store(w, h) || !open_node(w, h)) {
        return;
    }
    h->started_ms = w->now_ms;
    h->n_sessions += 100; /* sessions of an earlier run are never reused */
    sim_checks_restarted(w, h);
    for (int i = 0; i < w->n_hosts; i++) {
        if (w->links[host][i].configured) {
            sim_schedule(w, 1 + sim_below(&w->random, 20), SIM_CONNECT, host)->other = i;
        }
        if (w->links[i][host].configured && i != host) {
            sim_schedule(w, 1 + sim_below(&w->random, 300), SIM_CONNECT, i)->other = host;
        }
    }
    sim_clients_connect(w, h);
    schedule_turn(w, h, w->now_ms);
}

static void collect_traces(struct sim_world *w, struct sim_host *h)
{
    const uint64_t *traces = sb_core_traces(sb_node_core(h->node));
    for (size_t i = 0; i < SB_TRACE_COUNT; i++) {
        w->traces[i] += traces[i];
    }
}

static void drop_inbox(struct sim_host *h, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sim_event_free(h->inbox[i]);
    }
    h->n_inbox -= n;
    memmove(h->inbox, h->inbox + n, h->n_inbox * sizeof(struct sim_event *));
}

void sim_crash(struct sim_world *w, int host, const char *why)
{
    struct sim_host *h = &w->hosts[host];
    if (h->node == NULL) {
        return;
    }
    if (w->verbose) {
        fprintf(stderr, "%8lld %s crashes: %s\n", (long long)w->now_ms, h->org.s, why);
    }
    collect_traces(w, h);
    sb_node_free(h->node);
    sb_store_close(h->store);
    h->node = NULL;
    h->store = NULL;
    drop_inbox(h, h->n_inbox);
    h->turn_due = false;
    sim_net_host_down(w, host);
    sim_clients_disconnect(w, h);
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
    if (rc != SB_OK) {
        sim_crash(w, h->index, err.text);
        restart_later(w, h);
        return;
    }
    sim_checks_log(w, h); /* before anything leaves */
    for (size_t i = 0; i < out.n && w->violation[0] == '\0'; i++) {
        sim_net_send(w, h, &out.items[i]);
    }
    drop_inbox(h, n);
    sim_checks_turn(w, h);
    schedule_turn(w, h, h->n_inbox > 0 ? w->now_ms : sb_node_deadline(h->node));
}

static void on_turn(struct sim_world *w, struct sim_host *h, int64_t at_ms)
{
    if (h->node == NULL || !h->turn_due || h->turn_at_ms != at_ms) {
        return; /* another one took its place */
    }
    if (w->now_ms < h->paused_until_ms) {
        h->turn_due = false;
        schedule_turn(w, h, h->paused_until_ms);
        return;
    }
    h->turn_due = false;
    run_turn(w, h);
}

static void on_message(struct sim_world *w, struct sim_event *e)
{
    struct sim_host *h = &w->hosts[e->node];
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
    schedule_turn(w, h, w->now_ms + sim_below(&w->random, SIM_TURN_MS + 1));
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
        break;
    case SIM_TURN: on_turn(w, h, e->at_ms); break;
    case SIM_ANSWER: sim_clients_hear(w, h, e); break;
    case SIM_CLIENT: sim_clients_act(w, h, e->other); break;
    case SIM_CONNECT: sim_net_connect(w, e->node, e->other); break;
    case SIM_FAULT: sim_fault(w); break;
    case SIM_START: sim_start(w, e->node); break;
    case SIM_VILLAIN: sim_villain_acts(w); break;
    case SIM_TWIN: sim_twin_start(w); break;
    case SIM_STOPPED: sim_crash(w, e->node, "stopped"); break;
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

/* A second instance: the same keys, a copy of the disk, and nobody knows. */
void sim_twin_start(struct sim_world *w)
{
    struct sim_host *h = &w->hosts[w->n_hosts];
    struct sb_disk_image *image = sb_disk_snapshot(w->hosts[0].disk);
    struct sb_err err = {0};
    h->index = w->n_hosts++;
    h->twin = true;
    h->org = w->hosts[0].org;
    h->seed = w->hosts[0].seed;
    (void)snprintf(h->path, sizeof h->path, "disk-twin");
    enum sb_rc rc = sb_signer_new(&h->signer, &h->seed, &err);
    assert(rc == SB_OK);
    h->disk = sb_disk_at(h->path);
    sb_disk_restore(h->disk, image);
    sb_disk_image_free(image);
    h->mirror = sim_mirror_new(w, h->index);
    for (int i = 1; i < h->index; i++) {
        w->links[h->index][i].configured = true;
    }
    sim_clients_new(w, h);
    sim_start(w, h->index);
    if (w->live) {
        h->resumed = w->hosts[0].resumed = true;
        sim_snapshot_clone(w, &w->hosts[0], h);
    }
}

uint32_t sim_with_twins(const struct sim_world *w, uint32_t hosts)
{
    uint32_t pair = 1u | 1u << (w->n_hosts - 1);
    return w->hosts[w->n_hosts - 1].twin && (hosts & pair) != 0 ? hosts | pair : hosts;
}

static void init_host(struct sim_world *w, int index)
{
    static const char *const orgs[SIM_NODES_MAX] = {"GM0384", "GM0437", "GM0451", "GM0736",
                                                    "GM0362"};
    struct sim_host *h = &w->hosts[index];
    struct sb_err err = {0};
    h->index = index;
    (void)snprintf(h->path, sizeof h->path, "disk-%d", index);
    (void)sb_org_parse(&h->org, orgs[index], strlen(orgs[index]));
    sim_fill(&w->random, h->seed.b, sizeof h->seed.b);
    enum sb_rc rc = sb_signer_new(&h->signer, &h->seed, &err);
    assert(rc == SB_OK);
    h->disk = sb_disk_at(h->path);
    h->mirror = sim_mirror_new(w, index);
}

void sim_world_init(struct sim_world *w, uint64_t seed, int n_hosts)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    sim_random_seed(&w->random, seed);
    w->n_hosts = n_hosts;
    w->partnership = sb_partnership_hash("simulated");
    w->truth = sim_truth_new();
    w->forks = sim_forks_new();
    for (int i = 0; i < n_hosts; i++) {
        init_host(w, i);
    }
}

static void fini_host(struct sim_world *w, struct sim_host *h)
{
    sim_crash(w, h->index, "the end");
    drop_inbox(h, h->n_inbox);
    sb_signer_free(h->signer);
    sb_disk_image_free(h->backup);
    sim_snapshot_free(h);
    sim_mirror_free(h->mirror);
    sim_clients_free(h);
}

void sim_world_fini(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        fini_host(w, &w->hosts[i]);
    }
    while (w->n_heap > 0) {
        sim_event_free(pop(w));
    }
    free(w->heap);
    sim_villain_free(w->villain);
    sim_truth_free(w->truth);
    sim_forks_free(w->forks);
    sb_disk_forget_all();
}

bool sim_play(struct sim_world *w, const struct sim_options *o)
{
    struct sim_random shape;
    sim_random_seed(&shape, o->seed ^ 0x5eed);
    int n = o->n_hosts > 0 ? o->n_hosts : 2 + (int)sim_below(&shape, 3);
    sim_world_init(w, o->seed, n);
    w->verbose = o->verbose;
    w->live = o->live;
    if (o->villain && n >= 3) {
        w->villain = sim_villain_new(w, n - 1);
    }
    sim_net_init(w, true);
    for (int i = 0; i < n; i++) {
        if (o->clients) {
            sim_clients_new(w, &w->hosts[i]);
        }
        sim_schedule(w, sim_below(&w->random, 200), SIM_START, i);
    }
    if (o->twin) {
        (void)sim_schedule(w, 3000, SIM_TWIN, -1);
    }
    if (o->faults) {
        sim_faults_schedule(w, o->fault_ms);
    }
    bool good = sim_run_until(w, o->fault_ms);
    sim_heal(w);
    good = good && sim_run_until(w, o->fault_ms + o->heal_ms);
    if (good) {
        sim_checks_end(w);
    }
    return w->violation[0] == '\0';
}
