/* The network between hosts: who dials whom, what is up or cut, and frames on their way. */
#ifndef SB_SIM_NET_H
#define SB_SIM_NET_H

#include "tests/sim/world.h"

/* From there comes what a run of a host is told, by its start as incarnation. */
enum { SIM_FROM_NOWHERE = -2 };

void sim_net_init(struct sim_world *w, bool any_shape);
void sim_net_send(struct sim_world *w, struct sim_host *from, const struct sb_outgoing *out);
void sim_net_connect(struct sim_world *w, int a, int b);
/* One direction of dialling: a to b. */
void sim_net_cut_way(struct sim_world *w, int a, int b, bool cut);
void sim_net_cut(struct sim_world *w, int a, int b, bool cut);
/* Host a has taken b out of its configuration: what is between them ends. */
void sim_net_unlist(struct sim_world *w, int a, int b);
void sim_net_host_down(struct sim_world *w, int host);
/* Is the connection still there that this message travels by? */
bool sim_net_arrives(struct sim_world *w, const struct sim_event *e);
/* It is not: what becomes of the message, where sockets reorder. */
void sim_net_linger(struct sim_world *w, struct sim_event *e);
bool sim_net_followed(const struct sim_world *w, int host);
void sim_net_message(struct sim_world *w, int to, enum sb_net_event event, uint32_t identity,
                     uint32_t session, uint32_t incarnation, struct sb_bytes topic,
                     struct sb_bytes frame, int from, int64_t delay_ms);

#endif
