/* Room: what must always be written, such as an erasure or a consumer's place, has a reserve, in
 * the map and on the disk. Events and bodies leave it alone. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>

#include "daemon/store/erasing.h"
#include "daemon/store/txn.h"

enum { STEP = 64 * 1024 }; /* the disk is asked for so much more at a time */

static uint64_t reserve_of(uint64_t max)
{
    return max / 4 < STORE_RESERVE ? max / 4 : STORE_RESERVE;
}

/* Blocks for the file up to `end`, which others cannot take then; its length stays as it is. A disk
 * that cannot do that holds nothing back, and is not asked again. */
static bool hold(struct sb_store *store, uint64_t end)
{
    if (end <= store->held) {
        return true;
    }
    if (fallocate(store->data_fd, FALLOC_FL_KEEP_SIZE, (off_t)store->held,
                  (off_t)(end - store->held)) == 0) {
        store->held = end;
    } else if (errno != ENOSPC && errno != EDQUOT && errno != EINTR) {
        store->held = UINT64_MAX;
    }
    return end <= store->held;
}

/* How far the file may grow: to `max`, or to what its disk holds for it where that is less than
 * `end`. */
static uint64_t grow(struct sb_store *store, uint64_t end, uint64_t max)
{
    uint64_t asked = end < max ? end : max, more = asked + STEP < max ? asked + STEP : max;
    return asked <= store->held || hold(store, more) || hold(store, asked) ? max : store->held;
}

/* On a full disk it is what an earlier run has left of it. */
void store_hold_reserve(struct sb_store *store)
{
    MDB_envinfo info;
    mdb_env_info(store->env, &info);
    const uint64_t used = store_file_bytes(store), max = info.me_mapsize;
    uint64_t n = reserve_of(max);
    (void)grow(store, used + n, max);
    while (store->held < used + n && n > STEP) {
        n -= STEP;
        (void)grow(store, used + n, max);
    }
}

/* As of the last refresh: LMDB shows its free pages to readers only. */
static uint64_t free_room(struct sb_store_txn *txn, uint64_t used, uint64_t max)
{
    if (!txn->free_counted) {
        store_txn_note(txn, store_free_bytes(txn->store, UINT64_MAX, &txn->free), "count its room");
        txn->free_counted = true;
    }
    return max > used ? txn->free + (max - used) : txn->free;
}

/* Counting free pages is left until there may be too few. */
bool store_has_room(struct sb_store_txn *txn, uint64_t n)
{
    MDB_envinfo info;
    mdb_env_info(txn->store->env, &info);
    uint64_t used = store_file_bytes(txn->store), max = info.me_mapsize;
    uint64_t wanted = txn->bytes + n + reserve_of(max);
    max = grow(txn->store, used + wanted, max);
    return used + wanted <= max || wanted <= free_room(txn, used, max);
}

/* What the next transaction may take, with the reserve: LMDB gives nobody the pages that the last
 * one freed. */
static uint64_t all_room(struct sb_store *store, uint64_t enough)
{
    MDB_envinfo info;
    uint64_t free_bytes = 0;
    mdb_env_info(store->env, &info);
    uint64_t used = store_file_bytes(store), max = info.me_mapsize;
    uint64_t held = store->held < max && store->held > used ? store->held - used : 0;
    uint64_t room = held + store_folder_room(store, used + held, max);
    if (room < enough) {
        (void)store_free_bytes(store, mdb_txn_id(store->reader), &free_bytes);
    }
    return room + free_bytes;
}

unsigned sb_store_erasures_fit(struct sb_store *store)
{
    enum {
        MANY = 4096,
        BESIDES = 32 * 4096, /* of the paths to what a transaction adds */
        EACH = 8 * 4096      /* of those to what it changes here and there */
    };
    const uint64_t enough = 2 * (BESIDES + (uint64_t)MANY * EACH);
    uint64_t half = all_room(store, enough) / 2;
    uint64_t n = half > BESIDES ? (half - BESIDES) / EACH : 0;
    return n < 1 ? 1 : n < MANY ? (unsigned)n : MANY;
}

void store_take_room(struct sb_store_txn *txn, size_t n)
{
    if (store_txn_failed(txn) || txn->use_reserve) {
        return;
    }
    txn->bytes += n + n / 4; /* with its indexes */
    if (!store_has_room(txn, 0)) {
        store_txn_note(txn, MDB_MAP_FULL, "keep its reserve");
    }
}

/* Bytes of all trees, as they stand in the transaction. */
static uint64_t tree_bytes(struct sb_store_txn *txn)
{
    uint64_t n = 0;
    for (size_t i = 0; i < STORE_TREES && !store_txn_failed(txn); i++) {
        MDB_stat stat = {0};
        store_txn_note(txn, mdb_stat(txn->lmdb, txn->store->trees[i], &stat), "count its pages");
        n += (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) *
             (uint64_t)stat.ms_psize;
    }
    return n;
}

void store_begin_room(struct sb_store_txn *txn)
{
    txn->trees = tree_bytes(txn);
}

void store_keep_reserve(struct sb_store_txn *txn)
{
    if (store_txn_failed(txn) || txn->bytes == 0) {
        return;
    }
    uint64_t now = tree_bytes(txn), grown = now > txn->trees ? now - txn->trees : 0;
    txn->bytes = grown > txn->bytes ? grown : txn->bytes;
    if (!store_txn_failed(txn) && !store_has_room(txn, 0)) {
        store_txn_note(txn, MDB_MAP_FULL, "keep its reserve");
    }
}
