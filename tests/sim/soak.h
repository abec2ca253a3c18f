/* Seed after seed for a given time, in several processes. */
#ifndef SB_SIM_SOAK_H
#define SB_SIM_SOAK_H

#include <stdint.h>

/* Plays every seed from `from` on, none left out, until the time is over or it is told to end
 * (SIGINT, SIGTERM); prints each one that fails, and the counts. 0: none failed. */
int sim_soak(uint64_t from, int64_t seconds, int jobs);

/* "90s", "30m", "12h"; without a unit seconds. -1 where it is not one. */
int64_t sim_soak_seconds(const char *text);

#endif
