/* Whoever has a key that was lost, and goes on with it: one more event behind one of its owner's,
 * on the tip of an epoch or beside it, or a new epoch. It reaches those who know no better, for
 * they still take its connections, and a villain passes on to everybody what it says. */
#ifndef SB_SIM_THIEF_H
#define SB_SIM_THIEF_H

#include "tests/sim/world.h"

/* From now on, with the first key of this host. */
void sim_thief_begin(struct sim_world *w, int victim);
void sim_thief_acts(struct sim_world *w, int victim);

#endif
