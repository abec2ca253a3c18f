/* Streams to clients, paced by their credit. */
#ifndef SB_CORE_SUBSCRIPTION_H
#define SB_CORE_SUBSCRIPTION_H

#include "daemon/core/internal.h"

void sb_subscription_open(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_subscription_credit(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_subscription_delivered(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
/* Something new is durable, or time went by: whoever can take more gets it. */
void sb_subscription_pump(struct sb_core *c, struct sb_effects *fx);
void sb_subscription_forget_session(struct sb_core *c, uint32_t session);

/* Ends the streams of clients that may not read any more; each is told. */
void sb_subscription_check_rights(struct sb_core *c, struct sb_effects *fx);

#endif
