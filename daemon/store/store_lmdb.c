/* The store on LMDB: opening and closing. It keeps LMDB's defaults of safety: two syncs per commit,
 * no writable map.
 *
 * A tour: store_lmdb.c opens and closes; folder.c makes, locks and watches the files; meta.c says
 * whose store it is, in which format, and numbers the origins; store_read.c and store_walk.c read
 * within one read transaction, store_write.c writes in one transaction per turn; lookup.c finds
 * things for both; consumers.c keeps named cursors; said.c finds what was said about what, the
 * youngest of it by means of young.c; erase.c
 * forgets what was erased, and compact.c replaces the file, so that nothing of it is left; record.c
 * and keys.c are the bytes; verify.c derives everything again.
 *
 * The map is as large as the store may ever become: it costs addresses, not memory, and so never
 * moves under the pointers that reads lend. */
#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/young.h"
#include "proto/failpoint.h"

static const struct {
    const char *name;
    uint32_t since; /* which format */
    unsigned flags;
} TREES[STORE_TREES] = {
    [STORE_META] = {"meta", 1, 0},
    [STORE_ORIGINS] = {"origins", 1, 0},
    [STORE_LOG] = {"log", 1, MDB_INTEGERKEY},
    [STORE_PLACES] = {"places", 1, 0},
    [STORE_IDS] = {"ids", 1, 0},
    [STORE_CHAINS] = {"chains", 1, 0},
    [STORE_CHECKPOINTS] = {"checkpoints", 1, MDB_INTEGERKEY},
    [STORE_MISSING] = {"missing", 1, 0},
    [STORE_ERASED] = {"erased", 2, 0},
    [STORE_ERASING] = {"erasing", 2, 0},
    [STORE_RECEIPTS] = {"receipts", 2, 0},
    [STORE_CONSUMERS] = {"consumers", 2, 0},
    [STORE_SAID] = {"said", 2, 0},
    [STORE_YOUNG] = {"young", 3, MDB_INTEGERKEY},
};

enum sb_rc store_rc(int lmdb_rc)
{
    switch (lmdb_rc) {
    case MDB_SUCCESS: return SB_OK;
    case MDB_NOTFOUND: return SB_E_NOTFOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return SB_E_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE: return SB_E_CORRUPT;
    case ENOMEM: return SB_E_NOMEM;
    }
    return SB_E_IO;
}

static const char *advice(enum sb_rc rc)
{
    if (rc == SB_E_FULL) {
        return "make room on its disk, or raise store.max_size";
    }
    if (rc == SB_E_CORRUPT) {
        return "see what is wrong with `samenbus verify --store`, then `samenbus repair --store`: "
               "what is not sound comes back from the partners";
    }
    return rc == SB_E_NOMEM ? "the machine is out of memory"
                            : "check the disk and who may write there, then start again";
}

enum sb_rc store_fail(const struct sb_store *store, int lmdb_rc, struct sb_err *err,
                      const char *what)
{
    enum sb_rc rc = store_rc(lmdb_rc);
    if (rc == SB_E_NOTFOUND) {
        return sb_err_set(err, rc, "store %s: %s: the store does not have it", store->path, what);
    }
    /* LMDB speaks of pages here; mostly it is we who could not read an entry. */
    const char *why = lmdb_rc == MDB_CORRUPTED ? "it is damaged" : mdb_strerror(lmdb_rc);
    return sb_err_set(err, rc, "store %s: %s: %s; %s", store->path, what, why, advice(rc));
}

/* LMDB met a page that cannot be. Its own end would be an abort; this one is what the daemon makes
 * of a page that cannot be read. */
static void on_assertion(MDB_env *env, const char *text)
{
    (void)env;
    (void)text;
    (void)raise(SIGBUS);
}

int store_env_open(MDB_env **env, const char *path, unsigned flags, uint64_t map_size)
{
    int rc = mdb_env_create(env);
    if (rc == MDB_SUCCESS) {
        (void)mdb_env_set_assert(*env, on_assertion);
        rc = mdb_env_set_maxdbs(*env, STORE_TREES);
    }
    if (rc == MDB_SUCCESS && map_size > 0) {
        rc = mdb_env_set_mapsize(*env, (size_t)map_size);
    }
    return rc == MDB_SUCCESS ? mdb_env_open(*env, path, MDB_NOTLS | MDB_NORDAHEAD | flags, 0600)
                             : rc;
}

static enum sb_rc open_env(struct sb_store *store, uint64_t max_size, struct sb_err *err)
{
    enum { PAGE = 4096 };
    uint64_t map_size = store->read_only ? 0 : (max_size + PAGE - 1) / PAGE * PAGE;
    int dead;
    if (store->read_only && store_folder_data_is_empty(store)) { /* to LMDB: a bad descriptor */
        return sb_err_set(err, SB_E_CORRUPT, "store %s: data.mdb is empty", store->path);
    }
    sb_failpoint(SB_FAIL_BEFORE_STORE_FILE);
    int rc = store_env_open(&store->env, store->path, store->read_only ? MDB_RDONLY : 0, map_size);
    sb_failpoint(SB_FAIL_AFTER_STORE_FILE);
    if (rc == MDB_SUCCESS) {
        rc = mdb_reader_check(store->env, &dead);
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "open it");
}

/* A tree that the format has and that cannot be found is not made anew, empty. */
int store_trees_open(MDB_txn *lmdb, uint32_t format, bool create,
                     unsigned trees[static STORE_TREES])
{
    int rc = MDB_SUCCESS;
    for (size_t i = 0; i < STORE_TREES && rc == MDB_SUCCESS; i++) {
        bool is_new = TREES[i].since > format;
        unsigned flags = TREES[i].flags | (create && is_new ? MDB_CREATE : 0);
        rc = mdb_dbi_open(lmdb, TREES[i].name, flags, &trees[i]);
        if (rc == MDB_NOTFOUND && is_new) {
            trees[i] = 0;
            rc = MDB_SUCCESS;
        } else if (rc == MDB_SUCCESS && trees[i] == 0) {
            rc = MDB_CORRUPTED;
        }
    }
    return rc;
}

/* 0: it does not say. */
static uint32_t format_of(MDB_txn *lmdb)
{
    static const char name[] = "format";
    MDB_val key = {sizeof name - 1, (void *)(uintptr_t)name}, value;
    struct sb_reader r;
    MDB_dbi meta;
    if (mdb_dbi_open(lmdb, TREES[STORE_META].name, 0, &meta) != MDB_SUCCESS ||
        mdb_get(lmdb, meta, &key, &value) != MDB_SUCCESS) {
        return 0;
    }
    sb_reader_init(&r, value.mv_data, value.mv_size);
    return sb_get_u32(&r);
}

/* In one transaction: a store is made whole or not at all. */
static enum sb_rc open_contents(struct sb_store *store, const struct sb_store_options *options,
                                struct sb_err *err)
{
    MDB_txn *lmdb;
    int rc = mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &lmdb);
    if (rc != MDB_SUCCESS) {
        return store_fail(store, rc, err, "open it");
    }
    rc = store_trees_open(lmdb, format_of(lmdb), !store->read_only, store->trees);
    rc = rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    enum sb_rc result = rc == MDB_SUCCESS ? store_meta_open(store, lmdb, options, err)
                                          : store_fail(store, rc, err, "open its trees");
    if (result != SB_OK) {
        mdb_txn_abort(lmdb);
        return result;
    }
    sb_failpoint(SB_FAIL_BEFORE_STORE_TREES);
    rc = mdb_txn_commit(lmdb);
    sb_failpoint(SB_FAIL_AFTER_STORE_TREES);
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "open it");
}

int store_reader_open(struct sb_store *store)
{
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->reader);
    for (size_t i = 0; i < STORE_TREES && rc == MDB_SUCCESS; i++) {
        if (store->trees[i] != 0) {
            rc = mdb_cursor_open(store->reader, store->trees[i], &store->cursors[i]);
        }
    }
    return rc;
}

void store_reader_close(struct sb_store *store)
{
    for (size_t i = 0; i < STORE_TREES; i++) {
        if (store->cursors[i] != NULL) {
            mdb_cursor_close(store->cursors[i]);
            store->cursors[i] = NULL;
        }
    }
    if (store->reader != NULL) {
        mdb_txn_abort(store->reader);
        store->reader = NULL;
    }
}

static enum sb_rc open_reader(struct sb_store *store, struct sb_err *err)
{
    int rc = store_reader_open(store);
    if (rc != MDB_SUCCESS) {
        return store_fail(store, rc, err, "read it");
    }
    if (store->read_only) { /* the daemon beside it may have registered one meanwhile */
        return store_origins_load(store, store->reader, err);
    }
    rc = store_young_load(store);
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "read its index");
}

/* A power cut while LMDB writes its first pages leaves a file that nobody can open. So a store is
 * made beside its place, synced, and then put there by its name. */
static enum sb_rc make_store(struct sb_store *store, const struct sb_store_options *options,
                             struct sb_err *err)
{
    char *path = store->path;
    if (store_folder_has_data(store)) {
        return SB_OK;
    }
    enum sb_rc rc = store_folder_begin_making(store, err);
    if (rc == SB_OK) {
        rc = open_env(store, options->max_size, err);
    }
    if (rc == SB_OK) {
        rc = open_contents(store, options, err);
    }
    if (store->env != NULL) {
        mdb_env_close(store->env);
        store->env = NULL;
    }
    return store_folder_end_making(store, path, rc, err);
}

/* LMDB keeps the memory of the pages that it wrote until the environment is closed: raising the
 * format of a large store would cost a daemon that memory for the rest of its life. */
static enum sb_rc open_raised(struct sb_store *store, const struct sb_store_options *options,
                              struct sb_err *err)
{
    enum sb_rc rc = open_env(store, options->max_size, err);
    rc = rc == SB_OK ? open_contents(store, options, err) : rc;
    if (rc == SB_OK && !store->read_only && store->format < STORE_FORMAT) {
        mdb_env_close(store->env);
        store->env = NULL;
        rc = open_env(store, options->max_size, err);
        rc = rc == SB_OK ? open_contents(store, options, err) : rc;
    }
    return rc;
}

static enum sb_rc open_store(struct sb_store *store, const struct sb_store_options *options,
                             struct sb_err *err)
{
    sb_failpoint(SB_FAIL_BEFORE_STORE_FOLDER);
    enum sb_rc rc = store_folder_prepare(store, err);
    sb_failpoint(SB_FAIL_AFTER_STORE_FOLDER);
    if (rc == SB_OK && !store->read_only) {
        rc = store_folder_lock(store, err);
        if (rc == SB_OK) {
            store_compact_clear(store);
        }
        rc = rc == SB_OK ? make_store(store, options, err) : rc;
    }
    if (rc == SB_OK) {
        rc = open_raised(store, options, err);
    }
    if (rc == SB_OK && !store->read_only) {
        rc = store_folder_sync(store, err);
        sb_failpoint(SB_FAIL_AFTER_STORE_SYNC);
    }
    if (rc == SB_OK) {
        rc = store_folder_remember(store, err);
    }
    if (rc == SB_OK && !store->read_only) {
        store_hold_reserve(store);
    }
    if (rc == SB_OK) {
        MDB_envinfo info;
        mdb_env_info(store->env, &info);
        store->last_txn = info.me_last_txnid;
        rc = open_reader(store, err);
    }
    return rc;
}

enum sb_rc sb_store_open(struct sb_store **out, const struct sb_store_options *options,
                         struct sb_err *err)
{
    struct sb_store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(options->path)) == NULL) {
        free(store);
        return sb_err_set(err, SB_E_NOMEM, "store %s: no memory", options->path);
    }
    store->read_only = options->read_only;
    store->lock_fd = store->data_fd = -1;
    enum sb_rc rc = open_store(store, options, err);
    if (rc != SB_OK) {
        sb_store_close(store);
        return rc;
    }
    *out = store;
    return SB_OK;
}

void sb_store_close(struct sb_store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->txn != NULL) {
        sb_store_abort(store->txn);
    }
    store_compact_abandon(store);
    store_reader_close(store);
    store_young_fini(store);
    if (store->env != NULL) {
        mdb_env_close(store->env);
    }
    store_folder_close(store);
    for (size_t i = 0; i < store->n_origins; i++) {
        free(store->origins[i]);
    }
    free(store->origins);
    free(store->path);
    free(store);
}

struct sb_uuid sb_store_id(const struct sb_store *store)
{
    return store->id;
}
