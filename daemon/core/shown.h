/* What partners show: epochs under their origins' signatures, and how far we are behind them. */
#ifndef SB_CORE_SHOWN_H
#define SB_CORE_SHOWN_H

#include "daemon/core/internal.h"

/* Ourselves or a partner: of a former one nobody's frontiers are taken. */
static inline bool sb_is_member(const struct sb_core *c, uint16_t origin)
{
    return origin == 0 || c->partners[origin].partner;
}

/* What `peer` shows of the epochs of `origin` that are no heads. */
static inline struct sb_rest_view *sb_rest_of(const struct sb_core *c, uint16_t peer,
                                              uint16_t origin)
{
    return &c->rests[(size_t)peer * c->o.max_origins + origin];
}

void sb_shown_init(struct sb_core *c);
/* A frontier from a partner, full or a delta; older ones and unknown boots are passed over. */
void sb_shown_frontier(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
/* What it answers when it is asked for these chains. */
void sb_shown_summary(struct sb_core *c, const struct sb_input *in,
                      const struct sb_counter_range *asked);

/* Links of this epoch have been staged: whatever partners show among them will be held. */
void sb_shown_staged(struct sb_core *c, uint16_t origin, struct sb_epoch epoch, struct sb_seq first,
                     const struct sb_hash *hashes, size_t n);
void sb_shown_settle(struct sb_core *c, bool committed);
/* Whatever others show of this epoch is asked for before what this partner shows of it. */
void sb_shown_put_last(struct sb_core *c, uint16_t peer, uint16_t origin, struct sb_epoch epoch);

/* Events of an origin that this partner shows and we lack; *oldest is lowered to the time of the
 * first checkpoint among them. */
uint64_t sb_shown_lag(const struct sb_core *c, uint16_t peer, struct sb_time *oldest);
uint64_t sb_shown_their_lag(const struct sb_core *c, uint16_t peer);
/* This organisation is no partner any more: forgets what it showed, and what others showed of it.
 */
void sb_shown_forget(struct sb_core *c, uint16_t number);
/* Is a part of our own history known to exist and not yet here? */
bool sb_shown_own_missing(const struct sb_core *c);

/* Gives up what is lacking of this epoch but what was named of it: none of it will be taken. */
void sb_shown_forget_others(struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                            const struct sb_hash *named);

#endif
