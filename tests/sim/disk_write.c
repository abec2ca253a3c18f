/* Writing to a simulated disk: the writing half of store.h. A transaction is a list of operations;
 * committing it makes them durable, whole or not at all. */
#include "tests/sim/disk_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DISK_RESERVE = 1024 * 1024 };

static void fail_txn(struct sb_store_txn *txn, enum sb_rc rc, const char *text)
{
    if (txn->err.rc == SB_OK) {
        sb_err_set(&txn->err, rc, "store %s: %s", txn->store->disk->path, text);
    }
}

enum sb_rc sb_store_unchanged(const struct sb_store *store, struct sb_err *err)
{
    return store->state == store->disk->state
               ? SB_OK
               : sb_err_set(err, SB_E_CHANGED, "store %s: its files were replaced",
                            store->disk->path);
}

enum sb_rc sb_store_begin(struct sb_store *store, struct sb_store_txn **out, struct sb_err *err)
{
    (void)err;
    assert(store->txn == NULL && !store->read_only);
    struct sb_store_txn *txn = calloc(1, sizeof *txn);
    assert(txn != NULL);
    txn->store = store;
    txn->last = store->state->last;
    txn->bytes = store->state->bytes;
    store->txn = txn;
    if (store->state != store->disk->state) {
        fail_txn(txn, SB_E_CHANGED, "its files were replaced under the running daemon");
    }
    *out = txn;
    return SB_OK;
}

/* NULL once the transaction has failed. */
static struct disk_op *stage_op(struct sb_store_txn *txn, enum disk_op_kind kind,
                                const struct sb_place *place)
{
    if (txn->err.rc != SB_OK) {
        return NULL;
    }
    struct disk_op *op = disk_ops_add(&txn->ops, kind);
    op->place = *place;
    return op;
}

static bool takes_next_offset(struct sb_store_txn *txn, struct sb_offset offset)
{
    if (txn->err.rc == SB_OK && offset.n != txn->last + 1) {
        fail_txn(txn, SB_E_CHANGED, "its last offset is not the one that this daemon left behind");
    }
    txn->last += txn->err.rc == SB_OK;
    return txn->err.rc == SB_OK;
}

void sb_store_put_event(struct sb_store_txn *txn, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    assert(record->state != SB_BODY_PRESENT ||
           (record->item.salt != NULL && record->item.body.n == link->body_len));
    if (!takes_next_offset(txn, record->offset)) {
        return;
    }
    struct disk_op *op = stage_op(txn, DISK_EVENT, &place);
    const struct sb_salt *salt = record->state == SB_BODY_PRESENT ? record->item.salt : NULL;
    op->entry = (struct disk_entry){.place = place,
                                    .class = record->class,
                                    .state = record->state,
                                    .deferred = record->deferred,
                                    .committed = record->committed,
                                    .previous = record->previous,
                                    .link = *link};
    op->entry.link.audience = (struct sb_audience){0};
    op->entry.blob = disk_blob_new(&link->audience, salt, record->item.body);
}

void sb_store_put_chain(struct sb_store_txn *txn, const struct sb_chain_row *row)
{
    struct sb_place place = {row->origin, row->branch, row->epoch, row->base};
    struct disk_op *op = stage_op(txn, DISK_ROW, &place);
    if (op != NULL) {
        op->row = malloc(sizeof *op->row);
        assert(op->row != NULL);
        *op->row = *row;
    }
}

static bool is_event_at(const struct disk_op *op, const struct sb_place *place)
{
    return op->kind == DISK_EVENT && op->place.origin == place->origin &&
           op->place.branch == place->branch && sb_epoch_eq(op->place.epoch, place->epoch) &&
           op->place.seq.n == place->seq.n;
}

/* Counts the log entries of the operations; *at is where the event at `place` comes among them. */
static uint64_t count_entries(const struct disk_ops *ops, const struct sb_place *place,
                              uint64_t before, uint64_t *at)
{
    for (size_t i = 0; i < ops->n; i++) {
        before += ops->items[i].kind == DISK_EVENT || ops->items[i].kind == DISK_RELEASE;
        if (is_event_at(&ops->items[i], place)) {
            *at = before;
        }
    }
    return before;
}

/* The offset of the event at `place`, committed, pending or staged; 0: none. */
static uint64_t offset_of(const struct sb_store_txn *txn, const struct sb_place *place)
{
    const struct disk_state *state = txn->store->state;
    const struct disk_entry *entry = disk_find_entry(state, place);
    if (entry != NULL) {
        return (uint64_t)(entry - state->log) + 1;
    }
    uint64_t at = 0;
    uint64_t before = count_entries(&state->pending, place, state->n_log, &at);
    count_entries(&txn->ops, place, before, &at);
    return at;
}

void sb_store_put_checkpoint(struct sb_store_txn *txn, const struct sb_place *place,
                             const struct sb_checkpoint *checkpoint)
{
    assert(place->seq.n == checkpoint->seq.n);
    if (offset_of(txn, place) == 0) {
        fail_txn(txn, SB_E_IO, "the link of a checkpoint is not in it");
    }
    struct disk_op *op = stage_op(txn, DISK_CHECKPOINT, place);
    if (op != NULL) {
        op->checkpoint = *checkpoint;
    }
}

void sb_store_put_body(struct sb_store_txn *txn, const struct sb_place *place,
                       const struct sb_salt *salt, struct sb_bytes body)
{
    if (offset_of(txn, place) == 0) {
        fail_txn(txn, SB_E_IO, "the event of a body is not in it");
    }
    struct disk_op *op = stage_op(txn, DISK_BODY, place);
    if (op != NULL) {
        op->blob = disk_blob_new(&(struct sb_audience){0}, salt, body);
    }
}

void sb_store_put_release(struct sb_store_txn *txn, struct sb_offset offset,
                          const struct sb_place *place)
{
    uint64_t of = offset_of(txn, place);
    if (of == 0) {
        fail_txn(txn, SB_E_CHANGED, "the event to be released is not in it");
    }
    if (takes_next_offset(txn, offset)) {
        struct disk_op *op = stage_op(txn, DISK_RELEASE, place);
        op->entry = (struct disk_entry){.released = of, .place = *place};
    }
}

static const struct sb_chain_row *last_row(const struct disk_ops *ops, const struct sb_place *place)
{
    for (size_t i = ops->n; i > 0; i--) {
        const struct disk_op *op = &ops->items[i - 1];
        if (op->kind == DISK_ROW && op->place.origin == place->origin &&
            op->place.branch == place->branch && sb_epoch_eq(op->place.epoch, place->epoch)) {
            return op->row;
        }
    }
    return NULL;
}

void sb_store_expect_tip(struct sb_store_txn *txn, const struct sb_place *place,
                         const struct sb_hash *tip_hash)
{
    const struct sb_chain_row *row = last_row(&txn->ops, place);
    if (row == NULL) {
        row = last_row(&txn->store->state->pending, place);
    }
    const struct disk_chain *chain = disk_find_chain(txn->store->state, place);
    if (row == NULL && chain != NULL && chain->has_row) {
        row = &chain->row;
    }
    bool as_expected = place->seq.n == 0 ? row == NULL
                                         : row != NULL && row->tip.seq.n == place->seq.n &&
                                               sb_hash_eq(&row->tip.hash, tip_hash);
    if (!as_expected) {
        fail_txn(txn, SB_E_CHANGED, "its tip is not the one that this daemon left behind");
    }
}

/* What the disk says to a transaction that could be committed. */
static enum sb_rc try_disk(struct sb_store_txn *txn, bool *kept)
{
    struct sb_disk *disk = txn->store->disk;
    *kept = false;
    for (size_t i = 0; i < txn->ops.n; i++) {
        txn->bytes += disk_op_bytes(&txn->ops.items[i]);
    }
    if (disk->fail_rc != SB_OK && !(txn->use_reserve && disk->fail_rc == SB_E_FULL)) {
        enum sb_rc rc = disk->fail_rc;
        *kept = disk->fail_kept;
        disk->fail_rc = SB_OK;
        fail_txn(txn, rc, rc == SB_E_FULL ? "full (as planned)" : "the disk failed (as planned)");
        return rc;
    }
    uint64_t reserve = txn->use_reserve ? DISK_RESERVE : 0;
    if (disk->capacity != 0 && txn->bytes > disk->capacity + reserve) {
        fail_txn(txn, SB_E_FULL, "full");
        return SB_E_FULL;
    }
    *kept = true;
    return SB_OK;
}

static void keep_ops(struct sb_store_txn *txn)
{
    struct disk_state *state = txn->store->state;
    for (size_t i = 0; i < txn->ops.n; i++) {
        *disk_ops_add(&state->pending, txn->ops.items[i].kind) = txn->ops.items[i];
    }
    txn->ops.n = 0;
    state->last = txn->last;
    state->bytes = txn->bytes;
}

enum sb_rc sb_store_commit(struct sb_store_txn *txn, struct sb_err *err)
{
    bool kept = false;
    if (txn->err.rc == SB_OK && txn->ops.n > 0) {
        try_disk(txn, &kept);
    }
    if (kept) {
        keep_ops(txn);
    }
    enum sb_rc rc = txn->err.rc;
    if (rc != SB_OK && err != NULL) {
        *err = txn->err;
    }
    sb_store_abort(txn);
    return rc;
}

void sb_store_abort(struct sb_store_txn *txn)
{
    txn->store->txn = NULL;
    disk_ops_fini(&txn->ops);
    free(txn);
}

/* ---- erasing */

void sb_store_use_reserve(struct sb_store_txn *txn, bool use)
{
    txn->use_reserve |= use;
}

static struct disk_erased *stage_erased(struct sb_store_txn *txn, enum disk_op_kind kind)
{
    struct disk_op *op = stage_op(txn, kind, &(struct sb_place){0});
    if (op == NULL) {
        return NULL;
    }
    op->erased = calloc(1, sizeof *op->erased);
    assert(op->erased != NULL);
    return op->erased;
}

void sb_store_put_erased(struct sb_store_txn *txn, const struct sb_erased *erased)
{
    struct disk_erased *to = stage_erased(txn, DISK_ERASE);
    if (to != NULL) {
        assert(erased->ground.n <= SB_TITLE_MAX);
        to->row = *erased;
        if (erased->ground.n > 0) {
            memcpy(to->ground, erased->ground.p, erased->ground.n);
        }
    }
}

static void stage_step(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event,
                       enum sb_erasing state)
{
    struct disk_erased *to = stage_erased(txn, DISK_ERASED);
    if (to != NULL) {
        to->row.origin = origin;
        to->row.event = *event;
        to->row.state = state;
    }
}

void sb_store_end_erasing(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event)
{
    stage_step(txn, origin, event, SB_ERASING_DONE);
}

void sb_store_confirm_again(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event)
{
    stage_step(txn, origin, event, SB_ERASING_GONE);
}

void sb_store_put_receipt(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event,
                          uint16_t by, struct sb_time time)
{
    struct disk_op *op = stage_op(txn, DISK_RECEIPT, &(struct sb_place){0});
    if (op != NULL) {
        op->receipt = (struct disk_receipt){origin, by, *event, time};
    }
}
