/* Chance, repeatable. */
#include "tests/sim/random.h"

#include <string.h>

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void sim_random_seed(struct sim_random *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        r->s[i] = z ^ (z >> 31);
    }
}

uint64_t sim_random_u64(struct sim_random *r)
{
    uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint32_t sim_below(struct sim_random *r, uint32_t n)
{
    return (uint32_t)(((sim_random_u64(r) >> 32) * n) >> 32);
}

bool sim_chance(struct sim_random *r, uint32_t percent)
{
    return sim_below(r, 100) < percent;
}

void sim_fill(struct sim_random *r, void *out, size_t n)
{
    uint8_t *p = out;
    while (n > 0) {
        uint64_t x = sim_random_u64(r);
        size_t k = n < sizeof x ? n : sizeof x;
        memcpy(p, &x, k);
        p += k;
        n -= k;
    }
}
