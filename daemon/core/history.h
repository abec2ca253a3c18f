/* The chains of every origin: finding, loading, ordering, heads and the digest of the rest. */
#ifndef SB_CORE_HISTORY_H
#define SB_CORE_HISTORY_H

#include "daemon/core/internal.h"

/* Durable or staged chain; NONE when there is none. */
uint32_t sb_history_find(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                         uint16_t branch);
unsigned sb_history_branches(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch);

/* A new chain at the end of the pool, not yet findable by order; NONE when the pool is full. */
uint32_t sb_history_add(struct sb_core *c, const struct sb_chain_info *info);
/* May this origin have one more chain, with as many parents as there can be? What is aside has as
 * much room again, and takes none of what counts. */
bool sb_history_room(const struct sb_core *c, uint16_t origin);
/* The same on the way to what an announcement names: all others of its epoch will go aside, and
 * have that room already. */
bool sb_history_room_to_end(const struct sb_core *c, uint16_t origin);
/* The same for a chain that ends with it. */
bool sb_history_room_to_settle(const struct sb_core *c);
/* The bytes that would no longer count of this epoch if that chain were all of it; NONE: a new one.
 */
uint64_t sb_history_bytes_beside(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                                 uint32_t chain);
/* Takes the last added chain back, leaving no trace. */
void sb_history_remove_last(struct sb_core *c);
/* Enters a chain into its origin's order and into the table, and marks what its parents cover. */
void sb_history_enter(struct sb_core *c, uint32_t chain);
/* Its tip has moved: is it covered by another epoch's parents? */
void sb_history_recover(struct sb_core *c, uint32_t chain);
/* Links that count with it: with what it grew from, where that does not count by itself. What
 * several grew from counts with one of them. */
uint64_t sb_history_events(const struct sb_chain *k);
/* The last of its links that counts: its tip; aside, where the last branch that counts left it. 0:
 * none does. */
struct sb_seq sb_history_counts_to(const struct sb_chain *k);
/* What counts of the chain's epoch is this branch and what it grew from. */
void sb_history_set_others_aside(struct sb_core *c, uint32_t chain);
/* Every chain is entered: works out all coverage in one pass. */
void sb_history_cover_all(struct sb_core *c);

/* Tip as this turn leaves it. */
struct sb_seq sb_history_seq(const struct sb_core *c, uint32_t chain);
const struct sb_hash *sb_history_hash(const struct sb_core *c, uint32_t chain);
struct sb_seq sb_history_bodies(const struct sb_core *c, uint32_t chain);

/* The heads of our own history as they stand, staged ones too: parents of the next epoch. */
size_t sb_history_own_heads(struct sb_core *c, struct sb_parent out[static SB_PARENTS_MAX]);
/* Is `older` in the past of `chain`, by parents? */
bool sb_history_after_run(const struct sb_core *c, const struct sb_parent *parents, size_t n);
/* Is the rest that a partner shows (sb_rest_of) exactly what we hold of it, by its list of heads?
 */
bool sb_history_rest_equal(struct sb_core *c, uint16_t origin, const struct sb_rest_view *theirs);
/* Does this chain belong to the rest where the oldest head that is listed is of `from`? */
bool sb_history_is_rest(const struct sb_core *c, uint32_t chain, struct sb_epoch from);
/* This chain was entered, or its tip has moved. */
void sb_history_rest_moved(struct sb_core *c, const struct sb_chain *k);
/* Are the epochs of that counter range, the newest head left out, the same here as there? */
bool sb_history_range_equal(const struct sb_core *c, uint16_t origin,
                            const struct sb_range_digest *theirs);

#endif
