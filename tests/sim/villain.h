/* A partner that holds a valid key and lies: two histories, each shown to some; segments that do
 * not verify; other people's words in its mouth; questions for what is none of its business. */
#ifndef SB_SIM_VILLAIN_H
#define SB_SIM_VILLAIN_H

#include "tests/sim/world.h"

struct sim_villain *sim_villain_new(struct sim_world *w, int host);
void sim_villain_free(struct sim_villain *v);
void sim_villain_acts(struct sim_world *w);
void sim_villain_hears(struct sim_world *w, const struct sim_event *e);

#endif
