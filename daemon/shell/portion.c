/* How many changes go into one commit: see portion.h. */
#include "daemon/shell/portion.h"

unsigned sb_portion_left(const struct sb_portion *p, unsigned all, unsigned room)
{
    unsigned most = p->cut > 0 ? p->cut : all;
    unsigned left = p->n < most ? most - p->n : 0;
    return left < room ? left : room;
}

void sb_portion_settle(struct sb_portion *p, unsigned all, bool committed)
{
    unsigned n = p->n;
    p->n = 0;
    if (n == 0) {
        return;
    }
    if (!committed) {
        p->cut = n > 1 ? n / 2 : 1;
    } else if (p->cut > 0) {
        p->cut = p->cut < all / 2 ? 2 * p->cut : 0;
    }
}
