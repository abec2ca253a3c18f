/* Erasures and receipts of our own, and how long readers wait for what partners know of others. */
#ifndef SB_CORE_ERASURE_H
#define SB_CORE_ERASURE_H

#include "daemon/core/internal.h"

/* Our store may be an old copy, in which bodies stand that have been erased since: until partners
 * have told, for a bounded time, none is given to anybody. */
void sb_erasure_loaded(struct sb_core *c);
void sb_erasure_tick(struct sb_core *c, struct sb_effects *fx);
/* A partner was taken in, which has told nothing yet. Bodies go on being given. */
void sb_erasure_joined(struct sb_core *c, struct sb_effects *fx);

void sb_erasure_submit(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_erasure_receipt(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
/* An event of this origin is erased: where its body was missing, what waits behind it waits no
 * more.
 */
void sb_erasure_taken(struct sb_core *c, uint16_t origin);
/* A commit has failed: an erasure in it is tried again, with fewer others each time, at last alone.
 * True: its client waits on. */
bool sb_erasure_retry(struct sb_core *c, const struct sb_pending *p, struct sb_effects *fx);
/* The same commit: where there was no room for one alone, none is tried for a while. */
void sb_erasure_failed(struct sb_core *c);
/* Is it one of those whiles? */
bool sb_erasure_waits(const struct sb_core *c);

#endif
