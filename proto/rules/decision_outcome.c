/* From the positions that count to the outcome, and since when (PROTOCOL §18.6). */
#include <stdlib.h>

#include "proto/rules/decision_part.h"

struct answer {
    const struct sb_position *counted; /* NULL: none */
    bool unclear;
};

struct evaluation {
    struct sb_tally tally; /* of the slot that decides */
    enum sb_slot slot;
};

static struct answer answer_of(const struct sb_decision_work *w, const struct sb_org *org,
                               enum sb_slot slot, struct sb_date until)
{
    struct answer a = {NULL, false};
    for (size_t i = 0; i < w->n_positions; i++) {
        const struct sb_position_view *p = &w->positions[i];
        if (p->slot != slot || !sb_org_eq(&p->organisation, org)) {
            continue;
        }
        a.unclear = a.unclear || p->state == SB_POSITION_UNCLEAR;
        if (p->state == SB_POSITION_COUNTED && p->statement->position.taken.days <= until.days) {
            a.counted = &p->statement->position;
        }
    }
    return a;
}

static bool is_missing(const struct answer *a)
{
    return !a->unclear && (a->counted == NULL || a->counted->value == SB_POSITION_DEFERRED);
}

static void add_counted(struct sb_tally *t, const struct sb_position *p, uint64_t weight)
{
    switch (p->value) {
    case SB_POSITION_WITH_CONDITIONS: t->conditions = true; /* fall through */
    case SB_POSITION_IN_FAVOUR: t->in_favour += weight; break;
    case SB_POSITION_AGAINST:
    case SB_POSITION_CONSENT_WITHHELD: t->against += weight; break;
    case SB_POSITION_VIEW_SUBMITTED:
    case SB_POSITION_NO_VIEW:
    case SB_POSITION_ABSTAINED:
    case SB_POSITION_DEFERRED:
    case SB_POSITION_NOT_TAKEN:
    case SB_POSITION_INFORMATION_ONLY: t->neutral += weight; break;
    }
    if (p->value != SB_POSITION_NOT_TAKEN && p->value != SB_POSITION_INFORMATION_ONLY) {
        t->present++;
    }
}

static void add_answer(struct sb_tally *t, const struct answer *a, uint64_t weight)
{
    t->total += weight;
    if (a->unclear || is_missing(a)) {
        t->open += weight;
        t->unclear += a->unclear ? 1 : 0;
        t->missing += a->unclear ? 0 : 1;
    } else {
        add_counted(t, a->counted, weight);
    }
}

static uint64_t need_of(const struct sb_proposal *p, uint64_t total)
{
    switch (p->rule) {
    case SB_RULE_CONSULTATION:
    case SB_RULE_CONSENT_ALL: break;
    case SB_RULE_MAJORITY: return total / 2 + 1;
    case SB_RULE_TWO_THIRDS: return (2 * total + 2) / 3;
    case SB_RULE_WEIGHTED: return p->threshold;
    }
    return total;
}

static bool may_tie(const struct sb_proposal *p, const struct sb_tally *t)
{
    bool waits = p->tie == SB_TIE_POSTPONED || p->tie == SB_TIE_REVOTE_THEN_CHAIR;
    return waits && (p->rule == SB_RULE_MAJORITY || p->rule == SB_RULE_WEIGHTED) &&
           t->neutral == 0 && 2 * t->in_favour <= t->total &&
           2 * (t->in_favour + t->open) >= t->total;
}

static enum sb_verdict judge(const struct sb_proposal *p, struct sb_tally *t)
{
    uint64_t need = need_of(p, t->total);
    bool ties = p->rule == SB_RULE_MAJORITY || p->rule == SB_RULE_WEIGHTED;
    if (p->rule == SB_RULE_CONSULTATION || t->quorum_lacks) {
        return SB_VERDICT_NONE;
    }
    if (t->in_favour >= need) {
        return SB_VERDICT_ADOPTED;
    }
    t->tied = ties && t->open == 0 && t->neutral == 0 && t->in_favour == t->against;
    if (t->tied) {
        bool waits = p->tie == SB_TIE_POSTPONED || p->tie == SB_TIE_REVOTE_THEN_CHAIR;
        return waits ? SB_VERDICT_TIE : SB_VERDICT_REJECTED;
    }
    return t->in_favour + t->open < need && !may_tie(p, t) ? SB_VERDICT_REJECTED : SB_VERDICT_NONE;
}

static struct sb_tally count_slot(const struct sb_decision_work *w, enum sb_slot slot,
                                  struct sb_date until)
{
    const struct sb_proposal *p = &w->view->revision->proposal;
    struct sb_tally t = {.verdict = SB_VERDICT_NONE};
    for (size_t i = 0; i < p->participants.n; i++) {
        struct answer a = answer_of(w, &p->participants.p[i], slot, until);
        add_answer(&t, &a, p->rule == SB_RULE_WEIGHTED ? p->weights[i] : 1);
    }
    t.quorum_lacks = t.present < p->quorum;
    t.verdict = judge(p, &t);
    return t;
}

static struct sb_tally ask_chair(const struct sb_decision_work *w, struct sb_date until)
{
    struct answer a = answer_of(w, &w->view->revision->proposal.chair, SB_SLOT_CHAIR, until);
    struct sb_tally t = {.verdict = SB_VERDICT_NONE};
    add_answer(&t, &a, 1);
    t.verdict = t.in_favour > 0 ? SB_VERDICT_ADOPTED
                : t.against > 0 ? SB_VERDICT_REJECTED
                                : SB_VERDICT_NONE;
    return t;
}

/* By the positions taken until then. */
static struct evaluation evaluate(const struct sb_decision_work *w, struct sb_date until)
{
    struct evaluation e = {count_slot(w, SB_SLOT_FIRST, until), SB_SLOT_FIRST};
    bool revotes = w->view->revision->proposal.tie == SB_TIE_REVOTE_THEN_CHAIR;
    if (revotes && e.tally.verdict == SB_VERDICT_TIE) {
        e = (struct evaluation){count_slot(w, SB_SLOT_SECOND, until), SB_SLOT_SECOND};
        if (e.tally.verdict == SB_VERDICT_TIE) {
            e = (struct evaluation){ask_chair(w, until), SB_SLOT_CHAIR};
        }
    }
    return e;
}

/* ---- what follows from it */

static void ignore_slots_without_effect(struct sb_decision_work *w)
{
    for (size_t i = 0; i < w->n_positions; i++) {
        struct sb_position_view *p = &w->positions[i];
        if (p->state == SB_POSITION_COUNTED && p->slot > w->view->slot) {
            p->state = SB_POSITION_IGNORED;
            p->why = SB_WHY_NO_SUCH_ROUND;
        }
    }
}

static int by_org(const void *a, const void *b)
{
    return sb_org_cmp(a, b);
}

static bool list_missing(struct sb_decision_work *w)
{
    const struct sb_proposal *p = &w->view->revision->proposal;
    struct sb_org *missing = sb_arena_alloc(w->arena, (p->participants.n + 1) * sizeof *missing);
    size_t n = 0;
    if (missing == NULL) {
        return false;
    }
    for (size_t i = 0; i < p->participants.n; i++) {
        const struct sb_org *org = &p->participants.p[i];
        struct answer a = answer_of(w, org, w->view->slot, w->view->as_of);
        if (is_missing(&a) && (w->view->slot != SB_SLOT_CHAIR || sb_org_eq(org, &p->chair))) {
            missing[n++] = *org;
        }
    }
    qsort(missing, n, sizeof *missing, by_org);
    w->view->missing = (struct sb_orgs){missing, n};
    return true;
}

/* The smallest date by which the positions that count were enough. */
static struct sb_date decided_since(const struct sb_decision_work *w)
{
    struct sb_date first = SB_DATE_NONE;
    for (size_t i = 0; i < w->n_positions; i++) {
        const struct sb_position_view *p = &w->positions[i];
        struct sb_date taken = p->statement->position.taken;
        if (p->state == SB_POSITION_COUNTED && (!sb_date_given(first) || taken.days < first.days) &&
            evaluate(w, taken).tally.verdict == w->tally.verdict) {
            first = taken;
        }
    }
    return first;
}

static enum sb_outcome outcome_of_verdict(const struct sb_tally *t)
{
    if (t->verdict == SB_VERDICT_REJECTED) {
        return SB_OUTCOME_NOT_ADOPTED;
    }
    return t->conditions ? SB_OUTCOME_ADOPTED_WITH_CONDITIONS : SB_OUTCOME_ADOPTED;
}

/* A closing of what the positions have not decided. */
static void close_undecided(struct sb_decision_work *w, const struct sb_statement *closing)
{
    enum sb_outcome stated = closing->ending.outcome;
    bool adopted = stated == SB_OUTCOME_ADOPTED || stated == SB_OUTCOME_ADOPTED_WITH_CONDITIONS;
    if (!adopted || w->view->revision->proposal.rule == SB_RULE_CONSULTATION) {
        w->view->outcome = stated;
    } else {
        w->view->outcome = w->tally.unclear > 0 ? SB_OUTCOME_UNCLEAR : SB_OUTCOME_LAPSED;
    }
    struct sb_date deadline = w->view->revision->proposal.deadline, end = sb_decision_end_date(w);
    bool late = sb_date_given(deadline) && end.days > deadline.days;
    w->view->decided_at = w->view->outcome == SB_OUTCOME_LAPSED && late ? deadline : end;
}

/* Nothing is decided and nothing has ended it. */
static void leave_undecided(struct sb_decision_work *w)
{
    const struct sb_proposal *p = &w->view->revision->proposal;
    bool over = w->tally.missing == 0 || sb_decision_has_passed(w);
    if (p->rule == SB_RULE_CONSULTATION || w->tally.verdict == SB_VERDICT_TIE || !over) {
        w->view->outcome = SB_OUTCOME_OPEN;
    } else if (w->tally.unclear > 0) {
        w->view->outcome = SB_OUTCOME_UNCLEAR;
    } else {
        w->view->outcome = SB_OUTCOME_LAPSED;
        w->view->provisional = true;
        w->view->decided_at = sb_decision_has_passed(w) ? p->deadline : SB_DATE_NONE;
    }
}

static bool count(struct sb_decision_work *w)
{
    const struct sb_statement *closing = sb_decision_stands(w, SB_CONTENT_CLOSING);
    struct evaluation e = evaluate(w, w->view->as_of);
    w->tally = e.tally;
    w->view->slot = e.slot;
    ignore_slots_without_effect(w);
    if (!list_missing(w)) {
        return false;
    }
    w->view->ended = closing != NULL || w->tally.missing == 0 || sb_decision_has_passed(w);
    if (w->tally.verdict == SB_VERDICT_ADOPTED || w->tally.verdict == SB_VERDICT_REJECTED) {
        w->view->outcome = outcome_of_verdict(&w->tally);
        w->view->provisional = closing == NULL;
        w->view->decided_at = decided_since(w);
    } else if (closing != NULL) {
        close_undecided(w, closing);
    } else {
        leave_undecided(w);
    }
    return true;
}

/* A withdrawal or a successor: the positions are shown, but decide nothing. */
static void end(struct sb_decision_work *w, enum sb_outcome outcome)
{
    w->view->outcome = outcome;
    w->view->ended = true;
    w->view->decided_at = sb_decision_end_date(w);
    if (w->view->text_is_clear) {
        w->view->slot = evaluate(w, w->view->as_of).slot;
        ignore_slots_without_effect(w);
    }
}

bool sb_decision_find_outcome(struct sb_decision_work *w)
{
    if (w->view->revision == NULL) {
        return true; /* nothing was proposed: open */
    }
    if (sb_decision_stands(w, SB_CONTENT_WITHDRAWAL) != NULL) {
        end(w, SB_OUTCOME_WITHDRAWN);
    } else if (sb_decision_stands(w, SB_CONTENT_PROPOSAL) != NULL) {
        end(w, SB_OUTCOME_SUPERSEDED);
    } else if (w->view->ends_contradict || !w->view->text_is_clear) {
        w->view->outcome = SB_OUTCOME_UNCLEAR;
        if (w->view->text_is_clear) {
            w->view->slot = evaluate(w, w->view->as_of).slot;
            ignore_slots_without_effect(w);
        }
    } else {
        return count(w);
    }
    return true;
}
