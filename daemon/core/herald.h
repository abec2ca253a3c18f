/* Our own frontier: what we have on disk, told to everybody who listens. */
#ifndef SB_CORE_HERALD_H
#define SB_CORE_HERALD_H

#include "daemon/core/internal.h"

/* In full, to one. */
void sb_herald_full(struct sb_core *c, uint16_t peer, struct sb_route route, struct sb_effects *fx);
/* A delta when something changed, at most 20 a second; a heartbeat every two seconds. */
void sb_herald_tick(struct sb_core *c, struct sb_effects *fx);
int64_t sb_herald_due(const struct sb_core *c);

#endif
