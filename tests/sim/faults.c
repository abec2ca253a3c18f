/* What goes wrong, by chance: everything that a disk, a network, a clock or an operator does. */
#include "tests/sim/faults.h"

#include <stdlib.h>

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/reload.h"
#include "tests/sim/sealed.h"
#include "tests/sim/snapshot.h"
#include "tests/sim/storm.h"
#include "tests/sim/villain.h"

enum { MEAN_PAUSE_MS = 700 };

void sim_faults_schedule(struct sim_world *w, int64_t until_ms)
{
    (void)until_ms;
    (void)sim_schedule(w, 500 + sim_below(&w->random, MEAN_PAUSE_MS), SIM_FAULT, -1);
}

static void restart_after(struct sim_world *w, int host, int64_t delay_ms)
{
    (void)sim_schedule(w, delay_ms, SIM_START, host);
}

static void stop(struct sim_world *w, struct sim_host *h)
{
    sim_stop(w, h);
    restart_after(w, h->index, 600 + sim_below(&w->random, 1000));
}

static void crash(struct sim_world *w, struct sim_host *h)
{
    sim_crash(w, h->index, "fault");
    restart_after(w, h->index, 20 + sim_below(&w->random, 4000));
}

static void cut_or_mend(struct sim_world *w)
{
    int a = (int)sim_below(&w->random, (uint32_t)w->n_hosts);
    int b = (int)sim_below(&w->random, (uint32_t)w->n_hosts);
    if (a != b) {
        sim_net_cut(w, a, b, !w->links[a][b].cut);
    }
}

void sim_put_back(struct sim_world *w, struct sim_host *h)
{
    sim_crash(w, h->index, "an old backup is put back");
    sb_disk_restore(h->disk, h->backup);
    sb_disk_image_free(h->backup);
    h->backup = NULL;
    h->rolled_back = true;
    sim_mirror_reset(h->mirror);
    sim_clients_disk_gone(h);
}

/* The backup is taken while the daemon runs; it is put back while it is down. */
static void restore_backup(struct sim_world *w, struct sim_host *h)
{
    if (h->backup == NULL) {
        h->backup = sb_disk_snapshot(h->disk);
        sim_keys_backed_up(w, h);
        return;
    }
    sim_put_back(w, h);
    sim_keys_put_back(w, h, w->keys->by_chance && sim_chance(&w->random, 50));
    restart_after(w, h->index, 100 + sim_below(&w->random, 2000));
}

void sim_lose_disk(struct sim_world *w, struct sim_host *h)
{
    sim_crash(w, h->index, "its disk is lost");
    sb_disk_lose(h->disk);
    h->disk_lost = true;
    sim_mirror_reset(h->mirror);
    sim_clients_disk_gone(h);
}

static void lose_disk(struct sim_world *w, struct sim_host *h)
{
    sim_lose_disk(w, h);
    restart_after(w, h->index, 100 + sim_below(&w->random, 2000));
}

/* Taken while it runs, put back a while later: mostly before its epoch is closed by itself. */
static void live_snapshot(struct sim_world *w, struct sim_host *h)
{
    if (h->snapshot == NULL || sim_chance(&w->random, 30)) {
        sim_snapshot_take(w, h);
    } else {
        enum sim_sleep sleep = (enum sim_sleep)sim_below(&w->random, 3);
        sim_snapshot_resume(w, h, sleep, sim_chance(&w->random, 40) ? SIM_TORN_MS : 0);
    }
}

static void fill_disk(struct sim_world *w, struct sim_host *h)
{
    (void)w;
    sb_disk_fail_commit(h->disk, SB_E_FULL, false);
}

static void move_clock(struct sim_world *w, struct sim_host *h)
{
    sim_sealed_clock(w, h, (int64_t)sim_below(&w->random, 7200000) - 3600000);
}

void sim_pause(struct sim_world *w, struct sim_host *h, int64_t ms)
{
    int64_t until_ms = w->now_ms + ms;
    int64_t from_ms = h->paused_until_ms > w->now_ms ? h->paused_until_ms : w->now_ms;
    if (h->paused_until_ms <= w->now_ms) {
        h->paused_from_ms = w->now_ms;
    }
    if (until_ms > from_ms) {
        h->paused_until_ms = until_ms;
        h->paused_ms += until_ms - from_ms;
    }
}

static void pause_host(struct sim_world *w, struct sim_host *h)
{
    sim_pause(w, h, 500 + sim_below(&w->random, 15000));
}

void sim_fault(struct sim_world *w)
{
    if (w->healed) {
        return;
    }
    struct sim_host *h = &w->hosts[sim_below(&w->random, (uint32_t)w->n_hosts)];
    uint32_t dice = sim_below(&w->random, 100);
    /* the worlds in which disks are lost or rolled back */
    bool drastic = w->seed % 3 == 0 || w->villainy.crowded;
    if (w->storm && h->node != NULL && sim_chance(&w->random, 40)) {
        sim_storm(w, h);
    } else if (w->reload && h->node != NULL && dice >= 60) {
        sim_reload_some(w, h);
    } else if (w->live && h->node != NULL && dice >= 72) {
        live_snapshot(w, h);
    } else if (dice < 25 || h->node == NULL) {
        cut_or_mend(w);
    } else if (dice < 40) {
        crash(w, h);
    } else if (dice < 60) {
        h->crash_at_commit = 1 + sim_below(&w->random, 2);
    } else if (dice < 72) {
        fill_disk(w, h);
    } else if (dice < 78) {
        move_clock(w, h);
    } else if (dice < 83) {
        pause_host(w, h);
    } else if (dice < 86) {
        stop(w, h);
    } else if (drastic && dice < 93) {
        restore_backup(w, h);
    } else if (drastic) {
        lose_disk(w, h);
    }
    (void)sim_schedule(w, 50 + sim_below(&w->random, 2 * MEAN_PAUSE_MS), SIM_FAULT, -1);
}

void sim_heal(struct sim_world *w)
{
    w->healed = true;
    sim_reload_heal(w);
    sim_keys_heal(w);
    for (int a = 0; a < w->n_hosts; a++) {
        w->hosts[a].crash_at_commit = 0;
        w->hosts[a].crash_between = 0;
        for (int b = 0; b < w->n_hosts; b++) {
            w->links[a][b].follows_ms = w->now_ms; /* until now broadcasts were lost */
            if (w->links[a][b].cut) {
                sim_net_cut(w, a, b, false);
            }
        }
        if (w->hosts[a].node == NULL && !w->hosts[a].villain) {
            restart_after(w, a, 100);
        }
    }
}
