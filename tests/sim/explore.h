/* Small scope, exhaustively: every order in which a few events and faults can happen, played by
 * real cores. Nodes are values here (explore_node.h), so that the search goes back and forth and
 * meets every state once.
 *
 * A tour: explore.c searches; explore_choice.c lists what can happen next, explore_order.c says
 * how much of that is enough, explore_world.c does it; explore_begin.c knows how a world begins and
 * must end; explore_node.c plays a node's turn, explore_input.c and explore_output.c its messages;
 * explore_core.c copies a core's state; explore_intern.c numbers values. */
#ifndef SB_SIM_EXPLORE_H
#define SB_SIM_EXPLORE_H

#include <stdbool.h>

struct sim_scope_choice {
    bool large;       /* those that take long, and gigabytes */
    int only;         /* the n-th; 0: all */
    int more;         /* faults and ticks than the scopes have */
    bool every_order; /* those as well that lead to the same states as others (explore_order.c):
                       * then nothing else may be met in them */
};

/* 0 when no order breaks an invariant; prints how many states there are. */
int sim_explore(const struct sim_scope_choice *choice);

#endif
