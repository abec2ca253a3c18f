/* The state of each position, but for whether its slot is in effect (PROTOCOL §18.5). */
#include <string.h>

#include "proto/rules/decision_part.h"

enum { ROUNDS_MAX = 2 };

/* Not decided by the position alone; what follows looks at several. */
enum { SB_POSITION_PENDING = SB_POSITION_IGNORED + 1 };

static const struct sb_statement *revision_of(const struct sb_decision_work *w,
                                              const struct sb_position_view *p)
{
    const struct sb_statement *found = NULL; /* with several contents: the greatest in order */
    for (size_t i = 0; i < w->revisions.n; i++) {
        if (sb_reference_eq(&w->revisions.p[i]->event, &p->statement->position.revision)) {
            found = w->revisions.p[i];
        }
    }
    return found;
}

static enum sb_why why_ignored(const struct sb_decision_work *w, const struct sb_position_view *p,
                               const struct sb_statement *revision)
{
    const struct sb_position *said = &p->statement->position;
    if (revision == NULL) {
        return SB_WHY_UNKNOWN_REVISION;
    }
    const struct sb_proposal *text = &revision->proposal;
    if (!p->own && !sb_org_eq(&p->statement->event.org, &w->view->decision.org)) {
        return SB_WHY_NOT_PROPOSER;
    }
    if (!sb_orgs_have(text->participants, &p->organisation)) {
        return SB_WHY_NOT_PARTICIPANT;
    }
    if (text->body != 0 && said->body != 0 && text->body != said->body) {
        return SB_WHY_OTHER_BODY;
    }
    if (p->slot == SB_SLOT_CHAIR && !sb_org_eq(&p->organisation, &text->chair)) {
        return SB_WHY_NOT_CHAIR;
    }
    bool revotes = text->tie == SB_TIE_REVOTE_THEN_CHAIR;
    return said->round > ROUNDS_MAX || (p->slot != SB_SLOT_FIRST && !revotes) ? SB_WHY_NO_SUCH_ROUND
                                                                              : SB_WHY_NONE;
}

static bool is_last_word(const struct sb_decision_work *w, const struct sb_reference *event)
{
    for (size_t i = 0; i < w->view->last_revisions.n; i++) {
        if (sb_reference_eq(&w->view->last_revisions.p[i]->event, event)) {
            return true;
        }
    }
    return false;
}

static bool cut_has(const struct sb_decision_work *w, const struct sb_statement *closing,
                    const struct sb_statement *position)
{
    if (position->position.taken.days > sb_decision_reach(closing).days) {
        return false;
    }
    if (sb_statement_is_later(w->past, closing, position)) {
        return true;
    }
    for (size_t i = 0; i < closing->ending.n_cut; i++) {
        const struct sb_cut_tip *tip = &closing->ending.cut[i];
        if (sb_org_eq(&tip->origin, &position->event.org) &&
            sb_past_cut_has(w->past, tip, position->at)) {
            return true;
        }
    }
    return closing->ending.n_cut == 0 && !sb_org_eq(&closing->event.org, &position->event.org) &&
           sb_date_of(position->time).days <= sb_date_of(closing->time).days;
}

static bool is_outside_cut(const struct sb_decision_work *w, const struct sb_statement *position)
{
    if (sb_decision_stands(w, SB_CONTENT_CLOSING) == NULL) {
        return false;
    }
    for (size_t i = 0; i < w->view->ends.n; i++) {
        if (cut_has(w, w->view->ends.p[i], position)) {
            return false;
        }
    }
    return true;
}

static enum sb_position_state state_alone(const struct sb_decision_work *w,
                                          struct sb_position_view *p)
{
    const struct sb_statement *revision = revision_of(w, p);
    struct sb_date taken = p->statement->position.taken, deadline = SB_DATE_NONE;
    p->why = why_ignored(w, p, revision);
    if (revision != NULL) {
        deadline = revision->proposal.deadline;
    }
    p->backdated = sb_date_given(deadline) && taken.days <= deadline.days &&
                   sb_date_of(p->statement->time).days > deadline.days;
    if (p->why != SB_WHY_NONE) {
        return SB_POSITION_IGNORED;
    }
    if (!is_last_word(w, &revision->event)) {
        return SB_POSITION_STALE;
    }
    if (!w->view->text_is_clear) {
        return SB_POSITION_UNCLEAR;
    }
    if ((sb_date_given(deadline) && taken.days > deadline.days) ||
        is_outside_cut(w, p->statement)) {
        return SB_POSITION_LATE;
    }
    return (enum sb_position_state)SB_POSITION_PENDING;
}

/* ---- among several of one organisation and slot: a run of the sorted list */

struct run {
    struct sb_decision_work *w;
    struct sb_position_view *p;
    size_t n;
};

static bool is_pending(const struct sb_position_view *p, enum sb_slot slot)
{
    return p->slot == slot && (int)p->state == SB_POSITION_PENDING;
}

static void drop_recorded(struct run *r, enum sb_slot slot)
{
    bool own = false;
    for (size_t i = 0; i < r->n; i++) {
        own = own || (is_pending(&r->p[i], slot) && r->p[i].own);
    }
    for (size_t i = 0; own && i < r->n; i++) {
        if (is_pending(&r->p[i], slot) && !r->p[i].own) {
            r->p[i].state = SB_POSITION_SUPERSEDED;
        }
    }
}

/* The list stays in order, so that both can be walked side by side. */
static bool drop_earlier(struct run *r, enum sb_slot slot)
{
    size_t n = 0;
    struct sb_statements list = {sb_arena_alloc(r->w->arena, (r->n + 1) * sizeof *list.p), 0};
    if (list.p == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->n; i++) {
        if (is_pending(&r->p[i], slot)) {
            list.p[list.n++] = r->p[i].statement;
        }
    }
    sb_statements_keep_last(r->w->past, &list);
    for (size_t i = 0; i < r->n; i++) {
        if (is_pending(&r->p[i], slot)) {
            bool last = n < list.n && list.p[n] == r->p[i].statement;
            n += last ? 1 : 0;
            r->p[i].state = last ? r->p[i].state : SB_POSITION_SUPERSEDED;
        }
    }
    return true;
}

static bool say_the_same(const struct sb_position *a, const struct sb_position *b)
{
    return a->value == b->value && a->taken.days == b->taken.days &&
           sb_bytes_eq(a->conditions, b->conditions);
}

/* Those that are left: one counts, or none when they differ. */
static void settle(struct run *r, enum sb_slot slot)
{
    struct sb_position_view *last = NULL;
    bool same = true;
    for (size_t i = 0; i < r->n; i++) {
        if (is_pending(&r->p[i], slot)) {
            same = same && (last == NULL ||
                            say_the_same(&last->statement->position, &r->p[i].statement->position));
            last = &r->p[i];
        }
    }
    for (size_t i = 0; i < r->n; i++) {
        if (is_pending(&r->p[i], slot)) {
            r->p[i].state = !same              ? SB_POSITION_UNCLEAR
                            : &r->p[i] == last ? SB_POSITION_COUNTED
                                               : SB_POSITION_SUPERSEDED;
        }
    }
}

bool sb_decision_judge_positions(struct sb_decision_work *w)
{
    for (size_t i = 0; i < w->n_positions; i++) {
        w->positions[i].state = state_alone(w, &w->positions[i]);
    }
    for (size_t i = 0, n; i < w->n_positions; i += n) {
        for (n = 1; i + n < w->n_positions &&
                    sb_org_eq(&w->positions[i].organisation, &w->positions[i + n].organisation);) {
            n++;
        }
        struct run r = {w, &w->positions[i], n};
        for (enum sb_slot slot = SB_SLOT_FIRST; slot < SB_SLOT_COUNT; slot++) {
            drop_recorded(&r, slot);
            if (!drop_earlier(&r, slot)) {
                return false;
            }
            settle(&r, slot);
        }
    }
    return true;
}
