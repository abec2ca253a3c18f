/* The beginning of a small world, and what must be true at its end. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/explore_world.h"

enum { FORGER = EXPLORE_ORGS - 1, FORK_AT = 3, FORK_END = 4 }; /* seqs */

/* Links of the forger's one epoch: common up to FORK_AT, then by branch. */
static void forge(struct explore_entry *links, int branch)
{
    memset(links, 0, FORK_END * sizeof *links);
    for (int i = 0; i < FORK_END; i++) {
        struct explore_entry *e = &links[i];
        bool common = i + 1 < FORK_AT;
        e->origin = FORGER;
        e->epoch = (struct sb_epoch){1, 0xf0};
        e->seq.n = e->bodies.n = (uint64_t)i + 1;
        e->hash.b[0] = (uint8_t)(i + 1);
        e->hash.b[1] = (uint8_t)(common ? 0 : branch + 1);
        e->id = i == 0 ? 0 : (common ? 20 : 21 + branch);
        if (i > 0) {
            e->prev = links[i - 1].hash;
        }
    }
}

static void give_forgeries(struct explore_world *w, struct explore_state *s)
{
    static struct explore_message m;
    struct explore_entry links[FORK_END];
    for (int host = 0; host < w->scope->n_hosts; host++) {
        forge(links, host);
        for (int part = 0; part < 2; part++) {
            int first = part == 0 ? 0 : FORK_AT - 1; /* the branches end at different seqs */
            int end = part == 0 ? FORK_AT - 1 : FORK_END - (host == 0);
            memset(&m, 0, sizeof m);
            m.kind = EXPLORE_EVENTS;
            m.from = FORGER;
            m.n = end - first;
            memcpy(m.entries, links + first, (size_t)m.n * sizeof *links);
            s->queue[FORGER][host][s->n_queue[FORGER][host]++] = explore_message(&w->nodes, &m);
        }
    }
}

void explore_world_init(struct explore_world *w, const struct explore_scope *scope,
                        struct explore_state *begin)
{
    memset(w, 0, sizeof *w);
    memset(begin, 0, sizeof *begin);
    w->scope = scope;
    explore_nodes_init(&w->nodes, scope->n_hosts);
    w->nodes.snapshots = scope->snapshots;
    w->nodes.heads = scope->heads > 0 ? scope->heads : SB_HEADS_MAX;
    w->nodes.summary = scope->summary > 0 ? scope->summary : SB_SUMMARY_MAX;
    uint32_t empty = explore_intern(&w->nodes.disks, "", 0);
    for (int i = 0; i < EXPLORE_ORGS; i++) {
        begin->local[i].core = begin->local[i].older_core = EXPLORE_NO_CORE;
        begin->local[i].disk = begin->local[i].older = empty;
    }
    begin->faults = scope->faults;
    begin->ticks = scope->ticks;
    if (scope->forger) {
        give_forgeries(w, begin);
    }
    for (int i = 0; i < scope->n_hosts; i++) {
        struct explore_choice start = {EXPLORE_ACT_START, EXPLORE_COMMITS, i, i};
        (void)explore_play(w, begin, &start);
    }
}

void explore_world_fini(struct explore_world *w)
{
    for (uint32_t i = 0; i < w->keys.n; i++) {
        free(w->turns[i]->violation);
        free(w->turns[i]);
    }
    free(w->turns);
    explore_intern_fini(&w->keys);
    explore_nodes_fini(&w->nodes);
}

static bool holds(const struct explore_entry *links, size_t n, const struct explore_entry *e)
{
    for (size_t i = 0; i < n; i++) {
        if (links[i].origin == e->origin && sb_hash_eq(&links[i].hash, &e->hash)) {
            return true;
        }
    }
    return false;
}

static bool same_disks(const struct explore_world *w, const struct explore_state *s)
{
    for (int a = 0; a < w->scope->n_hosts; a++) {
        size_t n, n_other;
        const struct explore_entry *links = explore_disk(&w->nodes, s->local[a].disk, &n);
        for (int b = 0; b < w->scope->n_hosts; b++) {
            const struct explore_entry *others =
                explore_disk(&w->nodes, s->local[b].disk, &n_other);
            for (size_t i = 0; i < n; i++) {
                if (!holds(others, n_other, &links[i])) {
                    return false;
                }
            }
        }
    }
    return true;
}

bool explore_has_converged(struct explore_world *w, const struct explore_state *s)
{
    return s->asked == 0 && same_disks(w, s);
}
