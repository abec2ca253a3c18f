/* What a store says of itself, and the numbers of its origins. The format is raised here: a change
 * of any layout in keys.c, record.c or handle.h takes the next STORE_FORMAT and a step that turns
 * the format before into it at open, in one transaction. */
#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/txn.h"
#include "proto/failpoint.h"

static struct sb_bytes name_key(const char *name)
{
    return (struct sb_bytes){(const uint8_t *)name, strlen(name)};
}

/* A value of exactly n bytes. */
static int get_exact(struct sb_store *store, MDB_txn *lmdb, const char *name, void *out, size_t n)
{
    struct sb_bytes value;
    int rc = store_get(lmdb, store->trees[STORE_META], name_key(name), &value);
    if (rc == MDB_SUCCESS && value.n != n) {
        return MDB_CORRUPTED;
    }
    if (rc == MDB_SUCCESS) {
        memcpy(out, value.p, n);
    }
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

static int put_origin(struct sb_store *store, MDB_txn *lmdb, uint16_t number,
                      const struct sb_org *org)
{
    uint8_t key[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    struct sb_bytes value = {(const uint8_t *)org->s, sb_org_len(org)};
    return store_put(lmdb, store->trees[STORE_ORIGINS], (struct sb_bytes){key, sizeof key}, value,
                     MDB_NOOVERWRITE);
}

static int put_format(struct sb_store *store, MDB_txn *lmdb, unsigned flags)
{
    uint8_t format[4];
    struct sb_writer w;
    sb_writer_init(&w, format, sizeof format);
    sb_put_u32(&w, STORE_FORMAT);
    return store_put(lmdb, store->trees[STORE_META], name_key("format"),
                     (struct sb_bytes){format, sizeof format}, flags);
}

/* What each format added, in the transaction that opens the store. 2: the tree of consumers, which
 * is empty and was made when the trees were opened, and the index of what was said, which needs
 * the origins; and what Erasures say, which a daemon of format 1 kept and did not act on. 3: the
 * tree of that index's youngest entries, which is empty as well. */
static enum sb_rc raise_format(struct sb_store *store, MDB_txn *lmdb, struct sb_err *err)
{
    uint64_t entries;
    if (store->format == STORE_FORMAT || store->read_only) {
        return SB_OK;
    }
    bool before_2 = store->format < 2;
    int rc = before_2 ? store_said_fill(store, lmdb, NULL, NULL, &entries) : MDB_SUCCESS;
    if (rc == MDB_SUCCESS && before_2) {
        enum sb_rc filled = store_erased_fill(store, lmdb, err);
        if (filled != SB_OK) {
            return filled;
        }
    }
    rc = rc == MDB_SUCCESS ? put_format(store, lmdb, 0) : rc;
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "raise its format");
}

static enum sb_rc format_store(struct sb_store *store, MDB_txn *lmdb,
                               const struct sb_store_options *options, struct sb_err *err)
{
    struct sb_uuid id;
    sb_random_bytes(id.b, sizeof id.b);
    const struct {
        const char *name;
        struct sb_bytes value;
    } values[] = {
        {"store_id", {id.b, sizeof id.b}},
        {"partnership", {options->partnership.b, sizeof options->partnership.b}},
    };
    int rc = put_format(store, lmdb, MDB_NOOVERWRITE);
    for (size_t i = 0; i < sizeof values / sizeof *values && rc == MDB_SUCCESS; i++) {
        rc = store_put(lmdb, store->trees[STORE_META], name_key(values[i].name), values[i].value,
                       MDB_NOOVERWRITE);
    }
    if (rc == MDB_SUCCESS) {
        rc = put_origin(store, lmdb, 0, &options->organisation);
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "make it");
}

static enum sb_rc check_format(struct sb_store *store, struct sb_bytes value, struct sb_err *err)
{
    struct sb_reader r;
    sb_reader_init(&r, value.p, value.n);
    uint32_t format = sb_get_u32(&r);
    if (!sb_reader_done(&r) || format == 0) {
        return store_fail(store, MDB_CORRUPTED, err, "read its format");
    }
    if (format > STORE_FORMAT) {
        return sb_err_set(err, SB_E_VERSION,
                          "store %s: written by a newer samenbus (format %u); this build reads up "
                          "to %d: install the newer version",
                          store->path, format, STORE_FORMAT);
    }
    store->format = format;
    return SB_OK;
}

static enum sb_rc check_owner(struct sb_store *store, MDB_txn *lmdb,
                              const struct sb_store_options *options, struct sb_err *err)
{
    int rc = get_exact(store, lmdb, "store_id", store->id.b, sizeof store->id.b);
    if (rc == MDB_SUCCESS) {
        rc = get_exact(store, lmdb, "partnership", store->partnership.b,
                       sizeof store->partnership.b);
    }
    if (rc != MDB_SUCCESS) {
        return store_fail(store, rc, err, "read what it says of itself");
    }
    /* A reader that names no partnership takes the store as it is. */
    if (store->read_only && sb_hash_is_zero(&options->partnership)) {
        return SB_OK;
    }
    if (!sb_hash_eq(&store->partnership, &options->partnership)) {
        return sb_err_set(err, SB_E_CONFIG,
                          "store %s: belongs to another partnership; give every partnership a "
                          "daemon and a store of its own",
                          store->path);
    }
    if (!sb_org_eq(store->origins[0], &options->organisation)) {
        return sb_err_set(err, SB_E_CONFIG,
                          "store %s: belongs to %s, not to %s; give every organisation a store of "
                          "its own",
                          store->path, store->origins[0]->s, options->organisation.s);
    }
    return SB_OK;
}

enum sb_rc store_meta_open(struct sb_store *store, MDB_txn *lmdb,
                           const struct sb_store_options *options, struct sb_err *err)
{
    struct sb_bytes format;
    int found = store_get(lmdb, store->trees[STORE_META], name_key("format"), &format);
    enum sb_rc rc = SB_OK;
    if (found == MDB_NOTFOUND && !store->read_only) {
        store->format = STORE_FORMAT;
        rc = format_store(store, lmdb, options, err);
    } else if (found != MDB_SUCCESS) {
        rc = store_fail(store, found == MDB_NOTFOUND ? MDB_INVALID : found, err, "read its format");
    } else {
        rc = check_format(store, format, err);
    }
    if (rc == SB_OK) {
        rc = store_origins_load(store, lmdb, err);
    }
    if (rc == SB_OK) {
        rc = check_owner(store, lmdb, options, err);
    }
    return rc == SB_OK ? raise_format(store, lmdb, err) : rc;
}

/* ---- origins */

static bool add_origin(struct sb_store *store, const struct sb_org *org)
{
    struct sb_org **grown =
        realloc(store->origins, (store->n_origins + 1) * sizeof *store->origins);
    struct sb_org *copy = malloc(sizeof *copy);
    if (grown != NULL) {
        store->origins = grown;
    }
    if (grown == NULL || copy == NULL) {
        free(copy);
        return false;
    }
    *copy = *org;
    store->origins[store->n_origins++] = copy;
    return true;
}

enum sb_rc store_origins_load(struct sb_store *store, MDB_txn *lmdb, struct sb_err *err)
{
    int rc = MDB_SUCCESS;
    for (size_t number = store->n_origins; rc == MDB_SUCCESS; number++) {
        uint8_t key[2] = {(uint8_t)(number >> 8), (uint8_t)number};
        struct sb_bytes text;
        struct sb_org org;
        rc =
            store_get(lmdb, store->trees[STORE_ORIGINS], (struct sb_bytes){key, sizeof key}, &text);
        if (rc == MDB_SUCCESS && !sb_org_parse(&org, (const char *)text.p, text.n)) {
            rc = MDB_CORRUPTED;
        }
        if (rc == MDB_SUCCESS && !add_origin(store, &org)) {
            rc = ENOMEM;
        }
    }
    bool complete = rc == MDB_NOTFOUND && store->n_origins > 0;
    return complete ? SB_OK
                    : store_fail(store, rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc, err,
                                 "read its origins");
}

static bool find_origin(const struct sb_store *store, const struct sb_org *org, uint16_t *number)
{
    for (size_t i = 0; i < store->n_origins; i++) {
        if (sb_org_eq(store->origins[i], org)) {
            *number = (uint16_t)i;
            return true;
        }
    }
    return false;
}

enum sb_rc sb_store_register(struct sb_store *store, const struct sb_org *org, uint16_t *number,
                             struct sb_err *err)
{
    if (find_origin(store, org, number)) {
        return SB_OK;
    }
    if (store->read_only || store->n_origins > UINT16_MAX) {
        return sb_err_set(err, store->read_only ? SB_E_NOTFOUND : SB_E_FULL,
                          "store %s: has no number for %s", store->path, org->s);
    }
    struct sb_store_txn *txn;
    enum sb_rc rc = sb_store_begin(store, &txn, err);
    if (rc != SB_OK) {
        return rc;
    }
    if (txn->err.rc == SB_OK) {
        int put = put_origin(store, txn->lmdb, (uint16_t)store->n_origins, org);
        if (put != MDB_SUCCESS) {
            store_fail(store, put, &txn->err, "register an origin");
        }
        const uint8_t key[2] = {(uint8_t)(store->n_origins >> 8), (uint8_t)store->n_origins};
        store_txn_changed(txn, STORE_ORIGINS, (struct sb_bytes){key, sizeof key});
    }
    sb_failpoint(SB_FAIL_BEFORE_ORIGIN);
    rc = sb_store_commit(txn, err);
    sb_failpoint(SB_FAIL_AFTER_ORIGIN);
    if (rc == SB_OK && !add_origin(store, org)) {
        return sb_err_set(err, SB_E_NOMEM, "store %s: no memory", store->path);
    }
    if (rc == SB_OK) {
        *number = (uint16_t)(store->n_origins - 1);
    }
    return rc;
}

size_t sb_store_origins(const struct sb_store *store)
{
    return store->n_origins;
}

const struct sb_org *sb_store_origin(const struct sb_store *store, uint16_t number)
{
    assert(number < store->n_origins);
    return store->origins[number];
}
