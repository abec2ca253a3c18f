/* Looks things up for inputs: see lookup.h. */
#include "daemon/shell/lookup.h"

#include "daemon/shell/certified.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/vouched.h"
#include "proto/embargo.h"

bool sb_lookup_origin(const struct sb_node *node, const struct sb_org *org, uint16_t *number)
{
    for (size_t i = 0; i < node->n_origins; i++) {
        if (node->origins[i].known && sb_org_eq(&node->orgs[i], org)) {
            *number = (uint16_t)i;
            return true;
        }
    }
    return false;
}

bool sb_lookup_history(const struct sb_node *node, const struct sb_org *org, uint16_t *number)
{
    for (size_t i = 0; i < node->n_origins; i++) {
        if (sb_org_eq(&node->orgs[i], org)) {
            *number = (uint16_t)i;
            return true;
        }
    }
    return false;
}

static bool is_of_epoch(const struct sb_group *g, uint16_t origin, struct sb_epoch epoch)
{
    return g->origin == origin && sb_epoch_eq(g->epoch, epoch);
}

/* What this round has staged is not in the store yet. */
static bool find_staged(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                        struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch)
{
    for (size_t i = 0; i < node->turn.n_groups; i++) {
        const struct sb_group *g = &node->turn.groups[i];
        if (is_of_epoch(g, origin, epoch) && g->hashes != NULL && seq.n >= g->from.n &&
            seq.n <= g->to.n && sb_hash_eq(&g->hashes[seq.n - g->from.n], hash)) {
            *branch = g->branch;
            return true;
        }
    }
    return false;
}

bool sb_lookup_link(struct sb_node *node, uint16_t origin, struct sb_epoch epoch, struct sb_seq seq,
                    const struct sb_hash *hash, uint16_t *branch)
{
    struct sb_chain_info info;
    if (seq.n == 0) {
        return false;
    }
    if (sb_core_find_tip(node->core, origin, epoch, seq, hash, branch) ||
        find_staged(node, origin, epoch, seq, hash, branch)) {
        return true;
    }
    return sb_core_find_chain(node->core, origin, epoch, 0, &info) &&
           sb_turn_found(node, sb_store_find_link(node->o.store, origin, epoch, seq, hash, branch,
                                                  node->turn.err));
}

bool sb_lookup_key(struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                   struct sb_sign_public *key)
{
    struct sb_chain_info info;
    if (sb_core_find_chain(node->core, origin, epoch, 0, &info)) {
        *key = info.key;
        return true;
    }
    for (size_t i = 0; i < node->turn.n_groups; i++) {
        if (is_of_epoch(&node->turn.groups[i], origin, epoch)) {
            *key = node->turn.groups[i].key;
            return true;
        }
    }
    return false;
}

bool sb_lookup_promise(struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                       struct sb_hash *commitment)
{
    const struct sb_place second = {origin, 0, epoch, {2}};
    for (size_t i = 0; i < node->turn.n_groups; i++) {
        const struct sb_group *g = &node->turn.groups[i];
        if (is_of_epoch(g, origin, epoch) && g->from.n == 1 && g->to.n >= 2) {
            *commitment = g->items[1].link.commitment;
            return true;
        }
    }
    struct sb_record record;
    bool held = sb_turn_found(node, sb_store_at(node->o.store, &second, &record, node->turn.err));
    if (held) {
        *commitment = record.item.link.commitment;
    }
    return held;
}

bool sb_lookup_path(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                    uint16_t branch, struct sb_seq seq, uint16_t *at, struct sb_seq *last)
{
    struct sb_chain_info info;
    if (!sb_core_find_chain(node->core, origin, epoch, branch, &info)) {
        return false;
    }
    *last = info.tip.seq;
    while (seq.n < info.base.n && info.base.n > 1) {
        last->n = info.base.n - 1;
        branch = info.base_branch;
        if (!sb_core_find_chain(node->core, origin, epoch, branch, &info)) {
            return false;
        }
    }
    *at = branch;
    return seq.n >= info.base.n && seq.n <= last->n;
}

static bool same_audience(const struct sb_audience *a, const struct sb_audience *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (!sb_org_eq(&a->orgs[i], &b->orgs[i])) {
            return false;
        }
    }
    return true;
}

/* Two that keep an item under embargo. Who published it is no part of the submission there either.
 */
static bool same_hold(struct sb_bytes kept, struct sb_bytes asked, struct sb_arena *arena)
{
    struct sb_embargo a, b;
    return sb_embargo_read(&a, kept) && sb_embargo_read(&b, asked) && a.until.ms == b.until.ms &&
           sb_uuid_eq(&a.id, &b.id) &&
           same_audience(&(struct sb_audience){a.audience, a.n_audience},
                         &(struct sb_audience){b.audience, b.n_audience}) &&
           sb_body_same_submission(a.submission, b.submission, arena);
}

static enum sb_id_state compare_id(struct sb_node *node, const struct sb_submitted *s,
                                   const struct sb_record *r, bool *unsure)
{
    if (r->item.link.kind == SB_KIND_SYSTEM ||
        !same_audience(&s->in.audience, &r->item.link.audience)) {
        return SB_ID_OTHER;
    }
    if (r->state == SB_BODY_ERASED || r->state == SB_BODY_EXPIRED) {
        return SB_ID_ERASED;
    }
    if (r->item.salt == NULL) {
        *unsure = true;
        return SB_ID_OTHER;
    }
    bool same = s->in.embargoed
                    ? same_hold(r->item.body, s->submission, &node->arena)
                    : sb_body_same_submission(r->item.body, s->submission, &node->arena);
    return same ? SB_ID_SAME : SB_ID_OTHER;
}

static bool is_erased(struct sb_node *node, const struct sb_submitted *s)
{
    return sb_erasure_has(node, 0, &s->in.id) ||
           (s->in.embargoed && sb_erasure_has(node, 0, &s->in.sealed));
}

/* An event of this id has come since it was taken for one under embargo, or ended that before it
 * began: it would be kept for nothing. */
static bool has_ended(struct sb_node *node, const struct sb_submitted *s)
{
    struct sb_record r;
    return s->in.embargoed && sb_rekeyed_find_id(node, 0, &s->in.sealed, 0, &r);
}

struct sb_known_id sb_lookup_id(struct sb_node *node, const struct sb_submitted *s)
{
    struct sb_known_id known = {.state = SB_ID_NEW};
    struct sb_record r;
    for (unsigned nth = 0; sb_rekeyed_find_id(node, 0, &s->in.id, nth, &r); nth++) {
        enum sb_id_state state = compare_id(node, s, &r, &known.unsure);
        if (state == SB_ID_SAME) {
            return (struct sb_known_id){SB_ID_SAME, false, r.branch, r.item.link.epoch,
                                        r.item.link.seq};
        }
        known.state = known.state == SB_ID_ERASED ? SB_ID_ERASED : state;
    }
    /* an erasure came back before what it names, or without what had kept that under embargo */
    if ((known.state == SB_ID_NEW || known.unsure) && is_erased(node, s)) {
        known = (struct sb_known_id){.state = SB_ID_ERASED};
    } else if (known.state == SB_ID_NEW && has_ended(node, s)) {
        known.state = SB_ID_OTHER;
    }
    return known;
}

static bool is_signed(struct sb_node *node, uint16_t origin, const struct sb_head *head)
{
    struct sb_chain_ref of = {node->partnership, node->orgs[origin], head->epoch};
    struct sb_sign_public key;
    if (sb_lookup_key(node, origin, head->epoch, &key)) {
        return sb_checkpoint_verify(&head->checkpoint, &of, &key);
    }
    const struct sb_sign_public *pinned = sb_rekeyed_pinned(node, origin, head->epoch),
                                *other = sb_certified_beside(node, origin, pinned);
    bool is = sb_checkpoint_verify(&head->checkpoint, &of, pinned) ||
              (other != NULL && sb_checkpoint_verify(&head->checkpoint, &of, other));
    const struct sb_sign_public *next;
    bool named = pinned != &node->origins[origin].key;
    for (size_t i = 0; !is && !named && (next = sb_vouched_nth(node, origin, i)) != NULL; i++) {
        is = sb_checkpoint_verify(&head->checkpoint, &of, next);
    }
    return is;
}

/* What its owner no longer answers for is not asked for. */
static bool counts(const struct sb_node *node, uint16_t origin, const struct sb_head *head)
{
    struct sb_chain_info info;
    bool known = sb_core_find_chain(node->core, origin, head->epoch, 0, &info);
    return sb_rekeyed_counts(node, origin, head->epoch,
                             known ? &info.key : sb_rekeyed_pinned(node, origin, head->epoch),
                             &head->checkpoint);
}

/* Durable, not merely staged: the core knows itself what this turn stages. */
static bool holds_durably(struct sb_node *node, uint16_t origin, const struct sb_head *head)
{
    const struct sb_checkpoint *c = &head->checkpoint;
    struct sb_chain_info info;
    uint16_t branch;
    if (c->seq.n == 0 || !sb_core_find_chain(node->core, origin, head->epoch, 0, &info)) {
        return false;
    }
    if (info.tip.seq.n == c->seq.n && sb_hash_eq(&info.tip.hash, &c->hash)) {
        return true;
    }
    return sb_turn_found(node, sb_store_find_link(node->o.store, origin, head->epoch, c->seq,
                                                  &c->hash, &branch, node->turn.err));
}

/* Who sends bad signatures is not listened to any further in this turn. Where a key was announced,
 * whoever was not given that shows in good faith what the old one signed: that uses up nothing of
 * what the heads of others may cost. */
static bool is_forged(struct sb_node *node, uint16_t from, uint16_t origin,
                      const struct sb_head *head)
{
    bool announced = sb_rekeyed_any(node, origin);
    unsigned *forged = announced ? &node->origins[from].left : &node->origins[from].forged;
    size_t most = announced ? SB_NODE_FORGED_MAX * node->o.n_rekeys : SB_NODE_FORGED_MAX;
    bool is = *forged >= most || !is_signed(node, origin, head);
    *forged += is;
    return is;
}

/* A head that we hold needs no signature: the same hash is the same history. */
size_t sb_lookup_heads(struct sb_node *node, uint16_t from, uint16_t origin, struct sb_head *heads,
                       size_t n, enum sb_head_state *states)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool end = sb_rekeyed_names(node, origin, &heads[i]);
        if (holds_durably(node, origin, &heads[i])) {
            states[kept] = SB_HEAD_HELD;
        } else if (!end && is_forged(node, from, origin, &heads[i])) {
            continue;
        } else if (!counts(node, origin, &heads[i])) {
            continue;
        } else {
            states[kept] = end ? SB_HEAD_END : SB_HEAD_AHEAD;
        }
        heads[kept++] = heads[i];
    }
    return kept;
}

/* The branch whose end is the tip that is asked for, by somebody who does not say where it is. */
static bool find_end(const struct sb_node *node, uint16_t origin, const struct sb_want *want,
                     uint16_t *branch, struct sb_seq *seq)
{
    struct sb_chain_info info;
    unsigned branches = sb_core_branches(node->core, origin, want->epoch);
    for (unsigned b = 0; b < branches; b++) {
        *branch = (uint16_t)b;
        if (!sb_core_find_chain(node->core, origin, want->epoch, *branch, &info)) {
            return false;
        }
        *seq = info.tip.seq;
        if (sb_hash_eq(&info.tip.hash, &want->tip)) {
            return true;
        }
    }
    /* an epoch that nobody forked has one path: any tip of it is served along that */
    return branches == 1;
}

bool sb_lookup_tip(struct sb_node *node, uint16_t origin, const struct sb_want *want,
                   uint16_t *branch, struct sb_seq *seq)
{
    *seq = want->tip_seq;
    if (!sb_lookup_link(node, origin, want->epoch, want->tip_seq, &want->tip, branch) &&
        !find_end(node, origin, want, branch, seq)) {
        return false;
    }
    const struct sb_place place = {origin, *branch, want->epoch, *seq};
    return sb_rekeyed_covers(node, &place);
}
