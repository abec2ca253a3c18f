/* Reads history for those who ask: partners catching up, clients exporting. Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_SERVE_H
#define SB_SHELL_SERVE_H

#include "daemon/shell/turn.h"

/* One EVENTS for FX_SERVE; the core hears of it in the next turn. */
void sb_serve_events(struct sb_node *node, const struct sb_effect *fx);
/* Not in this turn: the core asks again in the next. */
void sb_serve_postpone(struct sb_node *node, const struct sb_effect *fx);
/* One BODIES, with what fits of the bodies asked for and due to the partner. */
void sb_serve_bodies(struct sb_node *node, const struct sb_effect *fx,
                     const struct sb_want_bodies *want);
/* One FETCHED for a client that may read. */
void sb_serve_fetch(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                    const struct sb_fetch *fetch);

#endif
