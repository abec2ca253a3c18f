/* Verification: one walk along the log, in which every link, body and checkpoint is hashed and
 * checked as if it came from a stranger. What the indexes say is asked in verify_index.c. */
#include "daemon/store/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/verify_walk.h"

enum { FAULTS_SHOWN = 100, PROGRESS_ENTRIES = 8192, START_ARENA_BYTES = 1024 * 1024 };

void verify_report(struct verify_walk *walk, const struct sb_place *place, enum sb_fault fault,
                   const char *text)
{
    struct sb_export_fault f = {.fault = fault};
    if (++walk->totals->faults > FAULTS_SHOWN) {
        return;
    }
    if (place != NULL && place->origin < sb_store_origins(walk->store)) {
        f.origin = *sb_store_origin(walk->store, place->origin);
        f.epoch = place->epoch;
        f.seq = place->seq;
    }
    snprintf(f.text, sizeof f.text, "%s", text != NULL ? text : sb_fault_sentence(fault));
    walk->to->on_fault(walk->to->context, &f);
}

/* ---- chains */

/* The link before the first one of a branch, which stands on another; nothing stands before the
 * start of an epoch, of which its origin can sign two as well. */
static bool hash_before(struct verify_walk *walk, const struct sb_place *base,
                        const struct sb_chain_row *row, struct sb_hash *out)
{
    struct sb_place before = *base;
    struct sb_record record;
    if (base->seq.n == 1) {
        return true;
    }
    before.branch = row->base_branch;
    before.seq.n--;
    if (sb_store_at(walk->store, &before, &record, NULL) != SB_OK) {
        return false;
    }
    *out = sb_link_hash(&record.item.link);
    return true;
}

/* Of the branch that it stands on. */
static void take_start(struct verify_walk *walk, struct verify_chain *chain, uint16_t base_branch)
{
    struct sb_place below = chain->place;
    below.branch = base_branch;
    const struct verify_chain *base =
        base_branch < chain->place.branch ? verify_chains_find(&walk->chains, &below) : NULL;
    if (base != NULL) {
        chain->has_start = base->has_start;
        chain->promised = base->promised;
    }
}

/* NULL: no memory. */
static struct verify_chain *begin_chain(struct verify_walk *walk, const struct sb_place *place)
{
    struct sb_chain_row row;
    struct verify_chain *chain = verify_chains_add(&walk->chains, place);
    if (chain == NULL) {
        return NULL;
    }
    chain->base = place->seq;
    chain->covered.n = place->seq.n - 1;
    chain->place.seq.n = place->seq.n - 1;
    chain->has_row = verify_row_of(walk, place, &row);
    if (!chain->has_row) {
        return chain;
    }
    chain->key = row.key;
    if (place->branch == 0
            ? place->seq.n != 1
            : row.base.n != place->seq.n || !hash_before(walk, place, &row, &chain->hash)) {
        verify_report(walk, place, SB_FAULT_BAD_INDEX, "the chain does not begin at its base");
    }
    if (place->seq.n > 1) {
        take_start(walk, chain, row.base_branch);
    }
    return chain;
}

static struct verify_chain *chain_of(struct verify_walk *walk, const struct sb_place *place)
{
    struct verify_chain *chain = verify_chains_find(&walk->chains, place);
    return chain != NULL ? chain : begin_chain(walk, place);
}

/* ---- events */

/* What its origin signed is sound, also where nobody can read it: every copy is the same, and would
 * be fetched again (PROTOCOL §4.4). */
static enum sb_fault verify_body(struct verify_walk *walk, const struct sb_item *item)
{
    if (item->salt == NULL) {
        return SB_FAULT_NONE;
    }
    enum sb_fault fault = sb_body_verify(&item->link, item->salt, item->body);
    walk->totals->unreadable += fault == SB_FAULT_NONE && !sb_body_well_formed(item->body);
    return fault;
}

static bool same_parents(const struct sb_epoch_start *start, const struct sb_chain_row *row)
{
    bool same = start->n_parents == row->n_parents;
    for (size_t i = 0; same && i < row->n_parents; i++) {
        const struct sb_parent *a = &start->parents[i], *b = &row->parents[i];
        same = sb_epoch_eq(a->epoch, b->epoch) && a->seq.n == b->seq.n &&
               sb_hash_eq(&a->hash, &b->hash);
    }
    return same;
}

static enum sb_fault verify_start(struct verify_walk *walk, struct verify_chain *chain,
                                  const struct sb_record *record)
{
    struct sb_epoch_start start;
    struct sb_chain_row row;
    const struct sb_item *item = &record->item;
    if (item->salt == NULL) {
        return SB_FAULT_BAD_EPOCH;
    }
    sb_arena_reset(&walk->arena);
    enum sb_fault fault =
        sb_epoch_start_verify(&start, &item->link, item->body, &chain->key, &walk->arena);
    if (fault != SB_FAULT_NONE) {
        return fault;
    }
    chain->has_start = true;
    chain->promised = start.first_commitment;
    chain->key = start.sign_key;
    const struct sb_place place = {record->origin, record->branch, item->link.epoch, {1}};
    if (verify_row_of(walk, &place, &row) && !same_parents(&start, &row)) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      "the chain's row has other parents than its EpochStart");
    }
    return SB_FAULT_NONE;
}

/* The first fault of the event's list. `chain` is as it was before this link. */
static enum sb_fault verify_link(struct verify_walk *walk, struct verify_chain *chain,
                                 const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    if (link->seq.n != chain->place.seq.n + 1) {
        return SB_FAULT_BAD_LINK;
    }
    if (!sb_hash_eq(&link->prev, &chain->hash)) {
        return SB_FAULT_BAD_PREV;
    }
    enum sb_fault fault = verify_body(walk, &record->item);
    if (fault == SB_FAULT_NONE && link->seq.n == 1) {
        return verify_start(walk, chain, record);
    }
    bool broken =
        link->seq.n == 2 && chain->has_start && !sb_hash_eq(&link->commitment, &chain->promised);
    return fault == SB_FAULT_NONE && broken ? SB_FAULT_BAD_EPOCH : fault;
}

static const char NO_SIGNATURE[] =
    "this end has no signature, and no announcement that was given names it: give the "
    "announcement with --rekey FILE";

static void verify_checkpoint(struct verify_walk *walk, struct verify_chain *chain,
                              const struct sb_record *record)
{
    struct sb_checkpoint c;
    bool readable;
    const struct sb_link *link = &record->item.link;
    if (!verify_checkpoint_at(walk, record->offset, &c, &readable)) {
        return;
    }
    walk->checkpoints++;
    const struct sb_chain_ref of = {link->partnership, link->origin, link->epoch};
    bool fits = readable && c.seq.n == link->seq.n && sb_hash_eq(&c.hash, &chain->hash),
         bare = fits && sb_checkpoint_is_unsigned(&c),
         sound = bare ? sb_rekeys_name(&walk->to->rekeys, &of, &c)
                      : fits && sb_checkpoint_verify(&c, &of, &chain->key);
    if (!sound) {
        walk->totals->bare += bare;
        verify_report(walk, &chain->place, SB_FAULT_BAD_CHECKPOINT, bare ? NO_SIGNATURE : NULL);
        return;
    }
    walk->totals->announced += bare;
    chain->covered = c.seq;
    chain->last = c;
}

/* What is published here is counted before its link is made, a little more or less than it is. */
static uint64_t most_bytes(const struct sb_link *link)
{
    return SB_LINK_MIN + sizeof(struct sb_salt) + link->body_len +
           ((uint64_t)link->audience.n + 1) * (SB_ORG_MAX + 1);
}

static void note_waiting(struct verify_walk *walk, struct sb_offset at, bool waits)
{
    uint8_t *byte = &walk->waiting[at.n / 8], bit = (uint8_t)(1 << at.n % 8);
    *byte = (uint8_t)(waits ? *byte | bit : *byte & ~bit);
}

static void verify_order(struct verify_walk *walk, const struct sb_record *record,
                         const struct sb_place *place)
{
    if (record->previous.n != walk->by_class[record->class].n) {
        verify_report(walk, place, SB_FAULT_BAD_INDEX,
                      "the previous offset of its class is another one");
    }
    walk->by_class[record->class] = record->offset;
}

/* False: no memory. */
static bool verify_event(struct verify_walk *walk, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    struct verify_chain *chain = chain_of(walk, &place);
    if (chain == NULL || !verify_note_receipt(walk, record)) {
        return false;
    }
    enum sb_fault fault = verify_link(walk, chain, record);
    if (fault != SB_FAULT_NONE) {
        verify_report(walk, &place, fault, NULL);
    }
    chain->place.seq = link->seq;
    chain->hash = sb_link_hash(link);
    chain->bytes += most_bytes(link);
    note_waiting(walk, record->offset, record->deferred);
    if (record->state == SB_BODY_MISSING && chain->missing.n == 0) {
        chain->missing = link->seq;
    }
    verify_checkpoint(walk, chain, record);
    verify_order(walk, record, &place);
    verify_event_indexes(walk, record);
    walk->before = place;
    walk->totals->events++;
    return true;
}

/* ---- the walk */

static void verify_release(struct verify_walk *walk, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    if (!record->deferred || record->state == SB_BODY_MISSING) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      "it is released in the log, but was never deferred or has no body");
    }
    note_waiting(walk, record->offset, false);
    walk->before.seq.n = 0;
}

static void report_entry(struct verify_walk *walk, struct sb_offset at, const char *what)
{
    char text[SB_LABEL_MAX + 1];
    snprintf(text, sizeof text, "log entry %llu %s", (unsigned long long)at.n, what);
    verify_report(walk, NULL, SB_FAULT_BAD_LINK, text);
    walk->before.seq.n = 0;
}

/* One entry at `at`; entries that cannot be read are passed over. False: no memory. */
static bool verify_entry(struct verify_walk *walk, struct sb_offset at)
{
    struct sb_record record;
    struct sb_offset found;
    bool released;
    enum sb_rc rc = sb_store_next(walk->store, at, &found, &released, &record, NULL);
    if (rc != SB_OK || found.n != at.n) {
        report_entry(walk, at,
                     rc == SB_OK || rc == SB_E_NOTFOUND ? "is not there" : "cannot be read");
        return true;
    }
    if (released) {
        verify_release(walk, &record);
        return true;
    }
    return verify_event(walk, &record);
}

static bool walk_log(struct verify_walk *walk)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    sb_store_offsets(walk->store, &last, by_class);
    walk->waiting = calloc(last.n / 8 + 1, 1);
    if (walk->waiting == NULL) {
        return false;
    }
    for (struct sb_offset at = {1}; at.n <= last.n; at.n++) {
        if (!verify_entry(walk, at)) {
            return false;
        }
        if (walk->to->on_progress != NULL && at.n % PROGRESS_ENTRIES == 0) {
            walk->to->on_progress(walk->to->context, at.n, last.n);
        }
    }
    return true;
}

static void count_totals(struct verify_walk *walk)
{
    bool seen[UINT16_MAX + 1] = {false};
    for (size_t i = 0; i < walk->chains.n; i++) {
        const struct sb_place *place = &walk->chains.items[i].place;
        walk->totals->epochs += place->branch == 0;
        walk->totals->origins += !seen[place->origin];
        seen[place->origin] = true;
    }
}

enum sb_rc sb_store_verify(const char *path, const struct sb_store_verifier *to,
                           struct sb_store_totals *totals, struct sb_err *err)
{
    const struct sb_store_options options = {.path = path, .read_only = true};
    struct verify_walk walk = {.to = to, .totals = totals};
    *totals = (struct sb_store_totals){0};
    enum sb_rc rc = sb_store_open(&walk.store, &options, err);
    if (rc != SB_OK) {
        return rc;
    }
    totals->partnership = walk.store->partnership;
    totals->organisation = *sb_store_origin(walk.store, 0);
    sb_arena_init(&walk.arena, START_ARENA_BYTES);
    if (walk_log(&walk)) {
        verify_indexes(&walk);
        verify_receipts(&walk);
        count_totals(&walk);
    } else {
        rc = sb_err_set(err, SB_E_NOMEM, "verify %s: no memory", path);
    }
    free(walk.receipts);
    free(walk.waiting);
    sb_arena_fini(&walk.arena);
    verify_chains_fini(&walk.chains);
    sb_store_close(walk.store);
    return rc;
}
