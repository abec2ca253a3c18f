/* Searches for what is due and publishes as the daemon itself: see remind.h. What a reminder says
 * is a function of the decision, its revision and the organisation alone, so that two instances of
 * us say the same. */
#include "daemon/shell/remind.h"

#include <stdio.h>
#include <string.h>

#include "daemon/shell/inbox.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "proto/pb_writer.h"
#include "proto/rules/deadline.h"
#include "proto/text.h"

enum {
    EVERY_MS = 3600000,      /* days begin, and positions go missing, without anybody saying so */
    GAP_MS = 2000,           /* at least, between two searches */
    AWAIT_MS = 500,          /* until it is looked again whether bodies have come */
    ENTRIES_PER_TURN = 2048, /* of the index; some hundred microseconds */
    DECISIONS_PER_TURN = 32, /* folded */
    TITLE_MAX = 800,         /* bytes of it in a subject */
    SEVERITY_ATTENTION = 2,  /* of samenbus.proto, as are the fields below */
    REFERENCE_BYTES = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX,
    CONTENT_BYTES = 4096,
};

void sb_remind_proposed(struct sb_node *node)
{
    node->remind.proposed = true;
}

void sb_remind_begin_turn(struct sb_node *node)
{
    node->remind.wanted |= node->remind.proposed; /* it is durable from now on */
    node->remind.proposed = false;
}

/* The answer that is reminded of may be here, and its body come in a moment: that is waited for, as
 * long after the start as partners are asked what they know. */
static bool awaits_bodies(struct sb_node *node)
{
    return node->turn.now.mono_ms < node->embargoes.begun_mono_ms + SB_EMBARGO_ASK_MS &&
           sb_rekeyed_missing(node, 1) > 0;
}

/* A daemon that fetches its history back may have said it already, or comes from an old backup, and
 * who was to answer may have done so while it was down: partners are asked first, for a bounded
 * time. One whose disk is full cannot. */
static bool may_remind(const struct sb_node *node)
{
    const char *reason;
    return node->o.remind_days > 0 && !node->stopping && !sb_core_settling(node->core) &&
           strcmp(sb_core_state(node->core, &reason), "ready") == 0;
}

int64_t sb_remind_deadline(const struct sb_node *node)
{
    const struct sb_remind *r = &node->remind;
    if (!may_remind(node)) {
        return INT64_MAX;
    }
    if (r->searching) {
        return 0;
    }
    bool soon = r->wanted || r->proposed;
    int64_t gap_over = r->next_mono_ms - EVERY_MS + GAP_MS;
    int64_t next = soon && gap_over < r->next_mono_ms ? gap_over : r->next_mono_ms;
    return next > r->await_mono_ms ? next : r->await_mono_ms;
}

/* ---- one reminder */

static void put_text(struct sb_pb_writer *w, uint32_t field, const char *text)
{
    sb_pb_put_bytes(w, field, text, strlen(text));
}

static void write_reference(char out[static REFERENCE_BYTES], const struct sb_reference *r)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &r->id);
    (void)snprintf(out, REFERENCE_BYTES, "%s/%s", r->org.s, id);
}

/* What does not fit a topic is left out: the last segment whole, unless it is the only one. */
static size_t topic_bytes(const char *topic, size_t n, size_t first)
{
    if (n <= SB_TOPIC_MAX) {
        return n;
    }
    for (n = SB_TOPIC_MAX; n > first && topic[n] != '/'; n--) {
    }
    return n > first ? n : SB_TOPIC_MAX;
}

/* "decision/wonen" is answered under "notification/wonen". */
static struct sb_bytes topic_of(struct sb_node *node, const struct sb_item *proposal)
{
    static const char decision[] = "decision", notification[] = "notification";
    struct sb_body_head head;
    char topic[SB_TOPIC_MAX + sizeof notification];
    if (!sb_body_head_read(&head, proposal->body) || head.topic.n < sizeof decision ||
        head.topic.n > SB_TOPIC_MAX) {
        return (struct sb_bytes){NULL, 0};
    }
    int n = snprintf(topic, sizeof topic, "%s%.*s", notification,
                     (int)(head.topic.n - (sizeof decision - 1)),
                     (const char *)head.topic.p + sizeof decision - 1);
    return sb_arena_copy(&node->arena, topic, topic_bytes(topic, (size_t)n, sizeof notification));
}

static size_t title_bytes(struct sb_bytes title)
{
    size_t n = title.n;
    if (n > TITLE_MAX) {
        for (n = TITLE_MAX; n > 0 && (title.p[n] & 0xc0) == 0x80; n--) {
        }
    }
    return n;
}

static struct sb_bytes write_content(struct sb_node *node, const struct sb_decision_view *view,
                                     const struct sb_org *org, const struct sb_uuid *id)
{
    const struct sb_proposal *p = &view->revision->proposal;
    char due[SB_DATE_WORDS_MAX], decision[REFERENCE_BYTES], name[SB_UUID_TEXT_MAX];
    char text[CONTENT_BYTES];
    uint8_t *bytes = sb_arena_alloc(&node->arena, CONTENT_BYTES);
    struct sb_pb_writer w = {.p = bytes};
    if (bytes == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    sb_date_words(due, p->deadline);
    write_reference(decision, &view->decision);
    sb_uuid_format(name, id);
    put_text(&w, 1, name);
    sb_pb_put_uint(&w, 2, SEVERITY_ATTENTION);
    (void)snprintf(text, sizeof text, "Position due %s: %.*s", due, (int)title_bytes(p->title),
                   (const char *)p->title.p);
    put_text(&w, 3, text);
    (void)snprintf(text, sizeof text,
                   "The position of %s on the decision %s is due on %s and has not come in yet.",
                   org->s, decision, due);
    put_text(&w, 4, text);
    put_text(&w, 5, org->s);
    return (struct sb_bytes){bytes, w.n};
}

static struct sb_bytes write_body(struct sb_node *node, struct sb_bytes topic,
                                  const struct sb_reference *revision, struct sb_bytes content)
{
    char reference[REFERENCE_BYTES];
    uint8_t *bytes = sb_arena_alloc(&node->arena, 2 * CONTENT_BYTES);
    struct sb_pb_writer w = {.p = bytes};
    if (bytes == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    write_reference(reference, revision);
    sb_pb_put_bytes(&w, 1, topic.p, topic.n);
    put_text(&w, 4, reference);
    sb_pb_put_bytes(&w, SB_CONTENT_NOTIFICATION, content.p, content.n);
    return (struct sb_bytes){bytes, w.n};
}

/* To those who know the text that it is about; to nobody who may not. */
static void remind(struct sb_node *node, const struct sb_decision_view *view,
                   const struct sb_org *org)
{
    const struct sb_item *proposal =
        &((const struct sb_said_event *)(const void *)view->revision)->item;
    struct sb_uuid id = sb_deadline_reminder_id(&view->decision, &view->revision->event, org);
    struct sb_record *known = sb_arena_alloc(&node->arena, sizeof *known);
    if (known == NULL || !sb_link_entitles(&proposal->link, org) ||
        sb_rekeyed_find_id(node, 0, &id, 0, known)) {
        return;
    }
    struct sb_bytes topic = topic_of(node, proposal);
    struct sb_bytes content = write_content(node, view, org, &id);
    if (topic.p == NULL || content.p == NULL) {
        return;
    }
    struct sb_submission said = {.id = id, .audience = proposal->link.audience};
    said.body = write_body(node, topic, &view->revision->event, content);
    if (said.body.p != NULL) {
        sb_inbox_publish_own(node, &said);
    }
}

/* ---- the search */

static void look_at(struct sb_node *node, const struct sb_subject *subject)
{
    struct sb_date today = sb_date_of(node->turn.now.wall);
    struct sb_lineage lineage;
    struct sb_said said;
    struct sb_past past;
    sb_lineage_begin(&lineage, node);
    if (!sb_said_read(node, subject, true, &lineage, &said) ||
        !sb_lineage_finish(&lineage, &past)) {
        return;
    }
    const struct sb_decision_view *view =
        sb_decision_fold(&subject->of, said.list, said.n, &past, today, &node->arena);
    if (view != NULL && sb_deadline_reminds(view, node->o.remind_days)) {
        for (size_t i = 0; i < view->missing.n && node->turn.rc == SB_OK; i++) {
            remind(node, view, &view->missing.p[i]);
        }
    }
}

/* Only the entry is looked at: most decisions are somebody else's, or not due. */
static bool may_be_due(const struct sb_node *node, const struct sb_said_entry *entry)
{
    int64_t today = sb_date_of(node->turn.now.wall).days, due = entry->about.day.days;
    return entry->about.content == SB_CONTENT_PROPOSAL && sb_date_given(entry->about.day) &&
           sb_org_eq(&entry->about.subject.of.org, &node->o.organisation) && due >= today &&
           due <= today + (int64_t)node->o.remind_days;
}

/* Whole subjects from r->at on. False: that was all. */
static bool search(struct sb_node *node)
{
    struct sb_remind *r = &node->remind;
    struct sb_said_entry entry;
    size_t decisions = 0;
    for (size_t n = 0;
         n < ENTRIES_PER_TURN && decisions < DECISIONS_PER_TURN && sb_node_has_room(node); n++) {
        if (!sb_turn_found(
                node, sb_store_next_said(node->o.store, &r->at, r->from, &entry, node->turn.err)) ||
            entry.about.subject.kind != SB_SUBJECT_DECISION) {
            return false;
        }
        r->at = entry.about.subject;
        r->from.n = entry.offset.n + 1;
        if (may_be_due(node, &entry)) {
            look_at(node, &entry.about.subject);
            r->from.n = UINT64_MAX; /* the rest of it has been looked at as well */
            decisions++;
        }
    }
    return true;
}

void sb_remind_run(struct sb_node *node)
{
    struct sb_remind *r = &node->remind;
    if (!may_remind(node) || node->turn.now.mono_ms < sb_remind_deadline(node)) {
        return;
    }
    if (!r->searching && awaits_bodies(node)) {
        r->await_mono_ms = node->turn.now.mono_ms + AWAIT_MS;
        return;
    }
    if (!r->searching) {
        r->searching = true;
        r->wanted = false;
        r->next_mono_ms = node->turn.now.mono_ms + EVERY_MS;
        r->at = (struct sb_subject){SB_SUBJECT_DECISION, {{{0}}, {{0}}}};
        r->from.n = 0;
    }
    r->searching = search(node);
}
