/* A node's partners and clients: who they are under which number, at its birth and when another
 * configuration comes. Included by daemon/shell/ only. */
#ifndef SB_SHELL_ROSTER_H
#define SB_SHELL_ROSTER_H

#include "daemon/shell/node.h"

/* A configuration that the next turn takes over. */
struct sb_roster_next {
    bool pending;
    struct sb_node_roster roster;
    uint16_t *numbers;              /* of its partners */
    struct sb_core_client *clients; /* their rights */
    struct sb_core_partner *partners;
    size_t n_origins;
};

/* Gives every partner a number. Errors: as sb_store_register, and SB_E_CONFIG: there are too many.
 */
enum sb_rc sb_roster_register(struct sb_node *node, const struct sb_node_partner *partners,
                              size_t n, uint16_t *numbers, size_t *n_origins, struct sb_err *err);
/* Names and keys of all origins; `partners` by number, zeroed, gets what the core must know. */
void sb_roster_name(struct sb_node *node, struct sb_core_partner *partners);
/* Takes over what sb_node_change left, if it did: before anything else of the turn. */
void sb_roster_step(struct sb_node *node);
void sb_roster_fini(struct sb_node *node);

#endif
