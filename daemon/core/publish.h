/* Our own events: who may say what, which number it gets, when it may be acknowledged. */
#ifndef SB_CORE_PUBLISH_H
#define SB_CORE_PUBLISH_H

#include "daemon/core/internal.h"

void sb_publish_submit(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_publish_epoch_started(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
/* The turn's publishes are durable: acknowledge, or wait for partners. */
void sb_publish_committed(struct sb_core *c, struct sb_effects *fx);
/* None of them is: refuse, surely not done. */
void sb_publish_failed(struct sb_core *c, struct sb_effects *fx);
/* A partner shows more: which remote acknowledgements are complete now? */
void sb_publish_check_remotes(struct sb_core *c, struct sb_effects *fx);
/* Time: closes an epoch that was left alone, ends waits. */
void sb_publish_tick(struct sb_core *c, struct sb_effects *fx);
void sb_publish_close_epoch(struct sb_core *c, enum sb_trace why);
/* Ends the bounded wait of an empty store. */
void sb_publish_recovered(struct sb_core *c, struct sb_effects *fx, const char *why);

/* For what the daemon itself says: on top of our touched open epoch; and the epoch itself. */
void sb_publish_append(struct sb_core *c, struct sb_touch *t, struct sb_link *link,
                       enum sb_class class, uint32_t bytes, struct sb_effects *fx);
void sb_publish_ask_epoch(struct sb_core *c, const struct sb_hash *first, struct sb_effects *fx);

#endif
