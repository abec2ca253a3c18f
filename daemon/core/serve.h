/* Answers to partners' WANTs, paced one frame at a time. */
#ifndef SB_CORE_SERVE_H
#define SB_CORE_SERVE_H

#include "daemon/core/internal.h"

void sb_serve_want(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_serve_served(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_serve_tick(struct sb_core *c, struct sb_effects *fx);
void sb_serve_forget_link(struct sb_core *c, uint16_t peer);
void sb_serve_forget_session(struct sb_core *c, uint32_t session);
size_t sb_serve_slots(const struct sb_core *c);

/* Whatever way it was asked by. */
void sb_serve_forget_peer(struct sb_core *c, uint16_t peer);

#endif
