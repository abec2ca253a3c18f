/* A SUB with few, coarse subscriptions: libzmq loses those beyond a high-water mark when it
 * reconnects. What the partner's PUB endpoint sends is never complete, and nobody here thinks so:
 * that it is down or refused costs time, not events, so no link event tells of it. */
#include "daemon/net/follower.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "daemon/net/options.h"

enum { READS = 256 }; /* broadcasts per visit: others want their turn */

static const char *const topics[] = {"agenda/", "decision/", "notification/",
                                     "custom/", "link/",     "frontier/"};

static_assert(sizeof topics / sizeof topics[0] < SB_ZMQ_SNDHWM, "no subscription is lost");

static bool subscribe(void *socket)
{
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (zmq_setsockopt(socket, ZMQ_SUBSCRIBE, topics[i], strlen(topics[i])) != 0) {
            return false;
        }
    }
    return true;
}

enum sb_rc sb_net_follower_open(struct sb_net_outgoing *follow, void *context, uint32_t index,
                                uint32_t monitor_number, const struct sb_net_options *o,
                                const struct sb_net_partner *partner, struct sb_err *err)
{
    follow->data = (struct sb_net_source){.kind = SB_NET_SOURCE_FOLLOWER, .index = index};
    follow->events = (struct sb_net_source){.kind = SB_NET_SOURCE_FOLLOWER_MONITOR, .index = index};
    void *socket = sb_net_options_subscriber(context, o, partner, err);
    enum sb_rc rc = sb_net_outgoing_open(follow, context, socket, partner, partner->publish,
                                         monitor_number, err);
    if (rc == SB_OK && !subscribe(socket)) {
        rc = sb_err_set(err, SB_E_NET, "follow %s: %s", partner->publish, zmq_strerror(errno));
    }
    return rc;
}

bool sb_net_follower_collect(struct sb_net_outgoing *follow, uint32_t identity,
                             struct sb_net_intake *in)
{
    for (int i = 0; i < READS; i++) {
        struct sb_net_parts parts;
        if (!sb_net_intake_has_room(in, 1)) {
            return false;
        }
        if (!sb_net_intake_read(in, follow->data.socket, &parts)) {
            return true;
        }
        if (parts.n == 2) {
            struct sb_net_message *m = sb_net_intake_add(in, SB_NET_PUBLISHED, identity);
            m->topic = parts.part[0];
            m->frame = parts.part[1];
        } else {
            struct sb_net_message *m = sb_net_intake_add(in, SB_NET_REJECTED, identity);
            (void)snprintf(m->text, sizeof m->text,
                           "%.80s: a broadcast of %zu parts instead of two", follow->endpoint,
                           parts.n);
            sb_net_intake_drop(in, &parts);
        }
    }
    return false;
}

bool sb_net_follower_watch(struct sb_net_outgoing *follow, uint32_t identity, int64_t now_ms,
                           struct sb_net_intake *in)
{
    enum sb_net_outgoing_change change;
    const char *why;
    /* Whoever asks a SUB for events may make it take the topic of a broadcast out of its pipe; what
     * is told here may disconnect it, and without its pipe it aborts when the frame is read. */
    if (!sb_net_follower_collect(follow, identity, in)) {
        return false;
    }
    while (sb_net_intake_has_room(in, 1)) {
        if (!sb_net_outgoing_watch(follow, now_ms, &change, &why)) {
            return true;
        }
        if (change == SB_NET_OUTGOING_NOW_REFUSED) {
            struct sb_net_message *m = sb_net_intake_add(in, SB_NET_REJECTED, identity);
            sb_net_outgoing_tell(m->text, follow->endpoint, why);
        }
    }
    return false;
}
