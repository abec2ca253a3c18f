/* Being one of two: what we do when partners listen to another instance of us. */
#ifndef SB_CORE_INSTANCE_H
#define SB_CORE_INSTANCE_H

#include "daemon/core/internal.h"

/* A partner said whose frontiers of ours it takes. */
void sb_instance_view(struct sb_core *c, const struct sb_input *in);
/* Greets everybody with a fresh boot nonce when there is news for who does not listen to us. */
void sb_instance_tick(struct sb_core *c, struct sb_effects *fx);

#endif
