/* One seed from its birth to the last check: what kind of world it is, and playing it. */
#ifndef SB_SIM_PLAY_H
#define SB_SIM_PLAY_H

#include "tests/sim/world.h"

struct sim_options {
    uint64_t seed;
    int n_hosts; /* 0: by the seed */
    bool villain, faults, clients, twin, live, slow, reload;
    int64_t fault_ms, heal_ms; /* virtual: with faults, then without */
    bool verbose;
};

/* Plays one seed to its end. False: an invariant is broken, world->violation says which. */
bool sim_play(struct sim_world *w, const struct sim_options *options);

#endif
