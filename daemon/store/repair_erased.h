/* What a repair takes along of erasing. For repair.c only.
 *
 * The rows go before the log, so that they count and not what the log says of the same; and once
 * more after it, so that nothing erased is taken for present or missing, whatever its entry said.
 */
#ifndef SB_STORE_REPAIR_ERASED_H
#define SB_STORE_REPAIR_ERASED_H

#include "daemon/store/store.h"

/* Rows of the damaged store, as far as they can be read. */
void repair_erased_rows(struct sb_store *damaged, struct sb_store_txn *txn);
void repair_erased_again(struct sb_store *damaged, struct sb_store_txn *txn);
/* Of an event that is to be copied, below the checkpoint `last`: one without a body of which no row
 * says why counts as expired here, so that nobody brings it back. An Erasure, behind it in the log
 * or from a partner, takes the place of that. */
void repair_erased_explain(struct sb_store_txn *txn, struct sb_record *e,
                           const struct sb_checkpoint *last);
/* Of an event that was copied: an Erasure whose row cannot be read is recorded anew, as of `last`,
 * a checkpoint above it; a Receipt is entered. */
void repair_erased_event(struct sb_store_txn *txn, const struct sb_record *e,
                         const struct sb_checkpoint *last);

#endif
