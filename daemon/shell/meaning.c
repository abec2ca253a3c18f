/* Asks the rules about a publish: see meaning.h. The event is looked at as if it were the latest of
 * our own, at a place that has every own chain in its past. */
#include "daemon/shell/meaning.h"

#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/said.h"
#include "proto/rules/refuse.h"
#include "proto/statement_read.h"

struct check {
    struct sb_node *node;
    struct sb_statement *said;
    bool no_room;
};

/* The table with one chain more, which leans on all own ones; the event stands on it. */
static bool add_latest(struct check *c, struct sb_past *past)
{
    struct sb_past_chain *chains = (struct sb_past_chain *)(uintptr_t)past->chains; /* ours */
    struct sb_past_at *parents =
        sb_arena_alloc(&c->node->arena, (past->n_chains + 1) * sizeof *parents);
    struct sb_past_chain *latest = &chains[past->n_chains];
    if (parents == NULL) {
        return false;
    }
    c->said->at = (struct sb_past_at){(uint32_t)past->n_chains, 1};
    c->said->epoch.counter = UINT32_MAX;
    *latest = (struct sb_past_chain){.origin = c->node->o.organisation,
                                     .epoch = c->said->epoch,
                                     .leans_on = SB_PAST_NONE,
                                     .base = 1,
                                     .last = 1,
                                     .parents = parents};
    for (size_t i = 0; i < past->n_chains; i++) {
        if (sb_org_eq(&chains[i].origin, &latest->origin)) {
            parents[latest->n_parents++] = (struct sb_past_at){(uint32_t)i, chains[i].last};
        }
    }
    past->n_chains++;
    return true;
}

/* What was said about the subject, and `with`. */
static bool gather(struct check *c, const struct sb_subject *subject,
                   const struct sb_statement *with, struct sb_said *said, struct sb_past *past)
{
    struct sb_lineage lineage;
    sb_lineage_begin(&lineage, c->node);
    bool ok = sb_said_read(c->node, subject, true, &lineage, said);
    if (ok && with != NULL && with->content == SB_CONTENT_CLOSING) {
        for (size_t i = 0; i < with->ending.n_cut; i++) {
            sb_lineage_tip(&lineage, &with->ending.cut[i]);
        }
    }
    ok = ok && sb_lineage_finish(&lineage, past) && add_latest(c, past);
    if (ok && with != NULL) {
        const struct sb_statement **list =
            sb_arena_alloc(&c->node->arena, (said->n + 1) * sizeof(struct sb_statement *));
        ok = list != NULL;
        if (ok && said->n > 0) {
            memcpy(list, said->list, said->n * sizeof(struct sb_statement *));
        }
        if (ok) {
            list[said->n++] = with;
            said->list = list;
        }
    }
    c->no_room = c->no_room || !ok;
    return ok;
}

static const struct sb_decision_view *look_at_decision(void *context,
                                                       const struct sb_reference *decision,
                                                       const struct sb_statement *with,
                                                       struct sb_date as_of)
{
    struct check *c = context;
    const struct sb_subject subject = {SB_SUBJECT_DECISION, *decision};
    struct sb_said said;
    struct sb_past past;
    return gather(c, &subject, with, &said, &past)
               ? sb_decision_fold(decision, said.list, said.n, &past, as_of, &c->node->arena)
               : NULL;
}

static const struct sb_agenda_group *look_at_item(void *context, const struct sb_uuid *item_id,
                                                  const struct sb_statement *with)
{
    struct check *c = context;
    const struct sb_subject subject = {SB_SUBJECT_ITEM, {{{0}}, *item_id}};
    struct sb_said said;
    struct sb_past past;
    return gather(c, &subject, with, &said, &past)
               ? sb_agenda_fold(item_id, said.list, said.n, &c->node->arena)
               : NULL;
}

/* The others mean nothing to each other, or are never refused. */
static bool is_checked(enum sb_content content)
{
    return content == SB_CONTENT_AGENDA_ITEM || content == SB_CONTENT_PROPOSAL ||
           content == SB_CONTENT_POSITION || content == SB_CONTENT_WITHDRAWAL ||
           content == SB_CONTENT_CLOSING;
}

/* The first word about a new item or decision, which replaces nothing, is never refused: most of
 * what is published, and known without decoding it. */
static bool is_first_word(struct sb_node *node, struct sb_bytes body)
{
    const struct sb_abouts *read = sb_said_begin_step(node, body);
    const struct sb_about *about = read->list;
    bool may_begin = read->n == 1 && (about[0].content == SB_CONTENT_AGENDA_ITEM ||
                                      about[0].content == SB_CONTENT_PROPOSAL);
    return may_begin && !about[0].supersedes && !sb_said_any(node, &about[0].subject);
}

enum sb_code sb_meaning_check(struct sb_node *node, const struct sb_submitted *s,
                              char text[static SB_MEANING_TEXT_MAX])
{
    struct sb_arena_mark mark = sb_arena_mark(&node->arena);
    struct sb_statement said = {.event = {node->o.organisation, s->in.id}};
    struct check c = {.node = node, .said = &said};
    const struct sb_rules_lookup lookup = {look_at_decision, look_at_item, &c};
    enum sb_code code = SB_CODE_OK;
    if (is_checked(s->content) && !is_first_word(node, s->body) &&
        sb_statement_read(&said, s->body, &node->arena) && said.valid) {
        code = sb_rules_check(&lookup, &said, text, SB_MEANING_TEXT_MAX);
    }
    if (c.no_room || (code == SB_CODE_TOO_LARGE && node->turn.rc == SB_OK)) {
        code = SB_CODE_UNKNOWN_OUTCOME;
        (void)snprintf(text, SB_MEANING_TEXT_MAX,
                       "no room to check this against all that was said about the same; ask again "
                       "with the same id");
    }
    sb_arena_rewind(&node->arena, mark);
    return code;
}
