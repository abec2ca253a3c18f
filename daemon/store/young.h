/* The youngest entries of the index of what was said. Ids are random: entered one by one, each
 * costs its commit a page of the index, written whole. So an entry goes to the end of a tree of its
 * own first, in the order of offsets, where a commit's entries share a page, and is found by means
 * of rows in memory. Once many have come they go into the index by the neighbourhood, some with
 * each commit, while others come; then their own tree is cleared of them. For daemon/store only.
 *
 * Whatever is in the young tree counts, whether it has gone to the index as well or not: a crash at
 * any commit leaves no more to do than to read that tree at the next start. A body that comes after
 * its event goes to the index at once: its offset is not the last. */
#ifndef SB_STORE_YOUNG_H
#define SB_STORE_YOUNG_H

#include "daemon/store/txn.h"

struct store_young_row {
    uint64_t offset;
    uint8_t state, key_n;
    uint8_t key[STORE_SAID_KEY_MAX], value[STORE_SAID_VALUE];
};

/* Enters what an event of the open transaction is about. */
void store_young_put(struct sb_store_txn *txn, const struct sb_about *about, size_t n,
                     struct sb_offset offset);
/* Takes the entries of this event out again, if it has any here. */
void store_young_forget(struct sb_store_txn *txn, struct sb_offset offset);
/* Before a commit: some of what is due to the index, if there is room. */
void store_young_move(struct sb_store_txn *txn);
/* The transaction was committed, or not. */
void store_young_end(struct sb_store *store, bool committed);
/* The reader sees what has been committed. */
void store_young_settle(struct sb_store *store);

/* Reads the tree, as the reader sees it: who writes does so when it opens, who reads alone when it
 * is first asked. What cannot be read is passed over, which `unread` remembers. LMDB's answer. */
int store_young_load(struct sb_store *store);
/* Forgets the rows; the tree is as it was. */
void store_young_clear(struct sb_store *store);
void store_young_fini(struct sb_store *store);

/* The first row that is not before this key, as the reader sees them; NULL: none. */
const struct store_young_row *store_young_next(const struct sb_store *store, const uint8_t *key,
                                               size_t n);
/* Is the first key before the second, in LMDB's order? */
bool store_young_before(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n);

#endif
