/* Agenda items: from the set of what was said under one item_id to the items and what each of them
 * says (PROTOCOL §18.3). Pure; everything is in the arena and borrows the statements. */
#ifndef SB_PROTO_RULES_AGENDA_H
#define SB_PROTO_RULES_AGENDA_H

#include "proto/rules/words.h"

struct sb_agenda_view {
    struct sb_reference item;
    const struct sb_statement *winner;
    size_t edits;                  /* on the winner's longest path; 1 for the first version */
    struct sb_statements conflict; /* neither the winner nor replaced, by event */
};

/* All items of one item_id: two organisations may have chosen the same. */
struct sb_agenda_group {
    const struct sb_agenda_view *items; /* by organisation */
    size_t n_items;
    const struct sb_ignored *ignored; /* by event and reason */
    size_t n_ignored;
};

/* `given` has all statements with this item_id, in any order, each as often as one likes; others
 * are passed over. NULL when the arena is full. */
const struct sb_agenda_group *sb_agenda_fold(const struct sb_uuid *item_id,
                                             const struct sb_statement *const *given, size_t n,
                                             struct sb_arena *arena);

/* The day of what an agenda item says; SB_DATE_NONE where it has none. */
struct sb_date sb_agenda_day(const struct sb_agenda_item *item);

#endif
