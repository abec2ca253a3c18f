/* Named cursors: see consumers.h. They are small and written often, by clients that must be able to
 * go on where the store takes no more events. */
#include "daemon/store/consumers.h"

#include <lmdb.h>
#include <string.h>

#include "daemon/store/txn.h"
#include "proto/failpoint.h"

static struct sb_bytes name_bytes(const char *name)
{
    return (struct sb_bytes){(const uint8_t *)name, strlen(name)};
}

static bool read_name(const MDB_val *key, char name[static SB_CONSUMER_NAME_MAX + 1])
{
    if (key->mv_size == 0 || key->mv_size > SB_CONSUMER_NAME_MAX ||
        memchr(key->mv_data, '\0', key->mv_size) != NULL) {
        return false;
    }
    memcpy(name, key->mv_data, key->mv_size);
    name[key->mv_size] = '\0';
    return true;
}

enum sb_rc sb_store_consumers(struct sb_store *store,
                              bool (*each)(void *context, const char *name, struct sb_bytes value),
                              void *context, struct sb_err *err)
{
    MDB_val key, value;
    char name[SB_CONSUMER_NAME_MAX + 1];
    bool more = true;
    if (!store_has_tree(store, STORE_CONSUMERS)) {
        return SB_OK; /* of format 1, and open for reading alone */
    }
    MDB_cursor *cursor = store->cursors[STORE_CONSUMERS];
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    while (rc == MDB_SUCCESS && more) {
        more = each(context, read_name(&key, name) ? name : NULL,
                    (struct sb_bytes){value.mv_data, value.mv_size});
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return rc == MDB_SUCCESS || rc == MDB_NOTFOUND ? SB_OK
                                                   : store_fail(store, rc, err, "read consumers");
}

void sb_store_put_consumer(struct sb_store_txn *txn, const char *name, struct sb_bytes value)
{
    struct sb_bytes before = {NULL, 0};
    unsigned tree = txn->store->trees[STORE_CONSUMERS];
    if (store_txn_failed(txn)) {
        return;
    }
    int rc = store_get(txn->lmdb, tree, name_bytes(name), &before);
    if (rc != MDB_NOTFOUND) {
        store_txn_note(txn, rc, "read a consumer");
    }
    if (sb_store_consumer_grows(before.n, value.n)) {
        store_take_room(txn, value.n);
    }
    store_txn_put(txn, STORE_CONSUMERS, name_bytes(name), value);
    sb_failpoint(SB_FAIL_AFTER_PUT_CONSUMER);
}

void sb_store_remove_consumer(struct sb_store_txn *txn, const char *name)
{
    store_txn_del(txn, STORE_CONSUMERS, name_bytes(name));
}
