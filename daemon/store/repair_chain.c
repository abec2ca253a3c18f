/* Chains of a damaged log; see repair_chain.h. */
#include "daemon/store/repair_chain.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "proto/segment.h"

struct sb_chain_row *repair_row(const struct repair_walk *walk, const struct verify_chain *chain)
{
    return &walk->rows[chain - walk->chains.items];
}

void repair_walk_fini(struct repair_walk *walk)
{
    sb_arena_fini(&walk->arena);
    verify_chains_fini(&walk->chains);
    free(walk->rows);
}

static bool make_room(struct repair_walk *walk)
{
    if (walk->chains.n < walk->cap_rows) {
        return true;
    }
    size_t cap = walk->cap_rows == 0 ? 64 : 2 * walk->cap_rows;
    struct sb_chain_row *rows = realloc(walk->rows, cap * sizeof *rows);
    if (rows == NULL) {
        return false;
    }
    walk->rows = rows;
    walk->cap_rows = cap;
    return true;
}

static void begin_chain(struct repair_walk *walk, struct verify_chain *chain)
{
    const struct sb_place *place = &chain->place;
    struct sb_chain_row *row = repair_row(walk, chain);
    *row = (struct sb_chain_row){.origin = place->origin,
                                 .branch = place->branch,
                                 .epoch = place->epoch,
                                 .base = chain->base};
    chain->place.seq.n = chain->base.n - 1;
    chain->has_start = chain->broken = false;
    chain->missing.n = 0;
    memset(&chain->hash, 0, sizeof chain->hash);
}

/* A branch stands on a link of another one, which has another link in the place of its first. */
static bool find_base(struct repair_walk *walk, struct verify_chain *chain,
                      const struct sb_hash *prev)
{
    struct sb_place before = chain->place;
    before.seq.n = chain->base.n - 1;
    for (before.branch = 0; before.branch < chain->place.branch; before.branch++) {
        struct sb_record record;
        const struct verify_chain *base = verify_chains_find(&walk->chains, &before);
        if (base == NULL || !base->has_start || base->place.seq.n < chain->base.n ||
            base->base.n > before.seq.n ||
            sb_store_at(walk->store, &before, &record, NULL) != SB_OK) {
            continue;
        }
        struct sb_hash hash = sb_link_hash(&record.item.link);
        if (sb_hash_eq(&hash, prev)) {
            struct sb_chain_row *row = repair_row(walk, chain), *main = repair_row(walk, base);
            row->base_branch = main->branch;
            /* what its base still waits for, it waits for as well */
            row->bodies = main->bodies.n < before.seq.n ? main->bodies : before.seq;
            row->key = chain->key = base->key;
            chain->promised = base->promised;
            row->n_parents = main->n_parents;
            memcpy(row->parents, main->parents, sizeof row->parents);
            chain->hash = hash;
            chain->has_start = true;
            return true;
        }
    }
    return false;
}

static bool read_start(struct repair_walk *walk, struct verify_chain *chain,
                       const struct sb_item *item)
{
    struct sb_epoch_start start, checked;
    struct sb_chain_row *row = repair_row(walk, chain);
    sb_arena_reset(&walk->arena);
    /* whether that key is the pinned one, the daemon asks when it loads the store */
    if (item->salt == NULL ||
        sb_body_verify(&item->link, item->salt, item->body) != SB_FAULT_NONE ||
        !sb_epoch_start_read(&start, item->body, &walk->arena) ||
        sb_epoch_start_verify(&checked, &item->link, item->body, &start.sign_key, &walk->arena) !=
            SB_FAULT_NONE) {
        return false;
    }
    chain->has_start = true;
    chain->promised = start.first_commitment;
    chain->key = row->key = start.sign_key;
    row->n_parents = start.n_parents;
    memcpy(row->parents, start.parents, start.n_parents * sizeof start.parents[0]);
    return true;
}

/* Chains of which nothing fitted yet may begin with this event. */
static struct verify_chain *chain_of(struct repair_walk *walk, const struct sb_place *place,
                                     bool *no_memory)
{
    struct verify_chain *chain = verify_chains_find(&walk->chains, place);
    if (chain != NULL) {
        return chain;
    }
    if (!make_room(walk) || (chain = verify_chains_add(&walk->chains, place)) == NULL) {
        *no_memory = true;
        return NULL;
    }
    chain->base = place->seq;
    chain->covered.n = place->seq.n - 1;
    begin_chain(walk, chain);
    return chain;
}

static bool fits(struct repair_walk *walk, struct verify_chain *chain, const struct sb_item *item)
{
    const struct sb_link *link = &item->link;
    if (link->seq.n != chain->place.seq.n + 1) {
        return false;
    }
    if (link->seq.n == 1) { /* of a branch too: an origin can sign two starts of an epoch */
        return sb_hash_is_zero(&link->prev) && read_start(walk, chain, item);
    }
    bool grows = chain->place.branch != 0 && link->seq.n == chain->base.n
                     ? find_base(walk, chain, &link->prev)
                     : chain->has_start && sb_hash_eq(&link->prev, &chain->hash);
    chain->broken |= grows && link->seq.n == 2 && !sb_hash_eq(&link->commitment, &chain->promised);
    return grows && !chain->broken;
}

static bool take_checkpoint(struct repair_walk *walk, struct verify_chain *chain,
                            const struct sb_record *record)
{
    const struct sb_store *store = walk->store;
    const struct sb_link *link = &record->item.link;
    const struct sb_chain_ref of = {link->partnership, link->origin, link->epoch};
    struct sb_bytes key = {(const uint8_t *)&record->offset.n, sizeof record->offset.n}, value;
    struct sb_checkpoint c;
    if (store_get(store->reader, store->trees[STORE_CHECKPOINTS], key, &value) != MDB_SUCCESS ||
        !sb_checkpoint_decode(&c, value.p, value.n) || c.seq.n != link->seq.n ||
        !sb_hash_eq(&c.hash, &chain->hash) ||
        !(sb_checkpoint_is_unsigned(&c) ? sb_rekeys_name(&walk->rekeys, &of, &c)
                                        : sb_checkpoint_verify(&c, &of, &chain->key))) {
        return false;
    }
    chain->last = c;
    return true;
}

struct verify_chain *repair_take(struct repair_walk *walk, const struct sb_record *record,
                                 bool *checkpoint, bool *no_memory)
{
    const struct sb_link *link = &record->item.link;
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    struct verify_chain *chain = chain_of(walk, &place, no_memory);
    *checkpoint = false;
    if (chain == NULL || !fits(walk, chain, &record->item)) {
        return NULL;
    }
    chain->place.seq = link->seq;
    chain->hash = sb_link_hash(link);
    *checkpoint = take_checkpoint(walk, chain, record);
    return chain;
}

void repair_rewind(struct repair_walk *walk)
{
    for (size_t i = 0; i < walk->chains.n; i++) {
        begin_chain(walk, &walk->chains.items[i]);
    }
}

void repair_number(struct repair_walk *walk)
{
    for (size_t i = 0; i < walk->chains.n; i++) {
        const struct verify_chain *chain = &walk->chains.items[i];
        struct sb_place place = chain->place;
        uint16_t number = 0;
        for (place.branch = 0; place.branch < chain->place.branch; place.branch++) {
            const struct verify_chain *lower = verify_chains_find(&walk->chains, &place);
            number = (uint16_t)(number + (lower != NULL && lower->covered.n >= lower->base.n));
        }
        repair_row(walk, chain)->branch = number;
    }
}
