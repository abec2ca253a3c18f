/* Writing: one transaction of LMDB per turn. It remembers its first failure, after which every
 * function does nothing; commit reports it. Nothing is durable before commit returns SB_OK. */
#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/young.h"
#include "proto/failpoint.h"

enum {
    READER_CHECK_COMMITS = 4096,
    RELEASE_ROOM = 10 + 8 + STORE_RELEASE_BYTES + 1, /* of a page: LMDB's own, key, value; even */
};

static enum sb_rc fail_unless_ours(const struct sb_store *store, const char *what,
                                   struct sb_err *err)
{
    return sb_err_set(err, SB_E_CHANGED,
                      "store %s/data.mdb: %s: somebody put another one under the running daemon; "
                      "see that the right one is there, then start the daemon again: what it lacks "
                      "comes back from the partners",
                      store->path, what);
}

static void fail_changed(struct sb_store_txn *txn, const char *what)
{
    if (!store_txn_failed(txn)) {
        fail_unless_ours(txn->store, what, &txn->err);
    }
}

static struct sb_bytes offset_bytes(const uint64_t *offset)
{
    return (struct sb_bytes){(const uint8_t *)offset, sizeof *offset};
}

/* ---- begin */

enum sb_rc sb_store_unchanged(const struct sb_store *store, struct sb_err *err)
{
    MDB_envinfo info;
    mdb_env_info(store->env, &info);
    if (!store_folder_unchanged(store)) {
        return fail_unless_ours(store, "this is another file", err);
    }
    return info.me_last_txnid == store->last_txn
               ? SB_OK
               : fail_unless_ours(store, "its last commit is not ours", err);
}

static void check_unchanged(struct sb_store_txn *txn)
{
    if (!store_txn_failed(txn)) {
        sb_store_unchanged(txn->store, &txn->err);
    }
}

/* A reader that died (a verification that crashed) would keep pages from being reused for ever. */
static void check_readers(struct sb_store *store)
{
    int dead;
    if (++store->commits % READER_CHECK_COMMITS == 0) {
        mdb_reader_check(store->env, &dead);
    }
}

static void load_end(struct sb_store_txn *txn)
{
    struct sb_bytes value;
    const struct sb_store *store = txn->store;
    store_txn_note(txn, store_get_account(store, txn->lmdb, &txn->account), "read its account");
    store_txn_note(txn, store_last_offset(store, txn->lmdb, &txn->last), "read its end");
    if (!store_txn_failed(txn) && txn->last > 0) {
        store_txn_note(txn, store_get_entry(store, txn->lmdb, txn->last, &value), "read its end");
        if (!store_txn_failed(txn) && !store_event_place(&txn->last_place, value)) {
            txn->last_place.seq.n = 0; /* a release */
        }
    }
}

enum sb_rc sb_store_begin(struct sb_store *store, struct sb_store_txn **out, struct sb_err *err)
{
    assert(store->txn == NULL && !store->read_only);
    struct sb_store_txn *txn = calloc(1, sizeof *txn);
    if (txn == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "store %s: no memory", store->path);
    }
    check_readers(store);
    txn->store = store;
    int rc = mdb_txn_begin(store->env, NULL, 0, &txn->lmdb);
    if (rc != MDB_SUCCESS) {
        free(txn);
        return store_fail(store, rc, err, "begin to write");
    }
    store->txn = txn;
    sb_failpoint(SB_FAIL_AFTER_BEGIN);
    check_unchanged(txn);
    load_end(txn);
    store_begin_room(txn);
    *out = txn;
    return SB_OK;
}

/* ---- events */

static MDB_cursor *places_of(struct sb_store_txn *txn)
{
    if (!store_txn_failed(txn) && txn->places == NULL) {
        store_txn_note(txn,
                       mdb_cursor_open(txn->lmdb, txn->store->trees[STORE_PLACES], &txn->places),
                       "open an index");
    }
    return txn->places;
}

static int find_place(struct sb_store_txn *txn, const struct sb_place *place, uint64_t *offset,
                      struct sb_bytes *value)
{
    MDB_cursor *places = places_of(txn);
    return store_txn_failed(txn)
               ? MDB_NOTFOUND
               : store_find_place(txn->store, txn->lmdb, places, place, offset, value);
}

static void take_offset(struct sb_store_txn *txn, struct sb_offset offset)
{
    if (!store_txn_failed(txn) && offset.n != txn->last + 1) {
        fail_changed(txn, "its last offset is not ours");
    }
    txn->last += !store_txn_failed(txn);
}

/* The bytes of a log entry at `offset`, to be written by the caller; NULL when failed. */
static uint8_t *reserve_entry(struct sb_store_txn *txn, uint64_t offset, size_t n, unsigned flags)
{
    MDB_val key = {sizeof offset, &offset}, value = {n, NULL};
    if (!store_txn_failed(txn)) {
        store_txn_note(
            txn,
            mdb_put(txn->lmdb, txn->store->trees[STORE_LOG], &key, &value, MDB_RESERVE | flags),
            "append");
        store_txn_changed(txn, STORE_LOG, offset_bytes(&offset));
    }
    return store_txn_failed(txn) ? NULL : value.mv_data;
}

static bool continues_run(const struct sb_store_txn *txn, const struct sb_place *place)
{
    const struct sb_place *last = &txn->last_place;
    return last->seq.n != 0 && last->seq.n + 1 == place->seq.n && last->origin == place->origin &&
           last->branch == place->branch && sb_epoch_eq(last->epoch, place->epoch);
}

static void index_place(struct sb_store_txn *txn, const struct sb_place *place, uint64_t offset,
                        bool missing)
{
    uint8_t key[STORE_PLACE_KEY];
    bool in_run = continues_run(txn, place);
    store_key_place(key, place);
    if (!in_run) {
        store_txn_put(txn, STORE_PLACES, (struct sb_bytes){key, sizeof key}, offset_bytes(&offset));
    }
    if (missing) {
        store_txn_put(txn, STORE_MISSING, (struct sb_bytes){key, sizeof key},
                      offset_bytes(&offset));
    }
    txn->last_place = *place;
}

/* The number of the next content of an id that is known already; above UINT16_MAX: no more. */
static int count_contents(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *id,
                          unsigned *out)
{
    MDB_cursor *cursor;
    uint8_t last_key[STORE_ID_KEY];
    store_key_id(last_key, origin, id, UINT16_MAX);
    int rc = mdb_cursor_open(txn->lmdb, txn->store->trees[STORE_IDS], &cursor);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    MDB_val key = {sizeof last_key, last_key}, value;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (rc == MDB_SUCCESS && memcmp(key.mv_data, last_key, STORE_ID_KEY) == 0) {
        *out = UINT16_MAX + 1;
    } else if (rc == MDB_SUCCESS || rc == MDB_NOTFOUND) {
        rc = mdb_cursor_get(cursor, &key, &value, rc == MDB_SUCCESS ? MDB_PREV : MDB_LAST);
        const uint8_t *nth = (const uint8_t *)key.mv_data + STORE_ID_KEY - 2;
        *out = rc == MDB_SUCCESS ? (unsigned)((nth[0] << 8) | nth[1]) + 1 : 0;
    }
    mdb_cursor_close(cursor);
    return rc;
}

/* An origin that used one id 65,536 times has the rest of their contents not found by id. */
static void index_id(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *id,
                     uint64_t offset)
{
    uint8_t key[STORE_ID_KEY];
    unsigned nth = 0;
    if (store_txn_failed(txn)) {
        return;
    }
    store_key_id(key, origin, id, 0);
    int rc = store_put(txn->lmdb, txn->store->trees[STORE_IDS], (struct sb_bytes){key, sizeof key},
                       offset_bytes(&offset), MDB_NOOVERWRITE);
    if (rc != MDB_KEYEXIST) {
        store_txn_note(txn, rc, "index");
        store_txn_changed(txn, STORE_IDS, (struct sb_bytes){key, sizeof key});
        return;
    }
    store_txn_note(txn, count_contents(txn, origin, id, &nth), "index");
    if (nth <= UINT16_MAX) {
        store_key_id(key, origin, id, (uint16_t)nth);
        store_txn_put(txn, STORE_IDS, (struct sb_bytes){key, sizeof key}, offset_bytes(&offset));
    }
}

void sb_store_put_event(struct sb_store_txn *txn, const struct sb_record *record)
{
    const struct sb_item *item = &record->item;
    const struct sb_place place = {record->origin, record->branch, item->link.epoch,
                                   item->link.seq};
    assert(record->state != SB_BODY_PRESENT ||
           (item->salt != NULL && item->body.n == item->link.body_len));
    sb_failpoint(SB_FAIL_BEFORE_PUT_EVENT);
    size_t n = store_event_size(record);
    store_take_room(txn, n);
    take_offset(txn, record->offset);
    uint8_t *entry = reserve_entry(txn, record->offset.n, n, MDB_APPEND);
    if (entry == NULL) {
        return;
    }
    store_event_write(entry, n, record);
    index_place(txn, &place, record->offset.n, record->state == SB_BODY_MISSING);
    index_id(txn, record->origin, &item->link.id, record->offset.n);
    if (item->body.p != NULL) {
        store_said_append(txn, &item->link.origin, record->offset, item->body);
    }
    txn->account.events++;
    txn->account.by_class[record->class] = record->offset;
    txn->account_changed = true;
    sb_failpoint(SB_FAIL_AFTER_PUT_EVENT);
}

void sb_store_put_release(struct sb_store_txn *txn, struct sb_offset offset,
                          const struct sb_place *place)
{
    struct sb_offset of;
    struct sb_bytes value;
    if (find_place(txn, place, &of.n, &value) == MDB_NOTFOUND) {
        fail_changed(txn, "the event to be released is not in it");
    }
    store_take_room(txn, RELEASE_ROOM);
    take_offset(txn, offset);
    uint8_t *entry = reserve_entry(txn, offset.n, STORE_RELEASE_BYTES, MDB_APPEND);
    if (entry != NULL) {
        store_release_write(entry, of);
        txn->last_place.seq.n = 0;
        sb_failpoint(SB_FAIL_AFTER_PUT_RELEASE);
    }
}

void sb_store_put_body(struct sb_store_txn *txn, const struct sb_place *place,
                       const struct sb_salt *salt, struct sb_bytes body)
{
    struct sb_record record;
    struct sb_bytes value;
    uint64_t offset;
    int rc = find_place(txn, place, &offset, &value);
    if (store_txn_failed(txn)) {
        return;
    }
    if (rc == MDB_SUCCESS && !store_event_read(&record, value)) {
        rc = MDB_CORRUPTED;
    }
    store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc, "find the event of a body");
    if (store_txn_failed(txn) || record.state != SB_BODY_MISSING) {
        return;
    }
    record.state = SB_BODY_PRESENT;
    record.item.salt = salt;
    record.item.body = body;
    size_t n = store_event_size(&record);
    store_take_room(txn, n);
    uint8_t *entry = reserve_entry(txn, offset, n, 0);
    if (entry == NULL) {
        return;
    }
    store_event_write(entry, n, &record);
    uint8_t key[STORE_PLACE_KEY];
    store_key_place(key, place);
    store_txn_del(txn, STORE_MISSING, (struct sb_bytes){key, sizeof key});
    if (body.p != NULL) {
        store_said_index(txn, txn->store->origins[record.origin], (struct sb_offset){offset}, body);
    }
    sb_failpoint(SB_FAIL_AFTER_PUT_BODY);
}

/* ---- chains and checkpoints */

void sb_store_put_chain(struct sb_store_txn *txn, const struct sb_chain_row *row)
{
    const struct sb_place place = {row->origin, row->branch, row->epoch, row->base};
    uint8_t key[STORE_PLACE_KEY], value[STORE_ROW_MAX];
    store_key_place(key, &place);
    size_t n = store_row_write(value, row);
    store_txn_put(txn, STORE_CHAINS, (struct sb_bytes){key, STORE_CHAIN_KEY},
                  (struct sb_bytes){value, n});
}

void sb_store_put_checkpoint(struct sb_store_txn *txn, const struct sb_place *place,
                             const struct sb_checkpoint *checkpoint)
{
    uint8_t value[SB_CHECKPOINT_BYTES];
    uint64_t offset;
    struct sb_bytes event;
    assert(place->seq.n == checkpoint->seq.n);
    int rc = find_place(txn, place, &offset, &event);
    if (store_txn_failed(txn)) {
        return;
    }
    store_txn_note(txn, rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc, "find the link of a checkpoint");
    sb_checkpoint_encode(value, checkpoint);
    store_txn_put(txn, STORE_CHECKPOINTS, offset_bytes(&offset),
                  (struct sb_bytes){value, sizeof value});
}

void sb_store_expect_tip(struct sb_store_txn *txn, const struct sb_place *chain,
                         const struct sb_hash *tip_hash)
{
    uint8_t key[STORE_PLACE_KEY];
    struct sb_bytes value;
    struct sb_chain_row row;
    if (store_txn_failed(txn)) {
        return;
    }
    store_key_place(key, chain);
    struct sb_bytes chain_key = {key, STORE_CHAIN_KEY};
    int rc = store_get(txn->lmdb, txn->store->trees[STORE_CHAINS], chain_key, &value);
    if (rc == MDB_SUCCESS && !store_row_read(&row, chain_key, value)) {
        rc = MDB_CORRUPTED;
    }
    if (rc != MDB_NOTFOUND) {
        store_txn_note(txn, rc, "read a tip");
    }
    bool as_expected = chain->seq.n == 0 ? rc == MDB_NOTFOUND
                                         : rc == MDB_SUCCESS && row.tip.seq.n == chain->seq.n &&
                                               sb_hash_eq(&row.tip.hash, tip_hash);
    if (!as_expected) {
        fail_changed(txn, "a tip in it is not ours");
    }
}

/* ---- commit */

static void put_account(struct sb_store_txn *txn)
{
    uint8_t value[STORE_ACCOUNT_BYTES];
    if (txn->account_changed) {
        store_account_write(value, &txn->account);
        store_txn_put(txn, STORE_CHAINS, (struct sb_bytes){STORE_ACCOUNT_KEY, STORE_CHAIN_KEY},
                      (struct sb_bytes){value, sizeof value});
    }
}

/* LMDB refuses to write after its meta page could not be written. */
static bool is_usable(struct sb_store *store)
{
    MDB_txn *probe;
    int rc = mdb_txn_begin(store->env, NULL, 0, &probe);
    if (rc == MDB_SUCCESS) {
        mdb_txn_abort(probe);
    }
    return rc == MDB_SUCCESS;
}

/* A full disk undoes the transaction and lets us go on; but a page that was cut short is EIO to
 * LMDB, and ENOSPC may come from a sync or the meta page, after which nothing is certain. */
static bool is_undone(struct sb_store_txn *txn, int lmdb_rc)
{
    bool full = store_rc(lmdb_rc) == SB_E_FULL ||
                (lmdb_rc == EIO && store_folder_is_full(txn->store, txn->bytes));
    return full && store_folder_is_synced(txn->store) && is_usable(txn->store);
}

static void commit_lmdb(struct sb_store_txn *txn)
{
    struct sb_store *store = txn->store;
    sb_failpoint(SB_FAIL_BEFORE_STORE_COMMIT);
    int rc = mdb_txn_commit(txn->lmdb);
    sb_failpoint(SB_FAIL_AFTER_STORE_COMMIT);
    txn->lmdb = NULL;
    if (rc == MDB_SUCCESS) {
        MDB_envinfo info;
        mdb_env_info(store->env, &info);
        store->last_txn = info.me_last_txnid;
    } else if (is_undone(txn, rc)) {
        store_txn_note(txn, rc == EIO ? ENOSPC : rc, "commit");
    } else {
        store_txn_note(txn, rc, "commit");
        txn->err.rc = SB_E_IO;
    }
}

enum sb_rc sb_store_commit(struct sb_store_txn *txn, struct sb_err *err)
{
    put_account(txn);
    store_keep_reserve(txn);
    store_young_move(txn);
    check_unchanged(txn); /* once more: staging may have taken long */
    if (!store_txn_failed(txn)) {
        commit_lmdb(txn);
    } else if (txn->err.rc != SB_E_FULL && txn->err.rc != SB_E_CHANGED) {
        txn->err.rc = SB_E_IO;
    }
    enum sb_rc rc = txn->err.rc;
    if (rc != SB_OK && err != NULL) {
        *err = txn->err;
    }
    store_young_end(txn->store, rc == SB_OK);
    sb_store_abort(txn);
    return rc;
}

void sb_store_abort(struct sb_store_txn *txn)
{
    txn->store->txn = NULL;
    store_young_end(txn->store, false); /* nothing, once it has been committed */
    if (txn->lmdb != NULL) {
        mdb_txn_abort(txn->lmdb);
    }
    free(txn);
}
