/* Young entries of the index; see young.h. */
#include "daemon/store/young.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#ifdef SAMENBUS_TEST_BUILD
enum { ROWS = 24, RUN = 8 }; /* so that every test meets all of it */
#else
enum {
    ROWS = 32 * 1024, /* that come before they go; some 3 MB of memory, twice */
    RUN = 512,        /* as many at least go at once */
};
#endif
enum { PACE = 4 /* rows that go for each that comes: they are gone in time */ };

enum state { PRESENT, LEAVING, GONE }; /* LEAVING: erased, and the reader still sees it */

static struct sb_bytes offset_key(const uint64_t *offset)
{
    return (struct sb_bytes){(const uint8_t *)offset, sizeof *offset};
}

/* ---- order */

static int order(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
    int by_bytes = memcmp(a, b, a_n < b_n ? a_n : b_n);
    return by_bytes != 0 ? by_bytes : (a_n > b_n) - (a_n < b_n);
}

bool store_young_before(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
    return order(a, a_n, b, b_n) < 0;
}

static uint64_t head_of(const uint8_t *key)
{
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof head; i++) {
        head = head << 8 | key[i];
    }
    return head;
}

static int order_refs(const void *a, const void *b, void *context)
{
    const struct store_young_ref *x = a, *y = b;
    const struct store_young_row *rows = context, *p = &rows[x->row], *q = &rows[y->row];
    return x->head != y->head ? (x->head > y->head) - (x->head < y->head)
                              : order(p->key, p->key_n, q->key, q->key_n);
}

/* The first ref whose row is not before the key. */
static size_t find_key(const struct store_young_part *part, const uint8_t *key, size_t n)
{
    uint64_t head = head_of(key);
    size_t low = 0, high = part->n_refs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct store_young_ref *r = &part->refs[middle];
        const struct store_young_row *row = &part->rows[r->row];
        bool before =
            r->head != head ? r->head < head : store_young_before(row->key, row->key_n, key, n);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static size_t find_offset(const struct store_young_part *part, uint64_t offset)
{
    size_t low = 0, high = part->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = part->rows[middle].offset < offset;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static const struct store_young_row *next_in(const struct store_young_part *part,
                                             const uint8_t *key, size_t n)
{
    for (size_t i = find_key(part, key, n); i < part->n_refs; i++) {
        const struct store_young_row *row = &part->rows[part->refs[i].row];
        if (row->state != GONE) {
            return row;
        }
    }
    return NULL;
}

const struct store_young_row *store_young_next(const struct sb_store *store, const uint8_t *key,
                                               size_t n)
{
    const struct store_young_row *a = next_in(&store->young.going, key, n);
    const struct store_young_row *b = next_in(&store->young.coming, key, n);
    bool first = b == NULL || (a != NULL && store_young_before(a->key, a->key_n, b->key, b->key_n));
    return first ? a : b;
}

/* ---- coming */

/* The items, where there is room for n; NULL: no memory, and they stay where they are. */
static void *grow(void *items, size_t *cap, size_t n, size_t size)
{
    size_t wanted = *cap == 0 ? 64 : *cap;
    while (wanted < n) {
        wanted *= 2;
    }
    void *grown = wanted == *cap ? items : realloc(items, wanted * size);
    *cap = grown != NULL ? wanted : *cap;
    return grown;
}

/* With room for its place among the others: settling cannot fail. */
static struct store_young_row *add_row(struct store_young *young, struct store_young_part *part)
{
    void *rows = grow(part->rows, &part->cap, part->n + 1, sizeof *part->rows);
    part->rows = rows != NULL ? rows : part->rows;
    void *refs = grow(part->refs, &part->cap_refs, part->n + 1, sizeof *part->refs);
    part->refs = refs != NULL ? refs : part->refs;
    void *fresh = grow(young->fresh, &young->cap_fresh, young->n_fresh + 1, sizeof *young->fresh);
    young->fresh = fresh != NULL ? fresh : young->fresh;
    return rows != NULL && refs != NULL && fresh != NULL ? &part->rows[part->n] : NULL;
}

/* Takes one entry of the young tree's value. ENOMEM, MDB_CORRUPTED, or MDB_SUCCESS. */
static int take_row(struct store_young *young, struct store_young_part *part, uint64_t offset,
                    struct sb_reader *r)
{
    struct store_young_row *row = add_row(young, part);
    struct sb_writer w;
    if (row == NULL) {
        return ENOMEM;
    }
    sb_writer_init(&w, row->key, sizeof row->key);
    sb_get_copy(r, row->key, STORE_SAID_SUBJECT);
    size_t n = row->key[STORE_SAID_SUBJECT - 1];
    if (n > SB_ORG_MAX || row->key[0] > SB_SUBJECT_NOTIFICATION) {
        return MDB_CORRUPTED;
    }
    sb_get_copy(r, row->key + STORE_SAID_SUBJECT, n);
    w.n = STORE_SAID_SUBJECT + n;
    sb_put_u64(&w, offset);
    sb_get_copy(r, row->value, sizeof row->value);
    if (r->failed) {
        return MDB_CORRUPTED;
    }
    row->offset = offset;
    row->state = PRESENT;
    row->key_n = (uint8_t)w.n;
    young->fresh[young->n_fresh++] = (struct store_young_ref){head_of(row->key), (uint32_t)part->n};
    part->n++;
    return MDB_SUCCESS;
}

static int take_rows(struct store_young *young, struct store_young_part *part, uint64_t offset,
                     struct sb_bytes value)
{
    struct sb_reader r;
    int rc = MDB_SUCCESS;
    sb_reader_init(&r, value.p, value.n);
    do {
        rc = take_row(young, part, offset, &r);
    } while (rc == MDB_SUCCESS && !sb_reader_done(&r));
    return rc;
}

void store_young_put(struct sb_store_txn *txn, const struct sb_about *about, size_t n,
                     struct sb_offset offset)
{
    uint8_t bytes[STORE_YOUNG_MAX];
    struct sb_bytes value = {bytes, store_young_write(bytes, about, n)};
    if (store_txn_failed(txn) || value.n == 0) {
        return;
    }
    store_txn_put(txn, STORE_YOUNG, offset_key(&offset.n), value);
    store_txn_note(txn, take_rows(&txn->store->young, &txn->store->young.coming, offset.n, value),
                   "index");
}

/* ---- erased */

static void set_state(struct store_young_part *part, uint64_t offset, enum state from,
                      enum state to)
{
    for (size_t i = find_offset(part, offset); i < part->n && part->rows[i].offset == offset; i++) {
        if (part->rows[i].state == from) {
            part->rows[i].state = (uint8_t)to;
        }
    }
}

static void set_states(struct store_young *young, uint64_t offset, enum state from, enum state to)
{
    set_state(&young->coming, offset, from, to);
    set_state(&young->going, offset, from, to);
}

void store_young_forget(struct sb_store_txn *txn, struct sb_offset offset)
{
    struct store_young *young = &txn->store->young;
    if (store_txn_failed(txn)) {
        return;
    }
    void *leaving =
        grow(young->leaving, &young->cap_leaving, young->n_leaving + 1, sizeof *young->leaving);
    if (leaving == NULL) {
        store_txn_note(txn, ENOMEM, "index");
        return;
    }
    young->leaving = leaving;
    store_txn_del(txn, STORE_YOUNG, offset_key(&offset.n));
    young->leaving[young->n_leaving++] = offset.n;
    set_states(young, offset.n, PRESENT, LEAVING);
}

/* ---- going */

static void put_run(struct sb_store_txn *txn, size_t n)
{
    const struct store_young *young = &txn->store->young;
    const struct store_young_part *part = &young->going;
    for (size_t i = young->moved; i < young->moved + n && !store_txn_failed(txn); i++) {
        const struct store_young_row *row = &part->rows[part->refs[i].row];
        if (row->state == PRESENT) {
            store_txn_put(txn, STORE_SAID, (struct sb_bytes){row->key, row->key_n},
                          (struct sb_bytes){row->value, sizeof row->value});
        }
    }
}

static int clear_tree(struct sb_store_txn *txn, size_t n)
{
    struct store_young *young = &txn->store->young;
    MDB_cursor *tree;
    MDB_val key, value;
    uint64_t offset = 0;
    int rc = mdb_cursor_open(txn->lmdb, txn->store->trees[STORE_YOUNG], &tree);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    while (n > 0 && (rc = mdb_cursor_get(tree, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        memcpy(&offset, key.mv_data, sizeof offset);
        if (offset > young->clear_upto) {
            rc = MDB_NOTFOUND;
            break;
        }
        rc = mdb_cursor_del(tree, 0);
        if (rc != MDB_SUCCESS) {
            break;
        }
        store_txn_changed(txn, STORE_YOUNG, offset_key(&offset));
        n--;
    }
    mdb_cursor_close(tree);
    young->cleared = rc == MDB_NOTFOUND;
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

/* Bytes that a run may take: every page of the index that it touches is written anew. */
static int bytes_of_run(struct sb_store_txn *txn, size_t n, uint64_t *out)
{
    MDB_stat stat;
    int rc = mdb_stat(txn->lmdb, txn->store->trees[STORE_SAID], &stat);
    if (rc == MDB_SUCCESS) {
        size_t pages = stat.ms_leaf_pages + stat.ms_branch_pages;
        *out = (uint64_t)((pages < n ? pages : n) + n / 8 + 8) * stat.ms_psize;
    }
    return rc;
}

void store_young_move(struct sb_store_txn *txn)
{
    struct store_young *young = &txn->store->young;
    size_t owed = young->owed + PACE * (young->coming.n - young->n_durable);
    size_t left = young->going.n_refs - young->moved;
    uint64_t bytes = 0;
    if (store_txn_failed(txn) || owed < RUN || (left == 0 && young->clear_upto == 0)) {
        return;
    }
    size_t n = owed < left ? owed : left;
    store_txn_note(txn, bytes_of_run(txn, n, &bytes), "index");
    if (store_txn_failed(txn) || !store_has_room(txn, bytes)) {
        return; /* they wait where they are */
    }
    txn->bytes += bytes;
    put_run(txn, n);
    if (!store_txn_failed(txn) && young->clear_upto > 0) {
        store_txn_note(txn, clear_tree(txn, owed), "index");
    }
    young->run = n;
    young->paid = true;
}

void store_young_end(struct sb_store *store, bool committed)
{
    struct store_young *young = &store->young;
    if (committed) {
        bool idle = young->going.n_refs == 0 && young->clear_upto == 0;
        size_t came = young->coming.n - young->n_durable;
        young->owed = young->paid || idle ? 0 : young->owed + PACE * came;
        young->moved += young->run;
        young->clear_upto = young->cleared ? 0 : young->clear_upto;
        young->n_durable = young->coming.n;
        young->n_left = young->n_leaving;
    }
    while (young->n_leaving > young->n_left) {
        set_states(young, young->leaving[--young->n_leaving], LEAVING, PRESENT);
    }
    young->n_fresh -= young->coming.n - young->n_durable;
    young->coming.n = young->n_durable;
    young->run = 0;
    young->cleared = young->paid = false;
}

/* ---- what the reader sees */

static void sort_in(struct store_young *young, struct store_young_part *part)
{
    size_t old = part->n_refs, come = young->n_fresh;
    if (come == 0) {
        return;
    }
    qsort_r(young->fresh, come, sizeof *young->fresh, order_refs, part->rows);
    for (size_t to = old + come; come > 0; to--) { /* from the end, in place */
        bool is_old =
            old > 0 && order_refs(&part->refs[old - 1], &young->fresh[come - 1], part->rows) > 0;
        part->refs[to - 1] = is_old ? part->refs[--old] : young->fresh[--come];
    }
    part->n_refs = part->n;
    young->n_fresh = 0;
}

void store_young_settle(struct sb_store *store)
{
    struct store_young *young = &store->young;
    struct store_young_part *going = &young->going;
    if (store->txn != NULL || store->read_only) {
        return;
    }
    while (young->n_leaving > 0) {
        set_states(young, young->leaving[--young->n_leaving], LEAVING, GONE);
    }
    young->n_left = 0;
    sort_in(young, &young->coming);
    if (going->n > 0 && young->moved == going->n_refs) {
        young->clear_upto = going->rows[going->n - 1].offset;
        going->n = going->n_refs = young->moved = 0;
    }
    if (going->n == 0 && young->coming.n >= ROWS) {
        struct store_young_part emptied = *going;
        *going = young->coming;
        young->coming = emptied;
        young->n_durable = 0;
    }
}

int store_young_load(struct sb_store *store)
{
    struct store_young *young = &store->young;
    MDB_val key, value;
    uint64_t offset;
    store_young_clear(store);
    young->loaded = true;
    if (store->cursors[STORE_YOUNG] == NULL) {
        return MDB_SUCCESS; /* an older format, to be read alone */
    }
    int rc = mdb_cursor_get(store->cursors[STORE_YOUNG], &key, &value, MDB_FIRST);
    while (rc == MDB_SUCCESS) {
        memcpy(&offset, key.mv_data, sizeof offset);
        rc = take_rows(young, &young->going, offset,
                       (struct sb_bytes){value.mv_data, value.mv_size});
        if (rc == MDB_CORRUPTED) {
            young->unread = true;
            rc = MDB_SUCCESS;
        }
        if (rc == MDB_SUCCESS) {
            rc = mdb_cursor_get(store->cursors[STORE_YOUNG], &key, &value, MDB_NEXT);
        }
    }
    sort_in(young, &young->going);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

void store_young_clear(struct sb_store *store)
{
    struct store_young *young = &store->young;
    struct store_young_part *parts[] = {&young->coming, &young->going};
    for (size_t i = 0; i < 2; i++) {
        parts[i]->n = parts[i]->n_refs = 0;
    }
    young->n_fresh = young->n_durable = young->moved = young->run = young->owed = 0;
    young->n_leaving = young->n_left = 0;
    young->clear_upto = 0;
    young->cleared = young->paid = young->loaded = young->unread = false;
}

void store_young_fini(struct sb_store *store)
{
    struct store_young *young = &store->young;
    free(young->coming.rows);
    free(young->coming.refs);
    free(young->going.rows);
    free(young->going.refs);
    free(young->fresh);
    free(young->leaving);
}
