/* Replaced keys; see rekeyed.h. */
#include "daemon/shell/rekeyed.h"

#include <string.h>

#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/vouched.h"
#include "proto/rekey.h"

static bool is_of(const struct sb_node *node, size_t i, uint16_t origin)
{
    return sb_org_eq(&node->o.rekeys[i].organisation, &node->orgs[origin]);
}

/* The announcement that replaced the key of this epoch; NULL: it counts in full. One that names the
 * epoch replaced its key, also where that was vouched for by the old one. */
static const struct sb_rekey *find_replaced(const struct sb_node *node, uint16_t origin,
                                            struct sb_epoch epoch, const struct sb_sign_public *key)
{
    const struct sb_rekey *found = NULL;
    for (size_t i = 0; i < node->o.n_rekeys; i++) {
        const struct sb_rekey *rekey = &node->o.rekeys[i];
        if (is_of(node, i, origin) && sb_rekey_find(rekey, epoch) != NULL) {
            return rekey;
        }
        if (is_of(node, i, origin) && memcmp(&rekey->old_key, key, sizeof *key) == 0) {
            found = rekey;
        }
    }
    return found;
}

/* The announcement that names the epoch; NULL: none does. */
static const struct sb_rekey *find_naming(const struct sb_node *node, uint16_t origin,
                                          struct sb_epoch epoch)
{
    for (size_t i = 0; i < node->o.n_rekeys; i++) {
        if (is_of(node, i, origin) && sb_rekey_find(&node->o.rekeys[i], epoch) != NULL) {
            return &node->o.rekeys[i];
        }
    }
    return NULL;
}

const struct sb_sign_public *sb_rekeyed_pinned(const struct sb_node *node, uint16_t origin,
                                               struct sb_epoch epoch)
{
    const struct sb_rekey *rekey = find_naming(node, origin, epoch);
    return rekey != NULL ? &rekey->old_key : &node->origins[origin].key;
}

const struct sb_rekey_tip *sb_rekeyed_tip(const struct sb_node *node, uint16_t origin,
                                          struct sb_epoch epoch)
{
    const struct sb_rekey *rekey = find_naming(node, origin, epoch);
    return rekey != NULL ? sb_rekey_find(rekey, epoch) : NULL;
}

bool sb_rekeyed_names(const struct sb_node *node, uint16_t origin, const struct sb_head *head)
{
    const struct sb_rekey_tip *tip = sb_rekeyed_tip(node, origin, head->epoch);
    return tip != NULL && tip->seq.n == head->checkpoint.seq.n &&
           sb_hash_eq(&tip->hash, &head->checkpoint.hash);
}

bool sb_rekeyed_replaces(const struct sb_node *node, uint16_t origin,
                         const struct sb_sign_public *key)
{
    for (size_t i = 0; i < node->o.n_rekeys; i++) {
        if (is_of(node, i, origin) && memcmp(&node->o.rekeys[i].old_key, key, sizeof *key) == 0) {
            return true;
        }
    }
    return false;
}

bool sb_rekeyed_any(const struct sb_node *node, uint16_t origin)
{
    size_t i = 0;
    while (i < node->o.n_rekeys && !is_of(node, i, origin)) {
        i++;
    }
    return i < node->o.n_rekeys;
}

static bool holds(const struct sb_node *node, uint16_t origin, const struct sb_rekey_tip *tip,
                  uint16_t *branch)
{
    return sb_core_find_tip(node->core, origin, tip->epoch, tip->seq, &tip->hash, branch);
}

/* An epoch that no announcement names, which a start would not load; or the last one did not,
 * though it would now: the store has it, and the next start looks again. */
static bool is_left_out(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                        const struct sb_sign_public *key)
{
    const struct sb_place start = {origin, 0, epoch, {1}};
    struct sb_chain_info chain;
    struct sb_checkpoint stored;
    return sb_rekeyed_any(node, origin) &&
           !sb_core_find_chain(node->core, origin, epoch, 0, &chain) &&
           (!sb_vouched_has(node, origin, key) ||
            sb_store_checkpoint(node->o.store, &start, &stored, NULL) == SB_OK);
}

bool sb_rekeyed_counts(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                       const struct sb_sign_public *key, const struct sb_checkpoint *checkpoint)
{
    const struct sb_rekey *rekey = find_replaced(node, origin, epoch, key);
    if (rekey == NULL || sb_planted(SB_PLANT_REKEY_TAKES_MORE)) {
        return rekey != NULL || !is_left_out(node, origin, epoch, key);
    }
    const struct sb_rekey_tip *tip = sb_rekey_find(rekey, epoch);
    uint16_t branch;
    if (tip == NULL || checkpoint->seq.n >= tip->seq.n) {
        return tip != NULL && checkpoint->seq.n == tip->seq.n &&
               sb_hash_eq(&checkpoint->hash, &tip->hash);
    }
    return !holds(node, origin, tip, &branch) || sb_planted(SB_PLANT_REKEY_TAKES_FORK);
}

/* What the links beyond the tip take of the owner's room; none of it. */
static uint64_t bytes_beyond(struct sb_node *node, const struct sb_chain_row *row,
                             const struct sb_rekey_tip *tip)
{
    struct sb_place place = {row->origin, row->branch, row->epoch, {tip->seq.n + 1}};
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    uint8_t link[SB_LINK_MAX];
    uint64_t bytes = 0;
    for (; r != NULL && place.seq.n <= row->tip.seq.n &&
           sb_store_at(node->o.store, &place, r, NULL) == SB_OK;
         place.seq.n++) {
        bytes += sb_link_encode(link, &r->item.link);
        if (sb_link_entitles(&r->item.link, &node->o.organisation)) {
            bytes += sizeof(struct sb_salt) + r->item.link.body_len;
        }
    }
    sb_arena_reset(&node->arena);
    return bytes < row->bytes ? bytes : row->bytes;
}

/* To the named tip. Where nothing was signed just there the announcement itself speaks for it. */
static void cut_to(struct sb_node *node, struct sb_chain_row *row, const struct sb_rekey_tip *tip)
{
    struct sb_place place = {row->origin, row->branch, row->epoch, tip->seq};
    struct sb_checkpoint checkpoint;
    row->bytes -= bytes_beyond(node, row, tip);
    if (sb_store_checkpoint(node->o.store, &place, &checkpoint, NULL) == SB_OK &&
        checkpoint.seq.n == tip->seq.n) {
        row->tip = checkpoint;
    } else {
        row->tip = (struct sb_checkpoint){tip->seq, tip->hash, row->tip.time, {{0}}};
    }
    row->bodies.n = row->bodies.n < tip->seq.n ? row->bodies.n : tip->seq.n;
}

/* Chains come in the order of epochs, and of one there can be thousands. */
static void find_end(struct sb_node *node, const struct sb_chain_row *row,
                     const struct sb_rekey_tip *tip, struct sb_rekeyed_end *end)
{
    if (end->origin != row->origin || !sb_epoch_eq(end->epoch, row->epoch)) {
        *end = (struct sb_rekeyed_end){.epoch = row->epoch, .origin = row->origin};
        end->held =
            tip != NULL && sb_store_find_link(node->o.store, row->origin, row->epoch, tip->seq,
                                              &tip->hash, &end->branch, NULL) == SB_OK;
    }
}

bool sb_rekeyed_cut(struct sb_node *node, struct sb_chain_row *row, struct sb_rekeyed_end *end,
                    struct sb_rekeyed_verdict *cut)
{
    const struct sb_rekey *rekey = find_replaced(node, row->origin, row->epoch, &row->key);
    *cut = (struct sb_rekeyed_verdict){.final = false};
    if ((rekey == NULL && sb_vouched_has(node, row->origin, &row->key)) ||
        sb_planted(SB_PLANT_REKEY_KEEPS_MORE)) {
        return true;
    }
    const struct sb_rekey_tip *tip = rekey == NULL ? NULL : sb_rekey_find(rekey, row->epoch);
    find_end(node, row, tip, end);
    bool final = end->held && end->branch == row->branch,
         more = tip == NULL || row->tip.seq.n > tip->seq.n;
    if (final && more) {
        cut_to(node, row, tip);
    }
    cut->final = final;
    cut->aside = end->held ? !final : tip == NULL || row->tip.seq.n >= tip->seq.n;
    if (cut->aside || (final && more)) {
        sb_people_complain(
            node, row->origin, "HISTORY",
            "what its replaced key signed beside the announcement is kept, but not shown");
    }
    return tip != NULL;
}

static bool take_stored_end(void *context, const struct sb_chain_row *stored)
{
    struct sb_chain_row *row = context;
    bool same = stored->origin == row->origin && stored->branch == row->branch &&
                sb_epoch_eq(stored->epoch, row->epoch);
    if (same && stored->tip.seq.n > row->tip.seq.n) {
        row->tip = stored->tip;
        row->bytes = stored->bytes;
    }
    return !same;
}

void sb_rekeyed_keep_end(struct sb_node *node, struct sb_chain_row *row)
{
    const struct sb_rekey_tip *tip = sb_rekeyed_tip(node, row->origin, row->epoch);
    if (tip != NULL && tip->seq.n == row->tip.seq.n) {
        (void)sb_turn_found(node,
                            sb_store_chains(node->o.store, take_stored_end, row, node->turn.err));
    }
}

/* The tip of a replaced key's epoch; NULL: there is none. */
static const struct sb_rekey_tip *find_tip(const struct sb_node *node,
                                           const struct sb_chain_info *chain)
{
    const struct sb_rekey *rekey = find_replaced(node, chain->origin, chain->epoch, &chain->key);
    return rekey == NULL ? NULL : sb_rekey_find(rekey, chain->epoch);
}

bool sb_rekeyed_is_replaced(const struct sb_node *node, const struct sb_chain_info *chain)
{
    uint16_t branch;
    return chain->aside && sb_core_find_final(node->core, chain->origin, chain->epoch, &branch);
}

bool sb_rekeyed_covers(const struct sb_node *node, const struct sb_place *place)
{
    struct sb_chain_info info;
    struct sb_seq last;
    uint16_t branch, at;
    if (node->o.n_rekeys == 0 || sb_planted(SB_PLANT_REKEY_SHOWS_MORE)) {
        return true;
    }
    if (!sb_core_look_chain(node->core, place->origin, place->epoch, place->branch, &info) ||
        place->seq.n > info.tip.seq.n) {
        return false;
    }
    if (sb_core_find_final(node->core, place->origin, place->epoch, &branch)) {
        return sb_lookup_path(node, place->origin, place->epoch, branch, place->seq, &at, &last) &&
               at == place->branch;
    }
    const struct sb_rekey_tip *tip = find_tip(node, &info);
    return tip == NULL || place->seq.n < tip->seq.n;
}

static uint64_t missing_of(struct sb_node *node, const struct sb_chain_info *chain, uint64_t most)
{
    struct sb_place place = {chain->origin, chain->branch, chain->epoch, {chain->bodies.n + 1}};
    uint64_t n = 0;
    while (n < most && place.seq.n <= chain->counts_to.n &&
           sb_turn_found(
               node, sb_store_next_missing(node->o.store, &place, &place.seq, node->turn.err)) &&
           sb_rekeyed_covers(node, &place)) { /* nor does what lies behind one that does not */
        n++;
        place.seq.n++;
    }
    return n;
}

/* Does all count that is here, of everybody whose history is here? */
static bool all_counts(const struct sb_node *node)
{
    bool counts = node->o.n_rekeys == 0;
    for (size_t o = 0; o < node->n_origins && counts; o++) {
        counts = node->origins[o].known;
    }
    return counts;
}

uint64_t sb_rekeyed_missing(struct sb_node *node, uint64_t most)
{
    uint64_t all = sb_store_missing_count(node->o.store), n = 0;
    if (all == 0 || all_counts(node)) {
        return all < most ? all : most;
    }
    for (uint16_t o = 0; o < node->n_origins; o++) {
        struct sb_chain_info chain;
        uint32_t at = 0;
        while (n < most && node->origins[o].known &&
               sb_core_next_chain(node->core, o, &at, &chain)) {
            n += missing_of(node, &chain, most - n);
        }
    }
    return n;
}

bool sb_rekeyed_shows(const struct sb_node *node, const struct sb_record *record)
{
    const struct sb_place place = {record->origin, record->branch, record->item.link.epoch,
                                   record->item.link.seq};
    return sb_rekeyed_covers(node, &place);
}

bool sb_rekeyed_find_id(struct sb_node *node, uint16_t origin, const struct sb_uuid *id,
                        unsigned nth, struct sb_record *out)
{
    unsigned counted = 0;
    for (unsigned at = 0;
         sb_turn_found(node, sb_store_find_id(node->o.store, origin, id, at, out, node->turn.err));
         at++) {
        if (sb_rekeyed_shows(node, out) && counted++ == nth) {
            return true;
        }
    }
    return false;
}
