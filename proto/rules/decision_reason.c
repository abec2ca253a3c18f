/* The outcome's reason in one line for people (PROTOCOL §18.7). */
#include <stdarg.h>
#include <stdio.h>

#include "proto/rules/decision_part.h"

enum {
    PART_BYTES_MAX = 200, /* of any part but a list */
    PARTS_MAX = 16,
    ORG_BYTES = SB_ORG_MAX + 2, /* with ", " */
    EVENT_BYTES = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX + 2,
};

struct line {
    char *p;
    size_t n, cap;
};

static void put(struct line *line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line->p + line->n, line->cap - line->n, fmt, ap);
    va_end(ap);
    line->n += n > 0 ? (size_t)n : 0;
}

static const char *separator(const struct line *line)
{
    return line->n > 0 ? "; " : "";
}

static void put_orgs(struct line *line, const struct sb_orgs *orgs, const char *what)
{
    for (size_t i = 0; i < orgs->n; i++) {
        put(line, "%s%s", i > 0 ? ", " : separator(line), orgs->p[i].s);
    }
    put(line, "%s", orgs->n > 0 ? what : "");
}

static void put_date(struct line *line, const char *what, struct sb_date date)
{
    char words[SB_DATE_WORDS_MAX];
    sb_date_words(words, date);
    put(line, "%s%s %s", separator(line), what, words);
}

static void put_successors(const struct sb_decision_work *w, struct line *line)
{
    const struct sb_statements *acts = &w->view->ends;
    put(line, "succeeded by ");
    for (size_t i = 0; i < acts->n; i++) {
        char id[SB_UUID_TEXT_MAX];
        sb_uuid_format(id, &acts->p[i]->event.id);
        put(line, "%s%s/%s", i > 0 ? ", " : "", acts->p[i]->event.org.s, id);
    }
}

static struct sb_orgs unclear_orgs(const struct sb_decision_work *w)
{
    struct sb_orgs out = {0};
    struct sb_org *orgs = sb_arena_alloc(w->arena, (w->n_positions + 1) * sizeof *orgs);
    for (size_t i = 0; orgs != NULL && i < w->n_positions; i++) {
        const struct sb_position_view *p = &w->positions[i];
        bool again = out.n > 0 && sb_org_eq(&orgs[out.n - 1], &p->organisation);
        if (p->state == SB_POSITION_UNCLEAR && p->slot == w->view->slot && !again) {
            orgs[out.n++] = p->organisation;
        }
    }
    out.p = orgs;
    return out;
}

static void put_counts(const struct sb_decision_work *w, struct line *line)
{
    const struct sb_proposal *p = &w->view->revision->proposal;
    const struct sb_tally *t = &w->tally;
    if (p->rule == SB_RULE_CONSULTATION) {
        put(line, "%zu of %zu answered", p->participants.n - t->missing - t->unclear,
            p->participants.n);
        return;
    }
    if (w->view->slot == SB_SLOT_CHAIR) {
        put(line, "the chair decides");
        return;
    }
    put(line, "%s%llu of %llu %s", w->view->slot == SB_SLOT_SECOND ? "second round; " : "",
        (unsigned long long)t->in_favour, (unsigned long long)t->total,
        p->rule == SB_RULE_WEIGHTED ? "votes in favour" : "in favour");
    if (t->against > 0) {
        put(line, "; %llu against", (unsigned long long)t->against);
    }
    if (t->tied) {
        put(line, "; a tie");
    }
    if (t->quorum_lacks) {
        put(line, "; quorum of %u not reached", (unsigned)p->quorum);
    }
}

static void put_when(const struct sb_decision_work *w, struct line *line)
{
    const struct sb_statement *closing = sb_decision_stands(w, SB_CONTENT_CLOSING);
    struct sb_date deadline = w->view->revision->proposal.deadline;
    if (closing != NULL) {
        put_date(line, "closed on", sb_decision_end_date(w));
        if (closing->ending.outcome != w->view->outcome) {
            put(line, "; the proposer stated %s", sb_outcome_name(closing->ending.outcome));
        }
    } else if (sb_date_given(deadline)) {
        put_date(line, sb_decision_has_passed(w) ? "was due" : "due", deadline);
    }
}

static bool put_end(const struct sb_decision_work *w, struct line *line)
{
    if (w->view->revision == NULL) {
        put(line, "no proposal is known");
    } else if (w->view->ends_contradict) {
        put(line, "the proposer's words contradict each other");
    } else if (w->view->outcome == SB_OUTCOME_WITHDRAWN &&
               sb_decision_stands(w, SB_CONTENT_WITHDRAWAL) != NULL) {
        put_date(line, "withdrawn on", w->view->decided_at);
    } else if (sb_decision_stands(w, SB_CONTENT_PROPOSAL) != NULL) {
        put_successors(w, line);
    } else if (!w->view->text_is_clear) {
        put(line, "%zu revisions contradict each other", w->view->last_revisions.n);
    } else {
        return false;
    }
    return true;
}

bool sb_decision_say_reason(struct sb_decision_work *w)
{
    size_t orgs = w->n_positions + w->view->missing.n;
    struct line line = {.cap = PARTS_MAX * PART_BYTES_MAX + orgs * ORG_BYTES +
                               w->view->ends.n * EVENT_BYTES};
    line.p = sb_arena_alloc(w->arena, line.cap);
    if (line.p == NULL) {
        return false;
    }
    if (!put_end(w, &line)) {
        struct sb_orgs unclear = unclear_orgs(w);
        put_counts(w, &line);
        put_orgs(&line, &w->view->missing, " missing");
        put_orgs(&line, &unclear, " unclear");
        put_when(w, &line);
    }
    w->view->reason = line.p;
    return true;
}
