/* A set of places (origin, epoch, seq). Never shrinks but by covered_clear. */
#ifndef SB_TORTURE_COVERED_H
#define SB_TORTURE_COVERED_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/ids.h"

struct covered_place {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq; /* 0: this slot is free */
};

struct covered {
    struct covered_place *places;
    size_t n, cap; /* cap: a power of two */
};

bool covered_has(const struct covered *c, const struct sb_org *origin, struct sb_epoch epoch,
                 struct sb_seq seq);
/* False: it was there. Ends the process without memory. */
bool covered_add(struct covered *c, const struct sb_org *origin, struct sb_epoch epoch,
                 struct sb_seq seq);
void covered_clear(struct covered *c);
/* Adds all of `from` to `to` and empties `from`. */
void covered_move(struct covered *to, struct covered *from);

#endif
