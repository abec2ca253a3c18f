/* Depth first through every state of a few small worlds. From each state in which nothing is under
 * way and everybody is connected, time alone must make all copies equal (I7). */
#include "tests/sim/explore.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/explore_world.h"

enum { DEPTH_MAX = 400, SETTLE_TICKS = 120, SETTLE_TURNS = 4000 };

static const struct explore_scope small[] = {
    {.name = "two nodes, a retry",
     .n_hosts = 2,
     .publishes = {{0, 1, false}, {1, 2, false}, {0, 1, true}},
     .n_publishes = 3,
     .faults = 2,
     .ticks = 1},
    {.name = "two nodes, three of one",
     .n_hosts = 2,
     .publishes = {{0, 1, false}, {0, 2, false}, {0, 3, false}},
     .n_publishes = 3,
     .faults = 2,
     .ticks = 2},
    {.name = "a line of three",
     .n_hosts = 3,
     .line = true,
     .publishes = {{0, 1, false}, {2, 2, false}, {1, 3, false}},
     .n_publishes = 3,
     .faults = 1,
     .ticks = 2},
    {.name = "two nodes, one a live snapshot",
     .n_hosts = 2,
     .snapshots = true,
     .forks = true,
     .publishes = {{0, 1, false}, {0, 2, false}, {0, 3, false}},
     .n_publishes = 3,
     .faults = 2,
     .ticks = 1},
    {.name = "a forger and two nodes",
     .n_hosts = 2,
     .forger = true,
     .publishes = {{0, 1, false}},
     .n_publishes = 1,
     .faults = 1,
     .ticks = 2},
    {.name = "a forger and two nodes, lists of one head",
     .n_hosts = 2,
     .forger = true,
     .heads = 1,
     .publishes = {{0, 1, false}},
     .n_publishes = 1,
     .faults = 1,
     .ticks = 2},
    {.name = "a forger and two nodes, lists of one head, summaries of one chain",
     .n_hosts = 2,
     .forger = true,
     .heads = 1,
     .summary = 1,
     .publishes = {{0, 1, false}},
     .n_publishes = 1,
     .faults = 1,
     .ticks = 2},
};

/* Minutes to hours each, and gigabytes. */
static const struct explore_scope large[] = {
    {.name = "a line of three, a live snapshot at its end",
     .n_hosts = 3,
     .line = true,
     .snapshots = true,
     .forks = true,
     .publishes = {{0, 1, false}, {0, 2, false}, {0, 3, false}},
     .n_publishes = 3,
     .faults = 2,
     .ticks = 1},
    {.name = "three, everybody with everybody",
     .n_hosts = 3,
     .snapshots = true,
     .forks = true,
     .publishes = {{0, 1, false}, {0, 2, false}, {0, 3, false}},
     .n_publishes = 3,
     .faults = 1,
     .ticks = 1},
    {.name = "a line of three, four events",
     .n_hosts = 3,
     .line = true,
     .snapshots = true,
     .publishes = {{0, 1, false}, {2, 2, false}, {1, 3, false}, {0, 4, false}},
     .n_publishes = 4,
     .faults = 2,
     .ticks = 1},
    {.name = "a line of three, four events, three of its end",
     .n_hosts = 3,
     .line = true,
     .snapshots = true,
     .forks = true,
     .publishes = {{0, 1, false}, {2, 2, false}, {0, 3, false}, {0, 4, false}},
     .n_publishes = 4,
     .faults = 2,
     .ticks = 1},
};

/* Hashes of states, in parts that grow one at a time: a table of billions is never there twice. */
enum { PARTS = 64, PART_BITS = 6, PART_MIN = 64 };

struct part {
    uint64_t *slots;
    uint64_t n, cap;
};

struct set {
    struct part parts[PARTS];
    uint64_t n;
};

struct search {
    struct explore_world world;
    struct set seen, settled;
    struct explore_choice path[DEPTH_MAX];
    uint64_t on_path[DEPTH_MAX]; /* hashes of the states that it led through */
    int depth, deepest;
    bool every_order;
    uint64_t moves, cut_off, quiet;
};

static void part_grow(struct part *p);

/* True when it was not yet there. A part is filled to four fifths. */
static bool part_add(struct part *p, uint64_t hash)
{
    if (5 * p->n >= 4 * p->cap) {
        part_grow(p);
    }
    uint64_t at = hash & (p->cap - 1);
    for (; p->slots[at] != 0; at = (at + 1) & (p->cap - 1)) {
        if (p->slots[at] == hash) {
            return false;
        }
    }
    p->slots[at] = hash;
    p->n++;
    return true;
}

static void part_grow(struct part *p)
{
    uint64_t cap = p->cap == 0 ? PART_MIN : 2 * p->cap;
    struct part bigger = {calloc(cap, sizeof *p->slots), 0, cap};
    assert(bigger.slots != NULL);
    for (uint64_t i = 0; i < p->cap; i++) {
        if (p->slots[i] != 0) {
            (void)part_add(&bigger, p->slots[i]);
        }
    }
    free(p->slots);
    *p = bigger;
}

static bool set_add(struct set *s, uint64_t hash)
{
    hash += hash == 0;
    bool added = part_add(&s->parts[hash >> (64 - PART_BITS)], hash);
    s->n += added;
    return added;
}

static void set_fini(struct set *s)
{
    for (int i = 0; i < PARTS; i++) {
        free(s->parts[i].slots);
    }
}

static void report(struct search *x, const char *what)
{
    printf("%s: %s\n", x->world.scope->name, what);
    for (int i = 0; i < x->depth; i++) {
        char line[80];
        explore_describe(&x->path[i], line);
        printf("  %s\n", line);
    }
}

/* Without faults, in one fixed order. */
static bool run_dry(struct search *x, struct explore_state *s)
{
    struct explore_choice choices[EXPLORE_CHOICES_MAX];
    s->faults = 0;
    for (int turns = 0; turns < SETTLE_TURNS && !explore_is_quiet(&x->world, s); turns++) {
        int32_t published = s->published;
        s->published = x->world.scope->n_publishes;
        (void)explore_choices(&x->world, s, choices);
        s->published = published;
        (void)explore_play(&x->world, s, &choices[0]);
        if (x->world.violation[0] != '\0') {
            return false;
        }
    }
    return true;
}

static bool settles(struct search *x, const struct explore_state *from)
{
    struct explore_state s = *from;
    struct explore_choice time = {EXPLORE_ACT_TIME, EXPLORE_COMMITS, 0, 0};
    for (int i = 0; i < SETTLE_TICKS; i++) {
        if (explore_has_converged(&x->world, &s)) {
            return true;
        }
        s.ticks = 1;
        (void)explore_play(&x->world, &s, &time);
        if (!run_dry(x, &s)) {
            return false;
        }
        s.ticks = 0;
        if (!set_add(&x->settled, explore_hash(&s, sizeof s))) {
            return true; /* another way led here, and on from here it was good */
        }
    }
    (void)snprintf(x->world.violation, sizeof x->world.violation,
                   "copies stay different although nothing is broken any more (I7)");
    return false;
}

static bool is_whole(const struct search *x, const struct explore_state *s)
{
    for (int a = 0; a < x->world.scope->n_hosts; a++) {
        if (!explore_is_up(s, a)) {
            return false;
        }
        for (int b = 0; b < EXPLORE_ORGS; b++) {
            if (s->cut[a][b]) {
                return false;
            }
        }
    }
    return explore_is_quiet(&x->world, s);
}

static bool is_on_path(const struct search *x, const struct explore_state *s)
{
    uint64_t hash = explore_hash(s, sizeof *s);
    for (int i = 0; i < x->depth; i++) {
        if (x->on_path[i] == hash) {
            return true;
        }
    }
    return false;
}

/* False: something is broken. */
static bool visit(struct search *x, const struct explore_state *s)
{
    struct explore_choice choices[EXPLORE_CHOICES_MAX];
    uint64_t hash = explore_hash(s, sizeof *s);
    if (!set_add(&x->seen, hash)) {
        return true;
    }
    x->deepest = x->depth > x->deepest ? x->depth : x->deepest;
    if (x->depth == DEPTH_MAX) {
        x->cut_off++;
        return true;
    }
    x->quiet += explore_is_quiet(&x->world, s);
    if (is_whole(x, s) && !settles(x, s)) {
        report(x, x->world.violation);
        return false;
    }
    size_t n = explore_choices(&x->world, s, choices);
    size_t enough = x->every_order ? n : explore_first(&x->world, s, choices, n);
    x->on_path[x->depth] = hash;
    for (size_t i = 0; i < enough; i++) {
        struct explore_state next = *s;
        if (!explore_play(&x->world, &next, &choices[i])) {
            continue;
        }
        x->moves++;
        x->path[x->depth++] = choices[i];
        if (x->world.violation[0] != '\0') {
            report(x, x->world.violation);
            return false;
        }
        enough = enough < n && is_on_path(x, &next) ? n : enough;
        if (!visit(x, &next)) {
            return false;
        }
        x->depth--;
    }
    return true;
}

struct met {
    uint64_t quiet, turns, forks;
};

static bool explore(const struct explore_scope *scope, bool every_order, struct met *met)
{
    struct search *x = calloc(1, sizeof *x);
    struct explore_state begin;
    assert(x != NULL);
    x->every_order = every_order;
    explore_world_init(&x->world, scope, &begin);
    bool good = visit(x, &begin);
    *met = (struct met){x->quiet, x->world.nodes.turns, x->world.nodes.forks};
    if (good && scope->forks && met->forks == 0) {
        printf("%s: no copy of a running machine ever forked\n", scope->name);
        good = false;
    }
    printf("%s, %d events, %d faults%s: %llu states, %llu of them quiet, %llu moves, %llu turns of "
           "cores (%llu saw a fork), depth %d, %llu cut off\n",
           scope->name, scope->n_publishes, scope->faults, every_order ? ", every order" : "",
           (unsigned long long)x->seen.n, (unsigned long long)met->quiet,
           (unsigned long long)x->moves, (unsigned long long)met->turns,
           (unsigned long long)met->forks, x->deepest, (unsigned long long)x->cut_off);
    (void)fflush(stdout);
    explore_world_fini(&x->world);
    set_fini(&x->seen);
    set_fini(&x->settled);
    free(x);
    return good;
}

/* Orders that are left out lead nowhere else. */
static bool compare(const struct explore_scope *scope, const struct met *some)
{
    struct met all;
    if (!explore(scope, true, &all)) {
        return false;
    }
    bool same = all.quiet == some->quiet && all.turns == some->turns && all.forks == some->forks;
    if (!same) {
        printf("%s: every order meets what the chosen ones do not\n", scope->name);
    }
    return same;
}

int sim_explore(const struct sim_scope_choice *choice)
{
    bool good = true;
    const struct explore_scope *scopes = choice->large ? large : small;
    size_t n = choice->large ? sizeof large / sizeof large[0] : sizeof small / sizeof small[0];
    for (size_t i = 0; i < n && good; i++) {
        struct explore_scope scope = scopes[i];
        struct met met;
        scope.faults += choice->more;
        scope.ticks += choice->more;
        if (choice->only == 0 || choice->only == (int)i + 1) {
            good = explore(&scope, false, &met) && (!choice->every_order || compare(&scope, &met));
        }
    }
    return good ? 0 : 1;
}
