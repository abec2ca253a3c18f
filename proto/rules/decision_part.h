/* The steps of a decision's fold, each in its file, and what they hand on. Private to
 * decision*.c. */
#ifndef SB_PROTO_RULES_DECISION_PART_H
#define SB_PROTO_RULES_DECISION_PART_H

#include "proto/rules/decision.h"

/* What the positions in one slot come to. */
enum sb_verdict { SB_VERDICT_NONE, SB_VERDICT_ADOPTED, SB_VERDICT_REJECTED, SB_VERDICT_TIE };

struct sb_tally {
    enum sb_verdict verdict;
    uint64_t in_favour, against, neutral, open, total; /* weights */
    size_t present, missing, unclear;                  /* participants */
    bool quorum_lacks, tied;
    bool conditions; /* one who is in favour has them */
};

struct sb_decision_work {
    struct sb_decision_view *view;
    const struct sb_past *past;
    struct sb_arena *arena;
    struct sb_statements all;
    struct sb_statements revisions; /* valid and not after the date */
    struct sb_statements ends;      /* all; view->ends are those that stand */
    struct sb_position_view *positions;
    size_t n_positions;
    struct sb_ignored *ignored;
    size_t n_ignored;
    struct sb_tally tally; /* of the slot that decides */
};

void sb_decision_ignore(struct sb_decision_work *w, const struct sb_statement *s, enum sb_why why);
/* The first end that stands when it is of this content; NULL otherwise. */
const struct sb_statement *sb_decision_stands(const struct sb_decision_work *w,
                                              enum sb_content content);
bool sb_decision_has_passed(const struct sb_decision_work *w); /* the deadline */
/* Up to where an end reaches: what is dated after that has no part in what it ends. */
struct sb_date sb_decision_reach(const struct sb_statement *end);
/* The smallest date of the ends that stand. */
struct sb_date sb_decision_end_date(const struct sb_decision_work *w);

/* In this order. False when the arena is full. */
bool sb_decision_find_ends(struct sb_decision_work *w);       /* §18.4 */
bool sb_decision_judge_positions(struct sb_decision_work *w); /* §18.5 */
bool sb_decision_find_outcome(struct sb_decision_work *w);    /* §18.6 */
bool sb_decision_say_reason(struct sb_decision_work *w);      /* §18.7 */

#endif
