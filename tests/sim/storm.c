/* Storms. Some hosts leave one after the other and come back in another order; a connection can be
 * made in one direction only; one direction of a connection stands still while the other goes on; a
 * daemon dies when a part of what a turn wanted said has left. */
#include "tests/sim/storm.h"

#include "tests/sim/net.h"

enum { LEAVE_MS = 2000, RETURN_MS = 4000, STALL_MS = 8000, SENDS_MAX = 8 };

static struct sim_host *any_other(struct sim_world *w, const struct sim_host *h)
{
    uint32_t step = 1 + sim_below(&w->random, (uint32_t)w->n_hosts - 1);
    return &w->hosts[((uint32_t)h->index + step) % (uint32_t)w->n_hosts];
}

static void swizzle_some(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        if (sim_chance(&w->random, 50)) {
            int64_t leaves_ms = sim_below(&w->random, LEAVE_MS);
            sim_schedule(w, leaves_ms, SIM_SWIZZLE, i)->other = 1;
            sim_schedule(w, LEAVE_MS + sim_below(&w->random, RETURN_MS), SIM_SWIZZLE, i)->other = 0;
        }
    }
}

void sim_swizzle(struct sim_world *w, struct sim_host *h, bool leaves)
{
    for (int i = 0; i < w->n_hosts; i++) {
        if (i != h->index && !(leaves && w->healed)) {
            sim_net_cut(w, h->index, i, leaves);
        }
    }
}

/* Frames keep their order, so those behind the next one wait with it. */
static void stall(struct sim_world *w, struct sim_host *h, struct sim_host *other)
{
    struct sim_link *l = &w->links[h->index][other->index];
    int64_t until_ms = w->now_ms + sim_below(&w->random, STALL_MS);
    int64_t *ways[] = {&l->last_request_ms, &l->last_reply_ms, &l->last_publish_ms};
    int64_t *way = ways[sim_below(&w->random, 3)];
    *way = *way > until_ms ? *way : until_ms;
    h->stalled_until_ms = until_ms > h->stalled_until_ms ? until_ms : h->stalled_until_ms;
    other->stalled_until_ms =
        until_ms > other->stalled_until_ms ? until_ms : other->stalled_until_ms;
}

bool sim_dies_between(struct sim_host *h, size_t index)
{
    if (h->crash_between == 0 || index + 1 != h->crash_between) {
        return false;
    }
    h->crash_between = 0;
    return true;
}

void sim_storm(struct sim_world *w, struct sim_host *h)
{
    struct sim_host *other = any_other(w, h);
    switch (sim_below(&w->random, 4)) {
    case 0: swizzle_some(w); break;
    case 1:
        sim_net_cut_way(w, h->index, other->index, !w->links[h->index][other->index].cut);
        break;
    case 2: stall(w, h, other); break;
    default: h->crash_between = 2 + sim_below(&w->random, SENDS_MAX); break;
    }
}
