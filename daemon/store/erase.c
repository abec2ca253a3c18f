/* Erasing: marks events as erased or expired, drops their bodies, and remembers what is left to do;
 * see erasing.h. Getting the bytes out of the file is compact.c's. */
#include "daemon/store/erasing.h"

#include <lmdb.h>
#include <string.h>

#include "daemon/store/txn.h"
#include "proto/failpoint.h"

/* erased: origin, id → id of the Erasure 16 ‖ since 8 ‖ ground. erasing: the same key → state 1.
 * receipts: origin, id, by → time 8. */
enum {
    ERASED_KEY = STORE_ID_KEY - 2,
    ERASED_FIXED = 16 + 8,
    ERASED_MAX = ERASED_FIXED + SB_TITLE_MAX
};

static void make_key(uint8_t key[static STORE_ID_KEY], uint16_t origin, const struct sb_uuid *id,
                     uint16_t by)
{
    store_key_id(key, origin, id, by);
}

/* ---- reading */

static bool read_erased(struct sb_erased *out, struct sb_bytes key, struct sb_bytes value)
{
    struct sb_reader r;
    if (key.n != ERASED_KEY || value.n < ERASED_FIXED || value.n > ERASED_MAX) {
        return false;
    }
    sb_reader_init(&r, key.p, key.n);
    out->origin = sb_get_u16(&r);
    sb_get_copy(&r, out->event.b, sizeof out->event.b);
    sb_reader_init(&r, value.p, value.n);
    sb_get_copy(&r, out->by.b, sizeof out->by.b);
    out->since.ms = (int64_t)sb_get_u64(&r);
    out->instead = false;
    out->ground = (struct sb_bytes){value.p + ERASED_FIXED, value.n - ERASED_FIXED};
    return true;
}

static int get_state(const struct sb_store *store, MDB_txn *lmdb, struct sb_bytes key,
                     enum sb_erasing *out)
{
    struct sb_bytes value;
    int rc = store_get(lmdb, store->trees[STORE_ERASING], key, &value);
    *out = SB_ERASING_DONE;
    if (rc == MDB_NOTFOUND) {
        return MDB_SUCCESS;
    }
    if (rc == MDB_SUCCESS) {
        bool known =
            value.n == 1 && (value.p[0] == SB_ERASING_IN_FILES || value.p[0] == SB_ERASING_GONE);
        *out = known ? (enum sb_erasing)value.p[0] : SB_ERASING_DONE;
        rc = known ? MDB_SUCCESS : MDB_CORRUPTED;
    }
    return rc;
}

static int get_erased(const struct sb_store *store, MDB_txn *lmdb, struct sb_bytes key,
                      struct sb_erased *out)
{
    struct sb_bytes value;
    if (!store_has_tree(store, STORE_ERASED)) {
        return MDB_NOTFOUND;
    }
    int rc = store_get(lmdb, store->trees[STORE_ERASED], key, &value);
    if (rc == MDB_SUCCESS && !read_erased(out, key, value)) {
        rc = MDB_CORRUPTED;
    }
    return rc == MDB_SUCCESS ? get_state(store, lmdb, key, &out->state) : rc;
}

enum sb_rc sb_store_find_erased(struct sb_store *store, uint16_t origin,
                                const struct sb_uuid *event, struct sb_erased *out,
                                struct sb_err *err)
{
    uint8_t key[STORE_ID_KEY];
    make_key(key, origin, event, 0);
    int rc = get_erased(store, store->reader, (struct sb_bytes){key, ERASED_KEY}, out);
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find an erasure");
}

/* The first key of the tree behind this one. */
static int next_key(struct sb_store *store, enum store_tree tree, uint16_t origin,
                    const struct sb_uuid *event, uint8_t found[static ERASED_KEY])
{
    uint8_t before[STORE_ID_KEY];
    if (!store_has_tree(store, tree)) {
        return MDB_NOTFOUND;
    }
    make_key(before, origin, event, 0);
    MDB_val key = {ERASED_KEY, before}, value;
    int rc = mdb_cursor_get(store->cursors[tree], &key, &value, MDB_SET_RANGE);
    if (rc == MDB_SUCCESS && key.mv_size == ERASED_KEY &&
        memcmp(key.mv_data, before, ERASED_KEY) == 0) {
        rc = mdb_cursor_get(store->cursors[tree], &key, &value, MDB_NEXT);
    }
    if (rc == MDB_SUCCESS && key.mv_size != ERASED_KEY) {
        rc = MDB_CORRUPTED;
    }
    if (rc == MDB_SUCCESS) {
        memcpy(found, key.mv_data, ERASED_KEY);
    }
    return rc;
}

static enum sb_rc next_in(struct sb_store *store, enum store_tree tree, uint16_t origin,
                          const struct sb_uuid *event, struct sb_erased *out, struct sb_err *err)
{
    uint8_t key[ERASED_KEY];
    int rc = next_key(store, tree, origin, event, key);
    if (rc == MDB_SUCCESS) {
        rc = get_erased(store, store->reader, (struct sb_bytes){key, ERASED_KEY}, out);
        rc = rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "list its erasures");
}

enum sb_rc sb_store_next_erased(struct sb_store *store, uint16_t origin,
                                const struct sb_uuid *event, struct sb_erased *out,
                                struct sb_err *err)
{
    return next_in(store, STORE_ERASED, origin, event, out, err);
}

enum sb_rc sb_store_next_erasing(struct sb_store *store, uint16_t origin,
                                 const struct sb_uuid *event, struct sb_erased *out,
                                 struct sb_err *err)
{
    return next_in(store, STORE_ERASING, origin, event, out, err);
}

uint64_t sb_store_erasing_count(struct sb_store *store)
{
    MDB_stat stat;
    if (!store_has_tree(store, STORE_ERASING)) {
        return 0;
    }
    int rc = mdb_stat(store->reader, store->trees[STORE_ERASING], &stat);
    return rc == MDB_SUCCESS ? stat.ms_entries : 0;
}

enum sb_rc sb_store_find_receipt(struct sb_store *store, uint16_t origin,
                                 const struct sb_uuid *event, uint16_t by, struct sb_time *out,
                                 struct sb_err *err)
{
    uint8_t key[STORE_ID_KEY];
    struct sb_bytes value = {0};
    int rc = MDB_NOTFOUND;
    make_key(key, origin, event, by);
    if (store_has_tree(store, STORE_RECEIPTS)) {
        rc = store_get(store->reader, store->trees[STORE_RECEIPTS],
                       (struct sb_bytes){key, sizeof key}, &value);
    }
    if (rc == MDB_SUCCESS && value.n != 8) {
        rc = MDB_CORRUPTED;
    }
    if (rc == MDB_SUCCESS) {
        struct sb_reader r;
        sb_reader_init(&r, value.p, value.n);
        out->ms = (int64_t)sb_get_u64(&r);
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find a receipt");
}

/* ---- writing */

/* Drops one copy. *dropped: bytes of it stood here. */
static void drop_copy(struct sb_store_txn *txn, uint64_t offset, enum sb_body_state state,
                      bool *dropped)
{
    struct sb_record record;
    struct sb_bytes value;
    int rc = store_get_entry(txn->store, txn->lmdb, offset, &value);
    if (rc == MDB_SUCCESS && !store_event_read(&record, value)) {
        rc = MDB_CORRUPTED;
    }
    store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc, "erase an event");
    if (store_txn_failed(txn) || record.item.link.kind == SB_KIND_SYSTEM ||
        record.state == SB_BODY_WITHHELD || record.state == SB_BODY_ERASED ||
        record.state == state) {
        return;
    }
    const struct sb_place place = {record.origin, record.branch, record.item.link.epoch,
                                   record.item.link.seq};
    uint8_t key[STORE_PLACE_KEY];
    *dropped |= record.state == SB_BODY_PRESENT;
    if (record.state == SB_BODY_MISSING) {
        store_key_place(key, &place);
        store_txn_del(txn, STORE_MISSING, (struct sb_bytes){key, sizeof key});
    }
    if (record.state == SB_BODY_PRESENT) {
        store_said_forget(txn, txn->store->origins[record.origin], (struct sb_offset){offset},
                          record.item.body);
    }
    record.state = state;
    record.item.salt = NULL;
    record.item.body = (struct sb_bytes){0};
    uint8_t entry[STORE_EVENT_FIXED + SB_AUDIENCE_MAX * (1 + SB_ORG_MAX)];
    size_t n = store_event_size(&record); /* of a copy: the entry moves when it is written */
    store_event_write(entry, n, &record);
    sb_failpoint(SB_FAIL_BEFORE_ERASE);
    store_txn_put(txn, STORE_LOG, (struct sb_bytes){(const uint8_t *)&offset, sizeof offset},
                  (struct sb_bytes){entry, n});
    sb_failpoint(SB_FAIL_AFTER_ERASE);
}

static bool drop_copies(struct sb_store_txn *txn, const struct sb_erased *e)
{
    enum sb_body_state state = sb_uuid_is_zero(&e->by) ? SB_BODY_EXPIRED : SB_BODY_ERASED;
    bool dropped = false;
    int rc = MDB_SUCCESS;
    for (unsigned nth = 0; nth <= UINT16_MAX && rc == MDB_SUCCESS && !store_txn_failed(txn);
         nth++) {
        uint8_t key[STORE_ID_KEY];
        struct sb_bytes value;
        uint64_t offset;
        make_key(key, e->origin, &e->event, (uint16_t)nth);
        rc = store_get(txn->lmdb, txn->store->trees[STORE_IDS], (struct sb_bytes){key, sizeof key},
                       &value);
        if (rc == MDB_SUCCESS && value.n == sizeof offset) {
            memcpy(&offset, value.p, sizeof offset);
            drop_copy(txn, offset, state, &dropped);
        }
    }
    store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_SUCCESS : rc, "find the copies of an event");
    return dropped;
}

static void put_state(struct sb_store_txn *txn, struct sb_bytes key, enum sb_erasing state)
{
    uint8_t step = (uint8_t)state;
    store_txn_put(txn, STORE_ERASING, key, (struct sb_bytes){&step, 1});
}

static void put_row(struct sb_store_txn *txn, const struct sb_erased *e, struct sb_bytes key)
{
    uint8_t value[ERASED_MAX];
    struct sb_writer w;
    sb_writer_init(&w, value, sizeof value);
    sb_put_bytes(&w, e->by.b, sizeof e->by.b);
    sb_put_u64(&w, (uint64_t)e->since.ms);
    sb_put_bytes(&w, e->ground.p, e->ground.n < SB_TITLE_MAX ? e->ground.n : SB_TITLE_MAX);
    store_txn_put(txn, STORE_ERASED, key, (struct sb_bytes){value, w.n});
}

void sb_store_put_erased(struct sb_store_txn *txn, const struct sb_erased *erased)
{
    uint8_t bytes[STORE_ID_KEY];
    struct sb_bytes key = {bytes, ERASED_KEY};
    struct sb_erased before = {.state = SB_ERASING_DONE};
    if (store_txn_failed(txn)) {
        return;
    }
    make_key(bytes, erased->origin, &erased->event, 0);
    int rc = get_erased(txn->store, txn->lmdb, key, &before);
    store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_SUCCESS : rc, "read an erasure");
    bool known = rc == MDB_SUCCESS;
    bool again =
        known && !erased->instead && (!sb_uuid_is_zero(&before.by) || sb_uuid_is_zero(&erased->by));
    bool dropped = drop_copies(txn, erased);
    if (!again) {
        put_row(txn, erased, key);
    }
    if (!again || dropped) {
        bool in_files = dropped || (known && before.state == SB_ERASING_IN_FILES);
        put_state(txn, key, in_files ? SB_ERASING_IN_FILES : SB_ERASING_GONE);
    }
}

void sb_store_put_receipt(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event,
                          uint16_t by, struct sb_time time)
{
    uint8_t key[STORE_ID_KEY], value[8];
    struct sb_writer w;
    struct sb_bytes there;
    if (store_txn_failed(txn)) {
        return;
    }
    make_key(key, origin, event, by);
    sb_writer_init(&w, value, sizeof value);
    sb_put_u64(&w, (uint64_t)time.ms);
    struct sb_bytes k = {key, sizeof key};
    if (store_get(txn->lmdb, txn->store->trees[STORE_RECEIPTS], k, &there) == MDB_NOTFOUND) {
        store_txn_put(txn, STORE_RECEIPTS, k, (struct sb_bytes){value, sizeof value});
    }
}

void sb_store_end_erasing(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event)
{
    uint8_t key[STORE_ID_KEY];
    make_key(key, origin, event, 0);
    store_txn_del(txn, STORE_ERASING, (struct sb_bytes){key, ERASED_KEY});
}

void sb_store_confirm_again(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event)
{
    uint8_t bytes[STORE_ID_KEY];
    struct sb_bytes key = {bytes, ERASED_KEY}, receipt = {bytes, sizeof bytes}, there;
    struct sb_erased e;
    if (store_txn_failed(txn)) {
        return;
    }
    make_key(bytes, origin, event, 0); /* our own number */
    int rc = get_erased(txn->store, txn->lmdb, key, &e);
    store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_SUCCESS : rc, "read an erasure");
    if (rc == MDB_SUCCESS && e.state == SB_ERASING_DONE && !sb_uuid_is_zero(&e.by) &&
        store_get(txn->lmdb, txn->store->trees[STORE_RECEIPTS], receipt, &there) == MDB_NOTFOUND) {
        put_state(txn, key, SB_ERASING_GONE);
    }
}
