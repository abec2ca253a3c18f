/* What clients of a world want erased, and what must become of it (I10): recorded, shown to nobody
 * from then on, gone from every raw disk in the end, confirmed by everybody who had it, and never
 * back, whatever else happens. */
#ifndef SB_SIM_ERASING_H
#define SB_SIM_ERASING_H

#include "tests/sim/clients.h"

enum { SIM_ERASE = 0x20000000 }; /* requests beyond this, below 0x40000000, erase */

struct sim_erasing;

struct sim_erasing *sim_erasing_new(void);
void sim_erasing_free(struct sim_erasing *e);

/* Perhaps this host's client has something erased now, or asks again for what was not answered. */
void sim_erasing_act(struct sim_world *w, struct sim_host *h);
/* May one more be asked for? */
bool sim_erasing_room(const struct sim_world *w);
/* It wants the event "text" erased, which it or somebody else published. */
void sim_erasing_ask(struct sim_world *w, struct sim_host *h, const struct sim_host *origin,
                     const char *text);
/* The last answer to that; -1: none yet. */
int sim_erasing_code(const struct sim_world *w, const struct sim_host *h, const char *text);
/* An answer as it leaves the node; the client may hear it. */
void sim_erasing_answered(struct sim_world *w, struct sim_host *h, const struct sb_message *m);

/* An event that the host has just committed. */
void sim_erasing_committed(struct sim_world *w, struct sim_host *h, const struct sb_record *r);
/* A frame as it leaves. */
void sim_erasing_left(struct sim_world *w, const struct sim_host *h, struct sb_bytes frame);
void sim_erasing_turn(struct sim_world *w, struct sim_host *h);
void sim_erasing_check_end(struct sim_world *w, const struct sim_host *h);

#endif
