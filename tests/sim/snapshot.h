/* Live snapshots: a copy of a running machine, memory and disk, that is resumed later. The resumed
 * daemon believes that its epoch is open, and does not know what it signed after the copy. */
#ifndef SB_SIM_SNAPSHOT_H
#define SB_SIM_SNAPSHOT_H

#include "tests/sim/world.h"

/* Copies the running host; a former copy is forgotten. */
void sim_snapshot_take(struct sim_world *w, struct sim_host *h);
enum { SIM_TORN_MS = 11000 }; /* a sleep that no open epoch outlives, by rule 4 */

/* What its clocks say of the time since the copy. */
enum sim_sleep {
    SIM_SLEEP_UNNOTICED, /* nothing: both stood still */
    SIM_SLEEP_WALL,      /* the wall clock was set at once, as a virtual machine's often is */
    SIM_SLEEP_COUNTED,   /* both went on, as for processes that are frozen */
};
/* The machine is put back to its copy: what it did since is gone from it. It has slept since then,
 * and `longer_ms` more. */
void sim_snapshot_resume(struct sim_world *w, struct sim_host *h, enum sim_sleep sleep,
                         int64_t longer_ms);
void sim_snapshot_free(struct sim_host *h);
/* The copy runs elsewhere, beside the original. */
void sim_snapshot_clone(struct sim_world *w, const struct sim_host *from, struct sim_host *to);

#endif
