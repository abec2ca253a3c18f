/* What the rules have in common: order, sameness, which statement of an origin is the later one,
 * and why something has no effect (PROTOCOL §18.1).
 *
 * A tour of the folder: statement.h is what somebody said, read from a body by
 * proto/statement_read.h; past.h knows what was in whose past; calendar_date.h has the days. A view
 * is made of the whole set of statements that have its subject (sb_statement_subjects), anew each
 * time one of them is added: agenda.h, decision.h (the steps in decision_*.c), notification.h.
 * deadline.h and refuse.h ask views. Nothing here keeps state, so a store that finds statements by
 * subject is all that an implementation needs beside it. */
#ifndef SB_PROTO_RULES_WORDS_H
#define SB_PROTO_RULES_WORDS_H

#include "proto/rules/statement.h"

/* Why an event has no effect on a view. */
enum sb_why {
    SB_WHY_NONE,
    SB_WHY_INVALID,
    SB_WHY_CYCLE,
    SB_WHY_UNKNOWN_ITEM,
    SB_WHY_OTHER_ITEM,
    SB_WHY_NOT_EDITOR,
    SB_WHY_NOT_PROPOSER,
    SB_WHY_REPLACES_ITSELF,
    SB_WHY_UNKNOWN_DECISION,
    SB_WHY_CLOSED,
    SB_WHY_UNKNOWN_REVISION,
    SB_WHY_NOT_PARTICIPANT,
    SB_WHY_OTHER_BODY,
    SB_WHY_NOT_CHAIR,
    SB_WHY_NO_SUCH_ROUND,
    SB_WHY_UNKNOWN_NOTIFICATION,
    SB_WHY_NOT_ADDRESSEE,
    SB_WHY_COUNT
};

/* "not_participant", and a sentence for people. Static storage. */
const char *sb_why_name(enum sb_why why);
const char *sb_why_sentence(enum sb_why why);

/* A statement without effect on the view that lists it. */
struct sb_ignored {
    const struct sb_statement *statement;
    enum sb_why why;
};

/* For qsort: by event, then the name of the reason; contents of one event by their order. */
int sb_ignored_cmp(const void *a, const void *b);

int sb_reference_cmp(const struct sb_reference *a, const struct sb_reference *b);
bool sb_reference_eq(const struct sb_reference *a, const struct sb_reference *b);
bool sb_bytes_eq(struct sb_bytes a, struct sb_bytes b);
bool sb_orgs_have(struct sb_orgs orgs, const struct sb_org *org);

/* By origin, then the order of one origin's events. */
int sb_statement_cmp(const struct sb_statement *a, const struct sb_statement *b);

/* For qsort of pointers: by event, and the contents of one event in order. */
int sb_statement_by_event(const void *a, const void *b);

/* The statements in order, each once (§18.1, 2). New list in the arena; p is NULL when it is full.
 */
struct sb_statements sb_statements_of(const struct sb_statement *const *given, size_t n,
                                      struct sb_arena *arena);

/* Is `b` later than `a`, both of one origin (§18.1, 5)? */
bool sb_statement_is_later(const struct sb_past *past, const struct sb_statement *b,
                           const struct sb_statement *a);
/* Keeps those than which none of the list is later, in order. */
void sb_statements_keep_last(const struct sb_past *past, struct sb_statements *list);
/* Keeps those that are later than none of the list, in order. */
void sb_statements_keep_first(const struct sb_past *past, struct sb_statements *list);

/* What a statement is about (§18.1, 8). */
enum sb_subject_kind { SB_SUBJECT_ITEM, SB_SUBJECT_DECISION, SB_SUBJECT_NOTIFICATION };

struct sb_subject {
    enum sb_subject_kind kind;
    struct sb_reference of; /* of an item: org is empty, for who created it shows only later */
};

/* How many subjects it has: 1 or 2. */
size_t sb_statement_subjects(const struct sb_statement *statement, struct sb_subject out[static 2]);

#endif
