/* Values by number: equal bytes get the same number, so that states are compared and hashed as rows
 * of integers. Values live until the end. */
#ifndef SB_SIM_EXPLORE_INTERN_H
#define SB_SIM_EXPLORE_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct explore_value {
    uint8_t *p; /* in a block */
    uint32_t n, hash;
};

struct explore_intern {
    struct explore_value *values;
    uint32_t n, cap;
    uint32_t *slots; /* number + 1 */
    uint32_t n_slots;
    uint8_t **blocks, *free; /* many small values: one allocation for each would double them */
    uint32_t n_blocks, n_free;
};

uint64_t explore_hash(const void *p, size_t n);
uint32_t explore_intern(struct explore_intern *t, const void *p, size_t n);
const void *explore_value(const struct explore_intern *t, uint32_t number, size_t *n);
void explore_intern_fini(struct explore_intern *t);

#endif
