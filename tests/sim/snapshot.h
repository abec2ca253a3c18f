/* Live snapshots: a copy of a running machine, memory and disk, that is resumed later. The resumed
 * daemon believes that its epoch is open, and does not know what it signed after the copy. */
#ifndef SB_SIM_SNAPSHOT_H
#define SB_SIM_SNAPSHOT_H

#include "tests/sim/world.h"

/* Copies the running host; a former copy is forgotten. */
void sim_snapshot_take(struct sim_world *w, struct sim_host *h);
/* The machine is put back to its copy: what it did since is gone from it. With `clock_right` the
 * wall clock is set at once, as a virtual machine's often is; its monotonic clock stood still. */
void sim_snapshot_resume(struct sim_world *w, struct sim_host *h, bool clock_right);
void sim_snapshot_free(struct sim_host *h);
/* The copy runs elsewhere, beside the original. */
void sim_snapshot_clone(struct sim_world *w, const struct sim_host *from, struct sim_host *to);

#endif
