/* Our PUB endpoint: broadcasts out, subscriptions in. */
#ifndef SB_NET_PUBLISHER_H
#define SB_NET_PUBLISHER_H

#include "daemon/net/door.h"
#include "daemon/net/intake.h"
#include "daemon/net/ready.h"
#include "daemon/net/send.h"
#include "daemon/net/zap.h"

/* Different topics subscribed to by all followers together: a broadcast costs a walk over them,
 * and a subscription costs 30 times its bytes in memory. Ours subscribe to six. */
enum { SB_NET_SUBSCRIPTIONS_MAX = 4096 };

struct sb_net_publisher {
    struct sb_net_source source;
    struct sb_net_door door;
    const struct sb_net_zap *zap; /* borrowed */
    size_t n_subscriptions;       /* different topics */
    struct sb_net_queued queued;  /* each frame once, however many queues it is in */
};

/* Errors: SB_E_NET. */
enum sb_rc sb_net_publisher_open(struct sb_net_publisher *p, void *context,
                                 const struct sb_net_options *o, struct sb_err *err);
void sb_net_publisher_close(struct sb_net_publisher *p, int linger_ms);
bool sb_net_publisher_send(struct sb_net_publisher *p, struct sb_bytes topic,
                           struct sb_bytes frame);
/* Reads subscriptions, a bounded number; true: there are none left. */
bool sb_net_publisher_collect(struct sb_net_publisher *p, struct sb_net_intake *in);

#endif
