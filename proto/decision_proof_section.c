/* Reads the links of one organisation in the proof of a decision. A run begins where the one before
 * is covered: at an EpochStart, at a branch, or, in an epoch whose start is there, further on: what
 * lies between is then not shown, and nothing is concluded from it. */
#include "proto/decision_proof_section.h"

#include <string.h>

#include "proto/export_format.h"
#include "proto/statement_read.h"

bool sb_proof_table_init(struct sb_proof_table *t, size_t events, size_t shown, size_t runs,
                         struct sb_arena *arena)
{
    *t = (struct sb_proof_table){.arena = arena};
    t->runs = sb_arena_alloc(arena, (runs + 1) * sizeof *t->runs);
    t->hashes = sb_arena_alloc(arena, (events + 1) * sizeof *t->hashes);
    t->statements = sb_arena_alloc(arena, (shown + 1) * sizeof *t->statements);
    return t->runs != NULL && t->hashes != NULL && t->statements != NULL;
}

/* The first run of an epoch, or where it would be: the runs of a section ascend. */
static size_t first_of(const struct sb_proof_table *t, size_t from, struct sb_epoch epoch)
{
    size_t low = from, high = t->n_runs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sb_epoch_cmp(t->runs[middle].epoch, epoch) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t sb_proof_table_find(const struct sb_proof_table *t, size_t from, struct sb_epoch epoch,
                             uint64_t seq, const struct sb_hash *hash)
{
    for (size_t i = first_of(t, from, epoch); i < t->n_runs; i++) {
        const struct sb_proof_run *run = &t->runs[i];
        if (!sb_epoch_eq(run->epoch, epoch)) {
            break;
        }
        if (seq >= run->base && seq - run->base < run->n &&
            sb_hash_eq(&t->hashes[run->first + (seq - run->base)], hash)) {
            return (uint32_t)i;
        }
    }
    return SB_PAST_NONE;
}

const struct sb_proof_run *sb_proof_table_start(const struct sb_proof_table *t, size_t from,
                                                struct sb_epoch epoch)
{
    size_t i = first_of(t, from, epoch);
    bool found = i < t->n_runs && sb_epoch_eq(t->runs[i].epoch, epoch) && t->runs[i].start != NULL;
    return found ? &t->runs[i] : NULL;
}

/* ---- one event */

struct event {
    const struct sb_item *item;
    struct sb_hash hash;
    bool has_form; /* what stands behind the link is one of the three forms */
};

static enum sb_fault begin_run(struct sb_proof_section *s, const struct event *e)
{
    struct sb_proof_table *t = s->t;
    uint32_t before = SB_PAST_NONE;
    bool back =
        t->n_runs > s->from && sb_epoch_cmp(t->runs[t->n_runs - 1].epoch, e->item->link.epoch) > 0;
    if (back || sb_proof_table_find(t, s->from, e->item->link.epoch, e->item->link.seq.n,
                                    &e->hash) != SB_PAST_NONE) {
        return SB_FAULT_BAD_LINK;
    }
    if (e->item->link.seq.n > 1) {
        if (sb_proof_table_start(t, s->from, e->item->link.epoch) == NULL) {
            return SB_FAULT_BAD_EPOCH;
        }
        before = sb_proof_table_find(t, s->from, e->item->link.epoch, e->item->link.seq.n - 1,
                                     &e->item->link.prev);
    }
    t->runs[t->n_runs++] = (struct sb_proof_run){.origin = s->of->origin,
                                                 .epoch = e->item->link.epoch,
                                                 .base = e->item->link.seq.n,
                                                 .first = t->n_hashes,
                                                 .leans_on = before};
    return SB_FAULT_NONE;
}

/* Behind the last link, or where a run may begin. */
static enum sb_fault check_place(struct sb_proof_section *s, const struct event *e)
{
    const struct sb_link *link = &e->item->link;
    bool next =
        s->epoch.counter > 0 && sb_epoch_eq(link->epoch, s->epoch) && link->seq.n == s->seq.n + 1;
    if (!sb_hash_eq(&link->partnership, &s->partnership) ||
        !sb_org_eq(&link->origin, &s->of->origin)) {
        return SB_FAULT_BAD_LINK;
    }
    if (next && sb_hash_eq(&link->prev, &s->hash)) {
        return SB_FAULT_NONE;
    }
    if (!s->covered) {
        return next ? SB_FAULT_BAD_PREV : SB_FAULT_BAD_LINK;
    }
    return begin_run(s, e);
}

static enum sb_fault check_start(struct sb_proof_section *s, const struct event *e)
{
    struct sb_epoch_start *start = sb_arena_alloc(s->t->arena, sizeof *start);
    s->full = start == NULL;
    if (e->item->salt == NULL || s->full) {
        return SB_FAULT_BAD_EPOCH;
    }
    s->t->runs[s->t->n_runs - 1].start = start;
    enum sb_fault fault =
        sb_epoch_start_verify(start, &e->item->link, e->item->body, &s->of->key, s->t->arena);
    if (fault == SB_FAULT_NONE) {
        s->of->last_key = start->sign_key;
    }
    return fault;
}

static enum sb_fault check_body(struct sb_proof_section *s, const struct event *e)
{
    if (!e->has_form) {
        return SB_FAULT_BAD_BODY;
    }
    if (e->item->salt != NULL) {
        enum sb_fault fault = sb_body_verify(&e->item->link, e->item->salt, e->item->body);
        if (fault != SB_FAULT_NONE || !sb_body_well_formed(e->item->body)) {
            return fault != SB_FAULT_NONE ? fault : SB_FAULT_BAD_BODY;
        }
    }
    if (e->item->link.seq.n == 1) {
        return check_start(s, e);
    }
    const struct sb_proof_run *begun = sb_proof_table_start(s->t, s->from, e->item->link.epoch);
    bool promised = e->item->link.seq.n != 2 || begun == NULL ||
                    sb_hash_eq(&begun->start->first_commitment, &e->item->link.commitment);
    return promised ? SB_FAULT_NONE : SB_FAULT_BAD_EPOCH;
}

static void keep(struct sb_proof_section *s, const struct event *e)
{
    struct sb_proof_table *t = s->t;
    struct sb_statement *said = &t->statements[t->n_statements];
    t->hashes[t->n_hashes++] = e->hash;
    t->runs[t->n_runs - 1].n++;
    s->of->links++;
    s->of->shown += e->item->salt != NULL ? 1 : 0;
    s->covered = false;
    s->epoch = e->item->link.epoch;
    s->seq = e->item->link.seq;
    s->hash = e->hash;
    *said = (struct sb_statement){.event = {s->of->origin, e->item->link.id},
                                  .at = {(uint32_t)(t->n_runs - 1), e->item->link.seq.n},
                                  .epoch = e->item->link.epoch,
                                  .hash = e->hash};
    if (e->item->salt != NULL && e->item->link.kind != SB_KIND_SYSTEM &&
        sb_statement_read(said, e->item->body, t->arena)) {
        t->n_statements++;
    }
}

enum sb_fault sb_proof_section_event(struct sb_proof_section *s, struct sb_bytes payload,
                                     struct sb_epoch *epoch, struct sb_seq *seq)
{
    struct sb_export_item read;
    *epoch = (struct sb_epoch){0};
    if (!sb_export_get_event(&read, payload)) {
        return SB_FAULT_BAD_LINK;
    }
    const struct sb_item *item = &read.item;
    struct event e = {.item = item,
                      .hash = sb_link_hash_bytes(item->link_bytes.p, item->link_bytes.n),
                      .has_form = read.has_form};
    *epoch = item->link.epoch;
    *seq = item->link.seq;
    enum sb_fault fault = check_place(s, &e);
    fault = fault == SB_FAULT_NONE ? check_body(s, &e) : fault;
    if (fault == SB_FAULT_NONE) {
        keep(s, &e);
    }
    return fault;
}

enum sb_fault sb_proof_section_checkpoint(struct sb_proof_section *s, struct sb_bytes payload,
                                          struct sb_epoch *epoch, struct sb_seq *seq)
{
    struct sb_checkpoint c;
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    epoch->counter = sb_get_u32(&r);
    epoch->tag = sb_get_u64(&r);
    const struct sb_chain_ref of = {s->partnership, s->of->origin, *epoch};
    const struct sb_proof_run *start = sb_proof_table_start(s->t, s->from, s->epoch);
    bool good = sb_checkpoint_decode(&c, payload.p + r.at, payload.n - r.at);
    *seq = c.seq;
    good = good && start != NULL && sb_epoch_eq(*epoch, s->epoch) && c.seq.n == s->seq.n &&
           sb_hash_eq(&c.hash, &s->hash) && sb_checkpoint_verify(&c, &of, &start->start->sign_key);
    s->covered = s->covered || good;
    return good ? SB_FAULT_NONE : SB_FAULT_BAD_CHECKPOINT;
}
