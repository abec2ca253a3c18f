/* A node that leaves out bodies which it might send with their links, as one does whose frame is
 * full, or whose copy is damaged: they come alone, when they are asked for. */
#ifndef SB_SIM_SPARING_H
#define SB_SIM_SPARING_H

#include "tests/sim/world.h"

/* True: less leaves than this frame has, which the arena then holds. */
bool sim_sparing(struct sim_world *w, const struct sim_host *from, struct sb_bytes *frame,
                 struct sb_arena *arena);

#endif
