/* A transaction under way: what the files that write share. For daemon/store only. */
#ifndef SB_STORE_TXN_H
#define SB_STORE_TXN_H

#include "daemon/store/handle.h"

struct sb_store_txn {
    struct sb_store *store;
    struct MDB_txn *lmdb;
    struct MDB_cursor *places;  /* opened when first needed */
    struct sb_err err;          /* of the first failure */
    uint64_t last;              /* offset, with what is staged */
    struct sb_place last_place; /* of the event at `last`; origin meaningless where seq is 0 */
    struct store_account account;
    bool account_changed;
    bool use_reserve; /* what is appended may take the reserve */
    uint64_t bytes;   /* staged, about */
    uint64_t trees;   /* bytes of all trees when it began */
    uint64_t free;    /* bytes of free pages; counted when room gets short */
    bool free_counted;
};

bool store_txn_failed(const struct sb_store_txn *txn);
/* Remembers LMDB's answer, if it is the first bad one. */
void store_txn_note(struct sb_store_txn *txn, int lmdb_rc, const char *what);
/* Every change of a tree goes through these three: a compaction under way follows them. */
void store_txn_put(struct sb_store_txn *txn, enum store_tree tree, struct sb_bytes key,
                   struct sb_bytes value);
void store_txn_del(struct sb_store_txn *txn, enum store_tree tree, struct sb_bytes key);
/* The entry at this key has been written by other means. */
void store_txn_changed(struct sb_store_txn *txn, enum store_tree tree, struct sb_bytes key);

/* said.c: enters what a body is about, of the last event or of an earlier one, and takes it out
 * again. */
void store_said_append(struct sb_store_txn *txn, const struct sb_org *origin,
                       struct sb_offset offset, struct sb_bytes body);
void store_said_index(struct sb_store_txn *txn, const struct sb_org *origin,
                      struct sb_offset offset, struct sb_bytes body);
void store_said_forget(struct sb_store_txn *txn, const struct sb_org *origin,
                       struct sb_offset offset, struct sb_bytes body);

/* erase_fill.c: acts on every Erasure of the log, as if it had come just now. */
enum sb_rc store_erased_fill(struct sb_store *store, struct MDB_txn *lmdb, struct sb_err *err);

/* compact.c: keys that change while a copy is made. Kept from the change on, committed or not: what
 * stands under a key is read when the copy catches up. */
void store_compact_follow(struct sb_store *store, enum store_tree tree, struct sb_bytes key);
/* Ends and forgets a compaction under way. */
void store_compact_abandon(struct sb_store *store);
/* Removes what a compaction that never ended has left. */
void store_compact_clear(const struct sb_store *store);

#endif
