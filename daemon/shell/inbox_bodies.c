/* Bodies from partners: see inbox_bodies.h. */
#include "daemon/shell/inbox_bodies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shell/erasure.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"

void sb_inbox_complain_fault(struct sb_node *node, const struct sb_inbound *in,
                             const struct sb_org *origin, struct sb_epoch epoch, struct sb_seq at,
                             enum sb_fault fault)
{
    char text[SB_NODE_TEXT_MAX], name[SB_EPOCH_TEXT_MAX];
    sb_epoch_format(name, epoch, 8);
    snprintf(text, sizeof text,
             "%s %s:%llu: %s: %s; left out, others are asked: let them `samenbus verify --store`",
             origin->s, name, (unsigned long long)at.n, sb_fault_name(fault),
             sb_fault_sentence(fault));
    sb_people_complain(node, in->net->identity, sb_msg_name(in->m->type), text);
}

void sb_inbox_answered(struct sb_node *node, const struct sb_inbound *from, bool empty)
{
    struct sb_step step = {.in.type = SB_IN_ANSWERED};
    step.in.answered.from = from->from;
    step.in.answered.request = from->m->request;
    step.in.answered.empty = empty;
    sb_turn_step(node, &step);
}

void sb_inbox_step_urgent(struct sb_node *node, struct sb_step *step,
                          const struct sb_item_note *notes, size_t n)
{
    node->turn.urgent |= sb_notes_erase(notes, n);
    sb_turn_step(node, step);
    node->turn.urgent = false;
}

/* A body that belongs to a link here, of whose branch it is. */
struct match {
    uint16_t branch;
    const struct sb_body_item *item;
    struct sb_link link; /* without its audience */
};

static int compare_matches(const void *left, const void *right)
{
    const struct match *a = left, *b = right;
    if (a->branch != b->branch) {
        return a->branch < b->branch ? -1 : 1;
    }
    return (a->item->seq.n > b->item->seq.n) - (a->item->seq.n < b->item->seq.n);
}

static bool match_body(struct sb_node *node, const struct sb_inbound *in, uint16_t origin,
                       const struct sb_body_item *item, struct match *out)
{
    const struct sb_bodies *b = &in->m->bodies;
    struct sb_place place = {origin, 0, b->epoch, item->seq};
    struct sb_record record;
    if (item->salt == NULL ||
        !sb_turn_found(node, sb_store_find_link(node->o.store, origin, b->epoch, item->seq,
                                                &item->link_hash, &place.branch, node->turn.err)) ||
        !sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err)) ||
        record.state != SB_BODY_MISSING ||
        !sb_link_entitles(&record.item.link, &node->o.organisation) ||
        !sb_rekeyed_covers(node, &place)) {
        return false;
    }
    enum sb_fault fault = sb_body_verify(&record.item.link, item->salt, item->body);
    if (fault != SB_FAULT_NONE) {
        sb_inbox_complain_fault(node, in, &b->origin, b->epoch, item->seq, fault);
        return false;
    }
    *out = (struct match){place.branch, item, record.item.link};
    out->link.audience = (struct sb_audience){NULL, 0}; /* was the record's */
    return true;
}

static bool erases(const struct match *match)
{
    const struct sb_item item = {
        .link = match->link, .salt = match->item->salt, .body = match->item->body};
    return sb_erasure_says(&item);
}

/* Into a full store what erases goes alone. */
static bool goes_alone(const struct sb_node *node, const struct match *matches, size_t n)
{
    bool alone = false;
    for (size_t i = 0; i < n && sb_core_is_full(node->core) && !alone; i++) {
        alone = erases(&matches[i]);
    }
    return alone;
}

/* Where it erases it takes one of those that this round may record; false: none is left. */
static bool takes_place(struct sb_node *node, const struct match *match, bool alone, unsigned *left)
{
    bool is_one = erases(match);
    bool fits = is_one ? *left > 0 : !alone || !sb_erasure_may_wait(&match->link);
    *left -= is_one && fits;
    if (is_one && !fits) {
        sb_erasure_put_off(node);
    }
    return fits;
}

/* Sorted by branch and seq, each place once. */
static size_t match_bodies(struct sb_node *node, const struct sb_inbound *in, uint16_t origin,
                           struct match *out)
{
    const struct sb_bodies *b = &in->m->bodies;
    unsigned left = sb_erasure_left(node);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < b->n_items; i++) {
        n += match_body(node, in, origin, &b->items[i], &out[n]);
    }
    if (n > 0) {
        qsort(out, n, sizeof *out, compare_matches);
    }
    const bool alone = goes_alone(node, out, n);
    for (size_t i = 0; i < n; i++) {
        bool again = kept > 0 && compare_matches(&out[kept - 1], &out[i]) == 0;
        if (!again && takes_place(node, &out[i], alone, &left)) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

/* The first body that is missing still once these are here. */
static struct sb_seq next_missing(struct sb_node *node, const struct sb_in_bodies *in)
{
    struct sb_place place = {in->origin, in->branch, in->epoch, {1}};
    struct sb_seq missing = {0};
    size_t i = 0;
    while (sb_turn_found(node,
                         sb_store_next_missing(node->o.store, &place, &missing, node->turn.err))) {
        while (i < in->n && in->seqs[i].n < missing.n) {
            i++;
        }
        if (i == in->n || in->seqs[i].n != missing.n) {
            return missing;
        }
        place.seq.n = missing.n + 1;
    }
    return (struct sb_seq){0};
}

/* What the bodies say, as it is read where they come with their links; NULL: no memory. */
static const struct sb_item_note *note_bodies(struct sb_node *node, uint16_t origin,
                                              const struct match *matches, size_t n,
                                              const struct sb_word **words)
{
    struct sb_item *items = sb_arena_alloc(&node->arena, n * sizeof *items);
    struct sb_item_note *notes = sb_arena_alloc(&node->arena, n * sizeof *notes);
    if (items == NULL || notes == NULL) {
        return NULL;
    }
    memset(notes, 0, n * sizeof *notes);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct sb_item){
            .link = matches[i].link, .salt = matches[i].item->salt, .body = matches[i].item->body};
    }
    return sb_erasure_note(node, origin, items, n, notes, words) ? notes : NULL;
}

/* The matches of one branch to the core. True: it wants to see them again. */
static bool step_bodies(struct sb_node *node, const struct sb_inbound *in, uint16_t origin,
                        const struct match *matches, size_t n)
{
    struct sb_step step = {.in.type = SB_IN_BODIES};
    struct sb_seq *seqs = sb_arena_alloc(&node->arena, n * sizeof *seqs);
    const struct sb_body_item **items = sb_arena_alloc(&node->arena, n * sizeof *items);
    const struct sb_item_note *notes = note_bodies(node, origin, matches, n, &step.words);
    if (seqs == NULL || items == NULL || notes == NULL) {
        return false;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        seqs[i] = matches[i].item->seq;
        items[i] = matches[i].item;
        bytes += sizeof(struct sb_salt) + items[i]->body.n;
    }
    step.bodies = items;
    step.in.bodies = (struct sb_in_bodies){.from = in->from,
                                           .origin = origin,
                                           .branch = matches[0].branch,
                                           .epoch = in->m->bodies.epoch,
                                           .seqs = seqs,
                                           .n = n,
                                           .notes = notes,
                                           .request = in->m->request,
                                           .bytes = bytes};
    step.in.bodies.next_missing = next_missing(node, &step.in.bodies);
    sb_inbox_step_urgent(node, &step, notes, n);
    return step.deferred;
}

void sb_inbox_bodies(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_bodies *b = &in->m->bodies;
    struct match *matches = sb_arena_alloc(&node->arena, (b->n_items + 1) * sizeof *matches);
    bool again = false;
    uint16_t origin;
    if (matches == NULL || !sb_lookup_origin(node, &b->origin, &origin)) {
        sb_people_complain(node, in->net->identity, "BODIES", "of an origin that is unknown here");
        if (b->last) {
            sb_inbox_answered(node, in, true);
        }
        return;
    }
    size_t n = match_bodies(node, in, origin, matches);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && matches[end].branch == matches[i].branch; end++) {
        }
        again |= step_bodies(node, in, origin, matches + i, end - i);
    }
    if ((!again || !sb_held_keep_message(node, in->net)) && b->last) {
        sb_inbox_answered(node, in, n == 0);
    }
}
