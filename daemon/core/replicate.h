/* Others' history, and our own where a partner brings it back: what is new is staged. */
#ifndef SB_CORE_REPLICATE_H
#define SB_CORE_REPLICATE_H

#include "daemon/core/internal.h"

/* Did it bring us further: something new, or where to ask instead? What somebody repeats does not,
 * however often it comes. */
bool sb_replicate_segment(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
/* Goes on with a release that was too long for one turn. */
void sb_replicate_tick(struct sb_core *c, struct sb_effects *fx);
/* False: not taken now. */
bool sb_replicate_bodies(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);

#endif
