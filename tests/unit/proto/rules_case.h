/* A set of events for the rules, as JSON: what the vectors, the random sets and the tests of rules
 * have in common. Reads it into statements and folds it into views. */
#ifndef SB_TESTS_UNIT_PROTO_RULES_CASE_H
#define SB_TESTS_UNIT_PROTO_RULES_CASE_H

#include "proto/rules/statement.h"

struct json_t;

struct rules_case {
    struct sb_arena arena;
    struct sb_past past;
    struct sb_statement *statements;
    const struct sb_statement **given; /* pointers to them, in any order */
    size_t n;
};

/* Reads "chains", "links" and "events". Whatever is not as it should be ends the program. */
void rules_case_load(struct rules_case *c, const struct json_t *one);
void rules_case_fini(struct rules_case *c);

/* The view as JSON text, in the arena. `subject` is ORG/UUID; of an item its UUID, and the text is
 * a list. `at` is a date, of a notification a time; ignored for an item. */
const char *rules_case_decision(struct rules_case *c, const char *subject, const char *at);
const char *rules_case_agenda(struct rules_case *c, const char *subject);
const char *rules_case_notification(struct rules_case *c, const char *subject, const char *at);

#endif
