/* From a configuration to a daemon that could serve: keys, store, node and sockets, opened in this
 * order and closed in reverse. It runs nothing. */
#ifndef SB_SHELL_SETUP_H
#define SB_SHELL_SETUP_H

#include "config/config.h"
#include "daemon/shell/budget.h"
#include "daemon/shell/node.h"

struct sb_setup {
    const struct sb_config *config; /* borrowed */
    struct sb_store *store;
    struct sb_signer *signer;
    struct sb_node *node;
    struct sb_net *net;
    struct sb_budget budget;
    /* What the node and the sockets borrow for their lives. */
    struct sb_node_partner *partners;
    struct sb_node_client *clients;
};

/* Errors: as sb_store_open, sb_node_new and sb_net_open, and SB_E_CONFIG for keys and for a store
 * that is damaged: what cannot be started is for a person to set right. Leaves nothing open then.
 */
enum sb_rc sb_setup_open(struct sb_setup *setup, const struct sb_config *config,
                         const struct sb_node_events *events, struct sb_err *err);
/* Sends what is queued for up to `linger_ms`. */
void sb_setup_close(struct sb_setup *setup, int linger_ms);

#endif
