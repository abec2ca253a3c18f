/* What we ask for: of whom, how much at a time, and what happens when no answer comes. */
#ifndef SB_CORE_WANT_H
#define SB_CORE_WANT_H

#include "daemon/core/internal.h"

/* Asks for everything that is known to exist, not here, and askable now. */
void sb_want_plan(struct sb_core *c, struct sb_effects *fx);
void sb_want_answered(struct sb_core *c, const struct sb_input *in);
/* So many bytes of new links came, or bodies: the question that they answer is alive. What was
 * broadcast, or answers another, says nothing of it. */
void sb_want_links_came(struct sb_core *c, const struct sb_in_segment *s, uint64_t bytes);
void sb_want_bodies_came(struct sb_core *c, const struct sb_in_bodies *b);
/* These links were left aside until their origin's rate has room again, which is no fault of who
 * gave them. */
void sb_want_left_aside(struct sb_core *c, const struct sb_in_segment *s);
void sb_want_encouraged(struct sb_core *c, uint16_t peer);
void sb_want_tick(struct sb_core *c);
/* The way to this partner is gone: what was asked of it is asked again, of anybody. */
void sb_want_forget_route(struct sb_core *c, uint16_t peer, struct sb_route route);
/* Whatever was compared with this partner counts no more: an answer may be lost. */
void sb_want_compare_anew(struct sb_core *c, uint16_t peer);
/* The partner's epochs that are no heads differ from ours: compare by ranges of counters. */
void sb_want_compare_rest(struct sb_core *c, uint16_t peer, uint16_t origin);
/* It is no partner any more: nothing is asked of it, nor of its history. */
void sb_want_forget_peer(struct sb_core *c, uint16_t peer);
void sb_want_range(struct sb_core *c, uint16_t peer, struct sb_counter_range range);
/* What was asked of that partner; NULL: this is no answer to a question of ours, or its parts are
 * not narrower. */
const struct sb_counter_range *sb_want_asked_summary(const struct sb_core *c, uint16_t peer,
                                                     uint32_t request,
                                                     const struct sb_summary *summary);
/* Are links or a comparison still asked of anybody? */
bool sb_want_comparing(const struct sb_core *c);
/* Is a comparison of our own history with some partner still under way? */
bool sb_want_own_comparing(const struct sb_core *c);

#endif
