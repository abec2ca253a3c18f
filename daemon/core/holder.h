/* Who has an event on disk, as far as partners showed us. */
#ifndef SB_CORE_HOLDER_H
#define SB_CORE_HOLDER_H

#include "daemon/core/core.h"
#include "proto/holders.h"

/* Fills what is said of a partner in `out`: links and bodies, and since when. A restarted daemon
 * knows what it was shown since its start. */
void sb_core_holder(struct sb_core *core, uint16_t partner, uint16_t origin, struct sb_epoch epoch,
                    uint16_t branch, struct sb_seq seq, struct sb_holder *out);

#endif
