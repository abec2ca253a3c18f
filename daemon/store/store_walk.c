/* Walking along the log in the order of commits: what streams are made of. */
#include <lmdb.h>
#include <string.h>

#include "daemon/store/handle.h"

/* The first entry at or after `from`; a step where the cursor stands right before it already. */
static int walk_to(struct sb_store *store, uint64_t from, uint64_t *at, struct sb_bytes *entry)
{
    bool is_step = store->walked.n != 0 && store->walked.n + 1 == from;
    MDB_val key = {sizeof from, &from}, value;
    store->walked.n = 0;
    int rc =
        mdb_cursor_get(store->cursors[STORE_LOG], &key, &value, is_step ? MDB_NEXT : MDB_SET_RANGE);
    if (rc == MDB_SUCCESS) {
        memcpy(at, key.mv_data, sizeof *at);
        *entry = (struct sb_bytes){value.mv_data, value.mv_size};
        store->walked.n = *at;
    }
    return rc;
}

enum sb_rc sb_store_next(struct sb_store *store, struct sb_offset from, struct sb_offset *at,
                         bool *released, struct sb_record *out, struct sb_err *err)
{
    struct sb_bytes entry;
    struct sb_offset of;
    int rc = walk_to(store, from.n, &at->n, &entry);
    if (rc == MDB_SUCCESS) {
        *released = store_release_read(&of, entry);
        if (*released) {
            rc = store_get_entry(store, store->reader, of.n, &entry);
            rc = rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
        } else {
            of = *at;
        }
    }
    if (rc == MDB_SUCCESS) {
        rc = store_fill_record(store, of.n, entry, out);
    }
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "read the log");
}

/* The first event at or after `from`: releases have no time of their own. */
static int next_time(struct sb_store *store, uint64_t from, uint64_t *at, struct sb_time *time)
{
    struct sb_bytes entry;
    int rc = walk_to(store, from, at, &entry);
    while (rc == MDB_SUCCESS && !store_event_committed(time, entry)) {
        rc = walk_to(store, *at + 1, at, &entry);
    }
    return rc;
}

/* By halves, since times grow along the log. Where the clock was set back they do not: then this
 * is one of the offsets where the times pass `since`. */
enum sb_rc sb_store_since(struct sb_store *store, struct sb_time since, struct sb_offset *out,
                          struct sb_err *err)
{
    uint64_t last, low = 1;
    int rc = store_last_offset(store, store->reader, &last);
    uint64_t high = last + 1;
    while (rc == MDB_SUCCESS && low < high) {
        uint64_t mid = low + (high - low) / 2, at = 0;
        struct sb_time time;
        rc = next_time(store, mid, &at, &time);
        if (rc == MDB_NOTFOUND || (rc == MDB_SUCCESS && at >= high)) {
            high = mid; /* only releases from here to `high` */
            rc = MDB_SUCCESS;
        } else if (rc == MDB_SUCCESS && time.ms < since.ms) {
            low = at + 1;
        } else {
            high = mid;
        }
    }
    out->n = low;
    return rc == MDB_SUCCESS ? SB_OK : store_fail(store, rc, err, "find a time");
}
