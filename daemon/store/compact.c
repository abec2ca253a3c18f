/* Compaction: writes everything that the store holds into a new file and puts that in the store's
 * place, so that no byte of what was erased is left: not in free pages, nor in the gaps of pages in
 * use. LMDB's own compacting copy takes pages over as they are, gaps included; so entries are
 * written anew, in order.
 *
 * A store of gigabytes takes seconds to write, in which nobody should wait: a thread of its own
 * copies a snapshot, by a read transaction, into a file that nobody else knows, while the daemon
 * goes on with the old one. What changes meanwhile is remembered by its key alone, and copied
 * afterwards in steps, each shorter than the one before; only the last of them and two renames lie
 * between two turns. Not a process of its own: the daemon holds sockets and LMDB's locks, which a
 * fork must not take along.
 *
 * The new file has a lock file of its own, which is put in place first: who opens the store between
 * the two reads the old file, which nobody changes any more. A crash leaves the one or the other
 * file whole, each with everything that was acknowledged. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/erasing.h"
#include "daemon/store/txn.h"
#include "proto/failpoint.h"

enum {
    LOCK_BYTES = 64 * 1024,        /* of the new file's lock file, and more */
    COPY_BYTES = 16 * 1024 * 1024, /* of one commit of the new file */
    KEYS_MAX = 128 * 1024 * 1024,  /* bytes of keys that change meanwhile; beyond: given up */
    STEP_KEYS = 16 * 1024,         /* copied in one step, unless more come than go */
};

struct store_compaction {
    const struct sb_store *store;
    char path[PATH_MAX]; /* the folder of the new file */
    MDB_env *from, *to;
    unsigned from_trees[STORE_TREES], to_trees[STORE_TREES];
    pthread_t thread;
    bool started;
    atomic_bool stop, copied;
    int rc; /* of the copy; valid once it is `copied` */
    /* keys that changed: tree 1 ‖ length 1 ‖ key */
    uint8_t *keys;
    size_t n_keys, cap_keys, at;
    bool overflown;
};

static bool path_in(char out[static PATH_MAX], const char *folder, const char *name)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return n > 0 && n < PATH_MAX;
}

static void clear_folder(const char *folder)
{
    char path[PATH_MAX];
    if (path_in(path, folder, "data.mdb")) {
        unlink(path);
    }
    if (path_in(path, folder, "lock.mdb")) {
        unlink(path);
    }
    rmdir(folder);
}

void store_compact_clear(const struct sb_store *store)
{
    char folder[PATH_MAX];
    if (path_in(folder, store->path, "compacting")) {
        clear_folder(folder);
    }
}

/* ---- the copy, in its thread */

struct copier {
    struct store_compaction *c;
    MDB_txn *reader, *writer;
    size_t bytes; /* not committed yet */
};

static int commit_copied(struct copier *k)
{
    int rc = MDB_SUCCESS;
    if (k->writer != NULL) {
        rc = mdb_txn_commit(k->writer);
        k->writer = NULL;
        k->bytes = 0;
        sb_failpoint(SB_FAIL_DURING_COMPACT);
    }
    return rc;
}

static int copy_entry(struct copier *k, unsigned tree, MDB_val *key, MDB_val *value)
{
    int rc = MDB_SUCCESS;
    if (k->writer == NULL) {
        rc = mdb_txn_begin(k->c->to, NULL, 0, &k->writer);
    }
    if (rc == MDB_SUCCESS) {
        rc = mdb_put(k->writer, k->c->to_trees[tree], key, value, MDB_APPEND);
    }
    k->bytes += key->mv_size + value->mv_size;
    return rc == MDB_SUCCESS && k->bytes >= COPY_BYTES ? commit_copied(k) : rc;
}

static int copy_tree(struct copier *k, unsigned tree)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(k->reader, k->c->from_trees[tree], &cursor);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        rc = atomic_load(&k->c->stop) ? EINTR : copy_entry(k, tree, &key, &value);
        if (rc != MDB_SUCCESS) {
            break;
        }
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

/* In the new file, what was erased when the copy began is gone. An expiry is done with that; an
 * erasure owes its receipt still. */
static int settle_entry(struct copier *k, MDB_cursor *erasing, const MDB_val *key)
{
    static const struct sb_uuid expired;
    uint8_t gone = SB_ERASING_GONE;
    MDB_val k2 = *key, row, state = {1, &gone};
    int rc = mdb_get(k->writer, k->c->to_trees[STORE_ERASED], &k2, &row);
    if (rc != MDB_SUCCESS || row.mv_size < sizeof expired) {
        return MDB_CORRUPTED;
    }
    return memcmp(row.mv_data, &expired, sizeof expired) == 0
               ? mdb_cursor_del(erasing, 0)
               : mdb_cursor_put(erasing, &k2, &state, MDB_CURRENT);
}

static int settle_erased(struct copier *k)
{
    MDB_cursor *erasing;
    MDB_val key, value;
    int rc = mdb_txn_begin(k->c->to, NULL, 0, &k->writer);
    rc = rc == MDB_SUCCESS ? mdb_cursor_open(k->writer, k->c->to_trees[STORE_ERASING], &erasing)
                           : rc;
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    while ((rc = mdb_cursor_get(erasing, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        rc = settle_entry(k, erasing, &key);
        if (rc != MDB_SUCCESS) {
            break;
        }
    }
    mdb_cursor_close(erasing);
    return rc == MDB_NOTFOUND ? commit_copied(k) : rc;
}

static int copy_all(struct store_compaction *c)
{
    struct copier k = {.c = c};
    int rc = mdb_txn_begin(c->from, NULL, MDB_RDONLY, &k.reader);
    for (unsigned tree = 0; tree < STORE_TREES && rc == MDB_SUCCESS; tree++) {
        rc = copy_tree(&k, tree);
    }
    rc = rc == MDB_SUCCESS ? commit_copied(&k) : rc;
    rc = rc == MDB_SUCCESS ? settle_erased(&k) : rc;
    if (k.writer != NULL) {
        mdb_txn_abort(k.writer);
    }
    if (k.reader != NULL) {
        mdb_txn_abort(k.reader);
    }
    return rc;
}

/* A page that was cut short is EIO to LMDB. It was one of the new file, which is given up. */
static int unless_full(const struct sb_store *store, int lmdb_rc)
{
    return lmdb_rc == EIO && store_folder_is_full(store, 0) ? ENOSPC : lmdb_rc;
}

static void *run_copy(void *context)
{
    struct store_compaction *c = context;
    sb_failpoint(SB_FAIL_BEFORE_COMPACT);
    c->rc = unless_full(c->store, copy_all(c));
    sb_failpoint(SB_FAIL_AFTER_COMPACT);
    atomic_store(&c->copied, true);
    return NULL;
}

/* ---- beginning and giving up */

static void end_thread(struct store_compaction *c)
{
    if (c->started) {
        atomic_store(&c->stop, true);
        pthread_join(c->thread, NULL);
        c->started = false;
    }
}

void store_compact_abandon(struct sb_store *store)
{
    struct store_compaction *c = store->compaction;
    if (c == NULL) {
        return;
    }
    end_thread(c);
    if (c->to != NULL) {
        mdb_env_close(c->to);
    }
    clear_folder(c->path);
    free(c->keys);
    free(c);
    store->compaction = NULL;
}

/* What is asked for is there for certain: LMDB maps its lock file, and a page of that which the
 * disk has no room for is not an error but SIGBUS. */
static bool has_room(const struct sb_store *store)
{
    uint64_t file = store_file_bytes(store), free_bytes = 0;
    (void)store_free_bytes(store, UINT64_MAX, &free_bytes);
    uint64_t live = file - (free_bytes < file ? free_bytes : file);
    return store_folder_room(store, 0, UINT64_MAX) >= live + LOCK_BYTES;
}

static int open_new(struct sb_store *store, struct store_compaction *c)
{
    MDB_envinfo info;
    MDB_txn *lmdb;
    clear_folder(c->path);
    if (!has_room(store)) {
        return ENOSPC;
    }
    if (mkdir(c->path, 0700) != 0) {
        return errno;
    }
    mdb_env_info(store->env, &info);
    int rc = store_env_open(&c->to, c->path, 0, info.me_mapsize);
    rc = rc == MDB_SUCCESS ? mdb_txn_begin(c->to, NULL, 0, &lmdb) : rc;
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    rc = store_trees_open(lmdb, 0, true, c->to_trees);
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(lmdb);
        return rc;
    }
    return mdb_txn_commit(lmdb);
}

enum sb_rc sb_store_compact(struct sb_store *store, struct sb_err *err)
{
    assert(store->compaction == NULL && store->txn == NULL && !store->read_only);
    struct store_compaction *c = calloc(1, sizeof *c);
    if (c == NULL || !path_in(c->path, store->path, "compacting")) {
        free(c);
        return sb_err_set(err, SB_E_NOMEM, "store %s: no memory to compact it", store->path);
    }
    store->compaction = c;
    c->store = store;
    c->from = store->env;
    memcpy(c->from_trees, store->trees, sizeof c->from_trees);
    int rc = open_new(store, c);
    if (rc == MDB_SUCCESS) {
        rc = pthread_create(&c->thread, NULL, run_copy, c);
        c->started = rc == 0;
    }
    if (rc != MDB_SUCCESS) {
        rc = unless_full(store, rc);
        store_compact_abandon(store);
        return store_fail(store, rc, err, "begin to compact it");
    }
    return SB_OK;
}

bool sb_store_compacting(const struct sb_store *store)
{
    return store->compaction != NULL;
}

void store_compact_follow(struct sb_store *store, enum store_tree tree, struct sb_bytes key)
{
    struct store_compaction *c = store->compaction;
    size_t n = c->n_keys + 2 + key.n;
    assert(key.n <= UINT8_MAX);
    if (n > KEYS_MAX || c->overflown) {
        c->overflown = true;
        return;
    }
    if (n > c->cap_keys) {
        size_t wider = c->cap_keys == 0 ? 64 * 1024 : 2 * c->cap_keys;
        uint8_t *grown = realloc(c->keys, wider);
        if (grown == NULL) {
            c->overflown = true;
            return;
        }
        c->keys = grown;
        c->cap_keys = wider;
    }
    c->keys[c->n_keys] = (uint8_t)tree;
    c->keys[c->n_keys + 1] = (uint8_t)key.n;
    memcpy(c->keys + c->n_keys + 2, key.p, key.n);
    c->n_keys = n;
}

/* ---- catching up */

/* What stands under this key now is what the new file shall have. */
static int copy_key(struct sb_store *store, MDB_txn *writer, const uint8_t *entry)
{
    struct store_compaction *c = store->compaction;
    unsigned tree = entry[0];
    uint64_t aligned[32]; /* LMDB reads integer keys as integers */
    struct sb_bytes key = {(const uint8_t *)aligned, entry[1]}, value;
    memcpy(aligned, entry + 2, key.n);
    int rc = store_get(store->reader, store->trees[tree], key, &value);
    if (rc == MDB_SUCCESS) {
        return store_put(writer, c->to_trees[tree], key, value, 0);
    }
    if (rc == MDB_NOTFOUND) {
        MDB_val k = {key.n, aligned};
        rc = mdb_del(writer, c->to_trees[tree], &k, NULL);
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int copy_changed(struct sb_store *store, size_t most)
{
    struct store_compaction *c = store->compaction;
    MDB_txn *writer;
    int rc = mdb_txn_begin(c->to, NULL, 0, &writer);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    while (rc == MDB_SUCCESS && c->at < c->n_keys && most-- > 0) {
        rc = copy_key(store, writer, c->keys + c->at);
        c->at += 2 + (size_t)c->keys[c->at + 1];
    }
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(writer);
        return rc;
    }
    return mdb_txn_commit(writer);
}

/* A writer that is faster than the steps would never be caught up with: then all goes at once. */
static int catch_up(struct sb_store *store)
{
    struct store_compaction *c = store->compaction;
    size_t left = c->n_keys - c->at;
    int rc = copy_changed(store, STEP_KEYS);
    bool falls_behind = left > (size_t)STEP_KEYS * 64;
    if (rc == MDB_SUCCESS && falls_behind) {
        rc = copy_changed(store, SIZE_MAX);
    }
    if (rc == MDB_SUCCESS && c->at == c->n_keys) {
        c->at = c->n_keys = 0;
    }
    return rc;
}

/* ---- putting it in place */

static bool move_here(const struct sb_store *store, const char *name)
{
    char from[PATH_MAX], to[PATH_MAX];
    return path_in(from, store->compaction->path, name) && path_in(to, store->path, name) &&
           rename(from, to) == 0;
}

static enum sb_rc put_in_place(struct sb_store *store, struct sb_err *err)
{
    int fd;
    mdb_env_get_fd(store->compaction->to, &fd);
    sb_failpoint(SB_FAIL_BEFORE_COMPACT_RENAME);
    bool moved = fsync(fd) == 0 && move_here(store, "lock.mdb");
    sb_failpoint(SB_FAIL_BETWEEN_COMPACT_RENAMES);
    moved = moved && move_here(store, "data.mdb");
    sb_failpoint(SB_FAIL_AFTER_COMPACT_RENAME);
    if (!moved) {
        return sb_err_set(err, SB_E_IO,
                          "store %s: put its compacted file in place: %s; check the "
                          "disk and who may write there, then start again",
                          store->path, strerror(errno));
    }
    enum sb_rc rc = store_folder_sync(store, err);
    sb_failpoint(SB_FAIL_AFTER_COMPACT_SYNC);
    return rc == SB_OK ? SB_OK : SB_E_IO;
}

/* From here on the handle reads and writes the new file; the old one is nobody's. */
static enum sb_rc take_over(struct sb_store *store, struct sb_err *err)
{
    struct store_compaction *c = store->compaction;
    MDB_envinfo info;
    store_reader_close(store);
    mdb_env_close(store->env);
    store->env = c->to;
    c->to = NULL;
    memcpy(store->trees, c->to_trees, sizeof store->trees);
    mdb_env_info(store->env, &info);
    store->last_txn = info.me_last_txnid;
    store->walked.n = 0;
    close(store->data_fd);
    store->data_fd = -1;
    store_compact_abandon(store);
    enum sb_rc rc = store_folder_remember(store, err);
    if (rc != SB_OK) {
        return SB_E_IO;
    }
    store_hold_reserve(store);
    int opened = store_reader_open(store);
    return opened == MDB_SUCCESS ? SB_OK : store_fail(store, opened, err, "read it");
}

static enum sb_rc give_up(struct sb_store *store, int lmdb_rc, struct sb_err *err)
{
    lmdb_rc = unless_full(store, lmdb_rc);
    store_compact_abandon(store);
    return store_fail(store, lmdb_rc, err, "compact it");
}

enum sb_rc sb_store_compact_step(struct sb_store *store, struct sb_err *err)
{
    struct store_compaction *c = store->compaction;
    assert(c != NULL && store->txn == NULL);
    if (!atomic_load(&c->copied)) {
        return SB_E_AGAIN;
    }
    end_thread(c);
    int rc = c->overflown ? MDB_MAP_FULL : c->rc;
    if (rc != MDB_SUCCESS) {
        return give_up(store, rc, err);
    }
    enum sb_rc refreshed = sb_store_refresh(store, err);
    if (refreshed != SB_OK) {
        return refreshed;
    }
    rc = catch_up(store);
    if (rc != MDB_SUCCESS) {
        return give_up(store, rc, err);
    }
    sb_failpoint(SB_FAIL_AFTER_CATCH_UP);
    if (c->n_keys > 0) {
        return SB_E_AGAIN;
    }
    enum sb_rc moved = put_in_place(store, err);
    return moved == SB_OK ? take_over(store, err) : moved;
}
