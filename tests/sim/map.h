/* A small hash table from fixed-size keys to numbers, for the simulator's books. */
#ifndef SB_SIM_MAP_H
#define SB_SIM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_map {
    uint8_t *keys; /* cap × key_bytes */
    uint32_t *values;
    bool *used;
    size_t cap, n, key_bytes;
};

void sim_map_init(struct sim_map *m, size_t key_bytes);
void sim_map_fini(struct sim_map *m);
void sim_map_clear(struct sim_map *m);
/* NULL: not there. Valid until the next put. */
uint32_t *sim_map_get(const struct sim_map *m, const void *key);
/* The value's place, 0 at first. */
uint32_t *sim_map_put(struct sim_map *m, const void *key);

#endif
