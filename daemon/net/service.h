/* Our service endpoint: requests of partners and clients in, answers out. */
#ifndef SB_NET_SERVICE_H
#define SB_NET_SERVICE_H

#include "daemon/net/door.h"
#include "daemon/net/intake.h"
#include "daemon/net/ready.h"
#include "daemon/net/session.h"

struct sb_net_service {
    struct sb_net_source requests;
    struct sb_net_source monitor; /* tells which connections ended */
    struct sb_net_sessions sessions;
    struct sb_net_door door;
    struct sb_net_queued *queued; /* on all conversations; borrowed */
    const struct sb_net_zap *zap; /* whose ticket a message has; borrowed */
};

/* `monitor_number` as of sb_net_monitor_open. Errors: SB_E_NET. */
enum sb_rc sb_net_service_open(struct sb_net_service *s, void *context, uint32_t monitor_number,
                               const struct sb_net_options *o, struct sb_err *err);
void sb_net_service_close(struct sb_net_service *s, int linger_ms);
bool sb_net_service_answer(struct sb_net_service *s, uint32_t session, enum sb_net_sort sort,
                           struct sb_bytes frame);
/* To who has no session. False: not sent, as of sb_net_send. */
bool sb_net_service_turn_away(struct sb_net_service *s, uint32_t routing_id, struct sb_bytes frame);
/* Reads a bounded number of requests; true: there are none left. */
bool sb_net_service_collect(struct sb_net_service *s, struct sb_net_intake *in);
/* Reads which connections ended, all of them. */
void sb_net_service_watch(struct sb_net_service *s);
/* Tells who is gone, as far as there is room. */
void sb_net_service_announce(struct sb_net_service *s, struct sb_net_intake *in);

#endif
