/* Forks, as everybody must come to know them (I11): whoever has been in contact for two frontiers
 * with somebody that holds the other branch holds both, and whoever holds both has raised the
 * alarm. At the end all count them alike. */
#ifndef SB_SIM_FORKS_H
#define SB_SIM_FORKS_H

#include "tests/sim/world.h"

struct sim_forks;

struct sim_forks *sim_forks_new(void);
void sim_forks_free(struct sim_forks *f);
/* The truth has two links behind one. */
void sim_forks_add(struct sim_forks *f, const struct sb_hash *a, const struct sb_hash *b);
/* After a turn of this host. */
void sim_forks_turn(struct sim_world *w, struct sim_host *h);
/* With the faults gone: heads and rest of every origin are the same on every host. */
void sim_forks_end(struct sim_world *w);

#endif
