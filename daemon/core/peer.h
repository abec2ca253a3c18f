/* Partners: connections, greetings, what state each direction is in and why. */
#ifndef SB_CORE_PEER_H
#define SB_CORE_PEER_H

#include "daemon/core/internal.h"

void sb_peer_init(struct sb_core *c);
/* Its direction, `out` or in, is in another state from now on; `why` is static. */
void sb_peer_direct(struct sb_core *c, uint16_t peer, bool out, enum sb_direction_state to,
                    const char *why, struct sb_effects *fx);
/* Asks it for all that it shows, by the way on which it is heard. */
void sb_peer_ask_full(struct sb_core *c, uint16_t peer, struct sb_effects *fx);
/* Where to send to this partner: our link when it is greeted, else its newest session. */
struct sb_route sb_peer_route(const struct sb_core *c, uint16_t peer);
/* The nth of its connections, round and round, that of sb_peer_route first: behind one of them may
 * be another instance, with other bodies. */
struct sb_route sb_peer_way(const struct sb_core *c, uint16_t peer, uint32_t nth);
/* Has it said HELLO on this very connection, for our partnership? */
bool sb_peer_greeted(const struct sb_core *c, uint16_t peer, struct sb_route route);
/* Something came from this partner by this way. */
void sb_peer_contact(struct sb_core *c, uint16_t peer, struct sb_route route);

void sb_peer_hello(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_peer_link_up(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_peer_link_down(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_peer_session_gone(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_peer_refused(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);
void sb_peer_view(struct sb_core *c, const struct sb_input *in, struct sb_effects *fx);

/* May this frontier be taken, by boot and counter? Notes a gap and asks for a full one. */
bool sb_peer_takes_frontier(struct sb_core *c, const struct sb_in_frontier *f,
                            struct sb_effects *fx);
void sb_peer_tick(struct sb_core *c, struct sb_effects *fx);
const char *sb_direction_name(enum sb_direction_state state);

#endif
