/* The simulator's only source of chance: xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64.
 * The same seed gives the same world, to the byte. */
#ifndef SB_SIM_RANDOM_H
#define SB_SIM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
    uint64_t s[4];
};

void sim_random_seed(struct sim_random *r, uint64_t seed);
uint64_t sim_random_u64(struct sim_random *r);
/* 0 <= result < n; n >= 1. */
uint32_t sim_below(struct sim_random *r, uint32_t n);
/* True in `percent` of the cases. */
bool sim_chance(struct sim_random *r, uint32_t percent);
void sim_fill(struct sim_random *r, void *out, size_t n);

#endif
