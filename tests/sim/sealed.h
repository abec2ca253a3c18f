/* Items that clients of a world publish under embargo, and what must become of them: for nobody
 * before their time by a clock that stands still (I9), for their audience after it, whatever
 * befell their origin meanwhile (I7), and with nothing left of them once they are erased (I10). */
#ifndef SB_SIM_SEALED_H
#define SB_SIM_SEALED_H

#include "tests/sim/clients.h"

enum { SIM_SEALED = 0x10000000 }; /* requests beyond this, below SIM_ERASE, publish such items */

struct sim_sealed;

struct sim_sealed *sim_sealed_new(void);
void sim_sealed_free(struct sim_sealed *s);

/* Perhaps this host's client publishes one now, asks again, or has one erased. */
void sim_sealed_act(struct sim_world *w, struct sim_host *h);
/* Scenario: it publishes "text" under an embargo of so long, for these hosts (0: all); or asks
 * again. */
void sim_sealed_say(struct sim_world *w, struct sim_host *h, const char *text, uint32_t audience,
                    int64_t for_ms);
/* Scenario: the body in which the daemon of `h` would keep such an item, of its id; from the arena.
 */
struct sb_bytes sim_sealed_hold(struct sim_world *w, const struct sim_host *h, const char *text,
                                int64_t for_ms, struct sb_arena *arena);
/* Scenario: the last answer to that; -1: none yet. */
int sim_sealed_code(const struct sim_world *w, const struct sim_host *h, const char *text);
/* An answer as it leaves the node; the client may hear it. */
void sim_sealed_answered(struct sim_world *w, struct sim_host *h, const struct sb_message *m);

/* The wall clock of the host was moved by so much. */
void sim_sealed_clock(struct sim_world *w, struct sim_host *h, int64_t by_ms);
/* An event that the host has just committed. */
void sim_sealed_committed(struct sim_world *w, const struct sim_host *h, const struct sb_record *r);
/* A frame as it comes to a host. */
void sim_sealed_received(struct sim_world *w, const struct sim_host *h, struct sb_bytes frame);
void sim_sealed_check_end(struct sim_world *w, const struct sim_host *h);

#endif
