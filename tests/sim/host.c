/* A host: its daemon's birth and death, what it tells people, and its second instance. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/crowd.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/reload.h"
#include "tests/sim/sight.h"
#include "tests/sim/snapshot.h"
#include "tests/sim/talk.h"

static void on_alarm(void *context, const char *code, bool raised, const char *text)
{
    (void)text;
    struct sim_host *h = context;
    h->fork_alarm |= raised && strcmp(code, "fork") == 0;
    h->quota_alarm |= raised && strcmp(code, "quota") == 0;
    h->second_alarm |= raised && strcmp(code, "second_instance") == 0;
}

static void on_state(void *context, const char *who, const char *what, const char *from,
                     const char *to, const char *why)
{
    struct sim_host *h = context;
    sim_sight_told(h, who, what, to, why);
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
            h->partners[h->n_partners++] =
                (struct sb_node_partner){.org = o->org,
                                         .name = o->org.s,
                                         .key = sim_keys_pinned(w, h, i),
                                         .dialled = l->configured,
                                         .rate_per_hour = sim_intake_rate(w, h),
                                         .followed = l->configured};
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

/* Of its own, so that all else of a world stays what it is; in stories as many as there may be. */
static size_t choose_summary_max(const struct sim_world *w, const struct sim_host *h)
{
    struct sim_random shape;
    sim_random_seed(&shape, (w->seed ^ 0x5a) + ((uint64_t)h->index << 32));
    return w->quiet || sim_chance(&shape, 60) ? 0 : 1 + sim_below(&shape, 8);
}

static bool open_node(struct sim_world *w, struct sim_host *h)
{
    struct sb_err err = {0};
    sim_keys_configure(w, h);
    list_partners(w, h);
    sim_reload_list(w, h);
    struct sb_node_options options = {
        .partnership = "simulated",
        .organisation = h->org,
        .name = h->org.s,
        .version = "sim",
        .store = h->store,
        .signer = h->signer,
        .certificate = sim_keys_certificate(w, h),
        .partners = h->listed,
        .n_partners = h->n_listed,
        .clients = h->clients,
        .n_clients = SIM_CLIENTS,
        .rekeys = w->keys->of[h->index].rekeys,
        .n_rekeys = w->keys->of[h->index].n_rekeys,
        .summary_max = choose_summary_max(w, h),
        .places = sim_crowd_places(w, h),
        .quota_bytes = sim_quota(w, h),
        .recovery_ms = SB_RECOVERY_MS,
        .now = sim_now(w, h),
        .random = fill_random,
        .random_context = &w->random,
        .events = {h, on_state, on_alarm, on_complaint, on_complaint, NULL}};
    if (sb_node_new(&h->node, &options, &err) != SB_OK) {
        sim_violate(w, "start", "%s: %s", h->org.s, err.text);
        return false;
    }
    return true;
}

void sim_stop(struct sim_world *w, struct sim_host *h)
{
    sb_node_shutdown(h->node);
    sim_schedule_turn(w, h, w->now_ms);
    (void)sim_schedule(w, 500, SIM_STOPPED, h->index);
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
    sim_sight_reset(h);
    sim_talk_reset(h);
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
    sim_schedule_turn(w, h, w->now_ms);
}

static void collect_traces(struct sim_world *w, struct sim_host *h)
{
    const uint64_t *traces = sb_core_traces(sb_node_core(h->node));
    for (size_t i = 0; i < SB_TRACE_COUNT; i++) {
        w->traces[i] += traces[i];
    }
}

void sim_drop_inbox(struct sim_host *h, size_t n)
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
    sim_drop_inbox(h, h->n_inbox);
    h->turn_due = false;
    sim_net_host_down(w, host);
    sim_clients_disconnect(w, h);
}

/* What it was asked before it goes, it answers. A crash may have come in between. */
void sim_stopped(struct sim_world *w, struct sim_host *h)
{
    const char *reason = "";
    bool stopping =
        h->node != NULL && strcmp(sb_core_state(sb_node_core(h->node), &reason), "stopping") == 0;
    if (stopping && w->now_ms > h->paused_until_ms) {
        sim_clients_check_stopped(w, h);
        if (!sb_node_drained(h->node)) {
            sim_violate(w, "I13", "%s has something under way still after it was stopped",
                        h->org.s);
        }
    }
    sim_crash(w, h->index, "stopped");
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
    sim_keys_begin(w, h);
    (void)snprintf(h->path, sizeof h->path, "disk-twin");
    enum sb_rc rc = sb_signer_new(&h->signer, &h->seed, &err);
    assert(rc == SB_OK);
    h->disk = sb_disk_at(h->path);
    sb_disk_restore(h->disk, image);
    sb_disk_image_free(image);
    h->mirror = sim_mirror_new(w, h->index);
    h->sights = sim_sights_new();
    h->talks = sim_talks_new();
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

void sim_host_init(struct sim_world *w, int index)
{
    static const char *const orgs[SIM_NODES_MAX] = {"GM0384", "GM0437", "GM0451", "GM0736",
                                                    "GM0362", "GM0394", "GM0358", "GM0377",
                                                    "GM0852", "GM0415"};
    struct sim_host *h = &w->hosts[index];
    struct sb_err err = {0};
    h->index = index;
    (void)snprintf(h->path, sizeof h->path, "disk-%d", index);
    (void)sb_org_parse(&h->org, orgs[index], strlen(orgs[index]));
    sim_fill(&w->random, h->seed.b, sizeof h->seed.b);
    sim_keys_begin(w, h);
    enum sb_rc rc = sb_signer_new(&h->signer, &h->seed, &err);
    assert(rc == SB_OK);
    h->disk = sb_disk_at(h->path);
    h->mirror = sim_mirror_new(w, index);
    h->sights = sim_sights_new();
    h->talks = sim_talks_new();
}

void sim_host_fini(struct sim_world *w, struct sim_host *h)
{
    sim_crash(w, h->index, "the end");
    sim_drop_inbox(h, h->n_inbox);
    sb_signer_free(h->signer);
    sb_disk_image_free(h->backup);
    sim_snapshot_free(h);
    sim_mirror_free(h->mirror);
    free(h->sights);
    free(h->talks);
    sim_clients_free(h);
}
