/* Partners and clients of one configuration as the node and the sockets know them: names, rights
 * and keys, each under the number by which it is told from all others as long as the daemon runs.
 */
#ifndef SB_SHELL_CALLERS_H
#define SB_SHELL_CALLERS_H

#include "config/config.h"
#include "daemon/core/limits.h"
#include "daemon/shell/node.h"

/* Every client key since the start has a place of its own, so that what was begun under one is
 * never taken for another's. */
struct sb_client_places {
    uint8_t key[SB_CLIENT_PLACES][SB_CONFIG_KEY_BYTES];
    size_t n;
};

struct sb_callers {
    struct sb_node_partner *partners; /* in the order of the configuration */
    size_t n_partners;
    struct sb_node_client *clients; /* by place; where nobody is listed, one without any right */
    size_t n_clients;
    struct sb_net_identity *identities;
    size_t n_identities;
    struct sb_net_partner *dialled; /* those whom we call */
    size_t n_dialled;
};

/* Borrows the configuration's strings. Errors: SB_E_NOMEM, SB_E_CONFIG (no place is left). */
enum sb_rc sb_callers_make(struct sb_callers *out, const struct sb_config *config,
                           struct sb_client_places *places, struct sb_err *err);
/* Identities and whom we call; `number` gives that of the nth partner. */
void sb_callers_number(struct sb_callers *callers, const struct sb_config *config,
                       const struct sb_client_places *places, const struct sb_node *node,
                       uint16_t (*number)(const struct sb_node *node, size_t partner));
/* For the sockets, but for the keys. */
struct sb_net_options sb_callers_options(const struct sb_callers *callers,
                                         const struct sb_config *config);
void sb_callers_free(struct sb_callers *callers);

#endif
