/* The order in which the agenda is printed: by day, and what belongs to a meeting behind it. */
#ifndef SB_CLIENTS_COMMAND_AGENDA_ORDER_H
#define SB_CLIENTS_COMMAND_AGENDA_ORDER_H

#include "proto/rules/agenda.h"

struct sb_agenda_entry {
    const struct sb_agenda_view *view;
    const struct sb_agenda_group *group;
    const struct sb_agenda_entry *parent; /* NULL: none that is known, or it is in a circle */
    unsigned depth;                       /* how many parents it has */
    const struct sb_agenda_entry *above;  /* what it stands behind; NULL: it stands by its day */
    struct sb_date own_day;               /* or SB_DATE_NONE; read once, for many comparisons */
};

/* Finds the parents among entries that are in the order of their ids, and those of one id by
 * organisation. They stay where they are from here on. */
void sb_agenda_link(struct sb_agenda_entry *entries, size_t n);

/* Its day, or else that of what it belongs to; SB_DATE_NONE: none has one. */
struct sb_date sb_agenda_entry_day(const struct sb_agenda_entry *entry);

/* For qsort of pointers. By day, what has none at the end, then by the time as written, then by
 * item. What belongs to something of the same day, or has no day of its own, stands behind that, by
 * number as people count: 2, 10, TKN 1. */
int sb_agenda_entry_cmp(const void *a, const void *b);

/* agenda_detail.c: everything that it says, for people. False without memory. */
bool sb_agenda_entry_print(const struct sb_agenda_entry *entry, struct sb_arena *arena);

#endif
