/* One core that can be put into any state that it has been in: between two turns, what it knows is
 * copied out and back in. Only the search needs this, for it goes back and forth between states. */
#ifndef SB_SIM_EXPLORE_CORE_H
#define SB_SIM_EXPLORE_CORE_H

#include "daemon/core/internal.h"
#include "tests/sim/explore_intern.h"

enum { EXPLORE_ORGS = 3, EXPLORE_NO_CORE = -1 };

struct explore_core {
    struct sb_core *core;
    struct sb_org origins[EXPLORE_ORGS]; /* by this core's own numbers */
    int now;                             /* the value that it holds; EXPLORE_NO_CORE: none */
    struct explore_intern *values, *chunks;
    uint32_t fresh; /* an empty one, before sb_core_loaded */
};

/* The core of host `index`; the first `n_hosts` organisations are partners. A value is a row of
 * numbers of chunks, for most of a core is the same in millions of states (Holzmann's collapse
 * compression, 1997). */
void explore_core_init(struct explore_core *m, struct explore_intern *values,
                       struct explore_intern *chunks, int index, int n_hosts);
void explore_core_fini(struct explore_core *m);
void explore_core_set(struct explore_core *m, int value);
/* Only between two turns. */
int explore_core_get(struct explore_core *m);
/* It died within a turn: whatever that had staged is gone. */
void explore_core_drop(struct explore_core *m);

/* The number that host `at` gives to organisation `of`, and back: the same function. */
uint16_t explore_number(int at, int of);
int explore_org(int at, uint16_t number);

#endif
