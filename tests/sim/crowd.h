/* A villain that wants all places which others have for what they are shown (daemon/core/places.h):
 * ever new heads of its own, by its own frontiers and by those of honest nodes that hold what it
 * began; or epochs behind epochs, more than one of them has a quota for, which it then asks for in
 * vain. What others have said gets through all the same. */
#ifndef SB_SIM_CROWD_H
#define SB_SIM_CROWD_H

#include "proto/wire.h"
#include "tests/sim/world.h"

bool sim_crowds(const struct sim_villain *v);
/* A head of an epoch that there never was, under its signature. */
struct sb_head sim_crowd_hollow(struct sim_world *w, const struct sim_villain *v);
/* The one with the small quota has few places as well. 0: as many as usual. */
uint32_t sim_crowd_places(const struct sim_world *w, const struct sim_host *h);
/* Had the node no place for some head of this partner, a moment ago? Then it asks for them again.
 */
bool sim_crowd_left_out(const struct sim_host *h, size_t partner);
/* After a turn: are places all taken? */
void sim_crowd_turn(struct sim_world *w, const struct sim_host *h);

#endif
