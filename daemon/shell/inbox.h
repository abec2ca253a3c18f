/* From messages to inputs. Everything that arrives is hostile until it has been decoded, verified
 * and looked up here; what is wrong with it is counted and complained about, never asserted.
 * Included by daemon/shell/ only. */
#ifndef SB_SHELL_INBOX_H
#define SB_SHELL_INBOX_H

#include "daemon/net/net.h"
#include "daemon/shell/turn.h"
#include "proto/wire.h"

/* A decoded message and the way that it came. */
struct sb_inbound {
    const struct sb_net_message *net;
    struct sb_message *m;
    uint16_t from;   /* of a partner's: its number */
    uint16_t client; /* of a client's: its index */
    struct sb_route route;
};

/* One message of the network. */
void sb_inbox_read(struct sb_node *node, const struct sb_net_message *message);
/* The messages that the last turn kept. */
void sb_inbox_read_kept(struct sb_node *node);

/* By kind of message. */
void sb_inbox_publish(struct sb_node *node, const struct sb_inbound *in);
/* An event of the daemon itself. */
void sb_inbox_publish_own(struct sb_node *node, const struct sb_submission *item);
void sb_inbox_subscribe(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_credit(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_fetch(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_consume(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_admin(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_query(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_session_gone(struct sb_node *node, uint32_t session);

void sb_inbox_events(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_bodies(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_broadcast(struct sb_node *node, const struct sb_inbound *in);

void sb_inbox_hello(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_frontier(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_frontier_request(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_view(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_want(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_want_bodies(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_summary_request(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_summary(struct sb_node *node, const struct sb_inbound *in);
void sb_inbox_refusal(struct sb_node *node, const struct sb_inbound *in);

/* Topic and class of a submission, into its input; a verdict where there are none. */
void sb_inbox_read_topic(struct sb_node *node, struct sb_submitted *s);

#endif
