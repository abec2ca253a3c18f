/* Which links of a damaged log are sound: the next one of a chain is the one that fits on it. For
 * repair*.c only. */
#ifndef SB_STORE_REPAIR_CHAIN_H
#define SB_STORE_REPAIR_CHAIN_H

#include "daemon/store/handle.h"
#include "daemon/store/verify_chain.h"
#include "proto/rekey.h"

struct repair_walk {
    struct sb_store *store;  /* the damaged one */
    struct sb_rekeys rekeys; /* whose tips need no signature */
    struct verify_chains chains;
    struct sb_chain_row *rows; /* of each chain, by its place in `chains`: what is to be written */
    size_t cap_rows;
    struct sb_arena arena;
};

/* Takes the event into its chain, if it fits there: consecutive, on the hash before, for seq 1 with
 * a sound EpochStart. NULL: it does not fit, or there is no memory (*no_memory). `checkpoint`: a
 * valid one over it was found; it is then the chain's last. */
struct verify_chain *repair_take(struct repair_walk *walk, const struct sb_record *record,
                                 bool *checkpoint, bool *no_memory);

/* Begins a second pass with what the first one covered: covered stays, all else begins anew. */
void repair_rewind(struct repair_walk *walk);
/* Then: the branches of an epoch that stay get numbers, in their rows, without a gap between them.
 * A branch stands on one with a lower number, and goes where that goes. */
void repair_number(struct repair_walk *walk);

struct sb_chain_row *repair_row(const struct repair_walk *walk, const struct verify_chain *chain);
void repair_walk_fini(struct repair_walk *walk);

#endif
