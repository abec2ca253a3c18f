/* Text scenarios: tests that a person can read and write (tests/scenario/README.md has the words).
 */
#ifndef SB_SIM_SCENARIO_H
#define SB_SIM_SCENARIO_H

#include <stdbool.h>

struct sim_world;

enum { SIM_SCENARIO_UNREADABLE = 66 }; /* EX_NOINPUT */

/* Plays each file; 0 when every expectation of every file holds, 1 when not. */
int sim_scenarios_play(char **files, int n);
/* Plays one whatever becomes of its expectations. False: an invariant is broken, w->violation says
 * which. */
bool sim_scenario_breaks_nothing(char *file, struct sim_world *w);

#endif
