/* Everything that goes wrong by chance, and its end. */
#ifndef SB_SIM_FAULTS_H
#define SB_SIM_FAULTS_H

#include "tests/sim/world.h"

void sim_faults_schedule(struct sim_world *w, int64_t until_ms);
void sim_fault(struct sim_world *w);
void sim_heal(struct sim_world *w);
/* It hangs from now on, for so long or until an earlier pause is over; its connections stay. */
void sim_pause(struct sim_world *w, struct sim_host *h, int64_t ms);
/* Both leave the host down. The backup is put back and used up. */
void sim_lose_disk(struct sim_world *w, struct sim_host *h);
void sim_put_back(struct sim_world *w, struct sim_host *h);

#endif
