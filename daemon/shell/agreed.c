/* What clients are shown of partners; see agreed.h. The rule is looked at for each event that is
 * read, so that another configuration holds from the next read on, for what is here already too. */
#include "daemon/shell/agreed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/shell/damage.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rights.h"

enum rule { SHOWN, OUTSIDE, TOO_LARGE };

struct sb_agreed_denial {
    struct sb_agreed_denial *next;
    uint16_t origin;
    enum rule rule;
    struct sb_uuid id;
    char topic[SB_TOPIC_MAX + 1];
    uint32_t bytes;
};

static bool has_rule(const struct sb_agreed *a)
{
    return a->n_show > 0 || a->max_body > 0;
}

static enum rule judge(const struct sb_agreed *a, const char *topic, size_t bytes)
{
    if (a->n_show > 0 && !sb_rights_under(topic, a->show, a->n_show)) {
        return OUTSIDE;
    }
    return a->max_body > 0 && bytes > a->max_body ? TOO_LARGE : SHOWN;
}

/* A body that says no topic is under none: `topic` is "" then. Without a body nothing is known. */
static enum rule judge_item(const struct sb_agreed *a, const struct sb_item *item,
                            char topic[static SB_TOPIC_MAX + 1])
{
    if (!has_rule(a) || item->link.kind == SB_KIND_SYSTEM || item->salt == NULL) {
        return SHOWN;
    }
    enum sb_class class;
    if (!sb_rights_topic(topic, item->body) || !sb_topic_valid(topic, strlen(topic), &class)) {
        topic[0] = '\0';
    }
    return judge(a, topic, item->body.n);
}

bool sb_agreed_hides(const struct sb_node *node, const struct sb_core_client *reader,
                     uint16_t origin, const struct sb_item *item)
{
    char topic[SB_TOPIC_MAX + 1];
    return !reader->admin && judge_item(&node->origins[origin].agreed, item, topic) != SHOWN;
}

/* A topic of a damaged body is nobody's word: where it would hide the event, the body is checked.
 */
void sb_agreed_cover(struct sb_node *node, const struct sb_core_client *reader,
                     struct sb_record *record)
{
    if (!sb_agreed_hides(node, reader, record->origin, &record->item)) {
        return;
    }
    sb_damage_check(node, record);
    if (record->item.salt != NULL) {
        record->item.salt = NULL;
        record->item.body = (struct sb_bytes){NULL, 0};
        record->state = SB_BODY_HIDDEN;
    }
}

/* ---- denials */

void sb_agreed_stage(struct sb_node *node, uint16_t origin, const struct sb_item *item)
{
    char topic[SB_TOPIC_MAX + 1] = "";
    enum rule rule = judge_item(&node->origins[origin].agreed, item, topic);
    if (rule == SHOWN) {
        return;
    }
    struct sb_agreed_denial *denial = sb_arena_alloc(&node->arena, sizeof *denial);
    if (denial == NULL) {
        sb_turn_fail(node, SB_E_NOMEM, "stage what is not shown");
        return;
    }
    struct sb_agreed_stage *stage = &node->agreed;
    *denial = (struct sb_agreed_denial){
        .origin = origin, .rule = rule, .id = item->link.id, .bytes = (uint32_t)item->body.n};
    memcpy(denial->topic, topic, sizeof denial->topic);
    *(stage->first == NULL ? &stage->first : &stage->last->next) = denial;
    stage->last = denial;
}

static void deny(struct sb_node *node, const struct sb_agreed_denial *d)
{
    struct sb_agreed *a = &node->origins[d->origin].agreed;
    char what[SB_NODE_TEXT_MAX + SB_TOPIC_MAX], id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &d->id);
    (void)snprintf(what, sizeof what, "event %s/%s %s", node->orgs[d->origin].s, id, d->topic);
    sb_people_deny(node, d->origin, what,
                   d->rule == TOO_LARGE
                       ? "denied: larger than peers.max_body; it is kept, and not shown to clients"
                       : "denied: peers.show names no prefix of this topic; it is kept, and not "
                         "shown to clients");
    a->hidden++;
    a->bytes = d->bytes;
    memcpy(a->topic, d->topic, sizeof a->topic);
}

void sb_agreed_settle(struct sb_node *node, bool durable)
{
    for (const struct sb_agreed_denial *d = node->agreed.first; durable && d != NULL; d = d->next) {
        deny(node, d);
    }
    node->agreed = (struct sb_agreed_stage){NULL, NULL};
}

/* ---- the rule, and what each side says of it */

void sb_agreed_change(struct sb_agreed *agreed, const char *const *show, size_t n_show,
                      uint32_t max_body)
{
    agreed->show = show;
    agreed->n_show = n_show;
    agreed->max_body = max_body;
    if (!has_rule(agreed) || judge(agreed, agreed->topic, agreed->bytes) == SHOWN) {
        agreed->topic[0] = '\0';
    }
}

void sb_agreed_words(const struct sb_agreed *agreed, char out[static SB_LABEL_MAX + 1])
{
    enum { SIZE_BYTES = 32, LIST_BYTES = SB_LABEL_MAX + 1 - SIZE_BYTES };
    char list[LIST_BYTES] = "every topic", size[SIZE_BYTES] = "";
    if (!has_rule(agreed)) {
        out[0] = '\0';
        return;
    }
    if (agreed->n_show > 0) {
        sb_rights_list(agreed->show, agreed->n_show, list, sizeof list);
    }
    if (agreed->max_body > 0) {
        (void)snprintf(size, sizeof size, ", up to %" PRIu32 " bytes", agreed->max_body);
    }
    (void)snprintf(out, SB_LABEL_MAX + 1, "%s%s", list, size);
}

void sb_agreed_tell(const struct sb_agreed *agreed, struct sb_view *view)
{
    sb_agreed_words(agreed, view->shows);
    view->hidden = agreed->hidden;
    memcpy(view->hidden_topic, agreed->topic, sizeof view->hidden_topic);
}

void sb_agreed_learn(struct sb_agreed *agreed, const struct sb_view *view)
{
    memcpy(agreed->told, view->shows, sizeof agreed->told);
    memcpy(agreed->told_topic, view->hidden_topic, sizeof agreed->told_topic);
    agreed->told_hidden = view->hidden;
}
