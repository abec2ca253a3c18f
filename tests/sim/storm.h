/* What goes wrong with many at once, or halfway: see storm.c. */
#ifndef SB_SIM_STORM_H
#define SB_SIM_STORM_H

#include "tests/sim/world.h"

/* One such fault; `h` is where it begins. */
void sim_storm(struct sim_world *w, struct sim_host *h);
/* The host leaves all others, or comes back to them. */
void sim_swizzle(struct sim_world *w, struct sim_host *h, bool leaves);
/* Does it die between two of the messages of a turn, before the one of this index? */
bool sim_dies_between(struct sim_host *h, size_t index);

#endif
