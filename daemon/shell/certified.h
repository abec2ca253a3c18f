/* Keys that a certificate leads to from the one that is known (PROTOCOL §9.3): of each origin the
 * newest certificate that this node has met, from its own configuration, the start of an epoch or a
 * frontier. Included by daemon/shell/ only. */
#ifndef SB_SHELL_CERTIFIED_H
#define SB_SHELL_CERTIFIED_H

#include "daemon/shell/node.h"

/* Takes it if it is of this origin and partnership, both keys signed it, one of them is the key
 * that we know or that an announcement replaced, and it is not older than the one that we have, nor
 * of a replaced key where that is of the one we know. False: refused. */
bool sb_certified_learn(struct sb_node *node, uint16_t origin,
                        const struct sb_certificate *certificate);
/* The certificate that the stored start of this epoch has, whatever that is worth. False: it has
 * none. */
bool sb_certified_of_epoch(struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                           struct sb_certificate *out);
/* From the starts of the newest epochs that are here. */
void sb_certified_load(struct sb_node *node);
/* The other key that speaks for the origin: the new one where the old is known, or the other way
 * round. NULL: there is none. */
const struct sb_sign_public *sb_certified_key(const struct sb_node *node, uint16_t origin);
/* The same of any other key of it, such as a replaced one. */
const struct sb_sign_public *sb_certified_beside(const struct sb_node *node, uint16_t origin,
                                                 const struct sb_sign_public *key);
/* The key from which certificates lead to all others of the origin: what a verifier must know. */
const struct sb_sign_public *sb_certified_root(const struct sb_node *node, uint16_t origin);

#endif
