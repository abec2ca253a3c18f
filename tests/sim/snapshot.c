/* Copies of running machines; see snapshot.h. Of the memory only that counts which outlives the
 * connections: whether an epoch is open, which, and since when. */
#include "tests/sim/snapshot.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/core/history.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/keys.h"

struct sim_snapshot {
    struct sb_disk_image *disk;
    int64_t taken_ms;
    bool has_open;
    struct sb_epoch epoch;
    struct sb_now opened_at;
    int64_t last_turn_ms;
};

static void copy_memory(struct sim_snapshot *s, const struct sim_host *h)
{
    const struct sb_core *c = sim_core(h);
    s->has_open = c->has_open;
    s->epoch = c->has_open ? c->chains[c->open].epoch : (struct sb_epoch){0};
    s->opened_at = c->opened_at;
    s->last_turn_ms = c->last_turn_ms;
}

/* The clocks of the world went on by `slept_ms` only. */
static void set_clocks(struct sb_core *c, const struct sim_snapshot *s, int64_t slept_ms,
                       int64_t longer_ms, enum sim_sleep sleep)
{
    c->opened_at = s->opened_at;
    c->opened_at.mono_ms += sleep == SIM_SLEEP_COUNTED ? -longer_ms : slept_ms;
    c->opened_at.wall.ms += sleep == SIM_SLEEP_UNNOTICED ? slept_ms : -longer_ms;
    if (sleep == SIM_SLEEP_COUNTED) {
        c->last_turn_ms = s->last_turn_ms - longer_ms;
    }
}

/* The daemon has just been made: it goes on where the copy was, as if no time had passed. */
static void wake(struct sim_host *h, const struct sim_snapshot *s, int64_t slept_ms,
                 int64_t longer_ms, enum sim_sleep sleep)
{
    struct sb_core *c = sim_core(h);
    uint32_t chain = s->has_open ? sb_history_find(c, 0, s->epoch, 0) : NONE;
    if (chain == NONE) {
        return;
    }
    c->has_open = true;
    c->open = chain;
    c->chains[chain].opened_here = true;
    set_clocks(c, s, slept_ms, longer_ms, sleep);
    h->torn = sleep != SIM_SLEEP_UNNOTICED && slept_ms + longer_ms > SIM_TORN_MS;
    h->torn_epoch = s->epoch;
}

void sim_snapshot_free(struct sim_host *h)
{
    if (h->snapshot != NULL) {
        sb_disk_image_free(h->snapshot->disk);
        free(h->snapshot);
        h->snapshot = NULL;
    }
}

void sim_snapshot_take(struct sim_world *w, struct sim_host *h)
{
    sim_snapshot_free(h);
    h->snapshot = calloc(1, sizeof *h->snapshot);
    assert(h->snapshot != NULL && h->node != NULL);
    h->snapshot->disk = sb_disk_snapshot(h->disk);
    h->snapshot->taken_ms = w->now_ms;
    copy_memory(h->snapshot, h);
    sim_keys_snapshot(w, h);
}

void sim_snapshot_resume(struct sim_world *w, struct sim_host *h, enum sim_sleep sleep,
                         int64_t longer_ms)
{
    sim_crash(w, h->index, "a live snapshot is put back");
    sb_disk_restore(h->disk, h->snapshot->disk);
    h->rolled_back = h->resumed = true;
    sim_mirror_reset(h->mirror);
    sim_clients_disk_gone(h);
    sim_keys_resume(w, h);
    sim_start(w, h->index);
    if (h->node != NULL) {
        wake(h, h->snapshot, w->now_ms - h->snapshot->taken_ms, longer_ms, sleep);
    }
}

void sim_snapshot_clone(struct sim_world *w, const struct sim_host *from, struct sim_host *to)
{
    struct sim_snapshot s = {0};
    (void)w;
    if (from->node != NULL && to->node != NULL) {
        copy_memory(&s, from);
        wake(to, &s, 0, 0, SIM_SLEEP_UNNOTICED);
    }
}
