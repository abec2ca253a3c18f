/* Partners and clients that come, go and change while we run. */
#ifndef SB_CORE_ROSTER_H
#define SB_CORE_ROSTER_H

#include "daemon/core/internal.h"

/* Takes over another configuration: what is no more is forgotten, what is new begins, the rest does
 * not notice. The step comes before anything else of its turn. */
void sb_roster_change(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);

#endif
