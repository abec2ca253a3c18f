/* Sorts what the network brought: by who sent it, and over which way, into what it may be. */
#include "daemon/shell/inbox.h"

#include "daemon/shell/inbox_erase.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

static void step_link(struct sb_node *node, enum sb_input_type type,
                      const struct sb_net_message *net)
{
    struct sb_step step = {.in.type = type};
    step.in.link.partner = (uint16_t)net->identity;
    step.in.link.text = net->text;
    sb_turn_step(node, &step);
}

/* What a partner may say on a connection, either way. */
static bool read_partner(struct sb_node *node, const struct sb_inbound *in)
{
    switch (in->m->type) {
    case SB_MSG_HELLO: sb_inbox_hello(node, in); return true;
    case SB_MSG_FRONTIER: sb_inbox_frontier(node, in); return true;
    case SB_MSG_WANT: sb_inbox_want(node, in); return true;
    case SB_MSG_EVENTS: sb_inbox_events(node, in); return true;
    case SB_MSG_VIEW: sb_inbox_view(node, in); return true;
    case SB_MSG_SUMMARY_REQUEST: sb_inbox_summary_request(node, in); return true;
    case SB_MSG_SUMMARY: sb_inbox_summary(node, in); return true;
    case SB_MSG_WANT_BODIES: sb_inbox_want_bodies(node, in); return true;
    case SB_MSG_BODIES: sb_inbox_bodies(node, in); return true;
    case SB_MSG_FRONTIER_REQUEST: sb_inbox_frontier_request(node, in); return true;
    case SB_MSG_REFUSAL: sb_inbox_refusal(node, in); return true;
    case SB_MSG_BROADCAST:
    case SB_MSG_PUBLISH:
    case SB_MSG_RESULTS:
    case SB_MSG_SUBSCRIBE:
    case SB_MSG_DELIVER:
    case SB_MSG_CREDIT:
    case SB_MSG_UNSUBSCRIBE:
    case SB_MSG_FETCH:
    case SB_MSG_FETCHED:
    case SB_MSG_QUERY:
    case SB_MSG_ANSWER:
    case SB_MSG_EVIDENCE:
    case SB_MSG_HOLDERS:
    case SB_MSG_CONSUME:
    case SB_MSG_CONSUMERS:
    case SB_MSG_HAPPENINGS:
    case SB_MSG_ADMIN:
    case SB_MSG_ADMINISTERED:
    case SB_MSG_SAID:
    case SB_MSG_POSSESSION:
    case SB_MSG_ERASE:
    case SB_MSG_ERASURES: break;
    }
    return false;
}

static bool read_client(struct sb_node *node, const struct sb_inbound *in)
{
    switch (in->m->type) {
    case SB_MSG_PUBLISH: sb_inbox_publish(node, in); return true;
    case SB_MSG_SUBSCRIBE: sb_inbox_subscribe(node, in); return true;
    case SB_MSG_CREDIT:
    case SB_MSG_UNSUBSCRIBE: sb_inbox_credit(node, in); return true;
    case SB_MSG_FETCH: sb_inbox_fetch(node, in); return true;
    case SB_MSG_QUERY: sb_inbox_query(node, in); return true;
    case SB_MSG_CONSUME: sb_inbox_consume(node, in); return true;
    case SB_MSG_ADMIN: sb_inbox_admin(node, in); return true;
    case SB_MSG_ERASE: sb_inbox_erase(node, in); return true;
    case SB_MSG_HELLO:
    case SB_MSG_FRONTIER:
    case SB_MSG_WANT:
    case SB_MSG_EVENTS:
    case SB_MSG_VIEW:
    case SB_MSG_SUMMARY_REQUEST:
    case SB_MSG_SUMMARY:
    case SB_MSG_WANT_BODIES:
    case SB_MSG_BODIES:
    case SB_MSG_FRONTIER_REQUEST:
    case SB_MSG_BROADCAST:
    case SB_MSG_RESULTS:
    case SB_MSG_DELIVER:
    case SB_MSG_FETCHED:
    case SB_MSG_ANSWER:
    case SB_MSG_EVIDENCE:
    case SB_MSG_HOLDERS:
    case SB_MSG_ADMINISTERED:
    case SB_MSG_POSSESSION:
    case SB_MSG_CONSUMERS:
    case SB_MSG_SAID:
    case SB_MSG_HAPPENINGS:
    case SB_MSG_ERASURES:
    case SB_MSG_REFUSAL: break;
    }
    return false;
}

/* A publisher is heard, never answered: frontiers and broadcasts, nothing else. */
static bool read_published(struct sb_node *node, const struct sb_inbound *in)
{
    if (in->m->type == SB_MSG_FRONTIER) {
        sb_inbox_frontier(node, in);
    } else if (in->m->type == SB_MSG_BROADCAST) {
        sb_inbox_broadcast(node, in);
    } else {
        return false;
    }
    return true;
}

static bool is_partner(const struct sb_node *node, uint32_t identity)
{
    return identity > 0 && identity < node->n_origins && node->origins[identity].known;
}

static bool is_client(const struct sb_node *node, uint32_t identity)
{
    return identity >= SB_IDENTITY_CLIENT && identity - SB_IDENTITY_CLIENT < node->o.n_clients;
}

static void refuse_message(struct sb_node *node, const struct sb_inbound *in)
{
    sb_people_deny(node, in->net->identity, sb_msg_name(in->m->type),
                   "not a message that this sender may send here");
    if (in->route.kind == SB_ROUTE_SESSION && in->m->type != SB_MSG_REFUSAL) {
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_NOT_ALLOWED,
                         "this key may not send such a message here");
    }
}

/* In the turn's arena; NULL: it cannot be read, and that was told. */
static struct sb_message *decode(struct sb_node *node, const struct sb_net_message *net)
{
    char why[SB_LABEL_MAX + 1];
    struct sb_message *m = sb_arena_alloc(&node->arena, sizeof *m);
    if (m == NULL || node->arena.used > SB_NODE_INBOX_BYTES) {
        sb_people_complain(node, net->identity, "frame", "no room left for it in this turn");
        return NULL;
    }
    if (sb_wire_decode(m, net->frame, &node->arena, why) != SB_CODE_OK) {
        sb_people_complain(node, net->identity, "frame", why);
        return NULL;
    }
    return m;
}

/* Nobody who is here already goes for it: who only listens would miss something unknowingly. */
static void turn_away(struct sb_node *node, const struct sb_net_message *net)
{
    const struct sb_message *m = decode(node, net);
    sb_people_deny(node, net->identity, "connect", net->text);
    if (m != NULL && m->type != SB_MSG_REFUSAL) {
        sb_outbox_turn_away(node, net->session, m->request, net->text);
    }
}

static void read_frame(struct sb_node *node, const struct sb_net_message *net,
                       struct sb_route route)
{
    struct sb_message *m = decode(node, net);
    struct sb_inbound in = {.net = net, .m = m, .route = route};
    if (m == NULL) {
        return;
    }
    bool taken = false;
    if (is_client(node, net->identity) && route.kind == SB_ROUTE_SESSION) {
        in.client = (uint16_t)(net->identity - SB_IDENTITY_CLIENT);
        taken = read_client(node, &in);
    } else if (is_partner(node, net->identity)) {
        in.from = (uint16_t)net->identity;
        taken =
            route.kind == SB_ROUTE_PUBLISHER ? read_published(node, &in) : read_partner(node, &in);
    }
    if (!taken) {
        refuse_message(node, &in);
    }
}

static void denied(struct sb_node *node, const struct sb_net_message *net)
{
    const struct sb_node_events *events = &node->o.events;
    node->denied++;
    if (events->denial != NULL) {
        events->denial(events->context, net->text, "connect", "no such key is configured");
    }
}

static void tell_next_key(struct sb_node *node, const struct sb_net_message *net)
{
    const struct sb_node_events *events = &node->o.events;
    if (events->state != NULL) {
        events->state(events->context, sb_people_name(node, net->identity), "connection key", "now",
                      "next", "it has changed: write its `next_curve_key` as its `curve_key`");
    }
}

void sb_inbox_read(struct sb_node *node, const struct sb_net_message *net)
{
    bool partner = is_partner(node, net->identity);
    switch (net->event) {
    case SB_NET_REQUEST:
        read_frame(node, net, (struct sb_route){SB_ROUTE_SESSION, net->session});
        break;
    case SB_NET_CROWDED: turn_away(node, net); break;
    case SB_NET_REPLY:
        read_frame(node, net, (struct sb_route){SB_ROUTE_LINK, net->identity});
        break;
    case SB_NET_PUBLISHED:
        read_frame(node, net, (struct sb_route){SB_ROUTE_PUBLISHER, net->identity});
        break;
    case SB_NET_LINK_UP:
    case SB_NET_LINK_DOWN:
    case SB_NET_LINK_REFUSED:
        if (partner && net->next_key) {
            tell_next_key(node, net);
        }
        if (partner) {
            step_link(node,
                      net->event == SB_NET_LINK_UP     ? SB_IN_LINK_UP
                      : net->event == SB_NET_LINK_DOWN ? SB_IN_LINK_DOWN
                                                       : SB_IN_LINK_REFUSED,
                      net);
        }
        break;
    case SB_NET_SESSION_GONE: sb_inbox_session_gone(node, net->session); break;
    case SB_NET_DENIED: denied(node, net); break;
    case SB_NET_REJECTED: sb_people_complain(node, net->identity, "frame", net->text); break;
    }
}

void sb_inbox_read_kept(struct sb_node *node)
{
    const struct sb_waiting_message *m = sb_held_take_messages(&node->held);
    for (; m != NULL && node->turn.rc == SB_OK; m = m->next) {
        sb_inbox_read(node, &m->message);
    }
}
