/* What is known of forks, host by host; see forks.h. */
#include "tests/sim/forks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/internal.h"
#include "daemon/core/limits.h"
#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/truth.h"

enum {
    FORKS_MAX = 64,
    SIDES = 2,
    SILENCE_MS =
        SB_FRONTIER_INTERVAL_MS + 1000, /* a host that has no turn for so long is not in contact */
    /* Two frontiers, the way there and back of a WANT and its answer, and turns in between. */
    CONTACT_MS = 2 * SB_FRONTIER_INTERVAL_MS + 1500,
};

struct fork {
    struct sb_hash sides[SIDES];
    int64_t held_since[SIM_NODES_MAX][SIDES]; /* 0: not held */
};

struct contact { /* between two hosts, by either's connection */
    uint32_t incarnations[2];
    int64_t since_ms; /* 0: none */
};

struct sim_forks {
    struct fork forks[FORKS_MAX];
    size_t n;
    struct contact contacts[SIM_NODES_MAX][SIM_NODES_MAX];
    int64_t last_turn_ms[SIM_NODES_MAX], disturbed_ms[SIM_NODES_MAX];
};

struct sim_forks *sim_forks_new(void)
{
    struct sim_forks *f = calloc(1, sizeof *f);
    assert(f != NULL);
    return f;
}

void sim_forks_free(struct sim_forks *f)
{
    free(f);
}

void sim_forks_add(struct sim_forks *f, const struct sb_hash *a, const struct sb_hash *b)
{
    if (f->n < FORKS_MAX) {
        memset(&f->forks[f->n], 0, sizeof f->forks[0]);
        f->forks[f->n].sides[0] = *a;
        f->forks[f->n++].sides[1] = *b;
    }
}

/* A start, a full disk, a hang: from then on the time counts anew. */
static void note_disturbance(struct sim_world *w, const struct sim_host *h)
{
    struct sim_forks *f = w->forks;
    const char *reason;
    bool silent =
        w->now_ms - f->last_turn_ms[h->index] > SILENCE_MS || w->now_ms < h->stalled_until_ms;
    bool full = strcmp(sb_core_state(sb_node_core(h->node), &reason), "full") == 0;
    if (silent || full || f->disturbed_ms[h->index] < h->started_ms) {
        f->disturbed_ms[h->index] = w->now_ms;
    }
    f->last_turn_ms[h->index] = w->now_ms;
}

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Since when both have been there and spoken with each other without a break; 0: they do not. */
static int64_t in_contact_since(struct sim_world *w, const struct sim_host *a,
                                const struct sim_host *b)
{
    struct contact *c = &w->forks->contacts[a->index][b->index];
    const struct sim_link *out = &w->links[a->index][b->index], *in = &w->links[b->index][a->index];
    uint32_t now[2] = {out->up ? out->incarnation : 0, in->up ? in->incarnation : 0};
    bool gone = b->node == NULL || w->now_ms - w->forks->last_turn_ms[b->index] > SILENCE_MS;
    if (gone || (!out->up && !in->up)) {
        c->since_ms = 0;
    } else if (c->since_ms == 0 || memcmp(c->incarnations, now, sizeof now) != 0) {
        c->since_ms = w->now_ms;
    }
    memcpy(c->incarnations, now, sizeof now);
    int64_t disturbed =
        later_of(w->forks->disturbed_ms[a->index], w->forks->disturbed_ms[b->index]);
    return c->since_ms == 0 ? 0 : later_of(c->since_ms, disturbed);
}

static bool takes_everything(const struct sim_world *w, const struct sim_host *h)
{
    return !h->villain && sim_quota(w, h) > UINT32_MAX;
}

/* Of two instances partners hear one at a time. */
static bool has_twin(const struct sim_world *w, const struct sim_host *h)
{
    return w->hosts[w->n_hosts - 1].twin && (h->twin || h->index == 0);
}

static void note_held(struct sim_world *w, const struct sim_host *h, struct fork *fork)
{
    for (int s = 0; s < SIDES; s++) {
        int64_t *since = &fork->held_since[h->index][s];
        bool held = sim_mirror_holds(h->mirror, &fork->sides[s]);
        *since = !held ? 0 : *since == 0 ? w->now_ms : *since;
    }
}

/* One side was signed by a key that its owner had lost. */
static bool counts(const struct sim_world *w, const struct fork *fork)
{
    const struct sim_said *a = sim_truth_find(w->truth, &fork->sides[0]);
    const struct sim_said *b = sim_truth_find(w->truth, &fork->sides[1]);
    return sim_announced_counts(w, a) && sim_announced_counts(w, b);
}

/* A branch that this host lacks and that a neighbour of long standing has had for long. */
static void check_spread(struct sim_world *w, const struct sim_host *h, const struct sim_host *from,
                         int64_t contact_ms)
{
    /* a villain that answers a little and then no more is waited for, for each side; and so is a
     * question to who greeted a machine anew that was set back, and has forgotten it */
    const int waits = w->villain != NULL ? SIDES : h->resumed || from->resumed ? 1 : 0;
    int64_t patience_ms = CONTACT_MS + waits * SB_WANT_TIMEOUT_MS;
    for (size_t i = 0; i < w->forks->n && contact_ms > 0; i++) {
        const struct fork *fork = &w->forks->forks[i];
        for (int s = 0; s < SIDES; s++) {
            int64_t there = fork->held_since[from->index][s];
            if (fork->held_since[h->index][s] == 0 && there != 0 &&
                w->now_ms - later_of(there, contact_ms) > patience_ms && counts(w, fork)) {
                sim_violate(w, "I11",
                            "%s has spoken with %s for two frontiers and lacks its "
                            "branch of a fork",
                            h->org.s, from->org.s);
            }
        }
    }
}

void sim_forks_turn(struct sim_world *w, struct sim_host *h)
{
    struct sim_forks *f = w->forks;
    note_disturbance(w, h);
    for (size_t i = 0; i < f->n; i++) {
        struct fork *fork = &f->forks[i];
        note_held(w, h, fork);
        if (fork->held_since[h->index][0] != 0 && fork->held_since[h->index][1] != 0 &&
            !h->fork_alarm && counts(w, fork)) {
            sim_violate(w, "I11", "%s holds both sides of a fork and raised no alarm", h->org.s);
        }
    }
    for (int b = 0; b < w->n_hosts; b++) {
        const struct sim_host *from = &w->hosts[b];
        int64_t contact_ms = b == h->index ? 0 : in_contact_since(w, h, from);
        if (takes_everything(w, h) && takes_everything(w, from) && !has_twin(w, from) &&
            !from->keeps_back) {
            check_spread(w, h, from, contact_ms);
        }
    }
}

/* ---- at the end */

static bool has_head(const struct sb_head *heads, size_t n, const struct sb_head *head)
{
    for (size_t i = 0; i < n; i++) {
        if (sb_epoch_eq(heads[i].epoch, head->epoch) &&
            heads[i].checkpoint.seq.n == head->checkpoint.seq.n &&
            sb_hash_eq(&heads[i].checkpoint.hash, &head->checkpoint.hash)) {
            return true;
        }
    }
    return false;
}

/* Up to where a chain counts: its tip; aside, where the last way down from an end that counts comes
 * into it. 0: nowhere. */
static uint64_t counts_to(const struct sb_core *core, const struct sb_chain_info *chain)
{
    struct sb_chain_info at, below = *chain;
    uint64_t to = chain->aside ? 0 : chain->tip.seq.n;
    for (uint16_t b = 0;
         chain->aside && sb_core_find_chain(core, chain->origin, chain->epoch, b, &at); b++) {
        uint64_t seq = at.aside ? 0 : at.tip.seq.n;
        while (seq > 0 && at.branch != chain->branch) {
            bool found = sb_core_find_chain(core, at.origin, at.epoch, at.base_branch, &below);
            seq = found ? at.base.n - 1 : 0;
            at = below;
        }
        to = seq > to ? seq : to;
    }
    return to;
}

/* What counts, each link once: that several branches may have grown from one that does not count by
 * itself depends on what came first. */
static uint64_t count_events(const struct sim_host *h, uint16_t origin)
{
    struct sb_chain_info info;
    uint32_t at = 0;
    uint64_t n = 0;
    while (sb_core_next_chain(sb_node_core(h->node), origin, &at, &info)) {
        uint64_t to = counts_to(sb_node_core(h->node), &info);
        n += to < info.base.n ? 0 : to - info.base.n + 1;
    }
    return n;
}

static bool count_alike(const struct sim_host *x, const struct sim_host *y, int origin)
{
    struct sb_head a[SB_HEADS_MAX], b[SB_HEADS_MAX];
    struct sb_core_rest rest_a, rest_b;
    uint16_t at_x = sim_number(x, origin), at_y = sim_number(y, origin);
    size_t n_a = sb_core_heads(sim_core(x), at_x, SB_HEADS_MAX, a, &rest_a);
    size_t n_b = sb_core_heads(sim_core(y), at_y, SB_HEADS_MAX, b, &rest_b);
    bool alike = n_a == n_b && rest_a.count == rest_b.count &&
                 sb_hash_eq(&rest_a.digest, &rest_b.digest) &&
                 count_events(x, at_x) == count_events(y, at_y);
    for (size_t i = 0; i < n_a && alike; i++) {
        alike = has_head(b, n_b, &a[i]);
    }
    return alike;
}

/* Lag is told by what the core itself has added up. */
static void check_sum(struct sim_world *w, const struct sim_host *h)
{
    for (int o = 0; o < w->n_hosts; o++) {
        uint16_t origin = sim_number(h, o);
        uint64_t sum = sim_core(h)->origins[origin].events, events = count_events(h, origin);
        if (sum != events) {
            sim_violate(w, "I7", "%s counts %llu events of %s, and %llu count", h->org.s,
                        (unsigned long long)sum, w->hosts[o].org.s, (unsigned long long)events);
        }
    }
}

/* Nobody has the end that was named any more, and this one has something of that epoch. What goes
 * beyond the end it tells nobody of, not even what lies below and others have as well; what ends
 * below the end may be under a key that others meet no certificate of any more, since one of the
 * key of now comes before it (PROTOCOL §9.4). */
static bool keeps_to_itself(const struct sim_world *w, const struct sim_host *h, int origin)
{
    struct sb_chain_info info;
    uint32_t at = 0;
    bool keeps = false;
    while (!keeps && sb_core_next_chain(sim_core(h), sim_number(h, origin), &at, &info)) {
        const struct sim_said place = {.origin = origin, .epoch = info.epoch};
        keeps = sim_announced_is_cut_off(w, &place);
    }
    return keeps;
}

void sim_forks_end(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        if (!w->hosts[i].villain && w->hosts[i].node != NULL) {
            check_sum(w, &w->hosts[i]);
        }
    }
    for (int a = 0; a < w->n_hosts; a++) {
        for (int b = 0; b < a; b++) {
            const struct sim_host *x = &w->hosts[a], *y = &w->hosts[b];
            bool both = takes_everything(w, x) && takes_everything(w, y) && x->node != NULL &&
                        y->node != NULL;
            for (int o = 0; both && o < w->n_hosts; o++) {
                bool tell = !keeps_to_itself(w, x, o) && !keeps_to_itself(w, y, o);
                if (tell && sim_quota(w, &w->hosts[o]) > UINT32_MAX && !count_alike(x, y, o)) {
                    sim_violate(w, "I7", "%s and %s count the history of %s differently", x->org.s,
                                y->org.s, w->hosts[o].org.s);
                }
            }
        }
    }
}
