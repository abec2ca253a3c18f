/* Reads statements: see said.h. What a store's index leads to is read and decoded anew each time,
 * so that a view is always that of the log. */
#include "daemon/shell/said.h"

#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "proto/statement_read.h"

static uint32_t *bucket_of(struct sb_node *node, const struct sb_subject *subject)
{
    const uint8_t *id = subject->of.id.b;
    uint32_t hash = (uint32_t)subject->kind;
    for (size_t i = 0; i < sizeof subject->of.id.b; i++) {
        hash = (hash ^ id[i]) * 0x01000193u;
    }
    return &node->said.heads[hash % SB_SAID_BUCKETS];
}

void sb_said_committed(struct sb_node *node)
{
    struct sb_said_stage *s = &node->said;
    struct sb_said_staged *items = s->durable;
    size_t n = s->n, cap = s->cap_durable;
    s->durable = s->items;
    s->cap_durable = s->cap;
    s->items = items;
    s->cap = cap;
    sb_said_begin_round(node);
    s->n_durable = n;
}

void sb_said_begin_round(struct sb_node *node)
{
    node->said.n_durable = 0;
    if (node->said.n > 0) {
        node->said.n = 0;
        memset(node->said.heads, 0, sizeof node->said.heads);
    }
}

const struct sb_abouts *sb_said_begin_step(struct sb_node *node, struct sb_bytes body)
{
    struct sb_said_stage *stage = &node->said;
    stage->read = body;
    stage->about.n = sb_about_read(stage->about.list, &node->o.organisation, body);
    return &stage->about;
}

void sb_said_end_step(struct sb_node *node)
{
    node->said.read = (struct sb_bytes){NULL, 0};
}

void sb_said_stage(struct sb_node *node, uint16_t origin, uint16_t branch,
                   const struct sb_item *item)
{
    struct sb_said_stage *stage = &node->said;
    struct sb_abouts read = stage->about;
    if (stage->read.p == NULL || stage->read.p != item->body.p || stage->read.n != item->body.n) {
        read.n = sb_about_read(read.list, &node->orgs[origin], item->body);
    }
    const struct sb_about *about = read.list;
    size_t n = read.n;
    if (n > 0 && origin == 0 && about[0].content == SB_CONTENT_PROPOSAL) {
        sb_remind_proposed(node);
    }
    for (size_t i = 0; i < n; i++) {
        if (!sb_turn_grow(&stage->items, &stage->cap, stage->n, sizeof *stage->items)) {
            sb_turn_fail(node, SB_E_NOMEM, "stage what was said");
            return;
        }
        uint32_t *head = bucket_of(node, &about[i].subject);
        stage->items[stage->n] = (struct sb_said_staged){
            .about = about[i], .origin = origin, .branch = branch, .item = *item, .next = *head};
        *head = (uint32_t)++stage->n;
    }
}

/* ---- reading */

static bool append(struct sb_node *node, struct sb_said *said, const struct sb_statement *s)
{
    if (said->n == said->cap) {
        size_t cap = said->cap == 0 ? 16 : 2 * said->cap;
        const struct sb_statement **list =
            sb_arena_alloc(&node->arena, cap * sizeof(struct sb_statement *));
        if (list == NULL) {
            return false;
        }
        if (said->n > 0) {
            memcpy(list, said->list, said->n * sizeof(struct sb_statement *));
        }
        said->list = list;
        said->cap = cap;
    }
    said->list[said->n++] = s;
    return true;
}

/* A body that turns out to say nothing is passed over. */
static bool add(struct sb_node *node, struct sb_lineage *lineage, struct sb_said *out,
                struct sb_offset offset, uint16_t origin, uint16_t branch,
                const struct sb_item *item)
{
    const struct sb_link *link = &item->link;
    struct sb_arena_mark mark = sb_arena_mark(&node->arena);
    struct sb_said_event *event = sb_arena_alloc(&node->arena, sizeof *event);
    if (event == NULL || !sb_node_has_room(node)) {
        return false;
    }
    memset(event, 0, sizeof *event);
    event->offset = offset;
    event->item = *item;
    struct sb_statement *s = &event->statement;
    s->event = (struct sb_reference){link->origin, link->id};
    s->epoch = link->epoch;
    if (!sb_statement_read(s, item->body, &node->arena)) {
        sb_arena_rewind(&node->arena, mark);
        return true;
    }
    s->hash = sb_link_hash(link);
    s->at =
        (struct sb_past_at){sb_lineage_chain(lineage, origin, link->epoch, branch), link->seq.n};
    for (size_t i = 0; s->content == SB_CONTENT_CLOSING && i < s->ending.n_cut; i++) {
        sb_lineage_tip(lineage, &s->ending.cut[i]);
    }
    return append(node, out, s);
}

static bool is_of(const struct sb_subject *a, const struct sb_subject *b)
{
    return a->kind == b->kind && sb_reference_eq(&a->of, &b->of);
}

static bool add_stored(struct sb_node *node, struct sb_lineage *lineage, struct sb_said *out,
                       struct sb_offset offset)
{
    struct sb_record r;
    struct sb_offset at;
    bool released;
    if (!sb_turn_found(node,
                       sb_store_next(node->o.store, offset, &at, &released, &r, node->turn.err)) ||
        at.n != offset.n || r.item.salt == NULL || !sb_rekeyed_shows(node, &r)) {
        return node->turn.rc == SB_OK;
    }
    struct sb_audience *audience = &r.item.link.audience; /* the record's until here */
    audience->orgs = (const struct sb_org *)(const void *)sb_arena_copy(
                         &node->arena, audience->orgs, audience->n * sizeof *audience->orgs)
                         .p;
    return audience->orgs != NULL && add(node, lineage, out, offset, r.origin, r.branch, &r.item);
}

bool sb_said_any(struct sb_node *node, const struct sb_subject *subject)
{
    struct sb_said_entry entry;
    for (uint32_t i = *bucket_of(node, subject); i != 0; i = node->said.items[i - 1].next) {
        if (is_of(&node->said.items[i - 1].about.subject, subject)) {
            return true;
        }
    }
    return sb_turn_found(node, sb_store_next_said(node->o.store, subject, (struct sb_offset){0},
                                                  &entry, node->turn.err)) &&
           is_of(&entry.about.subject, subject);
}

bool sb_said_read(struct sb_node *node, const struct sb_subject *subject, bool staged,
                  struct sb_lineage *lineage, struct sb_said *out)
{
    struct sb_said_entry entry;
    struct sb_offset from = {0};
    *out = (struct sb_said){NULL, 0, 0};
    while (sb_turn_found(
               node, sb_store_next_said(node->o.store, subject, from, &entry, node->turn.err)) &&
           is_of(&entry.about.subject, subject)) {
        from.n = entry.offset.n + (sb_planted(SB_PLANT_VIEW_SKIPS_NEIGHBOUR) ? 2 : 1);
        if (!add_stored(node, lineage, out, entry.offset)) {
            return false;
        }
    }
    uint32_t i = staged ? *bucket_of(node, subject) : 0;
    for (; i != 0; i = node->said.items[i - 1].next) {
        const struct sb_said_staged *s = &node->said.items[i - 1];
        if (is_of(&s->about.subject, subject) &&
            !add(node, lineage, out, (struct sb_offset){0}, s->origin, s->branch, &s->item)) {
            return false;
        }
    }
    return !lineage->failed && node->turn.rc == SB_OK;
}
