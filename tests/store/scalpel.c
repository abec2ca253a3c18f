/* Editing a store's trees behind its back, through LMDB itself. */
#include "tests/store/scalpel.h"

#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct cut {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key, value;
};

static void ok(int rc)
{
    if (rc != MDB_SUCCESS) {
        fail_msg("%s", mdb_strerror(rc));
    }
}

static void begin(struct cut *c, const char *path, const char *tree)
{
    ok(mdb_env_create(&c->env));
    ok(mdb_env_set_maxdbs(c->env, 16));
    ok(mdb_env_open(c->env, path, MDB_NOSYNC, 0600));
    ok(mdb_txn_begin(c->env, NULL, 0, &c->txn));
    ok(mdb_dbi_open(c->txn, tree, 0, &c->dbi));
    ok(mdb_cursor_open(c->txn, c->dbi, &c->cursor));
}

static void seek(struct cut *c, size_t entry)
{
    ok(mdb_cursor_get(c->cursor, &c->key, &c->value, MDB_FIRST));
    for (size_t i = 0; i < entry; i++) {
        ok(mdb_cursor_get(c->cursor, &c->key, &c->value, MDB_NEXT));
    }
}

static void end(struct cut *c)
{
    mdb_cursor_close(c->cursor);
    ok(mdb_txn_commit(c->txn));
    mdb_env_close(c->env);
}

size_t scalpel_count(const char *path, const char *tree)
{
    struct cut c;
    MDB_stat stat;
    begin(&c, path, tree);
    ok(mdb_stat(c.txn, c.dbi, &stat));
    end(&c);
    return stat.ms_entries;
}

size_t scalpel_size(const char *path, const char *tree, size_t entry)
{
    struct cut c;
    begin(&c, path, tree);
    seek(&c, entry);
    size_t n = c.value.mv_size;
    end(&c);
    return n;
}

void scalpel_flip(const char *path, const char *tree, size_t entry, size_t at, uint8_t bits)
{
    struct cut c;
    begin(&c, path, tree);
    seek(&c, entry);
    assert_true(at < c.value.mv_size);
    uint8_t *copy = malloc(c.value.mv_size);
    assert_non_null(copy);
    memcpy(copy, c.value.mv_data, c.value.mv_size);
    copy[at] ^= bits;
    c.value.mv_data = copy;
    ok(mdb_cursor_put(c.cursor, &c.key, &c.value, MDB_CURRENT));
    free(copy);
    end(&c);
}

void scalpel_delete(const char *path, const char *tree, size_t entry)
{
    struct cut c;
    begin(&c, path, tree);
    seek(&c, entry);
    ok(mdb_cursor_del(c.cursor, 0));
    end(&c);
}

void scalpel_put(const char *path, const char *tree, struct sb_bytes key, struct sb_bytes value)
{
    struct cut c;
    begin(&c, path, tree);
    c.key = (MDB_val){key.n, (void *)(uintptr_t)key.p};
    c.value = (MDB_val){value.n, (void *)(uintptr_t)value.p};
    ok(mdb_put(c.txn, c.dbi, &c.key, &c.value, 0));
    end(&c);
}

void scalpel_drop(const char *path, const char *tree)
{
    struct cut c;
    begin(&c, path, tree);
    mdb_cursor_close(c.cursor);
    ok(mdb_drop(c.txn, c.dbi, 1));
    ok(mdb_txn_commit(c.txn));
    mdb_env_close(c.env);
}

bool scalpel_is_without(const char *path, const char *tree)
{
    struct cut c;
    ok(mdb_env_create(&c.env));
    ok(mdb_env_set_maxdbs(c.env, 16));
    ok(mdb_env_open(c.env, path, MDB_RDONLY, 0600));
    ok(mdb_txn_begin(c.env, NULL, MDB_RDONLY, &c.txn));
    int rc = mdb_dbi_open(c.txn, tree, 0, &c.dbi);
    mdb_txn_abort(c.txn);
    mdb_env_close(c.env);
    return rc == MDB_NOTFOUND;
}
