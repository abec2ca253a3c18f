/* Whoever has a key that was lost, and goes on with it: one more event behind one of its owner's,
 * on the tip of an epoch or beside it, or a new epoch. It reaches those who know no better, for
 * they still take its connections, and a villain passes on to everybody what it says.
 *
 * Sometimes the event erases one of its owner's (not in scenarios); or has the id of one that its
 * owner has published, or will; or nobody ever gets its body; or all that its owner said below it
 * comes with it, under a checkpoint behind it.
 *
 * What it had erased stays so where that came, and nowhere else (PROTOCOL §9.4): of just those
 * events the views of two hosts may differ (I8), and who has one erased counts as a holder (I1). */
#ifndef SB_SIM_THIEF_H
#define SB_SIM_THIEF_H

#include "tests/sim/world.h"

/* From now on, with the first key of this host. */
void sim_thief_begin(struct sim_world *w, int victim);
void sim_thief_acts(struct sim_world *w, int victim);
/* For scenarios: gives one host alone the last of what counts of the victim's, all that lies below
 * it, and an event of its own behind it, under one checkpoint behind that. */
void sim_thief_gives_all(struct sim_world *w, int victim, int to);
/* Likewise: an event two links below that, beside what counts, with the id of the victim's "text".
 */
void sim_thief_takes_id(struct sim_world *w, int victim, int to, const char *text);
/* Likewise: an event right behind the victim's "text". */
void sim_thief_follows(struct sim_world *w, int victim, int to, const char *text);
/* Likewise, below the end, to the victim itself by way of another: what its daemon would keep of an
 * item under embargo for so long. */
void sim_thief_seals(struct sim_world *w, int victim, int by_way_of, const char *text,
                     int64_t for_ms);
/* Likewise: that the victim's "text" be erased. */
void sim_thief_erases(struct sim_world *w, int victim, int by_way_of, const char *text);

#endif
