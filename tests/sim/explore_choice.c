/* What can happen next in a small world, in a fixed order. */
#include <assert.h>
#include <stdio.h>

#include "tests/sim/explore_world.h"

bool explore_is_quiet(const struct explore_world *w, const struct explore_state *s)
{
    for (int a = 0; a < EXPLORE_ORGS; a++) {
        for (int b = 0; b < w->scope->n_hosts; b++) {
            if (s->n_queue[a][b] > 0 && explore_is_up(s, b)) {
                return false;
            }
        }
    }
    for (int a = 0; a < w->scope->n_hosts; a++) {
        if (s->local[a].again != 0) {
            return false;
        }
    }
    return true;
}

struct list {
    struct explore_choice *out;
    size_t n;
};

static void add(struct list *l, enum explore_act act, int a, int b)
{
    assert(l->n < EXPLORE_CHOICES_MAX);
    l->out[l->n++] = (struct explore_choice){act, EXPLORE_COMMITS, a, b};
}

static void add_turn(struct list *l, const struct explore_state *s, enum explore_act act, int a,
                     int b)
{
    add(l, act, a, b);
    for (int fate = EXPLORE_FULL; s->faults > 0 && fate <= EXPLORE_DIES_AFTER; fate++) {
        add(l, act, a, b);
        l->out[l->n - 1].fate = (enum explore_fate)fate;
    }
}

static void add_faults(const struct explore_world *w, struct list *l, const struct explore_state *s)
{
    size_t n;
    for (int a = 0; a < w->scope->n_hosts && s->faults > 0; a++) {
        (void)explore_disk(&w->nodes, s->local[a].disk, &n);
        if (explore_is_up(s, a)) {
            add(l, EXPLORE_ACT_CRASH, a, a);
        }
        if (n > 0) {
            add(l, EXPLORE_ACT_LOSE_DISK, a, a);
        }
        if (s->local[a].older != s->local[a].disk) {
            add(l, EXPLORE_ACT_RESTORE, a, a);
            if (explore_is_up(s, a) && s->local[a].older_core != EXPLORE_NO_CORE) {
                add(l, EXPLORE_ACT_RESUME, a, a);
            }
        }
        for (int b = a + 1; b < w->scope->n_hosts; b++) {
            if (s->up[a][b]) {
                add(l, EXPLORE_ACT_CUT, a, b);
            }
        }
    }
}

size_t explore_choices(const struct explore_world *w, const struct explore_state *s,
                       struct explore_choice out[static EXPLORE_CHOICES_MAX])
{
    struct list l = {out, 0};
    for (int b = 0; b < w->scope->n_hosts; b++) {
        for (int a = 0; a < EXPLORE_ORGS && explore_is_up(s, b); a++) {
            if (s->n_queue[a][b] > 0) {
                add_turn(&l, s, EXPLORE_ACT_DELIVER, a, b);
            }
        }
        if (s->local[b].again != 0) {
            add_turn(&l, s, EXPLORE_ACT_AGAIN, b, b);
        }
        if (!explore_is_up(s, b)) {
            add(&l, EXPLORE_ACT_START, b, b);
        }
        for (int a = 0; a < b; a++) {
            if (s->cut[a][b]) {
                add(&l, EXPLORE_ACT_MEND, a, b);
            }
        }
    }
    if (s->published < w->scope->n_publishes) {
        int host = w->scope->publishes[s->published].host;
        if (explore_is_up(s, host)) {
            add_turn(&l, s, EXPLORE_ACT_PUBLISH, host, s->published);
        }
    }
    add_faults(w, &l, s);
    if (s->ticks > 0 && explore_is_quiet(w, s)) {
        add(&l, EXPLORE_ACT_TIME, 0, 0);
    }
    return l.n;
}

void explore_describe(const struct explore_choice *c, char out[static 80])
{
    static const char *const acts[] = {"deliver", "publish at", "again at",   "start",
                                       "crash",   "lose disk",  "restore",    "resume",
                                       "cut",     "mend",       "time passes"};
    static const char *const fates[] = {"", ", full disk", ", dies before its commit",
                                        ", dies after its commit"};
    (void)snprintf(out, 80, "%s %d %d%s", acts[c->act], c->a, c->b, fates[c->fate]);
}
