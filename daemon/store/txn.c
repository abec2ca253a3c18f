/* The few ways in which a transaction changes a tree; see txn.h. */
#include "daemon/store/txn.h"

#include <lmdb.h>

#include "daemon/store/erasing.h"

bool store_txn_failed(const struct sb_store_txn *txn)
{
    return txn->err.rc != SB_OK;
}

void store_txn_note(struct sb_store_txn *txn, int lmdb_rc, const char *what)
{
    if (!store_txn_failed(txn) && lmdb_rc != MDB_SUCCESS) {
        store_fail(txn->store, lmdb_rc, &txn->err, what);
    }
}

void store_txn_changed(struct sb_store_txn *txn, enum store_tree tree, struct sb_bytes key)
{
    if (txn->store->compaction != NULL && !store_txn_failed(txn)) {
        store_compact_follow(txn->store, tree, key);
    }
}

void store_txn_put(struct sb_store_txn *txn, enum store_tree tree, struct sb_bytes key,
                   struct sb_bytes value)
{
    if (!store_txn_failed(txn)) {
        store_txn_note(txn, store_put(txn->lmdb, txn->store->trees[tree], key, value, 0), "index");
        store_txn_changed(txn, tree, key);
    }
}

void store_txn_del(struct sb_store_txn *txn, enum store_tree tree, struct sb_bytes key)
{
    MDB_val k = {key.n, (void *)(uintptr_t)key.p};
    if (!store_txn_failed(txn)) {
        int rc = mdb_del(txn->lmdb, txn->store->trees[tree], &k, NULL);
        store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_SUCCESS : rc, "index");
        store_txn_changed(txn, tree, key);
    }
}

void sb_store_use_reserve(struct sb_store_txn *txn, bool use)
{
    txn->use_reserve = use;
}
