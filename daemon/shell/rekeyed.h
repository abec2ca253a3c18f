/* What a replaced key still says (PROTOCOL §9.4): of its history, what the announcement of the new
 * key names counts, and nothing beyond. Included by daemon/shell/ only. */
#ifndef SB_SHELL_REKEYED_H
#define SB_SHELL_REKEYED_H

#include "daemon/shell/node.h"

/* The key that an epoch of which nothing is here must be under. */
const struct sb_sign_public *sb_rekeyed_pinned(const struct sb_node *node, uint16_t origin,
                                               struct sb_epoch epoch);
/* The tip of this epoch that an announcement names; NULL: none does. */
const struct sb_rekey_tip *sb_rekeyed_tip(const struct sb_node *node, uint16_t origin,
                                          struct sb_epoch epoch);
/* Is this head a tip that an announcement names? Then its signature is not needed. */
bool sb_rekeyed_names(const struct sb_node *node, uint16_t origin, const struct sb_head *head);
/* Was any key of this origin announced? */
bool sb_rekeyed_any(const struct sb_node *node, uint16_t origin);
/* Has an announcement put another key in the place of this one? */
bool sb_rekeyed_replaces(const struct sb_node *node, uint16_t origin,
                         const struct sb_sign_public *key);
/* May this checkpoint, of an epoch under `key` and not held yet, count? Below a named tip any may
 * until the tip is here: which of several leads to it nobody can tell before. */
bool sb_rekeyed_counts(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                       const struct sb_sign_public *key, const struct sb_checkpoint *checkpoint);
/* Where the store has the named tip of the epoch that was looked at last; zero: none was yet. */
struct sb_rekeyed_end {
    struct sb_epoch epoch;
    uint16_t origin, branch;
    bool held;
};
struct sb_rekeyed_verdict {
    bool final, aside; /* it ends with the named tip; another one does, or it goes beyond */
};
/* Cuts a stored chain to what counts of it; one aside may still carry some of that. False: nothing
 * of its epoch counts. What does not stays in the store. */
bool sb_rekeyed_cut(struct sb_node *node, struct sb_chain_row *row, struct sb_rekeyed_end *end,
                    struct sb_rekeyed_verdict *cut);
/* Of a chain that was cut: its end and its bytes stay in the store as they were signed. */
void sb_rekeyed_keep_end(struct sb_node *node, struct sb_chain_row *row);
/* Is the place, which is held, among what counts? Once a named tip is here that is the way down
 * from it, and nothing beside. */
bool sb_rekeyed_covers(const struct sb_node *node, const struct sb_place *place);
/* Is this a chain aside whose place another has, the one that ends with the named tip? */
bool sb_rekeyed_is_replaced(const struct sb_node *node, const struct sb_chain_info *chain);
/* Bodies that are missing of what counts, counted up to `most`; none of who is a partner no more,
 * for they can come from nobody. */
uint64_t sb_rekeyed_missing(struct sb_node *node, uint64_t most);
bool sb_rekeyed_shows(const struct sb_node *node, const struct sb_record *record);
/* The nth event of this id that counts, from 0 on. False: there is none; one that does not count is
 * as unknown. */
bool sb_rekeyed_find_id(struct sb_node *node, uint16_t origin, const struct sb_uuid *id,
                        unsigned nth, struct sb_record *out);

#endif
