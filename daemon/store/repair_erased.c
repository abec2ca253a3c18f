/* What a repair takes along of erasing; see repair_erased.h. An entry that cannot be read is left
 * out: the Erasures of the log say the same again, all but when it was recorded and what has
 * expired here. */
#include "daemon/store/repair_erased.h"

#include <lmdb.h>
#include <string.h>

#include "daemon/store/erasing.h"
#include "daemon/store/receipt.h"
#include "proto/embargo.h"

/* The new file has no byte of it. A receipt that was not written yet is owed still. */
static void put_row(struct sb_store_txn *txn, const struct sb_erased *e)
{
    sb_store_put_erased(txn, e);
    if (e->state == SB_ERASING_DONE) {
        sb_store_end_erasing(txn, e->origin, &e->event);
    }
}

/* Each row that can be read, in the order of the tree. */
static bool next_row(struct sb_store *store, MDB_cursor_op op, struct sb_erased *out)
{
    MDB_val key, value;
    MDB_cursor *cursor = store->cursors[STORE_ERASED];
    for (; mdb_cursor_get(cursor, &key, &value, op) == MDB_SUCCESS; op = MDB_NEXT) {
        struct sb_uuid event;
        struct sb_reader r;
        sb_reader_init(&r, key.mv_data, key.mv_size);
        uint16_t origin = sb_get_u16(&r);
        sb_get_copy(&r, event.b, sizeof event.b);
        if (sb_reader_done(&r) && origin < store->n_origins &&
            sb_store_find_erased(store, origin, &event, out, NULL) == SB_OK) {
            return true;
        }
    }
    return false;
}

void repair_erased_rows(struct sb_store *damaged, struct sb_store_txn *txn)
{
    struct sb_erased e;
    if (!store_has_tree(damaged, STORE_ERASED)) {
        return;
    }
    for (MDB_cursor_op op = MDB_FIRST; next_row(damaged, op, &e); op = MDB_NEXT) {
        put_row(txn, &e);
    }
}

void repair_erased_again(struct sb_store *damaged, struct sb_store_txn *txn)
{
    struct sb_erased e;
    if (!store_has_tree(damaged, STORE_ERASED)) {
        return;
    }
    for (MDB_cursor_op op = MDB_FIRST; next_row(damaged, op, &e); op = MDB_NEXT) {
        sb_store_put_erased(txn, &e);
    }
}

static bool is_copied(struct sb_store_txn *txn, const struct sb_uuid *id)
{
    uint8_t key[STORE_ID_KEY];
    struct sb_bytes value;
    store_key_id(key, 0, id, 0);
    return !store_txn_failed(txn) &&
           store_get(txn->lmdb, txn->store->trees[STORE_IDS], (struct sb_bytes){key, sizeof key},
                     &value) == MDB_SUCCESS;
}

static bool has_row(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *id)
{
    uint8_t key[STORE_ID_KEY];
    struct sb_bytes value;
    store_key_id(key, origin, id, 0);
    return store_txn_failed(txn) ||
           store_get(txn->lmdb, txn->store->trees[STORE_ERASED],
                     (struct sb_bytes){key, sizeof key - 2}, &value) == MDB_SUCCESS;
}

void repair_erased_explain(struct sb_store_txn *txn, struct sb_record *e,
                           const struct sb_checkpoint *last)
{
    static const char ground[] = "it had been erased or had expired; the record was damaged";
    bool gone = e->state == SB_BODY_ERASED || e->state == SB_BODY_EXPIRED;
    if (gone && !has_row(txn, e->origin, &e->item.link.id)) {
        const struct sb_erased row = {.origin = e->origin,
                                      .event = e->item.link.id,
                                      .since = last->time,
                                      .ground = {(const uint8_t *)ground, sizeof ground - 1}};
        e->state = SB_BODY_EXPIRED;
        sb_store_put_erased(txn, &row);
    }
}

void repair_erased_event(struct sb_store_txn *txn, const struct sb_record *e,
                         const struct sb_checkpoint *last)
{
    struct sb_erasure_said said;
    struct store_receipt receipt;
    const struct sb_link *link = &e->item.link;
    if (store_receipt_read(&receipt, txn->store, e)) {
        sb_store_put_receipt(txn, receipt.origin, &receipt.event, receipt.by, receipt.time);
    }
    if (store_erasure_read(&said, e)) {
        struct sb_erased row = {.origin = e->origin,
                                .event = said.event,
                                .by = link->id,
                                .since = last->time,
                                .ground = said.ground};
        sb_store_put_erased(txn, &row);
        row.event = sb_embargo_hold_id(&said.event);
        if (e->origin == 0 && is_copied(txn, &row.event)) { /* kept of it under embargo */
            sb_store_put_erased(txn, &row);
        }
    }
}
