/* The fold of a decision: sorts out who may say what, and calls the steps. */
#include "proto/rules/decision.h"

#include <stdlib.h>
#include <string.h>

#include "proto/rules/decision_part.h"

const char *sb_outcome_name(enum sb_outcome outcome)
{
    static const char *const names[] = {
        "",          "open",       "adopted", "adopted_with_conditions", "not_adopted", "lapsed",
        "withdrawn", "superseded", "unclear"};
    return names[outcome];
}

const char *sb_position_state_name(enum sb_position_state state)
{
    static const char *const names[] = {"counted",    "stale",   "late",
                                        "superseded", "unclear", "ignored"};
    return names[state];
}

void sb_decision_ignore(struct sb_decision_work *w, const struct sb_statement *s, enum sb_why why)
{
    w->ignored[w->n_ignored++] = (struct sb_ignored){s, why};
}

const struct sb_statement *sb_decision_stands(const struct sb_decision_work *w,
                                              enum sb_content content)
{
    const struct sb_statements *ends = &w->view->ends;
    bool stands = ends->n > 0 && !w->view->ends_contradict && ends->p[0]->content == content;
    return stands ? ends->p[0] : NULL;
}

bool sb_decision_has_passed(const struct sb_decision_work *w)
{
    struct sb_date deadline = w->view->revision->proposal.deadline;
    return sb_date_given(deadline) && w->view->as_of.days > deadline.days;
}

struct sb_date sb_decision_reach(const struct sb_statement *end)
{
    struct sb_date day = sb_date_of(end->time);
    return day.days > end->date.days ? day : end->date;
}

struct sb_date sb_decision_end_date(const struct sb_decision_work *w)
{
    struct sb_date first = w->view->ends.p[0]->date;
    for (size_t i = 1; i < w->view->ends.n; i++) {
        struct sb_date date = w->view->ends.p[i]->date;
        first = date.days < first.days ? date : first;
    }
    return first;
}

/* ---- who may say what */

static void take_proposal(struct sb_decision_work *w, const struct sb_statement *s)
{
    const struct sb_reference *decision = &w->view->decision;
    bool ours = sb_org_eq(&s->event.org, &decision->org);
    bool revision = ours && sb_uuid_eq(&s->proposal.decision_id, &decision->id);
    bool replaces = sb_reference_eq(&s->proposal.replaces, decision);
    if (revision) {
        w->revisions.p[w->revisions.n++] = s;
    }
    if (replaces && !ours) {
        sb_decision_ignore(w, s, SB_WHY_NOT_PROPOSER);
    } else if (replaces && revision) {
        sb_decision_ignore(w, s, SB_WHY_REPLACES_ITSELF);
    } else if (replaces) {
        w->ends.p[w->ends.n++] = s;
    }
}

static void take_position(struct sb_decision_work *w, const struct sb_statement *s)
{
    const struct sb_position *p = &s->position;
    bool own = p->on_behalf_of.s[0] == '\0' || sb_org_eq(&p->on_behalf_of, &s->event.org);
    w->positions[w->n_positions++] = (struct sb_position_view){
        .statement = s,
        .organisation = own ? s->event.org : p->on_behalf_of,
        .own = own,
        .slot = p->as_chair     ? SB_SLOT_CHAIR
                : p->round == 2 ? SB_SLOT_SECOND
                                : SB_SLOT_FIRST,
    };
}

static bool is_about(const struct sb_statement *s, const struct sb_reference *decision)
{
    struct sb_subject subjects[2];
    size_t n = sb_statement_subjects(s, subjects);
    for (size_t i = 0; i < n; i++) {
        if (subjects[i].kind == SB_SUBJECT_DECISION && sb_reference_eq(&subjects[i].of, decision)) {
            return true;
        }
    }
    return false;
}

static void take(struct sb_decision_work *w, const struct sb_statement *s)
{
    if (!is_about(s, &w->view->decision)) {
        return;
    }
    if (!s->valid) {
        sb_decision_ignore(w, s, SB_WHY_INVALID);
    } else if (s->content == SB_CONTENT_POSITION) {
        if (s->position.taken.days <= w->view->as_of.days) {
            take_position(w, s);
        }
    } else if (s->date.days <= w->view->as_of.days) {
        if (s->content == SB_CONTENT_PROPOSAL) {
            take_proposal(w, s);
        } else {
            w->ends.p[w->ends.n++] = s;
        }
    }
}

/* ---- the fold */

static int by_organisation(const void *a, const void *b)
{
    const struct sb_position_view *x = a, *y = b;
    int order = sb_org_cmp(&x->organisation, &y->organisation);
    return order != 0 ? order : sb_statement_cmp(x->statement, y->statement);
}

/* Each list has room for all statements; a statement is ignored for two reasons at most. */
static bool make_room(struct sb_decision_work *w)
{
    size_t n = w->all.n + 1;
    w->revisions.p = sb_arena_alloc(w->arena, n * sizeof *w->revisions.p);
    w->ends.p = sb_arena_alloc(w->arena, n * sizeof *w->ends.p);
    w->positions = sb_arena_alloc(w->arena, n * sizeof *w->positions);
    w->ignored = sb_arena_alloc(w->arena, 2 * n * sizeof *w->ignored);
    return w->revisions.p != NULL && w->ends.p != NULL && w->positions != NULL &&
           w->ignored != NULL;
}

static bool fold(struct sb_decision_work *w)
{
    for (size_t i = 0; i < w->all.n; i++) {
        take(w, w->all.p[i]);
    }
    qsort(w->positions, w->n_positions, sizeof *w->positions, by_organisation);
    return sb_decision_find_ends(w) && sb_decision_judge_positions(w) &&
           sb_decision_find_outcome(w) && sb_decision_say_reason(w);
}

const struct sb_decision_view *sb_decision_fold(const struct sb_reference *decision,
                                                const struct sb_statement *const *given, size_t n,
                                                struct sb_past *past, struct sb_date as_of,
                                                struct sb_arena *arena)
{
    struct sb_decision_view *view = sb_arena_alloc(arena, sizeof *view);
    struct sb_decision_work w = {.view = view, .past = past, .arena = arena};
    w.all = sb_statements_of(given, n, arena);
    if (view == NULL || w.all.p == NULL || !sb_past_prepare(past, arena) || !make_room(&w)) {
        return NULL;
    }
    *view = (struct sb_decision_view){.decision = *decision,
                                      .as_of = as_of,
                                      .outcome = SB_OUTCOME_OPEN,
                                      .decided_at = SB_DATE_NONE,
                                      .complete = true};
    if (!fold(&w)) {
        return NULL;
    }
    qsort(w.ignored, w.n_ignored, sizeof *w.ignored, sb_ignored_cmp);
    view->positions = w.positions;
    view->n_positions = w.n_positions;
    view->ignored = w.ignored;
    view->n_ignored = w.n_ignored;
    return view;
}
