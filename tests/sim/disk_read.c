/* Reading from a simulated disk: the reading half of store.h. */
#include "tests/sim/disk_state.h"

#include <string.h>

#include "daemon/store/said.h"

enum sb_rc sb_store_refresh(struct sb_store *store, struct sb_err *err)
{
    (void)err;
    disk_apply_pending(store->state);
    return SB_OK;
}

void sb_store_offsets(struct sb_store *store, struct sb_offset *last,
                      struct sb_offset by_class[static SB_CLASS_COUNT])
{
    last->n = store->state->n_log;
    memcpy(by_class, store->state->by_class, sizeof store->state->by_class);
}

enum sb_rc sb_store_chains(struct sb_store *store,
                           bool (*each)(void *context, const struct sb_chain_row *row),
                           void *context, struct sb_err *err)
{
    (void)err;
    for (size_t i = 0; i < store->state->n_chains; i++) {
        const struct disk_chain *chain = store->state->chains[i];
        if (chain->has_row && !each(context, &chain->row)) {
            break;
        }
    }
    return SB_OK;
}

static enum sb_rc not_found(struct sb_err *err, const char *what)
{
    return sb_err_set(err, SB_E_NOTFOUND, "%s: the store does not have it", what);
}

static void fill_record(const struct disk_state *state, const struct disk_entry *entry,
                        struct sb_record *out)
{
    const struct disk_blob *blob = entry->blob;
    out->offset.n = (uint64_t)(entry - state->log) + 1;
    out->previous = entry->previous;
    out->branch = entry->place.branch;
    out->origin = entry->place.origin;
    out->class = entry->class;
    out->state = entry->state;
    out->deferred = entry->deferred;
    out->committed = entry->committed;
    out->item = (struct sb_item){.link = entry->link, .erased = entry->state == SB_BODY_ERASED};
    if (blob->n_orgs > 0) {
        memcpy(out->audience, blob->bytes, blob->n_orgs * sizeof(struct sb_org));
    }
    out->item.link.audience =
        (struct sb_audience){blob->n_orgs > 0 ? out->audience : NULL, blob->n_orgs};
    if (blob->has_body) {
        out->item.salt = &blob->salt;
        out->item.body = disk_blob_body(blob);
    }
}

enum sb_rc sb_store_find_id(struct sb_store *store, uint16_t origin, const struct sb_uuid *id,
                            unsigned nth, struct sb_record *out, struct sb_err *err)
{
    const struct disk_state *state = store->state;
    uint64_t offset = *disk_id_slot(state, origin, id);
    while (offset != 0 && nth-- > 0) {
        offset = state->log[offset - 1].next_same;
    }
    if (offset == 0) {
        return not_found(err, "id");
    }
    fill_record(state, &state->log[offset - 1], out);
    return SB_OK;
}

static int order_of_ids(uint16_t a, const struct sb_uuid *x, uint16_t b, const struct sb_uuid *y)
{
    return a != b ? (a > b) - (a < b) : memcmp(x->b, y->b, sizeof x->b);
}

enum sb_rc sb_store_next_double(struct sb_store *store, uint16_t *origin, struct sb_uuid *id,
                                size_t *budget, struct sb_err *err)
{
    const struct disk_state *state = store->state;
    const struct disk_entry *best = NULL;
    if (*budget == 0) {
        return SB_OK;
    }
    for (size_t i = 0; i<state->n_log && * budget> 0; i++) {
        const struct disk_entry *e = &state->log[i];
        if (e->released == 0 && e->next_same != 0 &&
            order_of_ids(e->place.origin, &e->link.id, *origin, id) > 0 &&
            (best == NULL ||
             order_of_ids(e->place.origin, &e->link.id, best->place.origin, &best->link.id) < 0)) {
            best = e;
        }
    }
    if (best == NULL) {
        return not_found(err, "id with two contents");
    }
    *origin = best->place.origin;
    *id = best->link.id;
    return SB_OK;
}

static int order_of_said(const struct sb_subject *a, struct sb_offset x, const struct sb_subject *b,
                         struct sb_offset y)
{
    int order = a->kind != b->kind ? (a->kind > b->kind) - (a->kind < b->kind)
                                   : memcmp(a->of.id.b, b->of.id.b, sizeof a->of.id.b);
    size_t n = sb_org_len(&a->of.org), m = sb_org_len(&b->of.org);
    order = order == 0 && n != m ? (n > m) - (n < m) : order;
    order = order == 0 ? sb_org_cmp(&a->of.org, &b->of.org) : order;
    return order == 0 ? (x.n > y.n) - (x.n < y.n) : order;
}

/* There is no index: what the bodies say is read again. */
/* Bodies are asked often, and most say nothing. */
static size_t read_about(struct sb_about about[static SB_ABOUT_MAX], const struct disk_state *state,
                         const struct disk_entry *e)
{
    if (e->released != 0 || !e->blob->has_body || e->blob->says_nothing) {
        return 0;
    }
    size_t n = sb_about_read(about, &state->origins[e->place.origin], disk_blob_body(e->blob));
    e->blob->says_nothing = n == 0;
    return n;
}

enum sb_rc sb_store_next_said(struct sb_store *store, const struct sb_subject *subject,
                              struct sb_offset from, struct sb_said_entry *out, struct sb_err *err)
{
    const struct disk_state *state = store->state;
    bool found = false;
    for (size_t i = 0; i < state->n_log; i++) {
        const struct disk_entry *e = &state->log[i];
        struct sb_about about[SB_ABOUT_MAX];
        size_t n = read_about(about, state, e);
        for (size_t k = 0; k < n; k++) {
            struct sb_offset at = {i + 1};
            if (order_of_said(&about[k].subject, at, subject, from) >= 0 &&
                (!found ||
                 order_of_said(&about[k].subject, at, &out->about.subject, out->offset) < 0)) {
                *out = (struct sb_said_entry){about[k], at};
                found = true;
            }
        }
    }
    return found ? SB_OK : not_found(err, "what was said");
}

enum sb_rc sb_store_at(struct sb_store *store, const struct sb_place *place, struct sb_record *out,
                       struct sb_err *err)
{
    const struct disk_entry *entry = disk_find_entry(store->state, place);
    if (entry == NULL) {
        return not_found(err, "place");
    }
    fill_record(store->state, entry, out);
    return SB_OK;
}

enum sb_rc sb_store_find_link(struct sb_store *store, uint16_t origin, struct sb_epoch epoch,
                              struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch,
                              struct sb_err *err)
{
    struct sb_record record;
    for (size_t i = 0; i < store->state->n_chains; i++) {
        struct sb_place place = store->state->chains[i]->place;
        place.seq = seq;
        if (place.origin != origin || !sb_epoch_eq(place.epoch, epoch) ||
            sb_store_at(store, &place, &record, NULL) != SB_OK) {
            continue;
        }
        struct sb_hash found = sb_link_hash(&record.item.link);
        if (sb_hash_eq(&found, hash)) {
            *branch = place.branch;
            return SB_OK;
        }
    }
    return not_found(err, "link");
}

enum sb_rc sb_store_checkpoint(struct sb_store *store, const struct sb_place *place,
                               struct sb_checkpoint *out, struct sb_err *err)
{
    const struct disk_chain *chain = disk_find_chain(store->state, place);
    if (chain == NULL || disk_find_entry(store->state, place) == NULL) {
        return not_found(err, "checkpoint");
    }
    size_t low = 0, high = chain->n_checkpoints;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (chain->checkpoints[mid].seq.n < place->seq.n) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == chain->n_checkpoints) {
        return not_found(err, "checkpoint");
    }
    *out = chain->checkpoints[low];
    return SB_OK;
}

enum sb_rc sb_store_next_missing(struct sb_store *store, const struct sb_place *place,
                                 struct sb_seq *out, struct sb_err *err)
{
    const struct disk_state *state = store->state;
    const struct disk_chain *chain = disk_find_chain(state, place);
    if (chain == NULL || chain->missing == 0) {
        return not_found(err, "missing body");
    }
    uint64_t first = chain->place.seq.n;
    for (size_t i = place->seq.n > first ? place->seq.n - first : 0; i < chain->n_offsets; i++) {
        if (state->log[chain->offsets[i] - 1].state == SB_BODY_MISSING) {
            out->n = first + i;
            return SB_OK;
        }
    }
    return not_found(err, "missing body");
}

uint64_t sb_store_missing_count(struct sb_store *store)
{
    return store->state->missing;
}

enum sb_rc sb_store_next(struct sb_store *store, struct sb_offset from, struct sb_offset *at,
                         bool *released, struct sb_record *out, struct sb_err *err)
{
    const struct disk_state *state = store->state;
    uint64_t offset = from.n == 0 ? 1 : from.n;
    if (offset > state->n_log) {
        return not_found(err, "log entry");
    }
    const struct disk_entry *entry = &state->log[offset - 1];
    *released = entry->released != 0;
    at->n = offset;
    fill_record(state, *released ? &state->log[entry->released - 1] : entry, out);
    return SB_OK;
}

enum sb_rc sb_store_since(struct sb_store *store, struct sb_time since, struct sb_offset *out,
                          struct sb_err *err)
{
    (void)err;
    const struct disk_state *state = store->state;
    out->n = state->n_log + 1;
    for (uint64_t i = state->n_log; i > 0; i--) {
        const struct disk_entry *entry = &state->log[i - 1];
        if (entry->released == 0 && entry->committed.ms < since.ms) {
            break;
        }
        out->n = i;
    }
    return SB_OK;
}

void sb_store_usage(struct sb_store *store, struct sb_store_usage *out)
{
    const struct disk_state *state = store->state;
    uint64_t events = 0;
    for (size_t i = 0; i < state->n_log; i++) {
        events += state->log[i].released == 0;
    }
    *out = (struct sb_store_usage){.events = events,
                                   .bytes = state->bytes,
                                   .map_bytes = state->bytes,
                                   .max_bytes = store->disk->capacity,
                                   .room = UINT64_MAX / 2};
}
