/* What the simulated clients say about decisions, agenda items and notifications, and the check of
 * I8: at the end every node answers with statements whose views are those of its whole log, and the
 * same everywhere. */
#ifndef SB_SIM_STATEMENTS_H
#define SB_SIM_STATEMENTS_H

#include "tests/sim/clients.h"

/* A random statement of this host as a text: the same text is the same event. Bodies of such texts
 * begin with '~'. */
void sim_statement_choose(struct sim_world *w, const struct sim_host *h, char *text, size_t cap);
struct sb_bytes sim_statement_body(const struct sim_world *w, const struct sim_host *h,
                                   const char *text, struct sb_arena *arena);
/* The node has acknowledged it as new: it changes something, by what it holds. */
void sim_statement_check_ack(struct sim_world *w, struct sim_host *h, const struct sb_uuid *id);
void sim_statements_check_end(struct sim_world *w);

#endif
