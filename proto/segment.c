/* The verifier: the only place where received events become history. It believes nothing, and what
 * is cheap is asked before what is dear: signatures come last. */
#include "proto/segment.h"

#include <assert.h>

enum sb_fault sb_body_verify(const struct sb_link *link, const struct sb_salt *salt,
                             struct sb_bytes body)
{
    if (body.n != link->body_len) {
        return SB_FAULT_BAD_BODY;
    }
    struct sb_hash commitment = sb_commitment(salt, body);
    return sb_hash_eq(&commitment, &link->commitment) ? SB_FAULT_NONE : SB_FAULT_BAD_COMMITMENT;
}

static bool is_trusted(const struct sb_epoch_start *start, const struct sb_link *link,
                       const struct sb_sign_public *pinned)
{
    const struct sb_certificate *c = &start->certificate;
    if (sb_sign_public_eq(&start->sign_key, pinned)) {
        return true;
    }
    return start->certified && sb_org_eq(&c->origin, &link->origin) &&
           sb_sign_public_eq(&c->old_key, pinned) &&
           sb_sign_public_eq(&c->new_key, &start->sign_key) &&
           sb_certificate_verify(c, &link->partnership);
}

enum sb_fault sb_epoch_start_verify(struct sb_epoch_start *out, const struct sb_link *link,
                                    struct sb_bytes body, const struct sb_sign_public *pinned,
                                    struct sb_arena *arena)
{
    if (link->seq.n != 1 || link->kind != SB_KIND_SYSTEM ||
        !sb_epoch_start_read(out, body, arena) || out->counter != link->epoch.counter ||
        sb_epoch_tag(body) != link->epoch.tag) {
        return SB_FAULT_BAD_EPOCH;
    }
    return is_trusted(out, link, pinned) ? SB_FAULT_NONE : SB_FAULT_BAD_KEY;
}

static bool link_is_in_place(const struct sb_link *link, const struct sb_events *events,
                             const struct sb_hash *partnership, uint64_t seq)
{
    return link->seq.n == seq && sb_epoch_eq(link->epoch, events->epoch) &&
           sb_org_eq(&link->origin, &events->origin) && sb_hash_eq(&link->partnership, partnership);
}

/* Places, hashes, order and the bodies that came along. */
static enum sb_fault verify_items(struct sb_hash *hashes, const struct sb_events *events,
                                  const struct sb_segment_check *check, struct sb_seq *at)
{
    uint64_t first = events->items[0].link.seq.n;
    for (size_t i = 0; i < events->n_items; i++) {
        const struct sb_item *item = &events->items[i];
        at->n = first + i;
        if (!link_is_in_place(&item->link, events, &check->partnership, first + i)) {
            return SB_FAULT_BAD_LINK;
        }
        hashes[i] = sb_link_hash_bytes(item->link_bytes.p, item->link_bytes.n);
        if (i > 0 && !sb_hash_eq(&item->link.prev, &hashes[i - 1])) {
            return SB_FAULT_BAD_PREV;
        }
        enum sb_fault fault = item->salt == NULL
                                  ? SB_FAULT_NONE
                                  : sb_body_verify(&item->link, item->salt, item->body);
        if (fault != SB_FAULT_NONE) {
            return fault;
        }
    }
    return SB_FAULT_NONE;
}

/* The two links that open an epoch come together: the start names the commitment of the second. */
static enum sb_fault verify_start(struct sb_segment *out, const struct sb_events *events,
                                  const struct sb_segment_check *check, struct sb_arena *arena,
                                  struct sb_seq *at)
{
    struct sb_epoch_start *start = sb_arena_alloc(arena, sizeof *start);
    const struct sb_item *first = &events->items[0];
    at->n = 1;
    if (start == NULL || first->salt == NULL) {
        return start == NULL ? SB_FAULT_BAD_FILE : SB_FAULT_BAD_EPOCH;
    }
    enum sb_fault fault =
        sb_epoch_start_verify(start, &first->link, first->body, check->pinned, arena);
    if (fault != SB_FAULT_NONE) {
        return fault;
    }
    at->n = 2;
    if (events->n_items < 2 ||
        !sb_hash_eq(&start->first_commitment, &events->items[1].link.commitment)) {
        return SB_FAULT_BAD_EPOCH;
    }
    out->start = start;
    out->starts_epoch = true;
    return SB_FAULT_NONE;
}

/* So that no fork from the start of an epoch has another first event than the start says. */
static enum sb_fault verify_promise(const struct sb_segment *s,
                                    const struct sb_segment_check *check, struct sb_seq *at)
{
    at->n = 2;
    return check->promised == NULL || sb_hash_eq(check->promised, &s->items[0].link.commitment)
               ? SB_FAULT_NONE
               : SB_FAULT_BAD_EPOCH;
}

/* Ascending, of links of this segment, and the last one of its last link. */
static enum sb_fault verify_places(const struct sb_segment *s, struct sb_seq *at)
{
    uint64_t first = s->items[0].link.seq.n, last = s->items[s->n - 1].link.seq.n, before = 0;
    for (size_t i = 0; i < s->n_checkpoints; i++) {
        const struct sb_checkpoint *c = &s->checkpoints[i];
        *at = c->seq;
        if (c->seq.n < first || c->seq.n > last || c->seq.n <= before ||
            !sb_hash_eq(&c->hash, &s->hashes[c->seq.n - first])) {
            return SB_FAULT_BAD_CHECKPOINT;
        }
        before = c->seq.n;
    }
    at->n = before == 0 ? first : before + 1;
    return before == last ? SB_FAULT_NONE : SB_FAULT_NO_CHECKPOINT;
}

/* Its owner's new key has signed for it, in the announcement. */
static bool is_named(const struct sb_checkpoint *c, const struct sb_checkpoint *named)
{
    return named != NULL && sb_checkpoint_is_unsigned(c) && c->seq.n == named->seq.n &&
           sb_hash_eq(&c->hash, &named->hash);
}

static enum sb_fault verify_signatures(const struct sb_segment *s,
                                       const struct sb_segment_check *check,
                                       const struct sb_sign_public *key, struct sb_seq *at)
{
    const struct sb_chain_ref of = {check->partnership, s->origin, s->epoch};
    for (size_t i = 0; i < s->n_checkpoints; i++) {
        *at = s->checkpoints[i].seq;
        if (!is_named(&s->checkpoints[i], check->named) &&
            !sb_checkpoint_verify(&s->checkpoints[i], &of, key)) {
            return SB_FAULT_BAD_CHECKPOINT;
        }
    }
    return SB_FAULT_NONE;
}

static enum sb_fault verify_all(struct sb_segment *out, struct sb_hash *hashes,
                                const struct sb_events *events,
                                const struct sb_segment_check *check, struct sb_arena *arena,
                                struct sb_seq *at)
{
    enum sb_fault fault = verify_items(hashes, events, check, at);
    if (fault == SB_FAULT_NONE) {
        fault = verify_places(out, at);
    }
    if (fault == SB_FAULT_NONE && out->items[0].link.seq.n == 1) {
        fault = verify_start(out, events, check, arena, at);
    } else if (fault == SB_FAULT_NONE && out->items[0].link.seq.n == 2) {
        fault = verify_promise(out, check, at);
    }
    if (fault != SB_FAULT_NONE) {
        return fault;
    }
    const struct sb_sign_public *key = out->starts_epoch ? &out->start->sign_key : check->key;
    assert(key != NULL);
    return verify_signatures(out, check, key, at);
}

enum sb_fault sb_segment_verify(struct sb_segment *out, const struct sb_events *events,
                                const struct sb_segment_check *check, struct sb_arena *arena,
                                struct sb_seq *at)
{
    at->n = 0;
    if (events->n_items == 0) {
        return SB_FAULT_NO_CHECKPOINT;
    }
    if (check->key == NULL && events->items[0].link.seq.n != 1) {
        return SB_FAULT_BAD_EPOCH; /* nobody knows whose history this would be */
    }
    struct sb_hash *hashes = sb_arena_alloc(arena, events->n_items * sizeof *hashes);
    if (hashes == NULL) {
        return SB_FAULT_BAD_FILE;
    }
    *out = (struct sb_segment){.origin = events->origin,
                               .epoch = events->epoch,
                               .items = events->items,
                               .hashes = hashes,
                               .n = events->n_items,
                               .checkpoints = events->checkpoints,
                               .n_checkpoints = events->n_checkpoints};
    enum sb_fault fault = verify_all(out, hashes, events, check, arena, at);
    if (fault == SB_FAULT_NONE) {
        at->n = 0;
    }
    return fault;
}
