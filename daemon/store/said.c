/* The index of what was said about what: see said.h. A body's entries are written where the body
 * is; the youngest wait beside it (young.h). Stores of format 1, which had none, get them when they
 * are first opened to be written. */
#include "daemon/store/said.h"

#include <lmdb.h>
#include <string.h>

#include "daemon/store/young.h"

enum { PROGRESS_ENTRIES = 8192 };

static int put_said(const struct sb_store *store, MDB_txn *lmdb, const struct sb_org *origin,
                    struct sb_offset offset, struct sb_bytes body)
{
    struct sb_about about[SB_ABOUT_MAX];
    uint8_t key[STORE_SAID_KEY_MAX], value[STORE_SAID_VALUE];
    size_t n = sb_about_read(about, origin, body);
    int rc = MDB_SUCCESS;
    for (size_t i = 0; i < n && rc == MDB_SUCCESS; i++) {
        size_t key_n = store_key_said(key, &about[i].subject, offset);
        store_said_write(value, &about[i]);
        rc = store_put(lmdb, store->trees[STORE_SAID], (struct sb_bytes){key, key_n},
                       (struct sb_bytes){value, sizeof value}, 0);
    }
    return rc;
}

void store_said_index(struct sb_store_txn *txn, const struct sb_org *origin,
                      struct sb_offset offset, struct sb_bytes body)
{
    struct sb_about about[SB_ABOUT_MAX];
    uint8_t key[STORE_SAID_KEY_MAX], value[STORE_SAID_VALUE];
    size_t n = store_txn_failed(txn) ? 0 : sb_about_read(about, origin, body);
    for (size_t i = 0; i < n; i++) {
        size_t key_n = store_key_said(key, &about[i].subject, offset);
        store_said_write(value, &about[i]);
        store_txn_put(txn, STORE_SAID, (struct sb_bytes){key, key_n},
                      (struct sb_bytes){value, sizeof value});
    }
}

void store_said_append(struct sb_store_txn *txn, const struct sb_org *origin,
                       struct sb_offset offset, struct sb_bytes body)
{
    struct sb_about about[SB_ABOUT_MAX];
    store_young_put(txn, about, sb_about_read(about, origin, body), offset);
}

void store_said_forget(struct sb_store_txn *txn, const struct sb_org *origin,
                       struct sb_offset offset, struct sb_bytes body)
{
    struct sb_about about[SB_ABOUT_MAX];
    uint8_t key[STORE_SAID_KEY_MAX];
    struct sb_bytes there;
    size_t n = store_txn_failed(txn) ? 0 : sb_about_read(about, origin, body);
    for (size_t i = 0; i < n; i++) {
        struct sb_bytes k = {key, store_key_said(key, &about[i].subject, offset)};
        /* of one subject named twice there is one */
        if (store_get(txn->lmdb, txn->store->trees[STORE_SAID], k, &there) != MDB_NOTFOUND) {
            store_txn_del(txn, STORE_SAID, k);
        }
    }
    if (n > 0) {
        store_young_forget(txn, offset);
    }
}

/* The first entry of tree and rows. */
static int find_said(const struct sb_store *store, MDB_val *key, MDB_val *value)
{
    const struct store_young_row *young = store_young_next(store, key->mv_data, key->mv_size);
    int rc = mdb_cursor_get(store->cursors[STORE_SAID], key, value, MDB_SET_RANGE);
    bool is_young = young != NULL && (rc == MDB_SUCCESS || rc == MDB_NOTFOUND) &&
                    (rc == MDB_NOTFOUND ||
                     store_young_before(young->key, young->key_n, key->mv_data, key->mv_size));
    if (is_young) {
        *key = (MDB_val){young->key_n, (void *)(uintptr_t)young->key};
        *value = (MDB_val){sizeof young->value, (void *)(uintptr_t)young->value};
    }
    return is_young ? MDB_SUCCESS : rc;
}

enum sb_rc sb_store_next_said(struct sb_store *store, const struct sb_subject *subject,
                              struct sb_offset from, struct sb_said_entry *out, struct sb_err *err)
{
    uint8_t wanted[STORE_SAID_KEY_MAX];
    size_t n = store_key_said(wanted, subject, from);
    MDB_val key = {n, wanted}, value;
    int rc = MDB_SUCCESS;
    if (!store->young.loaded) {
        rc = store_young_load(store);
    }
    if (rc == MDB_SUCCESS) {
        rc = store_has_tree(store, STORE_SAID) ? find_said(store, &key, &value) : MDB_NOTFOUND;
    }
    if (rc == MDB_SUCCESS && !store_said_read(out, (struct sb_bytes){key.mv_data, key.mv_size},
                                              (struct sb_bytes){value.mv_data, value.mv_size})) {
        rc = MDB_CORRUPTED;
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find what was said");
}

/* ---- from the log */

/* What cannot be read is passed over: that is for `verify` to say, and for `repair` to mend. */
static int put_entry(const struct sb_store *store, MDB_txn *lmdb, uint64_t offset,
                     struct sb_bytes entry)
{
    struct sb_record record;
    bool readable = store_fill_record(store, offset, entry, &record) == MDB_SUCCESS;
    return readable && record.item.salt != NULL
               ? put_said(store, lmdb, &record.item.link.origin, record.offset, record.item.body)
               : MDB_SUCCESS;
}

int store_said_fill(const struct sb_store *store, MDB_txn *lmdb,
                    void (*on_progress)(void *context, uint64_t done, uint64_t all), void *context,
                    uint64_t *entries)
{
    uint64_t last, offset;
    MDB_cursor *log = NULL;
    MDB_val key, value;
    MDB_stat stat;
    int rc = mdb_drop(lmdb, store->trees[STORE_SAID], 0);
    rc = rc == MDB_SUCCESS ? mdb_drop(lmdb, store->trees[STORE_YOUNG], 0) : rc;
    rc = rc == MDB_SUCCESS ? store_last_offset(store, lmdb, &last) : rc;
    rc = rc == MDB_SUCCESS ? mdb_cursor_open(lmdb, store->trees[STORE_LOG], &log) : rc;
    while (rc == MDB_SUCCESS && (rc = mdb_cursor_get(log, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        memcpy(&offset, key.mv_data, sizeof offset);
        rc = put_entry(store, lmdb, offset, (struct sb_bytes){value.mv_data, value.mv_size});
        if (on_progress != NULL && offset % PROGRESS_ENTRIES == 0) {
            on_progress(context, offset, last);
        }
    }
    if (log != NULL) {
        mdb_cursor_close(log);
    }
    rc = rc == MDB_NOTFOUND ? mdb_stat(lmdb, store->trees[STORE_SAID], &stat) : rc;
    *entries = rc == MDB_SUCCESS ? stat.ms_entries : 0;
    return rc;
}

/* The options of a store that names its owner itself. */
static enum sb_rc read_owner(const char *path, struct sb_store_options *out, struct sb_err *err)
{
    const struct sb_store_options options = {.path = path, .read_only = true};
    struct sb_store *store;
    enum sb_rc rc = sb_store_open(&store, &options, err);
    if (rc != SB_OK) {
        return rc;
    }
    MDB_envinfo info;
    mdb_env_info(store->env, &info);
    *out = (struct sb_store_options){.path = path,
                                     .partnership = store->partnership,
                                     .organisation = *store->origins[0],
                                     .max_size = info.me_mapsize};
    sb_store_close(store);
    return SB_OK;
}

enum sb_rc sb_store_rebuild_said(const char *path,
                                 void (*on_progress)(void *context, uint64_t done, uint64_t all),
                                 void *context, uint64_t *entries, struct sb_err *err)
{
    struct sb_store_options options;
    struct sb_store *store;
    MDB_txn *lmdb;
    enum sb_rc rc = read_owner(path, &options, err);
    if (rc != SB_OK || (rc = sb_store_open(&store, &options, err)) != SB_OK) {
        return rc;
    }
    int lmdb_rc = mdb_txn_begin(store->env, NULL, 0, &lmdb);
    if (lmdb_rc == MDB_SUCCESS) {
        lmdb_rc = store_said_fill(store, lmdb, on_progress, context, entries);
        if (lmdb_rc == MDB_SUCCESS) {
            lmdb_rc = mdb_txn_commit(lmdb);
        } else {
            mdb_txn_abort(lmdb);
        }
    }
    rc = lmdb_rc == MDB_SUCCESS ? SB_OK : store_fail(store, lmdb_rc, err, "rebuild its views");
    sb_store_close(store);
    return rc;
}
