/* What a seed stands for. */
#include "tests/sim/play.h"

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/faults.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain.h"

enum {
    FAULTS_MS = 12000,
    HEAL_MS = 45000,
    LAST_MS = 5000, /* what was said last, such as an embargo's end, reaches everybody */
    LAST_ROUNDS = 5,
    TWIN_MS = 3000,
    KEYS_MS = 1000
};

/* The kind of world: a bit for each, so that every mixture is met. */
static void choose(struct sim_world *w, uint64_t seed)
{
    w->live = seed % 16 == 10 || seed % 32 == 18;
    w->slow = seed % 8 == 4;
    w->storm = seed % 16 == 14 || seed % 64 == 43;
    w->reorder = seed % 8 == 3 || seed % 16 == 8 || seed % 32 == 5;
    w->reload = seed % 16 == 6 && seed % 3 != 0;
    w->sparing = seed % 8 == 7 || seed % 16 == 13;
    w->keys->by_chance = seed % 16 == 0 || seed % 16 == 12 || seed % 16 == 13 || seed % 16 == 15 ||
                         seed % 64 == 22 || seed % 64 == 42;
}

static int count_hosts(uint64_t seed)
{
    struct sim_random shape;
    sim_random_seed(&shape, seed ^ 0x5eed);
    if (seed % 64 == 43 || seed % 128 == 21) {
        return 5 + (int)sim_below(&shape, 5);
    }
    return 2 + (int)sim_below(&shape, 3);
}

bool sim_play(struct sim_world *w, uint64_t seed, bool verbose)
{
    int n = count_hosts(seed);
    sim_world_init(w, seed, n);
    w->verbose = verbose;
    choose(w, seed);
    if (seed % 4 == 1 && n >= 3) {
        w->villain = sim_villain_new(w, n - 1);
    }
    sim_net_init(w, true);
    for (int i = 0; i < n; i++) {
        sim_clients_new(w, &w->hosts[i]);
        sim_schedule(w, sim_below(&w->random, 200), SIM_START, i);
    }
    if (seed % 16 == 2) {
        (void)sim_schedule(w, TWIN_MS, SIM_TWIN, -1);
    } else if (seed % 8 != 7) {
        sim_faults_schedule(w, FAULTS_MS);
    }
    if (w->keys->by_chance) {
        (void)sim_schedule(w, KEYS_MS, SIM_KEYS, -1);
    }
    bool good = sim_run_until(w, FAULTS_MS);
    sim_heal(w);
    good = good && sim_run_until(w, FAULTS_MS + HEAL_MS);
    for (int i = 0; i < LAST_ROUNDS && good && w->now_ms - w->truth->last_ms < LAST_MS; i++) {
        good = sim_run_until(w, w->now_ms + LAST_MS);
    }
    if (good) {
        sim_checks_end(w);
    }
    return w->violation[0] == '\0';
}
