/* Verification, the other half: do the indexes say what the log says, all of it and no more? */
#include <lmdb.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/consumers.h"
#include "daemon/store/erasing.h"
#include "daemon/store/receipt.h"
#include "daemon/store/verify_walk.h"
#include "daemon/store/young.h"

bool verify_row_of(const struct verify_walk *walk, const struct sb_place *place,
                   struct sb_chain_row *out)
{
    uint8_t key[STORE_PLACE_KEY];
    struct sb_bytes value;
    const struct sb_store *store = walk->store;
    store_key_place(key, place);
    struct sb_bytes chain = {key, STORE_CHAIN_KEY};
    return store_get(store->reader, store->trees[STORE_CHAINS], chain, &value) == MDB_SUCCESS &&
           store_row_read(out, chain, value);
}

bool verify_checkpoint_at(const struct verify_walk *walk, struct sb_offset offset,
                          struct sb_checkpoint *out, bool *readable)
{
    struct sb_bytes key = {(const uint8_t *)&offset.n, sizeof offset.n}, value;
    const struct sb_store *store = walk->store;
    if (store_get(store->reader, store->trees[STORE_CHECKPOINTS], key, &value) != MDB_SUCCESS) {
        return false;
    }
    *readable = sb_checkpoint_decode(out, value.p, value.n);
    return true;
}

/* ---- of one event */

/* An id used more often than the index counts: the rest is not found by id, nor expected to be. */
static bool found_by_id(struct verify_walk *walk, const struct sb_record *record)
{
    struct sb_record found;
    unsigned nth = 0;
    do {
        if (nth > UINT16_MAX) {
            return true;
        }
        if (sb_store_find_id(walk->store, record->origin, &record->item.link.id, nth++, &found,
                             NULL) != SB_OK) {
            return false;
        }
    } while (found.offset.n < record->offset.n);
    walk->ids++;
    return found.offset.n == record->offset.n;
}

static bool continues_run(const struct sb_place *before, const struct sb_place *place)
{
    return before->seq.n != 0 && before->seq.n + 1 == place->seq.n &&
           before->origin == place->origin && before->branch == place->branch &&
           sb_epoch_eq(before->epoch, place->epoch);
}

/* Does the index of what was said have exactly what the body is about? */
static bool found_by_subject(struct verify_walk *walk, const struct sb_record *record)
{
    struct sb_about about[SB_ABOUT_MAX];
    struct sb_said_entry found;
    bool body = record->item.salt != NULL;
    size_t n = body ? sb_about_read(about, &record->item.link.origin, record->item.body) : 0;
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        const struct sb_about *a = &about[i], *b = &found.about;
        all = all &&
              sb_store_next_said(walk->store, &a->subject, record->offset, &found, NULL) == SB_OK &&
              found.offset.n == record->offset.n && a->subject.kind == b->subject.kind &&
              sb_reference_eq(&a->subject.of, &b->subject.of) && a->content == b->content &&
              a->day.days == b->day.days;
    }
    bool twice = n == 2 && sb_reference_eq(&about[0].subject.of, &about[1].subject.of);
    walk->said += twice ? 1 : n;
    return all;
}

static bool has_said(const struct verify_walk *walk)
{
    return store_has_tree(walk->store, STORE_SAID); /* a store of format 1 has none */
}

/* Is it erased where it has been erased, and only there? */
static void verify_erased(struct verify_walk *walk, const struct sb_record *record,
                          const struct sb_place *place)
{
    struct sb_erased e;
    bool gone = record->state == SB_BODY_ERASED || record->state == SB_BODY_EXPIRED;
    bool here = record->state == SB_BODY_PRESENT || record->state == SB_BODY_MISSING;
    bool known =
        sb_store_find_erased(walk->store, record->origin, &record->item.link.id, &e, NULL) == SB_OK;
    bool erased = known && !sb_uuid_is_zero(&e.by);
    if (gone && (!known || erased != (record->state == SB_BODY_ERASED))) {
        verify_report(walk, place, SB_FAULT_BAD_INDEX,
                      "it is erased, and not among what has been erased");
    } else if (here && erased && record->item.link.kind != SB_KIND_SYSTEM) {
        verify_report(walk, place, SB_FAULT_BAD_INDEX,
                      "it is among what has been erased, and is not erased");
    }
}

/* Has it done what it says? Of a key that an announcement replaced that is not asked here: whether
 * it counts the daemon knows, and does it when it starts. */
static void verify_erasure(struct verify_walk *walk, const struct sb_record *record,
                           const struct sb_place *place)
{
    struct sb_erasure_said said;
    struct sb_erased e;
    const struct verify_chain *chain = verify_chains_find(&walk->chains, place);
    if (!store_erasure_read(&said, record) || chain == NULL) {
        return;
    }
    const struct sb_rekeys *rekeys = &walk->to->rekeys;
    for (size_t i = 0; i < rekeys->n; i++) {
        const struct sb_rekey *rekey = &rekeys->items[i];
        if (sb_org_eq(&rekey->organisation, &said.origin) &&
            (sb_rekey_find(rekey, place->epoch) != NULL ||
             memcmp(&rekey->old_key, &chain->key, sizeof chain->key) == 0)) {
            return;
        }
    }
    if (sb_store_find_erased(walk->store, record->origin, &said.event, &e, NULL) != SB_OK ||
        sb_uuid_is_zero(&e.by)) {
        verify_report(walk, place, SB_FAULT_BAD_INDEX,
                      "what it erases is not among what has been erased");
    }
}

void verify_event_indexes(struct verify_walk *walk, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    struct sb_record found;
    struct sb_seq missing;
    if (sb_store_at(walk->store, &place, &found, NULL) != SB_OK ||
        found.offset.n != record->offset.n) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX, "it is not found by its place");
    }
    if (!found_by_id(walk, record)) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX, "it is not found by its id");
    }
    if (has_said(walk) && !found_by_subject(walk, record)) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX, "it is not found by what it is about");
    }
    bool is_missing = sb_store_next_missing(walk->store, &place, &missing, NULL) == SB_OK &&
                      missing.n == place.seq.n;
    if (is_missing != (record->state == SB_BODY_MISSING)) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      is_missing ? "it is among the missing, but is not"
                                 : "it is missing, but not among the missing");
    }
    if (store_has_tree(walk->store, STORE_ERASED)) {
        verify_erased(walk, record, &place);
        verify_erasure(walk, record, &place);
    }
    walk->runs += !continues_run(&walk->before, &place);
    walk->missing += record->state == SB_BODY_MISSING;
}

/* ---- of the whole */

/* Up to which seq has this chain all bodies that are due? A fork's branch also waits for what is
 * missing below its base. */
static uint64_t bodies_here(const struct verify_walk *walk, const struct sb_chain_row *row)
{
    struct sb_chain_row above = *row;
    struct sb_place place = {row->origin, row->branch, row->epoch, row->base};
    const struct verify_chain *chain = verify_chains_find(&walk->chains, &place);
    uint64_t here = chain->missing.n == 0 ? chain->place.seq.n : chain->missing.n - 1;
    while (above.branch > above.base_branch) {
        place.branch = above.base_branch;
        chain = verify_chains_find(&walk->chains, &place);
        if (chain != NULL && chain->missing.n > 0 && chain->missing.n < above.base.n &&
            chain->missing.n <= here) {
            here = chain->missing.n - 1;
        }
        if (chain == NULL || !verify_row_of(walk, &place, &above)) {
            break;
        }
    }
    return here;
}

static void verify_row(struct verify_walk *walk, const struct sb_chain_row *row)
{
    const struct sb_place place = {row->origin, row->branch, row->epoch, row->tip.seq};
    const struct verify_chain *chain = verify_chains_find(&walk->chains, &place);
    uint8_t a[SB_CHECKPOINT_BYTES], b[SB_CHECKPOINT_BYTES];
    if (chain == NULL) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX, "a chain without any link in the log");
        return;
    }
    sb_checkpoint_encode(a, &row->tip);
    sb_checkpoint_encode(b, &chain->last);
    if (memcmp(a, b, sizeof a) != 0) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      "the chain's tip is not the last valid checkpoint of its log");
    }
    if (row->base.n != chain->base.n || row->bodies.n > bodies_here(walk, row)) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      "the chain claims another base, or bodies that are not here");
    }
    if (row->bytes > chain->bytes) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                      "the chain counts more bytes than its events have");
    }
}

static bool verify_each_row(void *context, const struct sb_chain_row *row)
{
    verify_row(context, row);
    return true;
}

/* What is deferred is released once its chain has all bodies up to it: else streams would pass it
 * over for ever. */
static void verify_waiting(struct verify_walk *walk)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT], found;
    struct sb_record record;
    struct sb_chain_row row;
    bool released;
    sb_store_offsets(walk->store, &last, by_class);
    for (struct sb_offset at = {1}; at.n <= last.n; at.n++) {
        if ((walk->waiting[at.n / 8] >> at.n % 8 & 1) == 0 ||
            sb_store_next(walk->store, at, &found, &released, &record, NULL) != SB_OK) {
            continue;
        }
        const struct sb_link *link = &record.item.link;
        const struct sb_place place = {record.origin, record.branch, link->epoch, link->seq};
        if (verify_row_of(walk, &place, &row) && row.bodies.n >= link->seq.n &&
            record.state != SB_BODY_MISSING) {
            verify_report(walk, &place, SB_FAULT_BAD_INDEX,
                          "it waits for a body, of which its chain misses none, and is given to "
                          "nobody");
        }
    }
}

static bool verify_consumer(void *context, const char *name, struct sb_bytes value)
{
    (void)value; /* the daemon's, who says so when it cannot read it */
    if (name == NULL) {
        verify_report(context, NULL, SB_FAULT_BAD_INDEX,
                      "consumers: the name of one cannot be read");
    }
    return true;
}

static void verify_chain_end(struct verify_walk *walk, const struct verify_chain *chain)
{
    struct sb_place place = chain->place;
    if (!chain->has_row) {
        verify_report(walk, &place, SB_FAULT_BAD_INDEX, "links of a chain without a row");
    }
    if (!chain->has_start) {
        place.seq.n = 1;
        verify_report(walk, &place, SB_FAULT_BAD_EPOCH, NULL);
    }
    if (chain->covered.n != chain->place.seq.n) {
        place.seq.n = chain->covered.n + 1;
        verify_report(walk, &place, SB_FAULT_NO_CHECKPOINT, NULL);
    }
}

static void verify_count(struct verify_walk *walk, enum store_tree tree, uint64_t expected,
                         const char *name)
{
    char text[SB_LABEL_MAX + 1];
    MDB_stat stat;
    if (mdb_stat(walk->store->reader, walk->store->trees[tree], &stat) == MDB_SUCCESS &&
        stat.ms_entries == expected) {
        return;
    }
    snprintf(text, sizeof text, "%s: %llu entries expected, %zu found", name,
             (unsigned long long)expected, stat.ms_entries);
    verify_report(walk, NULL, SB_FAULT_BAD_INDEX, text);
}

/* An entry that has gone to the index may still be among the young: it is the same, and counts
 * once. */
static void verify_said(struct verify_walk *walk)
{
    const struct sb_store *store = walk->store;
    const struct store_young_part *young =
        &store->young.going; /* whoever reads alone has no more */
    uint64_t expected = walk->said;
    for (size_t i = 0; i < young->n; i++) {
        const struct store_young_row *row = &young->rows[i];
        struct sb_bytes there;
        int rc = store_get(store->reader, store->trees[STORE_SAID],
                           (struct sb_bytes){row->key, row->key_n}, &there);
        bool same = rc == MDB_SUCCESS && there.n == sizeof row->value &&
                    memcmp(there.p, row->value, sizeof row->value) == 0;
        expected -= rc == MDB_NOTFOUND;
        if (rc != MDB_NOTFOUND && !same) {
            verify_report(walk, NULL, SB_FAULT_BAD_INDEX, "said: an entry differs from its youth");
        }
    }
    if (store->young.unread) {
        verify_report(walk, NULL, SB_FAULT_BAD_INDEX, "young: an entry cannot be read");
    }
    verify_count(walk, STORE_SAID, expected, "said");
}

static void verify_account(struct verify_walk *walk)
{
    struct store_account account;
    if (store_get_account(walk->store, walk->store->reader, &account) != MDB_SUCCESS ||
        account.events != walk->totals->events ||
        memcmp(account.by_class, walk->by_class, sizeof account.by_class) != 0) {
        verify_report(walk, NULL, SB_FAULT_BAD_INDEX,
                      "the account: other counts or other last offsets than the log has");
    }
}

/* The rows, what is left to do of them, and the receipts: can each be read? */
static void verify_erasures(struct verify_walk *walk)
{
    struct sb_erased e = {.origin = 0};
    enum sb_rc rc;
    while ((rc = sb_store_next_erased(walk->store, e.origin, &e.event, &e, NULL)) == SB_OK &&
           e.origin < sb_store_origins(walk->store)) {
    }
    bool sound = rc == SB_E_NOTFOUND;
    e = (struct sb_erased){.origin = 0};
    while (sound &&
           (rc = sb_store_next_erasing(walk->store, e.origin, &e.event, &e, NULL)) == SB_OK) {
    }
    if (!sound || rc != SB_E_NOTFOUND) {
        verify_report(walk, NULL, SB_FAULT_BAD_INDEX, "the erasures cannot be read to their end");
    }
}

void verify_indexes(struct verify_walk *walk)
{
    for (size_t i = 0; i < walk->chains.n; i++) {
        verify_chain_end(walk, &walk->chains.items[i]);
    }
    if (sb_store_chains(walk->store, verify_each_row, walk, NULL) != SB_OK) {
        verify_report(walk, NULL, SB_FAULT_BAD_INDEX, "the chains cannot be read to their end");
    }
    verify_waiting(walk);
    if (sb_store_consumers(walk->store, verify_consumer, walk, NULL) != SB_OK) {
        verify_report(walk, NULL, SB_FAULT_BAD_INDEX, "the consumers cannot be read to their end");
    }
    verify_erasures(walk);
    verify_account(walk);
    verify_count(walk, STORE_IDS, walk->ids, "ids");
    verify_count(walk, STORE_PLACES, walk->runs, "places");
    verify_count(walk, STORE_CHECKPOINTS, walk->checkpoints, "checkpoints");
    verify_count(walk, STORE_MISSING, walk->missing, "missing");
    if (has_said(walk)) {
        verify_said(walk);
    }
}
