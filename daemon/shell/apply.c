/* Carries out effects in lawful order: what is for the store goes into this round's transaction at
 * once, everything else waits for its commit. It decides nothing. */
#include <assert.h>
#include <string.h>

#include "daemon/shell/erasure.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/rights.h"
#include "proto/failpoint.h"

/* The round's transaction, begun by the first thing to be written. NULL: nothing can be staged. */
struct sb_store_txn *sb_turn_begin(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    turn->beside = true;
    if (turn->txn != NULL) {
        sb_store_use_reserve(turn->txn, turn->urgent);
    }
    if (turn->txn != NULL || turn->full || turn->rc != SB_OK) {
        return turn->txn;
    }
    sb_failpoint(SB_FAIL_BEFORE_BEGIN);
    enum sb_rc rc = sb_store_begin(node->o.store, &turn->txn, turn->err);
    if (rc == SB_E_FULL) {
        turn->full = true;
    } else if (rc != SB_OK) {
        sb_turn_fail(node, rc, "begin a transaction");
    } else {
        sb_store_use_reserve(turn->txn, turn->urgent);
    }
    return turn->txn;
}

static struct sb_group *add_group(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    if (!sb_turn_grow(&turn->groups, &turn->cap_groups, turn->n_groups, sizeof *turn->groups)) {
        sb_turn_fail(node, SB_E_NOMEM, "stage");
        return NULL;
    }
    struct sb_group *group = &turn->groups[turn->n_groups++];
    memset(group, 0, sizeof *group);
    return group;
}

const struct sb_checkpoint *sb_group_checkpoint(const struct sb_group *group, struct sb_seq seq)
{
    size_t low = 0, high = group->n_checkpoints - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (group->checkpoints[middle].seq.n >= seq.n) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return &group->checkpoints[low];
}

/* What erases may take the store's reserve, not what came along and may wait: it asks for room. */
static void use_reserve(struct sb_node *node, const struct sb_link *link, bool has_body,
                        bool erases)
{
    bool asks = has_body && !erases && sb_erasure_may_wait(link);
    sb_store_use_reserve(node->turn.txn, node->turn.urgent && !asks);
}

/* The event as it is kept: a body to which we are not entitled has been left out by its note. */
static void put_event(struct sb_node *node, struct sb_store_txn *txn, const struct sb_staged *s,
                      const struct sb_item *item, bool has_body)
{
    struct sb_record record;
    record.offset = s->offset;
    record.previous = s->previous;
    record.branch = s->branch;
    record.origin = s->origin;
    record.class = s->class;
    record.state = s->state;
    record.deferred = s->deferred;
    record.committed = node->turn.now.wall;
    record.item = *item;
    if (has_body) {
        sb_said_stage(node, s->origin, s->branch, item);
        sb_agreed_stage(node, s->origin, item);
    } else {
        record.item.salt = NULL;
        record.item.body = (struct sb_bytes){NULL, 0};
    }
    sb_store_put_event(txn, &record);
}

static void place_group(struct sb_group *group, const struct sb_staged *s,
                        const struct sb_effect *fx)
{
    group->origin = s->origin;
    group->branch = s->branch;
    group->epoch = s->epoch;
    group->from = s->seq;
    group->to.n = s->seq.n + fx->append.n - 1;
    group->first = fx->append.first;
}

static void append_own(struct sb_node *node, const struct sb_step *step, const struct sb_effect *fx)
{
    const struct sb_staged *s = &sb_core_staged(node->core)[fx->append.first];
    struct sb_item *item = sb_arena_alloc(&node->arena, sizeof *item);
    struct sb_group *group = item == NULL ? NULL : add_group(node);
    if (group == NULL) {
        sb_turn_fail(node, SB_E_NOMEM, "stage an own event");
        return;
    }
    *item = (struct sb_item){.link = *fx->append.own, .salt = step->salt, .body = step->body};
    place_group(group, s, fx);
    group->items = item;
    group->checkpoints = &node->turn.sealed;
    group->n_checkpoints = 1;
    group->key = sb_signer_public(node->o.signer);
    put_event(node, node->turn.txn, s, item, true);
}

/* Every checkpoint of the part that was appended is kept: each may end somebody's page. */
static void put_checkpoints(struct sb_node *node, const struct sb_group *group)
{
    struct sb_place place = {group->origin, group->branch, group->epoch, {0}};
    for (size_t i = 0; i < group->n_checkpoints; i++) {
        place.seq = group->checkpoints[i].seq;
        if (place.seq.n >= group->from.n && place.seq.n <= group->to.n) {
            sb_store_put_checkpoint(node->turn.txn, &place, &group->checkpoints[i]);
        }
    }
}

static void append_segment(struct sb_node *node, const struct sb_step *step,
                           const struct sb_effect *fx)
{
    const struct sb_in_segment *in = &step->in.segment;
    const struct sb_staged *s = &sb_core_staged(node->core)[fx->append.first];
    struct sb_group *group = add_group(node);
    if (group == NULL) {
        return;
    }
    place_group(group, s, fx);
    group->items = in->segment->items + fx->append.item;
    group->hashes = in->segment->hashes + fx->append.item;
    group->notes = in->notes + fx->append.item;
    group->checkpoints = in->segment->checkpoints;
    group->n_checkpoints = in->segment->n_checkpoints;
    group->key = in->key;
    for (uint32_t i = 0; i < fx->append.n; i++) {
        use_reserve(node, &group->items[i].link, group->notes[i].has_body, group->notes[i].erases);
        put_event(node, node->turn.txn, &s[i], &group->items[i], group->notes[i].has_body);
        if (s[i].state == SB_BODY_ERASED && group->notes[i].entitled) {
            sb_erasure_comes_late(node, group->origin, &group->items[i].link.id);
        }
    }
    put_checkpoints(node, group);
}

static void append(struct sb_node *node, const struct sb_step *step, const struct sb_effect *fx)
{
    if (sb_turn_begin(node) == NULL) {
        return;
    }
    if (fx->append.own != NULL) {
        append_own(node, step, fx);
    } else {
        assert(step->in.type == SB_IN_SEGMENT);
        append_segment(node, step, fx);
    }
    sb_erasure_put_receipts(node, step);
    sb_failpoint(SB_FAIL_AFTER_STAGE);
}

/* The link stands in the store, unless it came in this very round: then the next one knows. */
static void put_body(struct sb_node *node, const struct sb_place *place,
                     const struct sb_body_item *body, bool erases)
{
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    bool known =
        r != NULL && sb_turn_found(node, sb_store_at(node->o.store, place, r, node->turn.err));
    if (known) {
        use_reserve(node, &r->item.link, true, erases);
    }
    sb_store_put_body(node->turn.txn, place, body->salt, body->body);
    if (!known) {
        return;
    }
    r->item.salt = body->salt;
    r->item.body = body->body;
    sb_said_stage(node, place->origin, place->branch, &r->item);
    sb_agreed_stage(node, place->origin, &r->item);
}

void sb_turn_put_expired(struct sb_node *node, const struct sb_erased *what)
{
    if (sb_turn_begin(node) != NULL) {
        sb_store_put_erased(node->turn.txn, what);
        node->turn.n_forgotten++;
        sb_erasure_staged(node);
    }
}

void sb_turn_end_erasing(struct sb_node *node, const struct sb_erased *erased)
{
    if (sb_turn_begin(node) != NULL) {
        sb_store_end_erasing(node->turn.txn, erased->origin, &erased->event);
    }
}

static void put_bodies(struct sb_node *node, const struct sb_step *step)
{
    const struct sb_in_bodies *in = &step->in.bodies;
    assert(step->in.type == SB_IN_BODIES);
    if (sb_turn_begin(node) == NULL) {
        return;
    }
    struct sb_place place = {in->origin, in->branch, in->epoch, {0}};
    for (size_t i = 0; i < in->n; i++) {
        place.seq = in->seqs[i];
        put_body(node, &place, step->bodies[i], in->notes != NULL && in->notes[i].erases);
    }
    sb_erasure_put_receipts(node, step);
}

static void release(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_place place = {fx->release.origin, fx->release.branch, fx->release.epoch,
                             fx->release.from};
    struct sb_offset at = fx->release.offset;
    if (sb_turn_begin(node) == NULL) {
        return;
    }
    sb_store_use_reserve(node->turn.txn, false); /* whatever it waited for */
    for (; place.seq.n <= fx->release.to.n; at.n++, place.seq.n++) {
        sb_store_put_release(node->turn.txn, at, &place);
    }
}

static void fill_row(struct sb_chain_row *row, const struct sb_chain_info *info)
{
    *row = (struct sb_chain_row){.origin = info->origin,
                                 .branch = info->branch,
                                 .epoch = info->epoch,
                                 .base = info->base,
                                 .base_branch = info->base_branch,
                                 .tip = info->tip,
                                 .bodies = info->bodies,
                                 .bytes = info->bytes,
                                 .key = info->key,
                                 .n_parents = info->n_parents};
    if (info->n_parents > 0) {
        memcpy(row->parents, info->parents, info->n_parents * sizeof info->parents[0]);
    }
}

/* Signs the head of our open epoch, and asks the store to refuse everything if the epoch does not
 * stand there exactly as we left it: rule 4. */
static void seal(struct sb_node *node, struct sb_chain_info *info)
{
    struct sb_chain_info durable;
    struct sb_chain_ref of = {node->partnership, node->o.organisation, info->epoch};
    struct sb_place place = {info->origin, info->branch, info->epoch, {0}};
    struct sb_hash before = {{0}};
    if (sb_core_find_chain(node->core, info->origin, info->epoch, info->branch, &durable)) {
        place.seq = durable.tip.seq;
        before = durable.tip.hash;
    }
    sb_store_expect_tip(node->turn.txn, &place, &before);
    sb_failpoint(SB_FAIL_BEFORE_SEAL);
    info->tip.time = node->turn.now.wall;
    enum sb_rc rc = sb_signer_checkpoint(node->o.signer, &info->tip, &of, node->turn.err);
    if (rc != SB_OK) {
        sb_turn_fail(node, rc, "sign a head");
        return;
    }
    node->turn.sealed = info->tip;
    place.seq = info->tip.seq;
    sb_store_put_checkpoint(node->turn.txn, &place, &info->tip);
    sb_failpoint(SB_FAIL_AFTER_SEAL);
}

static void put_chain(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_chain_info info;
    struct sb_chain_row row;
    if (sb_turn_begin(node) == NULL) {
        return;
    }
    sb_core_chain_row(node->core, fx->chain.chain, &info);
    if (fx->type == SB_FX_SEAL) {
        seal(node, &info);
    }
    fill_row(&row, &info);
    sb_rekeyed_keep_end(node, &row);
    sb_store_put_chain(node->turn.txn, &row);
    sb_failpoint(SB_FAIL_AFTER_PUT_CHAIN);
}

static void put_consumer(struct sb_node *node, const struct sb_step *step,
                         const struct sb_effect *fx)
{
    bool beside = node->turn.beside;
    if (sb_turn_begin(node) != NULL) {
        sb_consumers_stage(node, node->turn.txn, fx->consume.slot, step->consumer, step->anew);
    }
    node->turn.beside = beside;
}

static void keep(struct sb_node *node, const struct sb_step *step, const struct sb_effect *fx)
{
    sb_outbox_keep(node, fx, fx->type == SB_FX_SERVE_BODIES ? step->in.want_bodies.want : NULL,
                   step->request);
}

/* What a full disk refuses beside others may have room alone: only then is it answered. */
static void keep_consumed(struct sb_node *node, const struct sb_step *step,
                          const struct sb_effect *fx)
{
    bool failed = step->in.type == SB_IN_COMMIT_FAILED && fx->consume.code != SB_CODE_OK;
    if (!failed || !node->turn.beside || !sb_consume_again(node, fx)) {
        keep(node, step, fx);
    }
}

/* The reason is the core's, which may have another before this turn ends. */
static void keep_state(struct sb_node *node, const struct sb_step *step, const struct sb_effect *fx)
{
    struct sb_effect state = *fx;
    if (fx->state.why != NULL) {
        struct sb_bytes why = sb_arena_copy(&node->arena, fx->state.why, strlen(fx->state.why));
        state.state.why = (const char *)why.p;
    }
    keep(node, step, &state);
}

/* A client that may not do what it asked for is named, with the rule, to whoever reads the log. */
static void keep_refusal(struct sb_node *node, struct sb_step *step, const struct sb_effect *fx)
{
    struct sb_effect refusal = *fx;
    step->refused = true;
    if (fx->type == SB_FX_REFUSE && step->in.type == SB_IN_PUBLISH &&
        fx->ack.denial.rule != SB_RULE_NONE && !step->in.publish.by_daemon) {
        sb_rights_refuse(node, step, &refusal);
    } else if (fx->type == SB_FX_REFUSE_SUBSCRIPTION && step->in.type == SB_IN_SUBSCRIBE &&
               fx->refuse_subscription.code == SB_CODE_NOT_ALLOWED) {
        sb_people_deny(node, SB_IDENTITY_CLIENT + (uint32_t)step->in.subscribe.client, "subscribe",
                       "denied: clients.subscribe is not set");
    }
    if (fx->type == SB_FX_REFUSE_SUBSCRIPTION && step->in.type == SB_IN_ROSTER) {
        step->request = sb_stream_end(node, fx->refuse_subscription.session,
                                      fx->refuse_subscription.subscription);
    }
    keep(node, step, &refusal);
}

void sb_apply_effect(struct sb_node *node, struct sb_step *step, const struct sb_effect *fx)
{
    switch (fx->type) {
    case SB_FX_APPEND: append(node, step, fx); break;
    case SB_FX_ERASE: sb_erasure_apply(node, step, fx); break;
    case SB_FX_PUT_BODIES: put_bodies(node, step); break;
    case SB_FX_RELEASE: release(node, fx); break;
    case SB_FX_SEAL:
    case SB_FX_PUT_CHAIN: put_chain(node, fx); break;
    case SB_FX_PUT_CONSUMER: put_consumer(node, step, fx); break;
    case SB_FX_OPEN_EPOCH:
        step->opens_epoch = true;
        step->open = *fx;
        break;
    case SB_FX_DEFER: step->deferred = true; break;
    case SB_FX_HOLD: step->held = true; break;
    case SB_FX_UNHOLD: sb_held_release(node); break;
    case SB_FX_REFUSE:
    case SB_FX_REFUSE_SUBSCRIPTION: keep_refusal(node, step, fx); break;
    case SB_FX_ACK:
    case SB_FX_DELIVER:
    case SB_FX_BROADCAST:
    case SB_FX_HELLO:
    case SB_FX_FRONTIER:
    case SB_FX_FRONTIER_REQUEST:
    case SB_FX_VIEW:
    case SB_FX_WANT:
    case SB_FX_WANT_BODIES:
    case SB_FX_SERVE:
    case SB_FX_SERVE_BODIES:
    case SB_FX_SUMMARY_REQUEST:
    case SB_FX_SUMMARY:
    case SB_FX_REFUSE_PARTNER:
    case SB_FX_HURRY:
    case SB_FX_RENEW_BOOT:
    case SB_FX_ALARM: keep(node, step, fx); break;
    case SB_FX_CONSUMED: keep_consumed(node, step, fx); break;
    case SB_FX_STATE: keep_state(node, step, fx); break;
    }
}
