/* Text scenarios: tests that a person can read and write (tests/scenario/README.md has the words).
 */
#ifndef SB_SIM_SCENARIO_H
#define SB_SIM_SCENARIO_H

/* Plays each file; 0 when every expectation of every file holds. */
int sim_scenarios_play(char **files, int n);

#endif
