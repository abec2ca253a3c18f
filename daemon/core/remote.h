/* remote(k): events that are durable here and wait until k partners show them (rule 7). */
#ifndef SB_CORE_REMOTE_H
#define SB_CORE_REMOTE_H

#include "daemon/core/internal.h"

/* Do enough entitled partners show a checkpoint at or beyond this event, bodies included? */
bool sb_remote_reached(struct sb_core *c, const struct sb_pending *p);
/* False: the table is full. */
bool sb_remote_wait(struct sb_core *c, const struct sb_pending *p);
/* "Outcome unknown, ask again with the same id": it is durable here and may yet be everywhere. */
void sb_remote_give_up(struct sb_core *c, const struct sb_pending *p, struct sb_effects *fx);
void sb_remote_expire(struct sb_core *c, struct sb_effects *fx);

#endif
