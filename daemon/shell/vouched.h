/* The keys that speak for an origin (PROTOCOL §9.3, §9.4): the pinned one, what an announcement put
 * in another's place, and whatever certificates lead to from these, forwards and backwards. Never a
 * key that an announcement replaced, nor what leads on through one. Included by daemon/shell/ only.
 */
#ifndef SB_SHELL_VOUCHED_H
#define SB_SHELL_VOUCHED_H

#include "daemon/shell/node.h"

/* Follows the certificates in the stored starts of epochs, before chains are loaded. */
enum sb_rc sb_vouched_load(struct sb_node *node, struct sb_err *err);
void sb_vouched_fini(struct sb_node *node);
/* Takes the key that a valid certificate leads to, and those that the stored starts of epochs under
 * it lead to. True: it is a new one. */
bool sb_vouched_learn(struct sb_node *node, uint16_t origin,
                      const struct sb_certificate *certificate);
/* Is it one of them? Of an origin without an announcement any is. */
bool sb_vouched_has(const struct sb_node *node, uint16_t origin, const struct sb_sign_public *key);
/* The nth of those by which new history may come, from 0 on; NULL: there are fewer. Not those that
 * a key vouched for which another has followed: with that, lying about, anybody may have signed. */
const struct sb_sign_public *sb_vouched_nth(const struct sb_node *node, uint16_t origin,
                                            size_t nth);

#endif
