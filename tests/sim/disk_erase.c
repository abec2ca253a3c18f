/* Erasing on a simulated disk: the functions of erasing.h. What is dropped stays in the file, as it
 * does in free pages, until a compaction has been lived through. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_state.h"

enum { COMPACT_STEPS = 4, FIT_LITTLE = 1, FIT_MUCH = 4096 }; /* the latter where nobody fills it */

static int order_of(const struct sb_erased *row, uint16_t origin, const struct sb_uuid *event)
{
    return row->origin != origin ? (row->origin > origin) - (row->origin < origin)
                                 : memcmp(row->event.b, event->b, sizeof event->b);
}

/* The index of the first row that is not before (origin, event). */
static size_t index_of(const struct disk_state *state, uint16_t origin, const struct sb_uuid *event)
{
    size_t low = 0, high = state->n_erased;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (order_of(&state->erased[mid].row, origin, event) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static struct disk_erased *find_row(const struct disk_state *state, uint16_t origin,
                                    const struct sb_uuid *event)
{
    size_t i = index_of(state, origin, event);
    bool found = i < state->n_erased && order_of(&state->erased[i].row, origin, event) == 0;
    return found ? &state->erased[i] : NULL;
}

/* ---- applying */

static void keep_residue(struct disk_state *state, struct disk_blob *blob)
{
    state->residues = disk_grow(state->residues, state->n_residues, &state->cap_residues,
                                sizeof *state->residues);
    state->residues[state->n_residues++] = (struct disk_residue){blob, state->erasings};
}

static bool drop_entry(struct disk_state *state, struct disk_entry *entry, enum sb_body_state to)
{
    bool present = entry->state == SB_BODY_PRESENT;
    if (entry->link.kind == SB_KIND_SYSTEM || entry->state == SB_BODY_WITHHELD ||
        entry->state == SB_BODY_ERASED) {
        return false;
    }
    if (entry->state == SB_BODY_MISSING) {
        disk_find_chain(state, &entry->place)->missing--;
        state->missing--;
    }
    if (present) {
        struct sb_audience audience = {(const struct sb_org *)(const void *)entry->blob->bytes,
                                       entry->blob->n_orgs};
        struct disk_blob *stub = disk_blob_new(&audience, NULL, (struct sb_bytes){0});
        keep_residue(state, entry->blob);
        entry->blob = stub;
    }
    entry->state = to;
    return present;
}

static bool drop_copies(struct disk_state *state, const struct sb_erased *row)
{
    enum sb_body_state to = sb_uuid_is_zero(&row->by) ? SB_BODY_EXPIRED : SB_BODY_ERASED;
    uint64_t offset = *disk_id_slot(state, row->origin, &row->event);
    bool dropped = false;
    while (offset != 0) {
        dropped |= drop_entry(state, &state->log[offset - 1], to);
        offset = state->log[offset - 1].next_same;
    }
    return dropped;
}

static struct disk_erased *insert_row(struct disk_state *state, const struct disk_erased *row)
{
    size_t i = index_of(state, row->row.origin, &row->row.event);
    state->erased =
        disk_grow(state->erased, state->n_erased, &state->cap_erased, sizeof *state->erased);
    memmove(&state->erased[i + 1], &state->erased[i],
            (state->n_erased - i) * sizeof *state->erased);
    state->n_erased++;
    state->erased[i] = *row;
    return &state->erased[i];
}

void disk_apply_erase(struct disk_state *state, const struct disk_op *op)
{
    const struct sb_erased *row = &op->erased->row;
    struct disk_erased *before = find_row(state, row->origin, &row->event);
    bool again = before != NULL && !row->instead &&
                 (!sb_uuid_is_zero(&before->row.by) || sb_uuid_is_zero(&row->by));
    state->erasings++;
    bool dropped = drop_copies(state, row);
    if (again && !dropped) {
        return;
    }
    bool in_files = dropped || (before != NULL && before->row.state == SB_ERASING_IN_FILES);
    if (before == NULL) {
        before = insert_row(state, op->erased);
    } else if (!again) {
        *before = *op->erased;
    }
    before->row.instead = false;
    before->row.state = in_files ? SB_ERASING_IN_FILES : SB_ERASING_GONE;
    before->turn = state->erasings;
}

static struct disk_receipt *find_receipt(const struct disk_state *state, uint16_t origin,
                                         const struct sb_uuid *event, uint16_t by)
{
    for (size_t i = 0; i < state->n_receipts; i++) {
        struct disk_receipt *r = &state->receipts[i];
        if (r->origin == origin && r->by == by && sb_uuid_eq(&r->event, event)) {
            return r;
        }
    }
    return NULL;
}

void disk_apply_erased(struct disk_state *state, const struct disk_op *op)
{
    const struct sb_erased *to = &op->erased->row;
    struct disk_erased *row = find_row(state, to->origin, &to->event);
    bool again = to->state == SB_ERASING_GONE;
    bool due = row != NULL && row->row.state == SB_ERASING_DONE && !sb_uuid_is_zero(&row->row.by) &&
               find_receipt(state, to->origin, &to->event, 0) == NULL;
    if (row != NULL && (!again || due)) {
        row->row.state = to->state;
    }
}

void disk_apply_receipt(struct disk_state *state, const struct disk_op *op)
{
    const struct disk_receipt *r = &op->receipt;
    if (find_receipt(state, r->origin, &r->event, r->by) == NULL) {
        state->receipts = disk_grow(state->receipts, state->n_receipts, &state->cap_receipts,
                                    sizeof *state->receipts);
        state->receipts[state->n_receipts++] = *r;
    }
}

/* ---- reading */

static enum sb_rc not_found(struct sb_err *err)
{
    return sb_err_set(err, SB_E_NOTFOUND, "erasure: the store does not have it");
}

static enum sb_rc give(const struct disk_erased *row, struct sb_erased *out, struct sb_err *err)
{
    if (row == NULL) {
        return not_found(err);
    }
    *out = row->row;
    out->ground.p = (const uint8_t *)row->ground;
    return SB_OK;
}

enum sb_rc sb_store_find_erased(struct sb_store *store, uint16_t origin,
                                const struct sb_uuid *event, struct sb_erased *out,
                                struct sb_err *err)
{
    return give(find_row(store->state, origin, event), out, err);
}

static enum sb_rc next(const struct disk_state *state, uint16_t origin, const struct sb_uuid *event,
                       bool only_erasing, struct sb_erased *out, struct sb_err *err)
{
    for (size_t i = index_of(state, origin, event); i < state->n_erased; i++) {
        const struct disk_erased *row = &state->erased[i];
        if (order_of(&row->row, origin, event) > 0 &&
            !(only_erasing && row->row.state == SB_ERASING_DONE)) {
            return give(row, out, err);
        }
    }
    return not_found(err);
}

enum sb_rc sb_store_next_erased(struct sb_store *store, uint16_t origin,
                                const struct sb_uuid *event, struct sb_erased *out,
                                struct sb_err *err)
{
    return next(store->state, origin, event, false, out, err);
}

enum sb_rc sb_store_next_erasing(struct sb_store *store, uint16_t origin,
                                 const struct sb_uuid *event, struct sb_erased *out,
                                 struct sb_err *err)
{
    return next(store->state, origin, event, true, out, err);
}

uint64_t sb_store_erasing_count(struct sb_store *store)
{
    uint64_t n = 0;
    for (size_t i = 0; i < store->state->n_erased; i++) {
        n += store->state->erased[i].row.state != SB_ERASING_DONE;
    }
    return n;
}

unsigned sb_store_erasures_fit(struct sb_store *store)
{
    return store->disk->capacity != 0 ? FIT_LITTLE : FIT_MUCH;
}

enum sb_rc sb_store_find_receipt(struct sb_store *store, uint16_t origin,
                                 const struct sb_uuid *event, uint16_t by, struct sb_time *out,
                                 struct sb_err *err)
{
    const struct disk_receipt *r = find_receipt(store->state, origin, event, by);
    if (r == NULL) {
        return not_found(err);
    }
    *out = r->time;
    return SB_OK;
}

/* ---- compaction: what dies with the process is not done */

enum sb_rc sb_store_compact(struct sb_store *store, struct sb_err *err)
{
    const struct sb_disk *disk = store->disk;
    assert(store->compact_steps == 0 && store->txn == NULL && !store->read_only);
    if (disk->capacity != 0 && 2 * store->state->bytes > disk->capacity) {
        return sb_err_set(err, SB_E_FULL, "store %s: no room for a second file", disk->path);
    }
    disk_apply_pending(store->state);
    store->compact_steps = COMPACT_STEPS;
    store->compact_before = store->state->erasings;
    return SB_OK;
}

bool sb_store_compacting(const struct sb_store *store)
{
    return store->compact_steps > 0;
}

static void drop_residues(struct disk_state *state, uint64_t upto)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->n_residues; i++) {
        if (state->residues[i].turn <= upto) {
            disk_blob_unref(state->residues[i].blob);
        } else {
            state->residues[kept++] = state->residues[i];
        }
    }
    state->n_residues = kept;
}

enum sb_rc sb_store_compact_step(struct sb_store *store, struct sb_err *err)
{
    struct disk_state *state = store->state;
    assert(store->compact_steps > 0 && store->txn == NULL);
    if (store->state != store->disk->state) {
        return sb_err_set(err, SB_E_CHANGED, "store %s: its files were replaced",
                          store->disk->path);
    }
    if (--store->compact_steps > 0) {
        return SB_E_AGAIN;
    }
    disk_apply_pending(state);
    drop_residues(state, store->compact_before);
    for (size_t i = 0; i < state->n_erased; i++) {
        struct disk_erased *row = &state->erased[i];
        if (row->row.state == SB_ERASING_IN_FILES && row->turn <= store->compact_before) {
            row->row.state = sb_uuid_is_zero(&row->row.by) ? SB_ERASING_DONE : SB_ERASING_GONE;
        }
    }
    return SB_OK;
}
