/* Following one partner's publisher: broadcasts in. */
#ifndef SB_NET_FOLLOWER_H
#define SB_NET_FOLLOWER_H

#include "daemon/net/intake.h"
#include "daemon/net/outgoing.h"

/* `index` and `monitor_number` as of sb_net_partner_link_open. Errors: SB_E_NET, SB_E_NOMEM. */
enum sb_rc sb_net_follower_open(struct sb_net_outgoing *follow, void *context, uint32_t index,
                                uint32_t monitor_number, const struct sb_net_options *o,
                                const struct sb_net_partner *partner, struct sb_err *err);
/* Reads a bounded number of broadcasts of partner `identity`; true: there are none left. */
bool sb_net_follower_collect(struct sb_net_outgoing *follow, uint32_t identity,
                             struct sb_net_intake *in);
/* Reads what happened to the connection, as far as there is room; true: all. */
bool sb_net_follower_watch(struct sb_net_outgoing *follow, uint32_t identity, int64_t now_ms,
                           struct sb_net_intake *in);

#endif
