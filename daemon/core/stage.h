/* What one turn adds, until it commits. */
#ifndef SB_CORE_STAGE_H
#define SB_CORE_STAGE_H

#include "daemon/core/internal.h"

/* The chain's entry in the stage, made at the first call; NULL when the turn is full. */
struct sb_touch *sb_stage_touch(struct sb_core *c, uint32_t chain);
/* A chain that exists once the turn commits; NULL when the turn or the pool is full. The caller has
 * made sure that its origin has room. */
struct sb_touch *sb_stage_born(struct sb_core *c, const struct sb_chain_info *info);

/* One event on top of the touched chain; gives it its offset. The caller has made sure of room. */
struct sb_staged *sb_stage_event(struct sb_core *c, struct sb_touch *t, enum sb_class class,
                                 enum sb_body_state state, uint32_t bytes);
bool sb_stage_room(const struct sb_core *c, size_t events);

/* Finds a publish of this turn by id. */
bool sb_stage_has_id(const struct sb_core *c, const struct sb_uuid *id);
/* NULL when the turn is full. */
struct sb_pending *sb_stage_pending(struct sb_core *c, const struct sb_uuid *id);

/* What came of this origin has no room beside what is held and staged: nothing more is asked for,
 * unless what was staged comes to nothing or what is held counts less. */
void sb_stage_over_quota(struct sb_core *c, uint16_t origin, struct sb_effects *fx);
/* There may be room again: it is asked for, and if there is none that is told again. */
void sb_stage_within_quota(struct sb_core *c, uint16_t origin, struct sb_effects *fx);

void sb_stage_end(struct sb_core *c, struct sb_effects *fx); /* TURN_END */
void sb_stage_committed(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_stage_discard(struct sb_core *c);
void sb_stage_clear(struct sb_core *c);

#endif
