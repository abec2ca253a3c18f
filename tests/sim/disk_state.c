/* What is on a simulated disk, and how operations change it. Knows nothing of stores, transactions
 * or faults. */
#include "tests/sim/disk_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *disk_grow(void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return items;
    }
    *cap = *cap == 0 ? 16 : *cap * 2;
    void *grown = realloc(items, *cap * size);
    assert(grown != NULL);
    return grown;
}

/* ---- blobs */

struct disk_blob *disk_blob_new(const struct sb_audience *audience, const struct sb_salt *salt,
                                struct sb_bytes body)
{
    size_t orgs_size = audience->n * sizeof(struct sb_org);
    struct disk_blob *blob = calloc(1, sizeof *blob + orgs_size + body.n);
    assert(blob != NULL);
    blob->refs = 1;
    blob->n_orgs = audience->n;
    if (audience->n > 0) {
        memcpy(blob->bytes, audience->orgs, orgs_size);
    }
    if (salt != NULL) {
        blob->has_body = true;
        blob->salt = *salt;
        blob->body_len = body.n;
        if (body.n > 0) {
            memcpy(blob->bytes + orgs_size, body.p, body.n);
        }
    }
    return blob;
}

void disk_blob_unref(struct disk_blob *blob)
{
    if (blob != NULL && --blob->refs == 0) {
        free(blob);
    }
}

struct sb_bytes disk_blob_body(const struct disk_blob *blob)
{
    return (struct sb_bytes){blob->bytes + blob->n_orgs * sizeof(struct sb_org), blob->body_len};
}

/* ---- operations */

struct disk_op *disk_ops_add(struct disk_ops *ops, enum disk_op_kind kind)
{
    ops->items = disk_grow(ops->items, ops->n, &ops->cap, sizeof *ops->items);
    struct disk_op *op = &ops->items[ops->n++];
    *op = (struct disk_op){.kind = kind};
    return op;
}

static void op_fini(struct disk_op *op)
{
    free(op->row);
    free(op->consumer);
    disk_blob_unref(op->blob);
    disk_blob_unref(op->entry.blob);
    free(op->erased);
}

void disk_ops_fini(struct disk_ops *ops)
{
    for (size_t i = 0; i < ops->n; i++) {
        op_fini(&ops->items[i]);
    }
    free(ops->items);
    *ops = (struct disk_ops){0};
}

static uint64_t blob_bytes(const struct disk_blob *blob)
{
    return blob == NULL ? 0
                        : sizeof blob->salt + blob->n_orgs * sizeof(struct sb_org) + blob->body_len;
}

uint64_t disk_op_bytes(const struct disk_op *op)
{
    switch (op->kind) {
    case DISK_EVENT: return 200 + blob_bytes(op->entry.blob);
    case DISK_RELEASE: return 32;
    case DISK_ROW: return 0; /* rewritten in place */
    case DISK_CHECKPOINT: return 130;
    case DISK_BODY: return blob_bytes(op->blob);
    case DISK_CONSUMER: return 0; /* of the reserve */
    case DISK_ERASE:
    case DISK_ERASED:
    case DISK_RECEIPT: return 0; /* from the reserve */
    }
    return 0;
}

/* ---- finding */

static int place_cmp(const struct sb_place *a, const struct sb_place *b)
{
    if (a->origin != b->origin) {
        return a->origin < b->origin ? -1 : 1;
    }
    int by_epoch = sb_epoch_cmp(a->epoch, b->epoch);
    return by_epoch != 0 ? by_epoch : (a->branch > b->branch) - (a->branch < b->branch);
}

/* The index of the first chain that is not before `place`. */
static size_t chain_index(const struct disk_state *state, const struct sb_place *place)
{
    size_t low = 0, high = state->n_chains;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (place_cmp(&state->chains[mid]->place, place) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

struct disk_chain *disk_find_chain(const struct disk_state *state, const struct sb_place *place)
{
    size_t i = chain_index(state, place);
    bool found = i < state->n_chains && place_cmp(&state->chains[i]->place, place) == 0;
    return found ? state->chains[i] : NULL;
}

static struct disk_chain *make_chain(struct disk_state *state, const struct sb_place *place)
{
    struct disk_chain *chain = disk_find_chain(state, place);
    if (chain != NULL) {
        return chain;
    }
    size_t i = chain_index(state, place);
    state->chains =
        disk_grow(state->chains, state->n_chains, &state->cap_chains, sizeof(struct disk_chain *));
    memmove(&state->chains[i + 1], &state->chains[i],
            (state->n_chains - i) * sizeof(struct disk_chain *));
    chain = calloc(1, sizeof *chain);
    assert(chain != NULL);
    chain->place = *place;
    state->chains[i] = chain;
    state->n_chains++;
    return chain;
}

struct disk_entry *disk_find_entry(const struct disk_state *state, const struct sb_place *place)
{
    const struct disk_chain *chain = disk_find_chain(state, place);
    if (chain == NULL || place->seq.n < chain->place.seq.n ||
        place->seq.n - chain->place.seq.n >= chain->n_offsets) {
        return NULL;
    }
    return &state->log[chain->offsets[place->seq.n - chain->place.seq.n] - 1];
}

static size_t id_hash(uint16_t origin, const struct sb_uuid *id)
{
    uint64_t h = 0xcbf29ce484222325U ^ origin;
    for (size_t i = 0; i < sizeof id->b; i++) {
        h = (h ^ id->b[i]) * 0x100000001b3U;
    }
    return (size_t)(h ^ (h >> 29));
}

uint64_t *disk_id_slot(const struct disk_state *state, uint16_t origin, const struct sb_uuid *id)
{
    for (size_t i = id_hash(origin, id);; i++) {
        uint64_t *slot = &state->ids[i & (state->cap_ids - 1)];
        if (*slot == 0) {
            return slot;
        }
        const struct disk_entry *entry = &state->log[*slot - 1];
        if (entry->place.origin == origin && sb_uuid_eq(&entry->link.id, id)) {
            return slot;
        }
    }
}

static void grow_ids(struct disk_state *state)
{
    if (2 * (state->n_ids + 1) < state->cap_ids) {
        return;
    }
    uint64_t *old = state->ids;
    size_t n = state->cap_ids;
    state->cap_ids *= 2;
    state->ids = calloc(state->cap_ids, sizeof *state->ids);
    assert(state->ids != NULL);
    for (size_t i = 0; i < n; i++) {
        if (old[i] != 0) {
            const struct disk_entry *entry = &state->log[old[i] - 1];
            *disk_id_slot(state, entry->place.origin, &entry->link.id) = old[i];
        }
    }
    free(old);
}

/* ---- applying */

static void index_id(struct disk_state *state, struct disk_entry *entry, uint64_t offset)
{
    grow_ids(state);
    uint64_t *slot = disk_id_slot(state, entry->place.origin, &entry->link.id);
    if (*slot == 0) {
        *slot = offset;
        state->n_ids++;
        return;
    }
    uint64_t *end = &state->log[*slot - 1].next_same;
    while (*end != 0) {
        end = &state->log[*end - 1].next_same;
    }
    *end = offset;
}

static void append_entry(struct disk_state *state, struct disk_op *op)
{
    state->log = disk_grow(state->log, state->n_log, &state->cap_log, sizeof *state->log);
    state->log[state->n_log++] = op->entry;
    op->entry.blob = NULL;
}

static void apply_event(struct disk_state *state, struct disk_op *op)
{
    append_entry(state, op);
    struct disk_entry *entry = &state->log[state->n_log - 1];
    uint64_t offset = state->n_log;
    struct disk_chain *chain = make_chain(state, &entry->place);
    chain->offsets =
        disk_grow(chain->offsets, chain->n_offsets, &chain->cap_offsets, sizeof *chain->offsets);
    chain->offsets[chain->n_offsets++] = offset;
    assert(chain->place.seq.n + chain->n_offsets - 1 == entry->place.seq.n);
    if (entry->state == SB_BODY_MISSING) {
        chain->missing++;
        state->missing++;
    }
    state->by_class[entry->class].n = offset;
    index_id(state, entry, offset);
}

static void apply_row(struct disk_state *state, struct disk_op *op)
{
    struct disk_chain *chain = make_chain(state, &op->place);
    chain->row = *op->row;
    chain->has_row = true;
}

static void apply_checkpoint(struct disk_state *state, const struct disk_op *op)
{
    struct disk_chain *chain = make_chain(state, &op->place);
    chain->checkpoints = disk_grow(chain->checkpoints, chain->n_checkpoints,
                                   &chain->cap_checkpoints, sizeof *chain->checkpoints);
    size_t i = chain->n_checkpoints;
    while (i > 0 && chain->checkpoints[i - 1].seq.n > op->place.seq.n) {
        i--;
    }
    if (i > 0 && chain->checkpoints[i - 1].seq.n == op->place.seq.n) {
        chain->checkpoints[i - 1] = op->checkpoint;
        return;
    }
    memmove(&chain->checkpoints[i + 1], &chain->checkpoints[i],
            (chain->n_checkpoints - i) * sizeof *chain->checkpoints);
    chain->checkpoints[i] = op->checkpoint;
    chain->n_checkpoints++;
}

static void apply_body(struct disk_state *state, struct disk_op *op)
{
    struct disk_entry *entry = disk_find_entry(state, &op->place);
    if (entry == NULL || entry->state != SB_BODY_MISSING) {
        return;
    }
    struct sb_audience audience = {(const struct sb_org *)(const void *)entry->blob->bytes,
                                   entry->blob->n_orgs};
    struct disk_blob *blob = disk_blob_new(&audience, &op->blob->salt, disk_blob_body(op->blob));
    disk_blob_unref(entry->blob);
    entry->blob = blob;
    entry->state = SB_BODY_PRESENT;
    disk_find_chain(state, &op->place)->missing--;
    state->missing--;
}

static void apply_op(struct disk_state *state, struct disk_op *op)
{
    switch (op->kind) {
    case DISK_EVENT: apply_event(state, op); break;
    case DISK_RELEASE: append_entry(state, op); break;
    case DISK_ROW: apply_row(state, op); break;
    case DISK_CHECKPOINT: apply_checkpoint(state, op); break;
    case DISK_BODY: apply_body(state, op); break;
    case DISK_CONSUMER: disk_consumer_apply(state, op); break;
    case DISK_ERASE: disk_apply_erase(state, op); break;
    case DISK_ERASED: disk_apply_erased(state, op); break;
    case DISK_RECEIPT: disk_apply_receipt(state, op); break;
    }
}

void disk_apply_pending(struct disk_state *state)
{
    for (size_t i = 0; i < state->pending.n; i++) {
        apply_op(state, &state->pending.items[i]);
        op_fini(&state->pending.items[i]);
    }
    state->pending.n = 0;
}

/* ---- states */

struct disk_state *disk_state_new(void)
{
    struct disk_state *state = calloc(1, sizeof *state);
    assert(state != NULL);
    state->refs = 1;
    state->cap_ids = 64;
    state->ids = calloc(state->cap_ids, sizeof *state->ids);
    assert(state->ids != NULL);
    return state;
}

static void chain_free(struct disk_chain *chain)
{
    free(chain->offsets);
    free(chain->checkpoints);
    free(chain);
}

void disk_state_unref(struct disk_state *state)
{
    if (state == NULL || --state->refs > 0) {
        return;
    }
    for (size_t i = 0; i < state->n_log; i++) {
        disk_blob_unref(state->log[i].blob);
    }
    for (size_t i = 0; i < state->n_chains; i++) {
        chain_free(state->chains[i]);
    }
    for (size_t i = 0; i < state->n_consumers; i++) {
        free(state->consumers[i]);
    }
    for (size_t i = 0; i < state->n_residues; i++) {
        disk_blob_unref(state->residues[i].blob);
    }
    disk_ops_fini(&state->pending);
    free(state->residues);
    free(state->erased);
    free(state->receipts);
    free(state->log);
    free(state->chains);
    free(state->ids);
    free(state);
}

static void *copy_array(const void *from, size_t cap, size_t size)
{
    if (cap == 0) {
        return NULL;
    }
    void *to = malloc(cap * size);
    assert(to != NULL);
    return memcpy(to, from, cap * size);
}

static struct disk_chain *copy_chain(const struct disk_chain *from)
{
    struct disk_chain *to = copy_array(from, 1, sizeof *from);
    to->offsets = copy_array(from->offsets, from->n_offsets, sizeof *from->offsets);
    to->cap_offsets = from->n_offsets;
    to->checkpoints = copy_array(from->checkpoints, from->n_checkpoints, sizeof *from->checkpoints);
    to->cap_checkpoints = from->n_checkpoints;
    return to;
}

static void copy_pending(struct disk_ops *to, const struct disk_ops *from)
{
    for (size_t i = 0; i < from->n; i++) {
        struct disk_op *op = disk_ops_add(to, from->items[i].kind);
        *op = from->items[i];
        if (op->row != NULL) {
            op->row = copy_array(op->row, 1, sizeof *op->row);
        }
        if (op->consumer != NULL) {
            op->consumer = disk_consumer_copy(op->consumer);
        }
        if (op->erased != NULL) {
            op->erased = copy_array(op->erased, 1, sizeof *op->erased);
            op->erased->row.ground.p = (const uint8_t *)op->erased->ground;
        }
        if (op->blob != NULL) {
            op->blob->refs++;
        }
        if (op->entry.blob != NULL) {
            op->entry.blob->refs++;
        }
    }
}

static void copy_erased(struct disk_state *to, const struct disk_state *from)
{
    to->erased = copy_array(from->erased, from->n_erased, sizeof *from->erased);
    to->cap_erased = from->n_erased;
    to->receipts = copy_array(from->receipts, from->n_receipts, sizeof *from->receipts);
    to->cap_receipts = from->n_receipts;
    to->residues = copy_array(from->residues, from->n_residues, sizeof *from->residues);
    to->cap_residues = from->n_residues;
    for (size_t i = 0; i < to->n_residues; i++) {
        to->residues[i].blob->refs++;
    }
}

struct disk_state *disk_state_copy(const struct disk_state *from)
{
    struct disk_state *to = copy_array(from, 1, sizeof *from);
    to->refs = 1;
    to->log = copy_array(from->log, from->n_log, sizeof *from->log);
    to->cap_log = from->n_log;
    for (size_t i = 0; i < to->n_log; i++) {
        if (to->log[i].blob != NULL) {
            to->log[i].blob->refs++;
        }
    }
    to->chains = copy_array(from->chains, from->n_chains, sizeof(struct disk_chain *));
    to->cap_chains = from->n_chains;
    for (size_t i = 0; i < to->n_chains; i++) {
        to->chains[i] = copy_chain(from->chains[i]);
    }
    copy_erased(to, from);
    to->ids = copy_array(from->ids, from->cap_ids, sizeof *from->ids);
    for (size_t i = 0; i < to->n_consumers; i++) {
        to->consumers[i] = disk_consumer_copy(from->consumers[i]);
    }
    to->pending = (struct disk_ops){0};
    copy_pending(&to->pending, &from->pending);
    return to;
}
