/* History from partners: EVENTS and broadcasts. Verified first, then what we hold already is cut
 * off, then the core decides. */
#include <string.h>

#include "daemon/shell/certified.h"
#include "daemon/shell/embargo.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/inbox_bodies.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/vouched.h"
#include "proto/rekey.h"
#include "proto/segment.h"

/* The class under which it will be counted and broadcast: link for whatever has no open body. */
static enum sb_class class_of(const struct sb_item *item, bool has_body)
{
    struct sb_body_head head;
    enum sb_class class;
    if (item->link.kind == SB_KIND_OPEN && has_body && sb_body_head_read(&head, item->body) &&
        sb_topic_valid((const char *)head.topic.p, head.topic.n, &class)) {
        return class;
    }
    return SB_CLASS_LINK;
}

static const struct sb_item_note *make_notes(struct sb_node *node, uint16_t origin,
                                             const struct sb_segment *s,
                                             const struct sb_word **words)
{
    struct sb_item_note *notes = sb_arena_alloc(&node->arena, (s->n + 1) * sizeof *notes);
    if (notes == NULL) {
        return NULL;
    }
    memset(notes, 0, (s->n + 1) * sizeof *notes);
    if (!sb_erasure_note(node, origin, s->items, s->n, notes, words)) {
        return NULL;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct sb_item *item = &s->items[i];
        struct sb_item_note *note = &notes[i];
        note->entitled = sb_link_entitles(&item->link, &node->o.organisation);
        note->has_body = note->entitled && item->salt != NULL;
        /* counted with its link, also where it comes later: the quota knows no back door */
        size_t body = note->entitled ? sizeof(struct sb_salt) + item->link.body_len : 0;
        note->bytes = (uint32_t)(item->link_bytes.n + body);
    }
    sb_erasure_leave_out(node, s->items, notes, s->n);
    for (size_t i = 0; i < s->n; i++) {
        notes[i].class = class_of(&s->items[i], notes[i].has_body && !notes[i].erased);
    }
    return notes;
}

/* What we hold of a history is closed under prev: the held links are the first ones. */
static size_t count_held(struct sb_node *node, uint16_t origin, const struct sb_segment *s,
                         uint16_t *branch)
{
    size_t low = 0, high = sb_planted(SB_PLANT_TAKE_HELD_AGAIN) ? 0 : s->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct sb_seq seq = s->items[middle].link.seq;
        if (sb_lookup_link(node, origin, s->epoch, seq, &s->hashes[middle], branch)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void cut(struct sb_segment *s, size_t n)
{
    s->items += n;
    s->hashes += n;
    s->n -= n;
    s->starts_epoch = s->starts_epoch && n == 0;
    while (s->n_checkpoints > 0 && s->n > 0 && s->checkpoints->seq.n < s->items->link.seq.n) {
        s->checkpoints++;
        s->n_checkpoints--;
    }
    s->n_checkpoints = s->n == 0 ? 0 : s->n_checkpoints;
}

/* Finds where the segment connects. The usual case, that it follows a tip, costs no read. */
static void connect(struct sb_node *node, struct sb_in_segment *in, struct sb_segment *s)
{
    const struct sb_link *first = &s->items[0].link;
    struct sb_seq before = {first->seq.n - 1};
    if (before.n == 0 || !sb_core_find_tip(node->core, in->origin, s->epoch, before, &first->prev,
                                           &in->prev_branch)) {
        size_t held = count_held(node, in->origin, s, &in->prev_branch);
        in->held_to.n = held > 0 ? s->items[held - 1].link.seq.n : 0;
        cut(s, held);
    }
    if (s->n == 0) {
        return;
    }
    first = &s->items[0].link;
    before.n = first->seq.n - 1;
    in->prev = first->prev;
    in->prev_held = before.n == 0 || sb_lookup_link(node, in->origin, s->epoch, before,
                                                    &first->prev, &in->prev_branch);
}

/* Nothing to verify where we hold its last link: the same hash is the same history. */
static bool is_all_held(struct sb_node *node, uint16_t origin, const struct sb_events *e)
{
    uint16_t branch;
    if (e->n_checkpoints == 0 || sb_planted(SB_PLANT_TAKE_HELD_AGAIN)) {
        return false;
    }
    const struct sb_checkpoint *last = &e->checkpoints[e->n_checkpoints - 1];
    return sb_lookup_link(node, origin, e->epoch, last->seq, &last->hash, &branch);
}

static enum sb_fault verify_under(struct sb_node *node, uint16_t origin, const struct sb_events *e,
                                  const struct sb_sign_public *pinned, struct sb_segment *s,
                                  struct sb_sign_public *key, struct sb_seq *at)
{
    bool known = sb_lookup_key(node, origin, e->epoch, key);
    bool starts = e->items[0].link.seq.n == 1;
    if (!known) {
        *key = *pinned;
    }
    const struct sb_rekey_tip *tip = sb_rekeyed_tip(node, origin, e->epoch);
    const struct sb_checkpoint named =
        tip == NULL ? (struct sb_checkpoint){.seq = {0}}
                    : (struct sb_checkpoint){.seq = tip->seq, .hash = tip->hash};
    struct sb_hash promised;
    bool grows = e->items[0].link.seq.n == 2 && known &&
                 sb_lookup_promise(node, origin, e->epoch, &promised);
    struct sb_segment_check check = {.partnership = node->partnership,
                                     .pinned = pinned,
                                     .key = known || !starts ? key : NULL,
                                     .named = tip == NULL ? NULL : &named,
                                     .promised = grows ? &promised : NULL};
    enum sb_fault fault = sb_segment_verify(s, e, &check, &node->arena, at);
    if (fault == SB_FAULT_NONE && !known && s->starts_epoch) {
        *key = s->start->sign_key;
        if (s->start->certified) {
            sb_vouched_learn(node, origin, &s->start->certificate);
        }
    }
    bool counts =
        fault != SB_FAULT_NONE ||
        sb_rekeyed_counts(node, origin, e->epoch, key, &s->checkpoints[s->n_checkpoints - 1]);
    return counts ? fault : SB_FAULT_BAD_KEY;
}

static bool is_of_another(enum sb_fault fault)
{
    return fault == SB_FAULT_BAD_KEY || fault == SB_FAULT_BAD_CHECKPOINT;
}

/* Under a key from which certificates lead to the one that we know, over others; itself, not what
 * it vouches for beside them. */
static enum sb_fault verify_vouched(struct sb_node *node, uint16_t origin,
                                    const struct sb_events *e, enum sb_fault fault,
                                    struct sb_segment *s, struct sb_sign_public *key,
                                    struct sb_seq *at)
{
    const struct sb_segment fresh = *s;
    const struct sb_sign_public *under;
    for (size_t i = 0; (under = sb_vouched_nth(node, origin, i)) != NULL; i++) {
        struct sb_seq place = *at;
        *s = fresh;
        if (verify_under(node, origin, e, under, s, key, &place) == SB_FAULT_NONE &&
            memcmp(key, under, sizeof *under) == 0) {
            return SB_FAULT_NONE;
        }
    }
    return fault;
}

/* An announcement names an epoch by what its start says, the key among it: whatever that is, its
 * owner answers for it as far as the announcement goes. */
static enum sb_fault verify_named(struct sb_node *node, uint16_t origin, const struct sb_events *e,
                                  enum sb_fault fault, struct sb_segment *s,
                                  struct sb_sign_public *key, struct sb_seq *at)
{
    const struct sb_item *first = &e->items[0];
    struct sb_epoch_start *start = sb_arena_alloc(&node->arena, sizeof *start);
    bool starts = start != NULL && first->link.seq.n == 1 && first->salt != NULL &&
                  sb_epoch_start_read(start, first->body, &node->arena);
    return starts ? verify_under(node, origin, e, &start->sign_key, s, key, at) : fault;
}

/* Under the key that we know, or one that leads to it or that it leads to, or that an announcement
 * names. */
static enum sb_fault verify(struct sb_node *node, uint16_t origin, const struct sb_events *e,
                            struct sb_segment *s, struct sb_sign_public *key, struct sb_seq *at)
{
    const struct sb_sign_public *pinned = sb_rekeyed_pinned(node, origin, e->epoch);
    const struct sb_sign_public *other = sb_certified_key(node, origin);
    const struct sb_segment fresh = *s;
    enum sb_fault fault = verify_under(node, origin, e, pinned, s, key, at);
    if (other != NULL && is_of_another(fault)) {
        *s = fresh;
        fault = verify_under(node, origin, e, other, s, key, at);
    }
    if (is_of_another(fault)) {
        bool named = pinned != &node->origins[origin].key;
        *s = fresh;
        fault = (named ? verify_named : verify_vouched)(node, origin, e, fault, s, key, at);
    }
    if (fault == SB_FAULT_NONE && s->starts_epoch && s->start->certified) {
        sb_certified_learn(node, origin, &s->start->certificate);
    }
    return fault;
}

/* Is its end what an announcement names? */
static bool is_final(const struct sb_node *node, uint16_t origin, const struct sb_events *e)
{
    const struct sb_head end = {.epoch = e->epoch,
                                .checkpoint = e->checkpoints[e->n_checkpoints - 1]};
    return sb_rekeyed_names(node, origin, &end);
}

enum verdict { TAKEN, KEPT, FAULTY };

/* Verified history to the core. `kept`: the core wants to see it again. */
static enum verdict step_segment(struct sb_node *node, const struct sb_inbound *in, uint16_t origin,
                                 const struct sb_events *e)
{
    struct sb_segment *s = sb_arena_alloc(&node->arena, sizeof *s);
    struct sb_step step = {.in.type = SB_IN_SEGMENT};
    struct sb_in_segment *segment = &step.in.segment;
    struct sb_seq at = {0};
    if (s == NULL) {
        return FAULTY;
    }
    *s = (struct sb_segment){.origin = e->origin, .epoch = e->epoch};
    if (is_all_held(node, origin, e)) {
        segment->held_to = e->checkpoints[e->n_checkpoints - 1].seq;
    } else {
        enum sb_fault fault = verify(node, origin, e, s, &segment->key, &at);
        if (fault != SB_FAULT_NONE && sb_planted(SB_PLANT_TRUST_RELAY)) {
            fault = verify(node, in->from, e, s, &segment->key, &at);
        }
        if (fault != SB_FAULT_NONE) {
            sb_inbox_complain_fault(node, in, &e->origin, e->epoch, at, fault);
            return FAULTY;
        }
    }
    segment->from = in->from;
    segment->request = in->m->request;
    segment->origin = origin;
    segment->segment = s;
    if (s->n > 0) {
        connect(node, segment, s);
        segment->final = is_final(node, origin, e);
    }
    segment->notes = make_notes(node, origin, s, &step.words);
    if (segment->notes == NULL) {
        return FAULTY;
    }
    sb_inbox_step_urgent(node, &step, segment->notes, s->n);
    if (segment->final) {
        sb_embargo_settled(node, origin);
    }
    return step.deferred ? KEPT : TAKEN;
}

void sb_inbox_events(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_events *e = &in->m->events;
    enum verdict verdict = TAKEN;
    uint16_t origin;
    if (!sb_lookup_origin(node, &e->origin, &origin)) {
        node->unknown_origins++;
        sb_people_complain(node, in->net->identity, "EVENTS", "of an origin that is unknown here");
        return;
    }
    if (e->n_items > 0) {
        verdict = step_segment(node, in, origin, e);
    }
    if (verdict == KEPT && sb_held_keep_message(node, in->net)) {
        return; /* its answer is complete when it has been read again */
    }
    if (e->n_items == 0 || e->last || verdict == FAULTY) {
        sb_inbox_answered(node, in, e->n_items == 0 || verdict == FAULTY);
    }
}

/* May this broadcast begin a batch: does it follow a tip, or start an epoch? */
static bool may_begin(const struct sb_node *node, uint16_t origin, const struct sb_link *link)
{
    uint16_t branch;
    struct sb_seq before = {link->seq.n - 1};
    return before.n == 0 ||
           sb_core_find_tip(node->core, origin, link->epoch, before, &link->prev, &branch);
}

void sb_inbox_broadcast(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_broadcast *b = &in->m->broadcast;
    const struct sb_link *link = &b->item.link;
    struct sb_chain_info info;
    struct sb_events events;
    uint16_t origin;
    if (!sb_lookup_origin(node, &link->origin, &origin)) {
        node->unknown_origins++;
        return;
    }
    bool ours = origin == 0;
    if (ours || (sb_core_find_chain(node->core, origin, link->epoch, 0, &info) &&
                 link->seq.n <= info.tip.seq.n)) {
        return; /* relayed to us, or over two ways; a fork is found by its frontier */
    }
    if (sb_assembly_add(&node->assembly, in->from, origin, b, may_begin(node, origin, link),
                        &node->arena, &events)) {
        step_segment(node, in, origin, &events);
    }
}
