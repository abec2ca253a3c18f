/* The DEALER to one partner's service. Frames that come in are that partner's, for CURVE made
 * sure that the server has the key which we connected to. */
#include "daemon/net/partner_link.h"

#include <stdio.h>
#include <zmq.h>

#include "daemon/net/follower.h"
#include "daemon/net/options.h"
#include "daemon/net/send.h"

enum { READS = 256 }; /* replies per visit: others want their turn */

enum sb_rc sb_net_partner_link_open(struct sb_net_partner_link *link, void *context, uint32_t index,
                                    uint32_t monitor_number, const struct sb_net_options *o,
                                    const struct sb_net_partner *partner, struct sb_err *err)
{
    link->number = partner->number;
    link->used = true;
    if (partner->service != NULL) {
        void *socket = sb_net_options_dealer(context, o, partner, err);
        link->ask.data = (struct sb_net_source){.kind = SB_NET_SOURCE_LINK, .index = index};
        link->ask.events =
            (struct sb_net_source){.kind = SB_NET_SOURCE_LINK_MONITOR, .index = index};
        enum sb_rc rc = sb_net_outgoing_open(&link->ask, context, socket, partner, partner->service,
                                             monitor_number, err);
        if (rc != SB_OK) {
            return rc;
        }
    }
    return partner->publish == NULL ? SB_OK
                                    : sb_net_follower_open(&link->follow, context, index,
                                                           monitor_number + 1, o, partner, err);
}

void sb_net_partner_link_close(struct sb_net_partner_link *link, int linger_ms)
{
    sb_net_outgoing_close(&link->ask, linger_ms);
    sb_net_outgoing_close(&link->follow, 0);
}

bool sb_net_partner_link_ask(struct sb_net_partner_link *link, enum sb_net_sort sort,
                             struct sb_bytes frame, struct sb_net_queued *all)
{
    return link->ask.state == SB_NET_OUTGOING_UP &&
           sb_net_send(link->ask.data.socket, (struct sb_bytes){NULL, 0}, frame,
                       &link->queued[sort], all);
}

bool sb_net_partner_link_collect(struct sb_net_partner_link *link, struct sb_net_intake *in)
{
    for (int i = 0; i < READS; i++) {
        struct sb_net_parts parts;
        if (!sb_net_intake_has_room(in, 1)) {
            return false;
        }
        if (!sb_net_intake_read(in, link->ask.data.socket, &parts)) {
            return true;
        }
        if (parts.n == 1) {
            sb_net_intake_add(in, SB_NET_REPLY, link->number)->frame = parts.part[0];
        } else {
            struct sb_net_message *m = sb_net_intake_add(in, SB_NET_REJECTED, link->number);
            (void)snprintf(m->text, sizeof m->text, "%.80s: a reply of %zu parts instead of one",
                           link->ask.endpoint, parts.n);
            sb_net_intake_drop(in, &parts);
        }
    }
    return false;
}

static enum sb_net_event event_of(enum sb_net_outgoing_change change)
{
    switch (change) {
    case SB_NET_OUTGOING_NOW_DOWN: return SB_NET_LINK_DOWN;
    case SB_NET_OUTGOING_NOW_REFUSED: return SB_NET_LINK_REFUSED;
    case SB_NET_OUTGOING_SAME:
    case SB_NET_OUTGOING_NOW_UP: break;
    }
    return SB_NET_LINK_UP;
}

bool sb_net_partner_link_watch(struct sb_net_partner_link *link, int64_t now_ms,
                               struct sb_net_intake *in)
{
    enum sb_net_outgoing_change change;
    const char *why;
    while (sb_net_intake_has_room(in, 1)) {
        if (!sb_net_outgoing_watch(&link->ask, now_ms, &change, &why)) {
            return true;
        }
        if (change == SB_NET_OUTGOING_NOW_UP && link->follow.data.socket != NULL) {
            sb_net_outgoing_hurry(&link->follow); /* the partner is back: do not sit back off */
        }
        if (change != SB_NET_OUTGOING_SAME) {
            struct sb_net_message *m = sb_net_intake_add(in, event_of(change), link->number);
            m->next_key = change == SB_NET_OUTGOING_NOW_UP && link->ask.key != 0;
            sb_net_outgoing_tell(m->text, link->ask.endpoint, why);
        }
    }
    return false;
}

void sb_net_partner_link_hurry(struct sb_net_partner_link *link)
{
    if (link->ask.data.socket != NULL) {
        sb_net_outgoing_hurry(&link->ask);
    }
    if (link->follow.data.socket != NULL) {
        sb_net_outgoing_hurry(&link->follow);
    }
}
