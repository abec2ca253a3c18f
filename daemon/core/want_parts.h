/* Inside the requests: what want.c, want_bodies.c and want_summary.c share. */
#ifndef SB_CORE_WANT_PARTS_H
#define SB_CORE_WANT_PARTS_H

#include "daemon/core/want.h"

/* May this partner be asked one more thing? SOON: once it has answered what it is busy with. NONE:
 * there is no way to it, or it is silent and being tried. */
enum sb_want_room { SB_WANT_ROOM, SB_WANT_ROOM_SOON, SB_WANT_ROOM_NONE };
enum sb_want_room sb_want_room(const struct sb_core *c, uint16_t peer);

/* One more request, by the partner's best way; then the effect that asks it. */
struct sb_want_state *sb_want_add(struct sb_core *c, enum sb_want_kind kind, uint16_t peer,
                                  uint16_t origin);
struct sb_effect *sb_want_send(struct sb_effects *fx, enum sb_effect_type type,
                               const struct sb_want_state *w);
/* Until when others are not asked for the same; from then on they are as well. */
int64_t sb_want_busy_until(const struct sb_want_state *w);
/* The question that this segment answers; NULL: none of ours. */
struct sb_want_state *sb_want_of_segment(struct sb_core *c, const struct sb_in_segment *s);
/* Asks this partner for the ranges of counters that wait, and compares again what it showed. */
void sb_want_plan_ranges(struct sb_core *c, uint16_t peer, struct sb_effects *fx);
void sb_want_compare_again(struct sb_core *c);
/* Plans again at that moment at the latest. */
void sb_want_later(struct sb_core *c, int64_t at);
/* The pause after this one. */
int64_t sb_want_longer(int64_t pause_ms, int64_t first_ms, int64_t max_ms);

/* ---- want_bodies.c */
void sb_want_plan_bodies(struct sb_core *c, uint16_t origin, struct sb_effects *fx);
/* It brought some, and is over: no pause before the next question. */
void sb_want_bodies_follow(struct sb_core *c, const struct sb_want_state *w);

#endif
