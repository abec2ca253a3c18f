/* A notification, and who has taken note of it (PROTOCOL §18.9). Pure; everything is in the arena
 * and borrows the statements. */
#ifndef SB_PROTO_RULES_NOTIFICATION_H
#define SB_PROTO_RULES_NOTIFICATION_H

#include "proto/rules/words.h"

struct sb_notification_view {
    struct sb_reference notification;
    const struct sb_statement *shown;  /* NULL: not known */
    struct sb_statements conflict;     /* other last words, where they contradict, by event */
    struct sb_statements acknowledged; /* one per organisation, by organisation */
    struct sb_orgs waiting;            /* sorted */
    bool expired;
    const struct sb_ignored *ignored; /* by event and reason */
    size_t n_ignored;
};

/* `given` as for a decision. NULL when the arena is full. */
const struct sb_notification_view *sb_notification_fold(const struct sb_reference *notification,
                                                        const struct sb_statement *const *given,
                                                        size_t n, struct sb_past *past,
                                                        struct sb_time at, struct sb_arena *arena);

#endif
