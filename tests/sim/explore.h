/* Small scope, exhaustively: every order in which a few events and faults can happen. */
#ifndef SB_SIM_EXPLORE_H
#define SB_SIM_EXPLORE_H

/* 0 when no order breaks an invariant; prints how many were tried. */
int sim_explore(void);

#endif
