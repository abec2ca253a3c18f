/* Finding things in the trees, for readers and writers alike. Answers are LMDB's own codes. */
#include <lmdb.h>
#include <string.h>

#include "daemon/store/handle.h"

static MDB_val value_of(struct sb_bytes bytes)
{
    return (MDB_val){bytes.n, (void *)(uintptr_t)bytes.p};
}

int store_get(MDB_txn *lmdb, unsigned tree, struct sb_bytes key, struct sb_bytes *value)
{
    MDB_val k = value_of(key), v;
    int rc = mdb_get(lmdb, tree, &k, &v);
    if (rc == MDB_SUCCESS) {
        *value = (struct sb_bytes){v.mv_data, v.mv_size};
    }
    return rc;
}

int store_put(MDB_txn *lmdb, unsigned tree, struct sb_bytes key, struct sb_bytes value,
              unsigned flags)
{
    MDB_val k = value_of(key), v = value_of(value);
    return mdb_put(lmdb, tree, &k, &v, flags);
}

int store_get_entry(const struct sb_store *store, MDB_txn *lmdb, uint64_t offset,
                    struct sb_bytes *value)
{
    struct sb_bytes key = {(const uint8_t *)&offset, sizeof offset};
    return store_get(lmdb, store->trees[STORE_LOG], key, value);
}

/* The run that the place would be in, if it is in any: the last entry at or before it. */
static int find_run(MDB_cursor *places, const uint8_t key[static STORE_PLACE_KEY], MDB_val *found,
                    MDB_val *offset)
{
    *found = value_of((struct sb_bytes){key, STORE_PLACE_KEY});
    int rc = mdb_cursor_get(places, found, offset, MDB_SET_RANGE);
    if (rc == MDB_SUCCESS && memcmp(found->mv_data, key, STORE_PLACE_KEY) != 0) {
        rc = mdb_cursor_get(places, found, offset, MDB_PREV);
    } else if (rc == MDB_NOTFOUND) {
        rc = mdb_cursor_get(places, found, offset, MDB_LAST);
    }
    bool readable = rc != MDB_SUCCESS ||
                    (found->mv_size == STORE_PLACE_KEY && offset->mv_size == sizeof(uint64_t));
    return readable ? rc : MDB_CORRUPTED;
}

static bool same_place(const struct sb_place *a, const struct sb_place *b)
{
    return a->origin == b->origin && a->branch == b->branch && sb_epoch_eq(a->epoch, b->epoch) &&
           a->seq.n == b->seq.n;
}

int store_find_place(const struct sb_store *store, MDB_txn *lmdb, MDB_cursor *places,
                     const struct sb_place *place, uint64_t *offset, struct sb_bytes *value)
{
    uint8_t key[STORE_PLACE_KEY];
    MDB_val found, run;
    store_key_place(key, place);
    int rc = find_run(places, key, &found, &run);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    struct sb_place first, there;
    store_key_place_read(&first, found.mv_data);
    memcpy(offset, run.mv_data, sizeof *offset);
    *offset += place->seq.n - first.seq.n;
    rc = store_get_entry(store, lmdb, *offset, value);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    /* Elsewhere than in its run, or beyond its end, stands something else. */
    return store_event_place(&there, *value) && same_place(&there, place) ? MDB_SUCCESS
                                                                          : MDB_NOTFOUND;
}

int store_get_account(const struct sb_store *store, MDB_txn *lmdb, struct store_account *out)
{
    struct sb_bytes key = {STORE_ACCOUNT_KEY, STORE_CHAIN_KEY}, value;
    *out = (struct store_account){0};
    int rc = store_get(lmdb, store->trees[STORE_CHAINS], key, &value);
    if (rc != MDB_SUCCESS) {
        return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
    }
    return store_account_read(out, value) ? MDB_SUCCESS : MDB_CORRUPTED;
}

int store_last_offset(const struct sb_store *store, MDB_txn *lmdb, uint64_t *out)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    *out = 0;
    int rc = mdb_cursor_open(lmdb, store->trees[STORE_LOG], &cursor);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (rc == MDB_SUCCESS) {
        memcpy(out, key.mv_data, sizeof *out);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

int store_free_bytes(const struct sb_store *store, uint64_t before, uint64_t *out)
{
    enum { FREE_TREE = 0 }; /* LMDB's own: by transaction; a count of pages, and their numbers */
    MDB_cursor *cursor;
    MDB_val key, value;
    MDB_stat stat;
    *out = 0;
    mdb_env_stat(store->env, &stat);
    int rc = mdb_cursor_open(store->reader, FREE_TREE, &cursor);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        size_t by, pages;
        memcpy(&by, key.mv_data, sizeof by);
        memcpy(&pages, value.mv_data, sizeof pages);
        *out += by < before ? pages * stat.ms_psize : 0;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

uint64_t store_file_bytes(const struct sb_store *store)
{
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(store->env, &info);
    mdb_env_stat(store->env, &stat);
    return (info.me_last_pgno + 1) * stat.ms_psize;
}
