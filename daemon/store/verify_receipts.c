/* Verifying confirmations: each that the store shows must have been said, and signed, by the
 * organisation whose it is. The signature is that of the checkpoint above the Receipt, which the
 * walk along the log verifies. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/erasing.h"
#include "daemon/store/receipt.h"
#include "daemon/store/verify_walk.h"

enum { FIRST_CAP = 64 };

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct verify_receipt));
}

static void write_said(struct verify_receipt *out, const struct store_receipt *r)
{
    struct sb_writer w;
    store_key_id(out->key, r->origin, &r->event, r->by);
    sb_writer_init(&w, out->time, sizeof out->time);
    sb_put_u64(&w, (uint64_t)r->time.ms);
}

/* Of another's events only those count that were known when they were confirmed. */
static void verify_counts(struct verify_walk *walk, const struct sb_record *record,
                          const struct store_receipt *r)
{
    const struct sb_link *link = &record->item.link;
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    struct sb_time time;
    if (r->origin == 0 && store_has_tree(walk->store, STORE_RECEIPTS) &&
        sb_store_find_receipt(walk->store, 0, &r->event, r->by, &time, NULL) != SB_OK) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      "what it confirms is not shown as confirmed");
    }
}

bool verify_note_receipt(struct verify_walk *walk, const struct sb_record *record)
{
    struct store_receipt r;
    if (!store_receipt_read(&r, walk->store, record)) {
        return true;
    }
    if (walk->n_receipts == walk->cap_receipts) {
        size_t cap = walk->cap_receipts == 0 ? FIRST_CAP : 2 * walk->cap_receipts;
        struct verify_receipt *wider = realloc(walk->receipts, cap * sizeof *wider);
        if (wider == NULL) {
            return false;
        }
        walk->receipts = wider;
        walk->cap_receipts = cap;
    }
    write_said(&walk->receipts[walk->n_receipts++], &r);
    verify_counts(walk, record, &r);
    return true;
}

static bool was_said(const struct verify_walk *walk, const MDB_val *key, const MDB_val *value)
{
    struct verify_receipt row;
    if (key->mv_size != sizeof row.key || value->mv_size != sizeof row.time) {
        return false;
    }
    memcpy(row.key, key->mv_data, sizeof row.key);
    memcpy(row.time, value->mv_data, sizeof row.time);
    return walk->n_receipts > 0 &&
           bsearch(&row, walk->receipts, walk->n_receipts, sizeof row, compare) != NULL;
}

static void report_unsaid(struct verify_walk *walk, const MDB_val *key)
{
    char text[SB_LABEL_MAX + 1], id[SB_UUID_TEXT_MAX];
    struct sb_uuid event;
    uint16_t origin;
    if (key->mv_size != STORE_ID_KEY) {
        verify_report(walk, NULL, SB_FAULT_BAD_INDEX, "a confirmation cannot be read");
        return;
    }
    store_key_id_read(&origin, &event, key->mv_data);
    sb_uuid_format(id, &event);
    snprintf(text, sizeof text,
             "that %s is gone is shown as confirmed by somebody who never said so", id);
    verify_report(walk, NULL, SB_FAULT_BAD_INDEX, text);
}

void verify_receipts(struct verify_walk *walk)
{
    MDB_val key, value;
    if (!store_has_tree(walk->store, STORE_RECEIPTS)) {
        return;
    }
    if (walk->n_receipts > 0) {
        qsort(walk->receipts, walk->n_receipts, sizeof *walk->receipts, compare);
    }
    MDB_cursor *rows = walk->store->cursors[STORE_RECEIPTS];
    for (MDB_cursor_op op = MDB_FIRST; mdb_cursor_get(rows, &key, &value, op) == MDB_SUCCESS;
         op = MDB_NEXT) {
        if (!was_said(walk, &key, &value)) {
            report_unsaid(walk, &key);
        }
    }
}
