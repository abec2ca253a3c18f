/* Which of the proposer's words end a decision, which revisions count, and which text is the
 * current one (PROTOCOL §18.4). */
#include <stdlib.h>
#include <string.h>

#include "proto/rules/decision_part.h"

static struct sb_statements copy_of(const struct sb_decision_work *w,
                                    const struct sb_statements *list)
{
    struct sb_statements copy = {sb_arena_alloc(w->arena, (list->n + 1) * sizeof *copy.p), list->n};
    if (copy.p != NULL) {
        memcpy(copy.p, list->p, list->n * sizeof *copy.p);
    }
    return copy;
}

static bool is_within(const struct sb_statement *s, const struct sb_statement *end)
{
    return s->date.days <= sb_decision_reach(end).days;
}

/* Does an end know one of these revisions? One that is dated ahead of it is not in its hands: else
 * the day that comes would change what it ended. */
static bool ends_one(const struct sb_decision_work *w, const struct sb_statement *end,
                     const struct sb_statements *revisions)
{
    for (size_t i = 0; i < revisions->n; i++) {
        if (is_within(revisions->p[i], end) &&
            sb_statement_is_later(w->past, end, revisions->p[i])) {
            return true;
        }
    }
    return false;
}

static bool is_later_than_all(const struct sb_decision_work *w, const struct sb_statement *s,
                              const struct sb_statements *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!sb_statement_is_later(w->past, s, list->p[i])) {
            return false;
        }
    }
    return true;
}

static bool is_ended_by_one(const struct sb_decision_work *w, const struct sb_statement *revision,
                            const struct sb_statements *ends)
{
    for (size_t i = 0; i < ends->n; i++) {
        if (is_within(revision, ends->p[i]) &&
            sb_statement_is_later(w->past, ends->p[i], revision)) {
            return true;
        }
    }
    return false;
}

/* Dated ahead, and before its day came another end was said. */
static bool is_overtaken(const struct sb_decision_work *w, const struct sb_statement *end,
                         const struct sb_statements *ends)
{
    for (size_t i = 0; i < ends->n; i++) {
        if (!is_within(end, ends->p[i]) && sb_statement_is_later(w->past, ends->p[i], end)) {
            return true;
        }
    }
    return false;
}

/* ---- ends */

/* An end of what was not proposed before it ends nothing. */
static void drop_unfounded(struct sb_decision_work *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->ends.n; i++) {
        const struct sb_statement *end = w->ends.p[i];
        if (ends_one(w, end, &w->revisions)) {
            w->ends.p[kept++] = end;
        } else {
            sb_decision_ignore(w, end, SB_WHY_UNKNOWN_DECISION);
        }
    }
    w->ends.n = kept;
}

static bool drop_overtaken(struct sb_decision_work *w)
{
    struct sb_statements all = copy_of(w, &w->ends);
    if (all.p == NULL) {
        return false;
    }
    w->ends.n = 0;
    for (size_t i = 0; i < all.n; i++) {
        if (is_overtaken(w, all.p[i], &all)) {
            sb_decision_ignore(w, all.p[i], SB_WHY_CLOSED);
        } else {
            w->ends.p[w->ends.n++] = all.p[i];
        }
    }
    return true;
}

static bool same_cut(const struct sb_ending *a, const struct sb_ending *b)
{
    for (size_t i = 0; i < a->n_cut && i < b->n_cut; i++) {
        const struct sb_cut_tip *x = &a->cut[i], *y = &b->cut[i];
        if (!sb_org_eq(&x->origin, &y->origin) || !sb_epoch_eq(x->epoch, y->epoch) ||
            x->seq.n != y->seq.n || !sb_hash_eq(&x->hash, &y->hash)) {
            return false;
        }
    }
    return a->n_cut == b->n_cut;
}

static bool agree(const struct sb_statements *ends)
{
    const struct sb_statement *first = ends->p[0];
    for (size_t i = 1; i < ends->n; i++) {
        const struct sb_statement *s = ends->p[i];
        if (s->content != first->content ||
            (s->content == SB_CONTENT_CLOSING && (s->ending.outcome != first->ending.outcome ||
                                                  !same_cut(&s->ending, &first->ending)))) {
            return false;
        }
    }
    return true;
}

/* The first ends; where they contradict each other, the first that know them all. */
static bool find_standing(struct sb_decision_work *w)
{
    struct sb_statements first = copy_of(w, &w->ends), next;
    if (first.p == NULL) {
        return false;
    }
    sb_statements_keep_first(w->past, &first);
    while (first.n > 0 && !agree(&first)) {
        next = copy_of(w, &w->ends);
        if (next.p == NULL) {
            return false;
        }
        next.n = 0;
        for (size_t i = 0; i < w->ends.n; i++) {
            if (is_later_than_all(w, w->ends.p[i], &first)) {
                next.p[next.n++] = w->ends.p[i];
            }
        }
        if (next.n == 0) {
            w->view->ends_contradict = true;
            break;
        }
        sb_statements_keep_first(w->past, &next);
        first = next;
    }
    qsort(first.p, first.n, sizeof *first.p, sb_statement_by_event);
    w->view->ends = first;
    return true;
}

static bool has(const struct sb_statements *list, const struct sb_statement *s)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->p[i] == s) {
            return true;
        }
    }
    return false;
}

static void note_completeness(struct sb_decision_work *w)
{
    const struct sb_statements *ends = &w->view->ends;
    for (size_t i = 0; i < ends->n; i++) {
        const struct sb_ending *closing = &ends->p[i]->ending;
        bool closes = ends->p[i]->content == SB_CONTENT_CLOSING;
        for (size_t k = 0; closes && k < closing->n_cut; k++) {
            w->view->complete = w->view->complete && sb_past_holds(w->past, &closing->cut[k]);
        }
    }
}

/* ---- revisions */

static bool find_current(struct sb_decision_work *w)
{
    struct sb_statements list = copy_of(w, &w->revisions);
    if (list.p == NULL) {
        return false;
    }
    list.n = 0;
    for (size_t i = 0; i < w->revisions.n; i++) {
        const struct sb_statement *s = w->revisions.p[i];
        if (w->view->ends.n == 0 || is_ended_by_one(w, s, &w->view->ends)) {
            list.p[list.n++] = s;
        } else {
            sb_decision_ignore(w, s, SB_WHY_CLOSED);
        }
    }
    sb_statements_keep_last(w->past, &list);
    w->view->last_revisions = list;
    w->view->text_is_clear = list.n > 0;
    for (size_t i = 0; i < list.n; i++) {
        w->view->revision = list.p[i];
        w->view->text_is_clear = w->view->text_is_clear &&
                                 sb_bytes_eq(list.p[0]->proposal.text, list.p[i]->proposal.text);
    }
    return true;
}

bool sb_decision_find_ends(struct sb_decision_work *w)
{
    drop_unfounded(w);
    if (!drop_overtaken(w) || !find_standing(w)) {
        return false;
    }
    for (size_t i = 0; i < w->ends.n; i++) {
        if (!has(&w->view->ends, w->ends.p[i])) {
            sb_decision_ignore(w, w->ends.p[i], SB_WHY_CLOSED);
        }
    }
    note_completeness(w);
    return find_current(w);
}
