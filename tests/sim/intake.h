/* Partners that a host holds to a rate in some worlds, and what must be true of it (I12): nothing
 * more of one is taken while it has spent its rate, whoever brings it; in the end all of it is
 * there (I7). */
#ifndef SB_SIM_INTAKE_H
#define SB_SIM_INTAKE_H

#include "tests/sim/world.h"

struct sim_mirror;

struct sim_intake {
    int64_t left, at_ms; /* counted as the rule says, and nowhere else */
    uint64_t turn;
    bool begun;
};

/* Events per hour that this host takes of each partner; 0: any number. */
uint64_t sim_intake_rate(const struct sim_world *w, const struct sim_host *h);
/* An event of this origin has been committed. */
void sim_intake_taken(struct sim_mirror *m, int origin);
/* The daemon starts: what its disk holds was taken before, and it may save up anew. */
void sim_intake_restarts(struct sim_mirror *m);
void sim_intake_restarted(struct sim_mirror *m);

#endif
