/* What a replaced key still says (PROTOCOL §9.4): of its history, what the announcement of the new
 * key names counts, and nothing beyond. Included by daemon/shell/ only. */
#ifndef SB_SHELL_REKEYED_H
#define SB_SHELL_REKEYED_H

#include "daemon/shell/node.h"

/* The key that an epoch of which nothing is here must be under. */
const struct sb_sign_public *sb_rekeyed_pinned(const struct sb_node *node, uint16_t origin,
                                               struct sb_epoch epoch);
/* Is this head a tip that an announcement names? Then its signature is not needed. */
bool sb_rekeyed_names(const struct sb_node *node, uint16_t origin, const struct sb_head *head);
/* May this checkpoint, of an epoch under `key`, count? */
bool sb_rekeyed_counts(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                       const struct sb_sign_public *key, const struct sb_checkpoint *checkpoint);
/* Cuts a stored chain to what counts of it. False: nothing does. What does not stays in the store.
 */
bool sb_rekeyed_cut(struct sb_node *node, struct sb_chain_row *row);
/* Is this event among what counts? */
bool sb_rekeyed_shows(const struct sb_node *node, const struct sb_record *record);

#endif
