/* What we connect to at one partner: a DEALER to its service, a SUB to its publisher. */
#ifndef SB_NET_PARTNER_LINK_H
#define SB_NET_PARTNER_LINK_H

#include "daemon/net/intake.h"
#include "daemon/net/outgoing.h"
#include "daemon/net/send.h"

struct sb_net_partner_link {
    uint32_t number;
    bool used, stays;              /* stays: of a change of the links that is under way */
    struct sb_net_outgoing ask;    /* to its service */
    struct sb_net_outgoing follow; /* to its publisher: follower.c */
    struct sb_net_queued queued[SB_NET_SORTS]; /* to its service */
};

/* Connects to the endpoints that `partner` has; `index` is the link's, for its sources; its two
 * monitors are `monitor_number` and the next one. Errors: SB_E_NET, SB_E_NOMEM. */
enum sb_rc sb_net_partner_link_open(struct sb_net_partner_link *link, void *context, uint32_t index,
                                    uint32_t monitor_number, const struct sb_net_options *o,
                                    const struct sb_net_partner *partner, struct sb_err *err);
void sb_net_partner_link_close(struct sb_net_partner_link *link, int linger_ms);
/* `all`: what is queued on all conversations. */
bool sb_net_partner_link_ask(struct sb_net_partner_link *link, enum sb_net_sort sort,
                             struct sb_bytes frame, struct sb_net_queued *all);
/* Reads a bounded number of replies; true: there are none left. */
bool sb_net_partner_link_collect(struct sb_net_partner_link *link, struct sb_net_intake *in);
/* Reads what happened to the connection to the service, as far as there is room; true: all. */
bool sb_net_partner_link_watch(struct sb_net_partner_link *link, int64_t now_ms,
                               struct sb_net_intake *in);
void sb_net_partner_link_hurry(struct sb_net_partner_link *link);

#endif
