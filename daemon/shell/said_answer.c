/* Answers "what was said about this?": whole subjects one after the other in the order of the
 * index, as many as fit a frame, with what the rules must know of their past. What this round has
 * staged is not durable yet and has no part in it. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/rights.h"
#include "daemon/shell/said.h"
#include "proto/rules/decision.h"
#include "proto/said.h"

enum {
    PLACE_BYTES = 1 + 16 + 1 + SB_ORG_MAX + 8, /* of a place to go on from, at most */
    SUBJECTS_PER_ANSWER = 512,                 /* some milliseconds */
    ITEM_BYTES = 64,                           /* around link and body */
    KINDS = SB_SUBJECT_NOTIFICATION + 1,
};

/* Everything before this has been told. */
struct place {
    struct sb_subject subject;
    struct sb_offset offset;
};

struct search {
    struct sb_node *node;
    const struct sb_query *query;
    const struct sb_core_client *rights;
    struct place at;
    struct sb_subject only[SB_ABOUT_MAX]; /* of one event: what it is about, in order */
    size_t n_only;
    struct sb_lineage lineage;
    struct sb_said_answer *out;
    struct sb_past_at *heads;
    size_t n_heads, bytes, subjects;
    bool full, withheld; /* withheld: something that this client may not read */
};

static bool read_place(struct place *out, struct sb_bytes from)
{
    struct sb_reader r;
    memset(out, 0, sizeof *out);
    if (from.n == 0) {
        return true;
    }
    sb_reader_init(&r, from.p, from.n);
    uint8_t kind = sb_get_u8(&r);
    sb_get_copy(&r, out->subject.of.id.b, sizeof out->subject.of.id.b);
    size_t n = sb_get_u8(&r);
    if (n > SB_ORG_MAX || kind > KINDS) {
        return false;
    }
    sb_get_copy(&r, out->subject.of.org.s, n);
    out->offset.n = sb_get_u64(&r);
    out->subject.kind = (enum sb_subject_kind)kind;
    return sb_reader_done(&r);
}

static struct sb_bytes write_place(struct sb_node *node, const struct place *at)
{
    uint8_t *bytes = sb_arena_alloc(&node->arena, PLACE_BYTES);
    struct sb_writer w;
    size_t n = sb_org_len(&at->subject.of.org);
    if (bytes == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    sb_writer_init(&w, bytes, PLACE_BYTES);
    sb_put_u8(&w, (uint8_t)at->subject.kind);
    sb_put_bytes(&w, at->subject.of.id.b, sizeof at->subject.of.id.b);
    sb_put_u8(&w, (uint8_t)n);
    sb_put_bytes(&w, at->subject.of.org.s, n);
    sb_put_u64(&w, at->offset.n);
    return (struct sb_bytes){bytes, w.n};
}

/* ---- which subjects */

static bool wants(const struct search *s, enum sb_subject_kind kind)
{
    return s->query->said_kinds == 0 || (s->query->said_kinds >> kind & 1) != 0;
}

static void go_to(struct search *s, unsigned kind, const struct sb_uuid *id)
{
    memset(&s->at, 0, sizeof s->at);
    s->at.subject.kind = (enum sb_subject_kind)kind;
    s->at.subject.of.id = *id;
}

/* Moves on to the first subject from s->at that is asked for. False: there is none. */
static bool next_of_index(struct search *s, struct sb_subject *out)
{
    static const struct sb_uuid first = {{0}};
    struct sb_node *node = s->node;
    bool one = !sb_uuid_is_zero(&s->query->said_id);
    struct sb_said_entry entry;
    for (;;) {
        unsigned kind = (unsigned)s->at.subject.kind;
        const struct sb_uuid *id = one ? &s->query->said_id : &first;
        if (kind >= KINDS) {
            return false;
        }
        if (!wants(s, s->at.subject.kind)) {
            go_to(s, kind + 1, id);
            continue;
        }
        if (one && memcmp(s->at.subject.of.id.b, id->b, sizeof id->b) < 0) {
            go_to(s, kind, id);
        }
        if (!sb_turn_found(node, sb_store_next_said(node->o.store, &s->at.subject, s->at.offset,
                                                    &entry, node->turn.err))) {
            return false;
        }
        *out = entry.about.subject;
        if ((unsigned)out->kind == kind && (!one || sb_uuid_eq(&out->of.id, id))) {
            return true;
        }
        go_to(s, kind + 1, id);
    }
}

static int compare_subjects(const struct sb_subject *a, const struct sb_subject *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : sb_reference_cmp(&a->of, &b->of);
}

static bool next_of_event(struct search *s, struct sb_subject *out)
{
    for (size_t i = 0; i < s->n_only; i++) {
        if (compare_subjects(&s->only[i], &s->at.subject) >= 0) {
            *out = s->only[i];
            return true;
        }
    }
    return false;
}

/* What the event that is asked for is about; of several contents of its id, the first. */
static void find_event(struct search *s)
{
    struct sb_node *node = s->node;
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_about about[SB_ABOUT_MAX];
    uint16_t origin;
    if (r == NULL || !sb_lookup_origin(node, &s->query->said_origin, &origin) ||
        !sb_rekeyed_find_id(node, origin, &s->query->said_id, 0, r)) {
        return;
    }
    sb_agreed_cover(node, s->rights, r);
    if (r->item.salt == NULL) {
        return;
    }
    s->n_only = sb_about_read(about, &node->orgs[origin], r->item.body);
    for (size_t i = 0; i < s->n_only; i++) {
        s->only[i] = about[i].subject;
    }
    if (s->n_only == 2 && compare_subjects(&s->only[0], &s->only[1]) > 0) {
        s->only[0] = about[1].subject;
        s->only[1] = about[0].subject;
    }
}

/* ---- what was said */

static bool has_ended(const struct search *s, const struct sb_subject *subject)
{
    struct sb_arena *arena = &s->node->arena;
    struct sb_arena_mark mark = sb_arena_mark(arena);
    const struct sb_decision_view *view = NULL;
    struct sb_lineage lineage;
    struct sb_said said;
    struct sb_past past;
    sb_lineage_begin(&lineage, s->node);
    if (sb_said_read(s->node, subject, false, &lineage, &said) &&
        sb_lineage_finish(&lineage, &past)) {
        struct sb_date today = sb_date_of(s->node->turn.now.wall);
        view = sb_decision_fold(&subject->of, said.list, said.n, &past, today, arena);
    }
    bool ended = view != NULL && view->ended;
    sb_arena_rewind(arena, mark);
    return ended;
}

static bool may_read(const struct search *s, const struct sb_said_event *event)
{
    const uint16_t origin = s->lineage.chains[event->statement.at.chain].origin;
    char topic[SB_TOPIC_MAX + 1];
    if (sb_agreed_hides(s->node, s->rights, origin, &event->item)) {
        return false;
    }
    return s->rights->n_read == 0 || (sb_rights_topic(topic, event->item.body) &&
                                      sb_rights_under(topic, s->rights->read, s->rights->n_read));
}

/* False: the answer is full. */
static bool add_item(struct search *s, const struct sb_said_event *event)
{
    const struct sb_item *item = &event->item;
    uint8_t link[SB_LINK_MAX];
    if (!may_read(s, event)) {
        s->withheld = true;
        return true;
    }
    size_t n = sb_link_encode(link, &item->link);
    if (s->out->n_items == SB_SAID_MAX) {
        return false;
    }
    struct sb_bytes copy = sb_arena_copy(&s->node->arena, link, n);
    if (copy.p == NULL) {
        return false;
    }
    if (s->out->n_items > 0 && s->bytes + n + item->body.n + ITEM_BYTES > SB_DELIVER_BYTES) {
        return false;
    }
    s->bytes += n + item->body.n + ITEM_BYTES;
    struct sb_said_item *to = &s->out->items[s->out->n_items++];
    *to = (struct sb_said_item){event->statement.at.chain, *item};
    to->item.link_bytes = copy;
    return true;
}

/* Adds the subject from s->at.offset on. One that does not fit whole waits for the next answer,
 * unless it is the first of this one. */
static bool add_subject(struct search *s, const struct sb_subject *subject)
{
    struct sb_said said;
    size_t before = s->out->n_items, bytes = s->bytes;
    bool same = compare_subjects(&s->at.subject, subject) == 0;
    struct sb_offset from = {same ? s->at.offset.n : 0};
    s->at = (struct place){*subject, {UINT64_MAX}};
    if (s->query->said_open && subject->kind == SB_SUBJECT_DECISION && has_ended(s, subject)) {
        return true;
    }
    if (!sb_said_read(s->node, subject, false, &s->lineage, &said)) {
        return false;
    }
    for (size_t i = 0; i < said.n; i++) {
        const struct sb_said_event *event =
            (const struct sb_said_event *)(const void *)said.list[i];
        if (event->offset.n < from.n) {
            continue;
        }
        if (!add_item(s, event)) {
            s->full = true;
            s->at.offset = before == 0 ? event->offset : from;
            s->out->n_items = before == 0 ? s->out->n_items : before;
            s->bytes = before == 0 ? s->bytes : bytes;
            return true;
        }
    }
    return true;
}

static bool add_subjects(struct search *s)
{
    struct sb_subject subject;
    bool of_event = s->query->said_origin.s[0] != '\0';
    while (!s->full && s->subjects++ < SUBJECTS_PER_ANSWER) {
        bool found = of_event ? next_of_event(s, &subject) : next_of_index(s, &subject);
        if (!found) {
            s->out->end = s->node->turn.rc == SB_OK;
            return s->out->end;
        }
        if (!add_subject(s, &subject)) {
            return false;
        }
        if (of_event && !s->full) { /* the order of references is not quite that of the index */
            s->only[0] = s->only[s->n_only - 1];
            s->n_only--;
        }
    }
    return true;
}

/* ---- the past */

static void add_heads(struct search *s)
{
    struct sb_node *node = s->node;
    struct sb_head *heads = sb_arena_alloc(&node->arena, SB_HEADS_MAX * sizeof *heads);
    struct sb_core_rest rest;
    s->heads = sb_arena_alloc(&node->arena, node->n_origins * SB_HEADS_MAX * sizeof *s->heads);
    s->lineage.failed = s->lineage.failed || heads == NULL || s->heads == NULL;
    for (uint16_t o = 0; o < node->n_origins && !s->lineage.failed; o++) {
        size_t n = sb_core_heads(node->core, o, SB_HEADS_MAX, heads, &rest);
        for (size_t i = 0; i < n; i++) {
            const struct sb_checkpoint *c = &heads[i].checkpoint;
            uint16_t branch;
            if (sb_lookup_link(node, o, heads[i].epoch, c->seq, &c->hash, &branch)) {
                uint32_t chain = sb_lineage_chain(&s->lineage, o, heads[i].epoch, branch);
                s->heads[s->n_heads] = (struct sb_past_at){chain, c->seq.n};
                sb_lineage_link(&s->lineage, s->heads[s->n_heads++], &c->hash);
            }
        }
    }
}

static bool fill_chain(struct sb_node *node, const struct sb_past_chain *from,
                       struct sb_said_chain *to)
{
    *to = (struct sb_said_chain){
        .origin = from->origin, .epoch = from->epoch, .first = {from->base}, .last = {from->last}};
    to->parents = sb_arena_alloc(&node->arena, (from->n_parents + 1) * sizeof *to->parents);
    for (size_t i = 0; to->parents != NULL && i < from->n_parents; i++) {
        to->parents[to->n_parents++] =
            (struct sb_said_place){from->parents[i].chain, {from->parents[i].seq}};
    }
    return to->parents != NULL;
}

static void fill_link(struct search *s, const struct sb_past_link *from, struct sb_said_link *to)
{
    const struct sb_lineage_chain *chain = &s->lineage.chains[from->at.chain];
    struct sb_epoch_name name = {.origin = 0};
    *to = (struct sb_said_link){from->at.chain, {from->at.seq}, from->hash, false, ""};
    sb_people_epoch(s->node, chain->origin, chain->epoch, &name);
    memcpy(to->epoch_text, name.text, sizeof to->epoch_text);
    for (size_t i = 0; i < s->n_heads; i++) {
        to->head |= s->heads[i].chain == from->at.chain && s->heads[i].seq == from->at.seq;
    }
}

static bool fill_past(struct search *s)
{
    struct sb_past past;
    struct sb_said_answer *out = s->out;
    struct sb_arena *arena = &s->node->arena;
    add_heads(s);
    if (!sb_lineage_finish(&s->lineage, &past)) {
        return false;
    }
    out->chains = sb_arena_alloc(arena, (past.n_chains + 1) * sizeof *out->chains);
    out->links = sb_arena_alloc(arena, (past.n_links + 1) * sizeof *out->links);
    if (out->chains == NULL || out->links == NULL) {
        return false;
    }
    for (; out->n_chains < past.n_chains; out->n_chains++) {
        struct sb_said_chain *to = &out->chains[out->n_chains];
        if (!fill_chain(s->node, &past.chains[out->n_chains], to)) {
            return false;
        }
        to->branch = s->lineage.chains[out->n_chains].branch;
    }
    for (; out->n_links < past.n_links; out->n_links++) {
        fill_link(s, &past.links[out->n_links], &out->links[out->n_links]);
    }
    return true;
}

/* SB_CODE_OK, or the refusal with a sentence. */
static enum sb_code fill(struct sb_node *node, const struct sb_core_client *rights,
                         const struct sb_query *query, struct sb_said_answer *out,
                         const char **text)
{
    struct search s = {.node = node, .query = query, .rights = rights, .out = out};
    *out = (struct sb_said_answer){0};
    if (!read_place(&s.at, query->said_from)) {
        *text = "said_from: not a place where an answer of this daemon ended";
        return SB_CODE_MALFORMED;
    }
    sb_lineage_begin(&s.lineage, node);
    out->items = sb_arena_alloc(&node->arena, SB_SAID_MAX * sizeof *out->items);
    if (query->said_origin.s[0] != '\0') {
        find_event(&s);
    }
    if (out->items == NULL || !add_subjects(&s) || !fill_past(&s)) {
        *text = "too much is being read just now: ask again";
        return SB_CODE_TOO_LARGE;
    }
    out->complete =
        !s.withheld && sb_core_erasures_known(node->core) && sb_core_lag(node->core) == 0 &&
        sb_rekeyed_missing(node, 1) == 0 && !sb_lineage_lacks_parents(node) &&
        !sb_retention_lacks(node, query->said_origin.s[0] != '\0' ? 0 : query->said_kinds);
    out->next = write_place(node, &s.at);
    return SB_CODE_OK;
}

void sb_said_answer(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                    const struct sb_query *query)
{
    struct sb_message m = {.type = SB_MSG_SAID, .request = request};
    struct sb_route route = {SB_ROUTE_SESSION, session};
    const char *text = "";
    enum sb_code code = fill(node, &node->clients[client], query, &m.said, &text);
    if (code != SB_CODE_OK) {
        sb_outbox_refuse(node, route, request, code, text);
    } else if (!sb_outbox_answer(node, session, &m)) {
        sb_outbox_refuse(node, route, request, SB_CODE_TOO_LARGE,
                         "the answer does not fit a frame: ask about less");
    }
}
