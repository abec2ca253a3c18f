/* Places for what partners show. Each partner has a number of them, so that what one shows never
 * keeps out what another does; and of one partner's, where all are taken, the origin that has most
 * gives one up to any that has fewer. So nobody who begins epochs without end, or whose epochs are
 * not taken, keeps another's head from being known. */
#ifndef SB_CORE_PLACES_H
#define SB_CORE_PLACES_H

#include "daemon/core/internal.h"

/* Places of one partner, for all origins together: one for each, SB_SHOWN_PER_PEER for more heads
 * and SB_SUMMARIES_PER_PEER for older epochs, or as many of both as the options say. */
uint32_t sb_places_per_peer(const struct sb_core *c);
/* What is shown as head, as held, as one of the older epochs. */
struct sb_place_wish {
    uint16_t peer, origin;
    bool held, summary;
    const struct sb_head *head;
};
/* A place, last in its origin's list; NULL: there is none for this. Others may be given up. */
struct sb_shown *sb_places_take(struct sb_core *c, const struct sb_place_wish *wish);
/* Gives up the entry that *link points at. */
void sb_places_give(struct sb_core *c, uint32_t *link);
void sb_places_set_held(struct sb_core *c, struct sb_shown *s);
void sb_places_set_summary(struct sb_core *c, struct sb_shown *s, bool summary);
/* Are all places of this partner taken? */
bool sb_places_full(const struct sb_core *c, uint16_t peer);
bool sb_places_summaries_full(const struct sb_core *c, uint16_t peer); /* those for older epochs */
/* Would one more of the older epochs that it lists of this origin have a place? */
bool sb_places_summary_room(const struct sb_core *c, uint16_t peer, uint16_t origin);
/* Heads were left out: asks for them again, more and more rarely where nothing comes. */
void sb_places_tick(struct sb_core *c, struct sb_effects *fx);
/* A full frontier of this partner begins: whatever is left out now is all there is. */
void sb_places_begin(struct sb_core *c, uint16_t peer);

#endif
