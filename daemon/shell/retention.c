/* Searches for content whose time is up: see retention.h. Destroying cannot be taken back, so a
 * clock that was just moved or just looked at destroys nothing, nor one that a partner contradicts.
 */
#include "daemon/shell/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/shell/erasure.h"
#include "daemon/shell/node_internal.h"
#include "proto/embargo.h"
#include "proto/rules/calendar_date.h"

enum {
    EVERY_MS = 600000,        /* at least: of what comes later, times run out too */
    GAP_MS = 1000,            /* at least, between two searches */
    DOUBT_GAP_MS = 60000,     /* between two, while a partner's clock differs */
    ENTRIES_PER_TURN = 1024,  /* of the log */
    DESTROYED_PER_TURN = 256, /* a commit that long nobody notices */
    DOUBT_MS = 3600000,       /* that a clock may differ from a partner's */
};

void sb_node_retain(struct sb_node *node, const struct sb_config_retention *rules, size_t n)
{
    struct sb_retention *r = &node->retention;
    r->rules = rules;
    r->n_rules = n;
    r->searching = false;
    r->next_mono_ms = 0;
}

static bool may_search(const struct sb_node *node)
{
    const char *reason;
    return !node->retention.known ||
           (node->retention.n_rules > 0 && !node->stopping &&
            strcmp(sb_core_state(node->core, &reason), "recovering") != 0);
}

int64_t sb_retention_deadline(const struct sb_node *node)
{
    const struct sb_retention *r = &node->retention;
    if (!may_search(node)) {
        return INT64_MAX;
    }
    int64_t due = r->searching ? 0 : r->next_mono_ms, others_ms = node->erasing.others_ms;
    return r->untold ? 0 : due > others_ms ? due : others_ms;
}

static void tell(struct sb_node *node, const char *from, const char *to, const char *why)
{
    const struct sb_node_events *events = &node->o.events;
    if (events->state != NULL) {
        events->state(events->context, node->o.organisation.s, "retention", from, to, why);
    }
}

/* ---- what is up */

/* Whose clock is right is for people to find out. */
static bool doubts_clock(struct sb_node *node)
{
    struct sb_retention *r = &node->retention;
    bool doubted = false;
    for (size_t i = 0; i < node->o.n_partners; i++) {
        const struct sb_origin *o = &node->origins[node->partner_numbers[i]];
        int64_t ahead = o->clock_offset_ms;
        doubted |= o->clock_known && (ahead > DOUBT_MS || ahead < -DOUBT_MS);
    }
    if (doubted != r->clock_doubted) {
        r->clock_doubted = doubted;
        tell(node, doubted ? "active" : "waiting", doubted ? "waiting" : "active",
             doubted
                 ? "our clock and a partner's differ by more than an hour: nothing is destroyed "
                   "before they agree"
                 : "the clocks agree");
    }
    return doubted;
}

/* From when on partners have had the time to contradict the clock and to tell what is erased. The
 * embargoes watch whether it is moved. */
static int64_t sure_mono_ms(const struct sb_node *node)
{
    const struct sb_embargoes *e = &node->embargoes;
    int64_t told = sb_core_erasures_known(node->core) ? 0 : e->begun_mono_ms + SB_EMBARGO_ASK_MS;
    return told > e->steady_mono_ms ? told : e->steady_mono_ms;
}

/* Asked in every turn. */
static bool may_destroy(struct sb_node *node)
{
    return !doubts_clock(node) && node->turn.now.mono_ms >= sure_mono_ms(node);
}

/* The longest prefix of all rules; NULL: none has the topic. */
static const struct sb_config_retention *rule_of(const struct sb_node *node, const char *topic)
{
    const struct sb_config_retention *found = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < node->retention.n_rules; i++) {
        const struct sb_config_retention *rule = &node->retention.rules[i];
        for (size_t k = 0; k < rule->n_topics; k++) {
            size_t n = strlen(rule->topics[k]);
            if (n > longest && sb_topic_under(topic, rule->topics[k])) {
                longest = n;
                found = rule;
            }
        }
    }
    return found;
}

/* Its origin writes the time of an event: whatever it says, it was not made after it came here. */
static int64_t made_ms(const struct sb_record *r, const struct sb_body_head *head)
{
    bool usable = sb_date_tells(head->time) && head->time.ms < r->committed.ms;
    return usable ? head->time.ms : r->committed.ms;
}

/* The rule for an event whose content is here, and when its time is up; NULL: none. What is under
 * embargo has not been published yet. */
static const struct sb_config_retention *read_rule(const struct sb_node *node,
                                                   const struct sb_record *r, int64_t *up_ms)
{
    struct sb_body_head head;
    struct sb_embargo embargo;
    char topic[SB_TOPIC_MAX + 1];
    if (r->state != SB_BODY_PRESENT || r->item.link.kind == SB_KIND_SYSTEM ||
        !sb_body_head_read(&head, r->item.body) || head.topic.n > SB_TOPIC_MAX ||
        sb_embargo_read(&embargo, r->item.body)) {
        return NULL;
    }
    memcpy(topic, head.topic.p, head.topic.n);
    topic[head.topic.n] = '\0';
    const struct sb_config_retention *rule = rule_of(node, topic);
    *up_ms = rule == NULL ? 0 : made_ms(r, &head) + rule->keep_ms;
    return rule;
}

static void note_class(struct sb_retention *r, enum sb_class class)
{
    r->seen |= 1U << class;
    r->destroyed |= 1U << class;
}

static void destroy(struct sb_node *node, const struct sb_record *r,
                    const struct sb_config_retention *rule)
{
    sb_turn_put_expired(
        node, &(struct sb_erased){.origin = r->origin,
                                  .event = r->item.link.id,
                                  .since = node->turn.now.wall,
                                  .ground = {(const uint8_t *)rule->ground, strlen(rule->ground)}});
    node->retention.n_destroyed++;
    node->retention.portion.n++;
    note_class(&node->retention, r->class);
}

/* ---- the search */

/* For one more, in this turn. As much room is left to who erases something now, but for the last
 * place; who finds that taken comes first for a while (sb_retention_deadline). */
static bool has_place(struct sb_node *node)
{
    const struct sb_portion *p = &node->retention.portion;
    unsigned left = sb_turn_may_forget(node), room = left > p->n ? left - p->n : 0;
    return sb_portion_left(p, DESTROYED_PER_TURN, room) > 0;
}

/* False: that was all. */
static bool search(struct sb_node *node)
{
    struct sb_retention *s = &node->retention;
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    for (int i = 0; r != NULL && i < ENTRIES_PER_TURN && has_place(node); i++) {
        bool released = false;
        const struct sb_offset from = {s->at.n + 1};
        if (node->turn.rc != SB_OK ||
            !sb_turn_found(
                node, sb_store_next(node->o.store, from, &s->at, &released, r, node->turn.err))) {
            return false;
        }
        int64_t up_ms, now_ms = node->turn.now.wall.ms;
        const struct sb_config_retention *rule = released ? NULL : read_rule(node, r, &up_ms);
        if (!released && r->state == SB_BODY_EXPIRED) {
            note_class(s, r->class);
        } else if (rule != NULL && up_ms <= now_ms && s->destroys) {
            destroy(node, r, rule);
        } else if (rule != NULL && up_ms < s->soonest_ms) {
            s->soonest_ms = up_ms;
        }
    }
    return r != NULL;
}

static void end_search(struct sb_node *node)
{
    struct sb_retention *r = &node->retention;
    int64_t left = r->soonest_ms - node->turn.now.wall.ms; /* clocks are after 0 */
    int64_t gap = left < GAP_MS ? GAP_MS : left < EVERY_MS ? left : EVERY_MS;
    int64_t sure = sure_mono_ms(node) - node->turn.now.mono_ms;
    gap = !r->destroys && gap < sure ? sure : gap;
    gap = r->clock_doubted && gap < DOUBT_GAP_MS ? DOUBT_GAP_MS : gap;
    if (node->turn.now.mono_ms + gap < r->next_mono_ms) {
        r->next_mono_ms = node->turn.now.mono_ms + gap;
    }
    r->searching = false;
    r->destroyed = r->seen;
    r->known = true;
    r->untold = r->n_destroyed > 0;
}

/* Once the commit stands: what did not happen is not told. */
static void tell_destroyed(struct sb_node *node)
{
    struct sb_retention *r = &node->retention;
    char text[SB_NODE_TEXT_MAX];
    r->untold = false;
    uint64_t n = r->n_destroyed;
    r->n_destroyed = 0;
    snprintf(text, sizeof text,
             "the content of %" PRIu64 " events, whose time was up; `samenbus erasures` has "
             "the grounds",
             n);
    tell(node, "kept", "destroyed", text);
}

void sb_retention_settle(struct sb_node *node, bool committed)
{
    struct sb_retention *r = &node->retention;
    unsigned batch = r->portion.n;
    sb_portion_settle(&r->portion, DESTROYED_PER_TURN, committed);
    if (committed) {
        return;
    }
    r->n_destroyed -= batch;
    r->untold = false;
    if (r->searching || batch > 0) {
        r->searching = false;
        r->next_mono_ms = node->turn.now.mono_ms + GAP_MS;
    }
}

/* Most stores have no record of anything destroyed: then there is nothing to look for. */
static bool has_records(struct sb_node *node)
{
    struct sb_erased first;
    return sb_turn_found(node, sb_store_next_erased(node->o.store, 0, &(struct sb_uuid){{0}},
                                                    &first, node->turn.err));
}

bool sb_retention_lacks(const struct sb_node *node, uint32_t kinds)
{
    static const enum sb_class class_of[] = {[SB_SUBJECT_ITEM] = SB_CLASS_AGENDA,
                                             [SB_SUBJECT_DECISION] = SB_CLASS_DECISION,
                                             [SB_SUBJECT_NOTIFICATION] = SB_CLASS_NOTIFICATION};
    const struct sb_retention *r = &node->retention;
    unsigned classes = 1U << SB_CLASS_LINK;
    for (size_t kind = 0; kind < sizeof class_of / sizeof *class_of; kind++) {
        if (kinds == 0 || (kinds >> kind & 1) != 0) {
            classes |= 1U << class_of[kind];
        }
    }
    return !r->known || (r->destroyed & classes) != 0;
}

void sb_retention_run(struct sb_node *node)
{
    struct sb_retention *r = &node->retention;
    if (r->untold) {
        tell_destroyed(node);
    }
    if (!may_search(node) || node->turn.now.mono_ms < sb_retention_deadline(node)) {
        return;
    }
    if (!r->known && !r->searching && !has_records(node)) {
        r->known = true;
    }
    if (!r->searching && (r->n_rules > 0 || !r->known)) {
        r->next_mono_ms = node->turn.now.mono_ms + EVERY_MS;
        r->searching = true;
        r->destroys = r->n_rules > 0;
        r->at.n = 0;
        r->seen = 0;
        r->soonest_ms = INT64_MAX;
    }
    if (r->searching) {
        r->destroys = r->destroys && may_destroy(node);
    }
    if (r->searching && !search(node)) {
        end_search(node);
    }
}
