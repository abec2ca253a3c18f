/* The check of PROTOCOL §18.8 at a client: the views are folded from what was gathered, with the
 * event at a place behind everything of its origin. */
#include <stdio.h>
#include <string.h>

#include "clients/command/draft.h"
#include "proto/body.h"
#include "proto/rules/refuse.h"
#include "proto/statement_read.h"

struct checking {
    struct sb_gathered *g;
    struct sb_past past; /* what was gathered, and one chain more that leans on all own ones */
};

/* What was said about a subject, and `with`; p is NULL without memory. */
static struct sb_statements given(const struct checking *c, const struct sb_subject *subject,
                                  const struct sb_statement *with)
{
    struct sb_gathered_subject found = sb_gathered_find(c->g, subject);
    const struct sb_statement **list =
        sb_arena_alloc(&c->g->arena, (found.n + 1) * sizeof(struct sb_statement *));
    size_t n = 0;
    while (list != NULL && n < found.n) {
        list[n] = found.statements[n];
        n++;
    }
    if (list != NULL && with != NULL) {
        list[n++] = with;
    }
    return (struct sb_statements){list, n};
}

static const struct sb_decision_view *look_at_decision(void *context,
                                                       const struct sb_reference *decision,
                                                       const struct sb_statement *with,
                                                       struct sb_date as_of)
{
    struct checking *c = context;
    const struct sb_subject subject = {SB_SUBJECT_DECISION, *decision};
    struct sb_statements all = given(c, &subject, with);
    return all.p == NULL ? NULL
                         : sb_decision_fold(decision, all.p, all.n, &c->past, as_of, &c->g->arena);
}

static const struct sb_agenda_group *look_at_item(void *context, const struct sb_uuid *item_id,
                                                  const struct sb_statement *with)
{
    struct checking *c = context;
    const struct sb_subject subject = {SB_SUBJECT_ITEM, {{{0}}, *item_id}};
    struct sb_statements all = given(c, &subject, with);
    return all.p == NULL ? NULL : sb_agenda_fold(item_id, all.p, all.n, &c->g->arena);
}

/* The table with one chain more: its only link has the last link of every own chain in its past. */
static bool append_own_chain(struct checking *c, struct sb_statement *said)
{
    struct sb_arena *arena = &c->g->arena;
    size_t n = c->past.n_chains;
    struct sb_past_chain *chains = sb_arena_alloc(arena, (n + 1) * sizeof *chains);
    struct sb_past_at *parents = sb_arena_alloc(arena, (n + 1) * sizeof *parents);
    if (chains == NULL || parents == NULL) {
        return false;
    }
    said->at = (struct sb_past_at){(uint32_t)n, 1};
    said->epoch.counter = UINT32_MAX;
    chains[n] = (struct sb_past_chain){.origin = said->event.org,
                                       .epoch = said->epoch,
                                       .leans_on = SB_PAST_NONE,
                                       .base = 1,
                                       .last = 1,
                                       .parents = parents};
    for (size_t i = 0; i < n; i++) {
        chains[i] = c->past.chains[i];
        if (sb_org_eq(&chains[i].origin, &said->event.org)) {
            parents[chains[n].n_parents++] = (struct sb_past_at){(uint32_t)i, chains[i].last};
        }
    }
    c->past.chains = chains;
    c->past.n_chains = n + 1;
    return true;
}

/* The table again: the fold gives each its scratch. */
static bool make_past(struct checking *c, struct sb_statement *said)
{
    return sb_chains_past(c->g->chains, &c->past, &c->g->arena) && append_own_chain(c, said);
}

enum sb_code sb_draft_check(struct sb_gathered *g, const struct sb_submission *event, char *text,
                            size_t text_cap)
{
    struct checking c = {.g = g};
    const struct sb_rules_lookup lookup = {look_at_decision, look_at_item, &c};
    struct sb_statement said = {.event = {g->organisation, event->id}};
    struct sb_bytes body = sb_body_seal(event->body, g->now, "", &g->arena);
    text[0] = '\0';
    enum sb_code code = sb_submission_check(event->body, &g->arena, text, text_cap);
    if (code != SB_CODE_OK) {
        return code;
    }
    if (body.p == NULL || !sb_statement_read(&said, body, &g->arena) || !make_past(&c, &said)) {
        (void)snprintf(text, text_cap, "larger than there is memory to check it");
        return SB_CODE_TOO_LARGE;
    }
    return sb_rules_check(&lookup, &said, text, text_cap);
}
