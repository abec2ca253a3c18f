/* Silence: what each direction to and from a partner is worth while nothing, or not enough, comes
 * by it. Who did not run itself accuses nobody: silence is measured by sb_awake_ms. */
#ifndef SB_CORE_SILENCE_H
#define SB_CORE_SILENCE_H

#include "daemon/core/internal.h"

/* The monotonic clock without the time in which this daemon itself did not run: silence of others
 * is measured by it. */
static inline int64_t sb_awake_ms(const struct sb_core *c)
{
    return c->now.mono_ms - c->missed_ms;
}

/* First in each tick: did we ourselves come late? */
void sb_silence_tick(struct sb_core *c);
/* Something came by this direction, or its connection was made. */
void sb_silence_over(struct sb_core *c, struct sb_direction *d);
/* Its view says whether it has heard nothing of us for long. */
void sb_silence_theirs(struct sb_core *c, struct sb_peer *p, bool silent);
/* Live, catching up or stalled, both ways where they are greeted; and the alarm. */
void sb_silence_judge(struct sb_core *c, uint16_t peer, struct sb_effects *fx);

#endif
