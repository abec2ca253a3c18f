/* Reminders to those whose position is due and missing (PROTOCOL §18.10): the proposing daemon says
 * it once, by its clock. Which there are is found anew by going through the decisions, a part each
 * turn; an id that is made of what it is about keeps it from being said twice. Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_REMIND_H
#define SB_SHELL_REMIND_H

#include "daemon/shell/said.h"

struct sb_remind {
    struct sb_subject at; /* where the search goes on */
    struct sb_offset from;
    bool searching;
    bool wanted, proposed; /* something was proposed; the latter in this turn */
    int64_t next_mono_ms;  /* when the next search begins, */
    int64_t await_mono_ms; /* and not before */
};

/* A proposal of our own is being staged. */
void sb_remind_proposed(struct sb_node *node);
void sb_remind_begin_turn(struct sb_node *node);
/* Some of the search, before the turn's commit. */
void sb_remind_run(struct sb_node *node);
/* When it is to be called again; INT64_MAX: never. */
int64_t sb_remind_deadline(const struct sb_node *node);

#endif
