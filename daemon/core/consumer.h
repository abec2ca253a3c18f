/* Consumers: named cursors. The core never sees a cursor; it decides who may change one, and says
 * that it is done when that is durable. */
#ifndef SB_CORE_CONSUMER_H
#define SB_CORE_CONSUMER_H

#include "daemon/core/internal.h"

/* Who waits for the change of a consumer to be durable. */
struct sb_consume_pending {
    uint32_t session, request;
    uint16_t slot;
};

void sb_consumer_change(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
/* What was staged in this turn is durable, or none of it is. */
void sb_consumer_committed(struct sb_core *c, struct sb_effects *fx);
void sb_consumer_failed(struct sb_core *c, struct sb_effects *fx);

#endif
