/* Reading: lookups by id, place and hash, the chains, the account. Everything happens in the one
 * read transaction of the handle; walking along the log is in store_walk.c. */
#include <assert.h>
#include <lmdb.h>
#include <string.h>

#include "daemon/store/young.h"

static MDB_val value_of(const void *p, size_t n)
{
    return (MDB_val){n, (void *)(uintptr_t)p};
}

enum sb_rc sb_store_refresh(struct sb_store *store, struct sb_err *err)
{
    mdb_txn_reset(store->reader);
    int rc = mdb_txn_renew(store->reader);
    if (rc == MDB_MAP_RESIZED && store->read_only) {
        /* The daemon beside us was given a larger max_size. */
        rc = mdb_env_set_mapsize(store->env, 0);
        rc = rc == MDB_SUCCESS ? mdb_txn_renew(store->reader) : rc;
    }
    for (size_t i = 0; i < STORE_TREES && rc == MDB_SUCCESS; i++) {
        if (store->cursors[i] != NULL) {
            rc = mdb_cursor_renew(store->reader, store->cursors[i]);
        }
    }
    store->walked.n = 0;
    if (rc != MDB_SUCCESS) {
        return store_fail(store, rc, err, "read it");
    }
    if (store->read_only) {
        store_young_clear(store);
        return store_origins_load(store, store->reader, err);
    }
    store_young_settle(store);
    return store->young.unread ? store_fail(store, MDB_CORRUPTED, err, "read its index") : SB_OK;
}

void sb_store_offsets(struct sb_store *store, struct sb_offset *last,
                      struct sb_offset by_class[static SB_CLASS_COUNT])
{
    struct store_account account;
    if (store_get_account(store, store->reader, &account) != MDB_SUCCESS ||
        store_last_offset(store, store->reader, &last->n) != MDB_SUCCESS) {
        account = (struct store_account){0};
        last->n = 0;
    }
    memcpy(by_class, account.by_class, sizeof account.by_class);
}

/* Reads the row that the cursor of the chains stands at; the account is passed over. */
static int read_row(const MDB_val *key, const MDB_val *value, struct sb_chain_row *row,
                    bool *is_row)
{
    *is_row = key->mv_size != STORE_CHAIN_KEY ||
              memcmp(key->mv_data, STORE_ACCOUNT_KEY, STORE_CHAIN_KEY) != 0;
    if (!*is_row) {
        return MDB_SUCCESS;
    }
    return store_row_read(row, (struct sb_bytes){key->mv_data, key->mv_size},
                          (struct sb_bytes){value->mv_data, value->mv_size})
               ? MDB_SUCCESS
               : MDB_CORRUPTED;
}

enum sb_rc sb_store_chains(struct sb_store *store,
                           bool (*each)(void *context, const struct sb_chain_row *row),
                           void *context, struct sb_err *err)
{
    MDB_cursor *cursor = store->cursors[STORE_CHAINS];
    MDB_val key, value;
    struct sb_chain_row row;
    bool is_row, more = true;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    while (rc == MDB_SUCCESS && more) {
        rc = read_row(&key, &value, &row, &is_row);
        if (rc == MDB_SUCCESS && is_row) {
            more = each(context, &row);
            MDB_val here = key; /* whatever was read meanwhile may have moved the cursor */
            rc = mdb_cursor_get(cursor, &here, &value, MDB_SET_RANGE);
        }
        if (rc == MDB_SUCCESS) {
            rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    return rc == MDB_SUCCESS || rc == MDB_NOTFOUND ? SB_OK
                                                   : store_fail(store, rc, err, "read its chains");
}

/* ---- records */

int store_fill_record(const struct sb_store *store, uint64_t offset, struct sb_bytes value,
                      struct sb_record *out)
{
    if (!store_event_read(out, value) || out->origin >= store->n_origins) {
        return MDB_CORRUPTED;
    }
    out->offset.n = offset;
    out->item.link.partnership = store->partnership;
    out->item.link.origin = *store->origins[out->origin];
    return MDB_SUCCESS;
}

static int read_event_at(const struct sb_store *store, uint64_t offset, struct sb_record *out)
{
    struct sb_bytes value;
    int rc = store_get_entry(store, store->reader, offset, &value);
    return rc == MDB_SUCCESS ? store_fill_record(store, offset, value, out) : rc;
}

enum sb_rc sb_store_find_id(struct sb_store *store, uint16_t origin, const struct sb_uuid *id,
                            unsigned nth, struct sb_record *out, struct sb_err *err)
{
    uint8_t key[STORE_ID_KEY];
    struct sb_bytes value;
    if (nth > UINT16_MAX) {
        return store_fail(store, MDB_NOTFOUND, err, "find an id");
    }
    store_key_id(key, origin, id, (uint16_t)nth);
    int rc = store_get(store->reader, store->trees[STORE_IDS], (struct sb_bytes){key, sizeof key},
                       &value);
    uint64_t offset;
    if (rc == MDB_SUCCESS && value.n != sizeof offset) {
        rc = MDB_CORRUPTED;
    }
    if (rc == MDB_SUCCESS) {
        memcpy(&offset, value.p, sizeof offset);
        rc = read_event_at(store, offset, out);
        rc = rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find an id");
}

/* Keys are in order: the second content of an id stands right behind the first, and the search
 * never ends between them. */
enum sb_rc sb_store_next_double(struct sb_store *store, uint16_t *origin, struct sb_uuid *id,
                                size_t *budget, struct sb_err *err)
{
    uint8_t behind[STORE_ID_KEY];
    store_key_id(behind, *origin, id, UINT16_MAX);
    MDB_val key = {sizeof behind, behind}, value;
    int rc = mdb_cursor_get(store->cursors[STORE_IDS], &key, &value, MDB_SET_RANGE);
    for (; rc == MDB_SUCCESS;
         rc = mdb_cursor_get(store->cursors[STORE_IDS], &key, &value, MDB_NEXT)) {
        if (key.mv_size != STORE_ID_KEY) {
            return store_fail(store, MDB_CORRUPTED, err, "find ids with two contents");
        }
        const uint8_t *nth = (const uint8_t *)key.mv_data + STORE_ID_KEY - 2;
        bool first = nth[0] == 0 && nth[1] == 0;
        if (first && *budget == 0) {
            return SB_OK;
        }
        *budget -= first;
        store_key_id_read(origin, id, key.mv_data);
        if (!first) {
            *budget += *budget == 0;
            return SB_OK;
        }
    }
    return store_fail(store, rc, err, "find ids with two contents");
}

static int read_event_of(struct sb_store *store, const struct sb_place *place,
                         struct sb_record *out)
{
    uint64_t offset;
    struct sb_bytes value;
    int rc = store_find_place(store, store->reader, store->cursors[STORE_PLACES], place, &offset,
                              &value);
    return rc == MDB_SUCCESS ? store_fill_record(store, offset, value, out) : rc;
}

enum sb_rc sb_store_at(struct sb_store *store, const struct sb_place *place, struct sb_record *out,
                       struct sb_err *err)
{
    int rc = read_event_of(store, place, out);
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "read an event");
}

/* Moves to the next branch of the epoch that stands at or after `place`; sets place->branch. */
static int next_branch(struct sb_store *store, struct sb_place *place, MDB_cursor_op op)
{
    uint8_t sought[STORE_PLACE_KEY];
    store_key_place(sought, place);
    MDB_val key = value_of(sought, STORE_CHAIN_KEY), value;
    int rc = mdb_cursor_get(store->cursors[STORE_CHAINS], &key, &value, op);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    if (key.mv_size != STORE_CHAIN_KEY || memcmp(key.mv_data, sought, STORE_EPOCH_KEY) != 0) {
        return MDB_NOTFOUND;
    }
    const uint8_t *branch = (const uint8_t *)key.mv_data + STORE_EPOCH_KEY;
    place->branch = (uint16_t)((branch[0] << 8) | branch[1]);
    return MDB_SUCCESS;
}

enum sb_rc sb_store_find_link(struct sb_store *store, uint16_t origin, struct sb_epoch epoch,
                              struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch,
                              struct sb_err *err)
{
    struct sb_place place = {.origin = origin, .epoch = epoch, .seq = seq};
    struct sb_record record;
    int rc = next_branch(store, &place, MDB_SET_RANGE);
    while (rc == MDB_SUCCESS) {
        rc = read_event_of(store, &place, &record);
        if (rc == MDB_SUCCESS) {
            struct sb_hash found = sb_link_hash(&record.item.link);
            if (sb_hash_eq(&found, hash)) {
                *branch = place.branch;
                return SB_OK;
            }
        }
        rc = rc == MDB_SUCCESS || rc == MDB_NOTFOUND ? next_branch(store, &place, MDB_NEXT) : rc;
    }
    return store_fail(store, rc, err, "find a link");
}

/* ---- checkpoints and missing bodies */

/* Is the event at this offset of the same chain? */
static int on_chain(const struct sb_store *store, uint64_t offset, const struct sb_place *chain,
                    bool *same)
{
    struct sb_bytes value;
    struct sb_place there;
    int rc = store_get_entry(store, store->reader, offset, &value);
    if (rc != MDB_SUCCESS || !store_event_place(&there, value)) {
        return rc == MDB_SUCCESS || rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    }
    *same = there.origin == chain->origin && there.branch == chain->branch &&
            sb_epoch_eq(there.epoch, chain->epoch);
    return MDB_SUCCESS;
}

/* Links are stored with the checkpoint that covers them in one transaction, so it stands in the
 * next few of the tree: those of other chains in the same turn are passed over. */
enum sb_rc sb_store_checkpoint(struct sb_store *store, const struct sb_place *place,
                               struct sb_checkpoint *out, struct sb_err *err)
{
    uint64_t offset;
    struct sb_bytes event;
    int rc = store_find_place(store, store->reader, store->cursors[STORE_PLACES], place, &offset,
                              &event);
    MDB_cursor *cursor = store->cursors[STORE_CHECKPOINTS];
    MDB_val key = value_of(&offset, sizeof offset), value;
    MDB_cursor_op op = MDB_SET_RANGE;
    bool same = false;
    while (rc == MDB_SUCCESS && !same) {
        rc = mdb_cursor_get(cursor, &key, &value, op);
        if (rc == MDB_SUCCESS) {
            memcpy(&offset, key.mv_data, sizeof offset);
            rc = on_chain(store, offset, place, &same);
        }
        op = MDB_NEXT;
    }
    if (rc == MDB_SUCCESS && !sb_checkpoint_decode(out, value.mv_data, value.mv_size)) {
        rc = MDB_CORRUPTED;
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find a checkpoint");
}

enum sb_rc sb_store_next_missing(struct sb_store *store, const struct sb_place *place,
                                 struct sb_seq *out, struct sb_err *err)
{
    uint8_t sought[STORE_PLACE_KEY];
    store_key_place(sought, place);
    MDB_val key = value_of(sought, sizeof sought), value;
    int rc = mdb_cursor_get(store->cursors[STORE_MISSING], &key, &value, MDB_SET_RANGE);
    if (rc == MDB_SUCCESS &&
        (key.mv_size != STORE_PLACE_KEY || memcmp(key.mv_data, sought, STORE_CHAIN_KEY) != 0)) {
        rc = MDB_NOTFOUND;
    }
    if (rc == MDB_SUCCESS) {
        struct sb_place found;
        store_key_place_read(&found, key.mv_data);
        *out = found.seq;
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find a missing body");
}

uint64_t sb_store_missing_count(struct sb_store *store)
{
    MDB_stat stat;
    int rc = mdb_stat(store->reader, store->trees[STORE_MISSING], &stat);
    return rc == MDB_SUCCESS ? stat.ms_entries : 0;
}

void sb_store_usage(struct sb_store *store, struct sb_store_usage *out)
{
    struct store_account account;
    MDB_envinfo info;
    uint64_t free_bytes = 0;
    *out = (struct sb_store_usage){0};
    if (store_get_account(store, store->reader, &account) == MDB_SUCCESS &&
        store_free_bytes(store, UINT64_MAX, &free_bytes) == MDB_SUCCESS) {
        mdb_env_info(store->env, &info);
        out->events = account.events;
        out->map_bytes = store_file_bytes(store);
        out->bytes = out->map_bytes - (free_bytes < out->map_bytes ? free_bytes : 0);
        out->max_bytes = info.me_mapsize;
        out->room = store_folder_room(store, out->map_bytes, info.me_mapsize) + free_bytes;
    }
}
