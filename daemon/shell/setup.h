/* From a configuration to a daemon that could serve: keys, store, node and sockets, opened in this
 * order and closed in reverse. It runs nothing. */
#ifndef SB_SHELL_SETUP_H
#define SB_SHELL_SETUP_H

#include "config/config.h"
#include "daemon/shell/budget.h"
#include "daemon/shell/callers.h"
#include "daemon/shell/node.h"

struct sb_setup {
    const struct sb_config *config; /* in force; borrowed, or `loaded` */
    struct sb_store *store;
    struct sb_signer *signer;
    struct sb_certificate certificate; /* of our key; where the configuration names one */
    struct sb_node *node;
    struct sb_net *net;
    struct sb_budget budget;
    struct sb_curve_key public_key; /* of our connections */
    struct sb_client_places places;
    struct sb_callers callers; /* what the node and the sockets borrow */
    struct sb_config *loaded;  /* `config` where a reload brought it; NULL: that of the start */
    struct sb_hash digest;     /* of the configuration that is in force */
    struct sb_callers before;  /* lent to the node until its next turn is over */
    struct sb_config *loaded_before;
};

/* Errors: as sb_store_open, sb_node_new and sb_net_open, and SB_E_CONFIG for keys and for a store
 * that is damaged: what cannot be started is for a person to set right. Leaves nothing open then.
 */
enum sb_rc sb_setup_open(struct sb_setup *setup, const struct sb_config *config,
                         const struct sb_node_events *events, struct sb_err *err);
/* What these sockets may need of memory and descriptors; lets us have as many of the latter. */
struct sb_budget sb_setup_budget(const struct sb_net_options *options);
/* Lets go of what a reload replaced, once the node has had its turn. */
void sb_setup_drop(struct sb_setup *setup);
/* Sends what is queued for up to `linger_ms`. */
void sb_setup_close(struct sb_setup *setup, int linger_ms);

#endif
