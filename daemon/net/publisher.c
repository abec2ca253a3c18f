/* XPUB rather than PUB, so that we know whether anybody listens; never its manual mode, which
 * mishandles connections that died. It tells the first subscriber of a topic and the departure of
 * the last. */
#include "daemon/net/publisher.h"

#include <stdio.h>
#include <zmq.h>

#include "daemon/net/options.h"
#include "daemon/net/send.h"

enum { READS = 256 }; /* subscriptions per visit: others want their turn */

enum sb_rc sb_net_publisher_open(struct sb_net_publisher *p, void *context,
                                 const struct sb_net_options *o, struct sb_err *err)
{
    p->source = (struct sb_net_source){.kind = SB_NET_SOURCE_PUBLISHER};
    p->source.socket = sb_net_options_publisher(context, o, err);
    if (p->source.socket == NULL) {
        return SB_E_NET;
    }
    return sb_net_door_open(&p->door, p->source.socket, o->publish, "listen.publish", err);
}

void sb_net_publisher_close(struct sb_net_publisher *p, int linger_ms)
{
    if (p->source.socket != NULL) {
        sb_net_options_linger(p->source.socket, linger_ms);
        zmq_close(p->source.socket);
    }
}

bool sb_net_publisher_send(struct sb_net_publisher *p, struct sb_bytes topic, struct sb_bytes frame)
{
    return sb_net_send(p->source.socket, topic, frame, NULL, &p->queued);
}

static void reject(const struct sb_net_publisher *p, struct sb_net_intake *in,
                   struct sb_net_parts *parts, const char *why)
{
    uint32_t ticket = 0, identity = 0;
    if (sb_net_intake_ticket(in, &ticket) && !sb_net_zap_holder(p->zap, ticket, &identity)) {
        identity = 0;
    }
    struct sb_net_message *m = sb_net_intake_add(in, SB_NET_REJECTED, identity);
    (void)snprintf(m->text, sizeof m->text, "publish endpoint, from %.45s: %s",
                   sb_net_intake_address(in), why);
    sb_net_intake_drop(in, parts);
}

/* 1 and a topic subscribes, 0 and a topic unsubscribes. */
static void count_subscription(struct sb_net_publisher *p, struct sb_net_intake *in,
                               struct sb_net_parts *parts)
{
    struct sb_bytes what = parts->part[0];
    uint8_t kind = parts->n == 1 && what.n > 0 ? what.p[0] : UINT8_MAX;
    if (kind > 1) {
        reject(p, in, parts, "a message where only subscriptions go");
        return;
    }
    if (kind == 0) {
        p->n_subscriptions -= p->n_subscriptions > 0;
    } else if (++p->n_subscriptions > SB_NET_SUBSCRIPTIONS_MAX && !p->door.shut) {
        sb_net_door_shut(&p->door);
        reject(p, in, parts, "too many subscriptions: all followers must connect anew");
        return;
    }
    sb_net_intake_drop(in, parts);
}

bool sb_net_publisher_collect(struct sb_net_publisher *p, struct sb_net_intake *in)
{
    bool empty = false;
    for (int i = 0; i < READS && !empty && sb_net_intake_has_room(in, 1); i++) {
        struct sb_net_parts parts;
        empty = !sb_net_intake_read(in, p->source.socket, &parts);
        if (!empty) {
            count_subscription(p, in, &parts);
        }
    }
    return empty;
}
