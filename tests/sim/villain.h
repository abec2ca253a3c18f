/* A partner that holds a valid key and lies: two histories, each shown to some; segments that do
 * not verify; other people's words in its mouth; questions for what is none of its business. Each
 * has a manner beside, of its seed: it answers a link at a time (of another's history too, so that
 * nobody else is asked for it), says more than some have room for, shows what it has and later
 * less, begins epoch after epoch, or fills the places that others have for what they are shown. */
#ifndef SB_SIM_VILLAIN_H
#define SB_SIM_VILLAIN_H

#include "tests/sim/world.h"

struct sim_villain *sim_villain_new(struct sim_world *w, int host);
void sim_villain_free(struct sim_villain *v);
void sim_villain_acts(struct sim_world *w);
void sim_villain_hears(struct sim_world *w, const struct sim_event *e);

#endif
