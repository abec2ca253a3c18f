/* Replaced keys; see rekeyed.h. */
#include "daemon/shell/rekeyed.h"

#include <string.h>

#include "daemon/shell/node_internal.h"
#include "proto/rekey.h"

static bool is_of(const struct sb_node *node, size_t i, uint16_t origin)
{
    return sb_org_eq(&node->o.rekeys[i].organisation, &node->orgs[origin]);
}

/* The announcement that replaced this key; NULL: it counts in full. */
static const struct sb_rekey *find_replaced(const struct sb_node *node, uint16_t origin,
                                            const struct sb_sign_public *key)
{
    for (size_t i = 0; i < node->o.n_rekeys; i++) {
        if (is_of(node, i, origin) && memcmp(&node->o.rekeys[i].old_key, key, sizeof *key) == 0) {
            return &node->o.rekeys[i];
        }
    }
    return NULL;
}

const struct sb_sign_public *sb_rekeyed_pinned(const struct sb_node *node, uint16_t origin,
                                               struct sb_epoch epoch)
{
    for (size_t i = 0; i < node->o.n_rekeys; i++) {
        if (is_of(node, i, origin) && sb_rekey_find(&node->o.rekeys[i], epoch) != NULL) {
            return &node->o.rekeys[i].old_key;
        }
    }
    return &node->origins[origin].key;
}

bool sb_rekeyed_counts(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                       const struct sb_sign_public *key, const struct sb_checkpoint *checkpoint)
{
    const struct sb_rekey *rekey = find_replaced(node, origin, key);
    if (rekey == NULL || sb_planted(SB_PLANT_REKEY_TAKES_MORE)) {
        return true;
    }
    const struct sb_rekey_tip *tip = sb_rekey_find(rekey, epoch);
    return tip != NULL &&
           (checkpoint->seq.n < tip->seq.n ||
            (checkpoint->seq.n == tip->seq.n && sb_hash_eq(&checkpoint->hash, &tip->hash)));
}

/* A branch 0 that has another link at the tip carries the branch that counts. */
static bool cut_to(struct sb_node *node, struct sb_chain_row *row, const struct sb_rekey_tip *tip)
{
    struct sb_place place = {row->origin, row->branch, row->epoch, tip->seq};
    struct sb_record record;
    struct sb_checkpoint checkpoint;
    if (tip->seq.n < row->base.n || sb_store_at(node->o.store, &place, &record, NULL) != SB_OK) {
        return row->branch == 0;
    }
    struct sb_hash hash = sb_link_hash(&record.item.link);
    if (!sb_hash_eq(&hash, &tip->hash)) {
        return row->branch == 0;
    }
    if (sb_store_checkpoint(node->o.store, &place, &checkpoint, NULL) == SB_OK &&
        checkpoint.seq.n == tip->seq.n) {
        row->tip = checkpoint;
        row->bodies.n = row->bodies.n < tip->seq.n ? row->bodies.n : tip->seq.n;
    }
    return true;
}

bool sb_rekeyed_cut(struct sb_node *node, struct sb_chain_row *row)
{
    const struct sb_rekey *rekey = find_replaced(node, row->origin, &row->key);
    if (rekey == NULL || sb_planted(SB_PLANT_REKEY_KEEPS_MORE)) {
        return true;
    }
    const struct sb_rekey_tip *tip = sb_rekey_find(rekey, row->epoch);
    if (tip != NULL && row->tip.seq.n <= tip->seq.n) {
        return true;
    }
    sb_people_complain(
        node, row->origin, "HISTORY",
        "what its replaced key signed beyond the announcement is kept, but not shown");
    return tip != NULL && cut_to(node, row, tip);
}

bool sb_rekeyed_shows(const struct sb_node *node, const struct sb_record *record)
{
    struct sb_chain_info info;
    return node->o.n_rekeys == 0 || sb_planted(SB_PLANT_REKEY_SHOWS_MORE) ||
           (sb_core_find_chain(node->core, record->origin, record->item.link.epoch, record->branch,
                               &info) &&
            record->item.link.seq.n <= info.tip.seq.n);
}
