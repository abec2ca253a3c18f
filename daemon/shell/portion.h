/* How many changes of one kind go into one commit. Many at once may have no room where few at a
 * time have some, for each commit frees what the next one needs: so the number is halved when a
 * commit fails, down to one, and doubled when one succeeds. Included by daemon/shell/ only. */
#ifndef SB_SHELL_PORTION_H
#define SB_SHELL_PORTION_H

#include <stdbool.h>

struct sb_portion {
    unsigned cut; /* at most so many in one commit; 0: as many as there may be */
    unsigned n;   /* in this round: whoever stages one counts it */
};

/* How many more may be staged in this round: of `all` where nothing cuts them, and no more than
 * `room`. */
unsigned sb_portion_left(const struct sb_portion *p, unsigned all, unsigned room);
/* The round has ended; what it staged stands, or does not. */
void sb_portion_settle(struct sb_portion *p, unsigned all, bool committed);

#endif
