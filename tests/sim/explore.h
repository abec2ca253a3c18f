/* Small scope, exhaustively: every order in which a few events and faults can happen, played by
 * real cores. Nodes are values here (explore_node.h), so that the search goes back and forth and
 * meets every state once.
 *
 * A tour: explore.c searches; explore_choice.c lists what can happen next and explore_world.c does
 * it; explore_begin.c knows how a world begins and must end; explore_node.c plays a node's turn,
 * explore_input.c and explore_output.c its messages; explore_core.c copies a core's state;
 * explore_intern.c numbers values. */
#ifndef SB_SIM_EXPLORE_H
#define SB_SIM_EXPLORE_H

#include <stdbool.h>

/* 0 when no order breaks an invariant; prints how many states there are. `more` faults and ticks
 * than the scopes have; `in_large`: those that take long. */
int sim_explore(int more, bool in_large);

#endif
