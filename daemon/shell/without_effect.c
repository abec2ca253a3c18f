/* Counts what the rules ignore of a round: see without_effect.h. Each subject is folded once for
 * all that the round said about it. */
#include "daemon/shell/without_effect.h"

#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/said.h"
#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"
#include "proto/rules/notification.h"
#include "proto/statement_read.h"

/* What a view says of its statements: two lists, of which a decision alone has the second. */
struct verdicts {
    const struct sb_ignored *ignored;
    size_t n_ignored;
    const struct sb_position_view *positions;
    size_t n_positions;
};

static bool fold(struct sb_node *node, const struct sb_subject *subject, const struct sb_said *said,
                 struct sb_past *past, struct verdicts *out)
{
    struct sb_time now = node->turn.now.wall;
    if (subject->kind == SB_SUBJECT_ITEM) {
        const struct sb_agenda_group *g =
            sb_agenda_fold(&subject->of.id, said->list, said->n, &node->arena);
        *out = g == NULL ? *out : (struct verdicts){g->ignored, g->n_ignored, NULL, 0};
        return g != NULL;
    }
    if (subject->kind == SB_SUBJECT_NOTIFICATION) {
        const struct sb_notification_view *v =
            sb_notification_fold(&subject->of, said->list, said->n, past, now, &node->arena);
        *out = v == NULL ? *out : (struct verdicts){v->ignored, v->n_ignored, NULL, 0};
        return v != NULL;
    }
    const struct sb_decision_view *v =
        sb_decision_fold(&subject->of, said->list, said->n, past, sb_date_of(now), &node->arena);
    *out = v == NULL ? *out
                     : (struct verdicts){v->ignored, v->n_ignored, v->positions, v->n_positions};
    return v != NULL;
}

static enum sb_why why_of(const struct verdicts *v, const struct sb_hash *hash)
{
    for (size_t i = 0; i < v->n_ignored; i++) {
        if (sb_hash_eq(&v->ignored[i].statement->hash, hash)) {
            return v->ignored[i].why;
        }
    }
    for (size_t i = 0; i < v->n_positions; i++) {
        if (v->positions[i].state == SB_POSITION_IGNORED &&
            sb_hash_eq(&v->positions[i].statement->hash, hash)) {
            return v->positions[i].why;
        }
    }
    return SB_WHY_NONE;
}

/* May what it lacks still be on its way? */
static bool may_wait(struct sb_node *node, enum sb_why why)
{
    bool names_unknown = why == SB_WHY_UNKNOWN_ITEM || why == SB_WHY_UNKNOWN_DECISION ||
                         why == SB_WHY_UNKNOWN_REVISION || why == SB_WHY_UNKNOWN_NOTIFICATION;
    return names_unknown && (sb_core_lag(node->core) > 0 || sb_rekeyed_missing(node, 1) > 0);
}

static bool is_of(const struct sb_said_staged *s, const struct sb_subject *subject)
{
    return s->origin != 0 && s->about.subject.kind == subject->kind &&
           sb_reference_eq(&s->about.subject.of, &subject->of);
}

/* All that the round says about one subject: from this item on, along the list that it is in. */
static void judge(struct sb_node *node, size_t latest)
{
    struct sb_said_staged *items = node->said.durable;
    const struct sb_subject subject = items[latest].about.subject;
    struct sb_lineage lineage;
    struct sb_said said;
    struct sb_past past;
    struct verdicts verdicts = {NULL, 0, NULL, 0};
    sb_lineage_begin(&lineage, node);
    bool seen = sb_said_read(node, &subject, false, &lineage, &said) &&
                said.n <= SB_JUDGED_STATEMENTS_MAX && sb_lineage_finish(&lineage, &past) &&
                fold(node, &subject, &said, &past, &verdicts);
    for (size_t i = latest + 1; i != 0; i = items[i - 1].next) {
        struct sb_said_staged *s = &items[i - 1];
        if (is_of(s, &subject)) {
            struct sb_hash hash = sb_link_hash(&s->item.link);
            enum sb_why why = seen ? why_of(&verdicts, &hash) : SB_WHY_NONE;
            s->ignored = why != SB_WHY_NONE && !may_wait(node, why);
            s->judged = true;
        }
    }
}

/* A new agenda item that replaces nothing is ignored only where it does not read as one: most of
 * what partners publish, and known without looking for others. */
static bool judge_first_word(struct sb_node *node, struct sb_said_staged *s)
{
    struct sb_statement said = {.event = {s->item.link.origin, s->item.link.id}};
    if (s->about.content != SB_CONTENT_AGENDA_ITEM || s->about.supersedes) {
        return false;
    }
    s->judged = true;
    s->ignored = sb_statement_read(&said, s->item.body, &node->arena) && !said.valid;
    return true;
}

/* An event about two subjects stands there twice in a row, and counts once. */
static void add_up(struct sb_node *node)
{
    const struct sb_said_stage *stage = &node->said;
    for (size_t i = 0; i < stage->n_durable; i++) {
        const struct sb_said_staged *s = &stage->durable[i];
        bool counted = i > 0 && s[-1].ignored && s[-1].item.body.p == s->item.body.p;
        node->without_effect += s->ignored && !counted;
    }
}

void sb_without_effect_count(struct sb_node *node)
{
    struct sb_said_stage *stage = &node->said;
    for (size_t i = stage->n_durable; i > 0 && node->turn.rc == SB_OK; i--) {
        struct sb_said_staged *s = &stage->durable[i - 1];
        if (s->origin == 0 || s->judged) {
            continue;
        }
        struct sb_arena_mark mark = sb_arena_mark(&node->arena);
        if (!judge_first_word(node, s)) {
            judge(node, i - 1);
        }
        sb_arena_rewind(&node->arena, mark);
    }
    add_up(node);
}
