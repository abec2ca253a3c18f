/* The Erasures and Receipts of a log whose daemon did not know them; see txn.h. */
#include <lmdb.h>
#include <string.h>

#include "daemon/store/erasing.h"
#include "daemon/store/receipt.h"

/* What cannot be read is passed over: that is for `verify` to say, and for `repair` to mend. */
static void take(struct sb_store_txn *txn, uint64_t offset, struct sb_bytes entry)
{
    struct sb_record r;
    struct sb_erasure_said said;
    struct store_receipt receipt;
    char ground[SB_TITLE_MAX]; /* a copy: entries move when others are written */
    if (store_fill_record(txn->store, offset, entry, &r) != MDB_SUCCESS) {
        return;
    }
    if (store_receipt_read(&receipt, txn->store, &r)) {
        sb_store_put_receipt(txn, receipt.origin, &receipt.event, receipt.by, receipt.time);
    }
    if (!store_erasure_read(&said, &r)) {
        return;
    }
    size_t n = said.ground.n < sizeof ground ? said.ground.n : sizeof ground;
    if (n > 0) {
        memcpy(ground, said.ground.p, n);
    }
    sb_store_put_erased(txn, &(struct sb_erased){.origin = r.origin,
                                                 .event = said.event,
                                                 .by = r.item.link.id,
                                                 .since = r.committed,
                                                 .ground = {(const uint8_t *)ground, n}});
}

enum sb_rc store_erased_fill(struct sb_store *store, MDB_txn *lmdb, struct sb_err *err)
{
    struct sb_store_txn txn = {.store = store, .lmdb = lmdb};
    uint64_t last, offset;
    struct sb_bytes entry;
    int rc = store_last_offset(store, lmdb, &last);
    for (offset = 1; rc == MDB_SUCCESS && offset <= last && !store_txn_failed(&txn); offset++) {
        int found = store_get_entry(store, lmdb, offset, &entry);
        if (found == MDB_SUCCESS) {
            take(&txn, offset, entry);
        }
        rc = found == MDB_NOTFOUND || found == MDB_CORRUPTED ? MDB_SUCCESS : found;
    }
    store_txn_note(&txn, rc, "find its erasures");
    return store_txn_failed(&txn) ? sb_err_set(err, txn.err.rc, "%s", txn.err.text) : SB_OK;
}
