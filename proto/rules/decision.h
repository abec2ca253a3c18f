/* A joint decision: from the set of what was said about it to its outcome as of a date (PROTOCOL
 * §18.4 to §18.7). Pure; everything is in the arena and borrows the statements. */
#ifndef SB_PROTO_RULES_DECISION_H
#define SB_PROTO_RULES_DECISION_H

#include "proto/rules/words.h"

enum sb_position_state {
    SB_POSITION_COUNTED,
    SB_POSITION_STALE,
    SB_POSITION_LATE,
    SB_POSITION_SUPERSEDED,
    SB_POSITION_UNCLEAR,
    SB_POSITION_IGNORED,
};

/* "counted"; static storage. */
const char *sb_position_state_name(enum sb_position_state state);

/* "adopted"; static storage. */
const char *sb_outcome_name(enum sb_outcome outcome);

enum sb_slot { SB_SLOT_FIRST, SB_SLOT_SECOND, SB_SLOT_CHAIR, SB_SLOT_COUNT };

struct sb_position_view {
    const struct sb_statement *statement;
    struct sb_org organisation; /* whose position it is */
    bool own;                   /* false: recorded by the statement's origin */
    enum sb_slot slot;
    enum sb_position_state state;
    enum sb_why why; /* of an ignored one */
    bool backdated;
};

struct sb_decision_view {
    struct sb_reference decision;
    struct sb_date as_of;
    const struct sb_statement *revision; /* current, or shown in its place; NULL: none known */
    struct sb_statements last_revisions; /* more than one event: all agree, or there is none */
    bool text_is_clear;                  /* there is a current revision */
    enum sb_outcome outcome;
    bool provisional, ended;
    struct sb_date decided_at;
    const char *reason;
    struct sb_orgs missing;
    const struct sb_position_view *positions;
    size_t n_positions;
    struct sb_statements ends; /* that stand, or contradict each other */
    bool ends_contradict;
    enum sb_slot slot; /* that decides */
    const struct sb_ignored *ignored;
    size_t n_ignored;
    bool complete; /* false: a place that a closing counted up to is not held here */
};

/* The view of one decision. `given` has at least the statements whose subject it is, in any order,
 * each as often as one likes; others are passed over. NULL when the arena is full. */
const struct sb_decision_view *sb_decision_fold(const struct sb_reference *decision,
                                                const struct sb_statement *const *given, size_t n,
                                                struct sb_past *past, struct sb_date as_of,
                                                struct sb_arena *arena);

#endif
