/* One seed from its birth to the last check: what kind of world it is, and playing it. */
#ifndef SB_SIM_PLAY_H
#define SB_SIM_PLAY_H

#include "tests/sim/world.h"

/* Plays one seed to its end; sim_world_fini frees what is left. False: an invariant is broken,
 * w->violation says which. */
bool sim_play(struct sim_world *w, uint64_t seed, bool verbose);

#endif
