/* Configurations that change while daemons run: partners taken out and in again, a reader that
 * loses its right. What must be true then, beside the invariants that hold always: nothing more is
 * said to who was taken out, nothing delivered to who may not read, and each is told. */
#ifndef SB_SIM_RELOAD_H
#define SB_SIM_RELOAD_H

#include "tests/sim/world.h"

/* What the host's configuration is now, for its next start. */
void sim_reload_list(const struct sim_world *w, struct sim_host *h);
/* Takes `of` out of it, or in again. */
void sim_reload_partner(struct sim_world *w, struct sim_host *h, int of, bool in);
/* Takes the right to read from its reader, or gives it back. */
void sim_reload_reader(struct sim_world *w, struct sim_host *h, bool barred);
/* One of these, by chance. */
void sim_reload_some(struct sim_world *w, struct sim_host *h);
/* Everybody lists everybody, and all may read. */
void sim_reload_heal(struct sim_world *w);

/* Is this the number of one that was taken out? */
bool sim_reload_is_out(const struct sim_world *w, const struct sim_host *h, uint32_t identity);
/* What its turn sent: not to those. */
void sim_reload_said(struct sim_world *w, struct sim_host *h, const struct sb_outgoing *out);

#endif
