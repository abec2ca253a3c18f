/* A table of byte strings. */
#include "tests/sim/explore_intern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

uint64_t explore_hash(const void *p, size_t n)
{
    const uint8_t *at = p;
    uint64_t h = 0x9e3779b97f4a7c15u ^ n, word;
    for (; n >= sizeof word; n -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    for (; n > 0; n--, at++) {
        h = (h ^ *at) * 0x100000001b3u;
    }
    h ^= h >> 29;
    return h * 0xc4ceb9fe1a85ec53u;
}

static void grow(struct explore_intern *t)
{
    t->n_slots = t->n_slots == 0 ? 1024 : 2 * t->n_slots;
    free(t->slots);
    t->slots = calloc(t->n_slots, sizeof *t->slots);
    t->cap = t->n_slots / 2;
    t->values = realloc(t->values, t->cap * sizeof *t->values);
    assert(t->slots != NULL && t->values != NULL);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = t->values[i].hash & (t->n_slots - 1);
        while (t->slots[at] != 0) {
            at = (at + 1) & (t->n_slots - 1);
        }
        t->slots[at] = i + 1;
    }
}

static uint8_t *keep(struct explore_intern *t, const void *p, size_t n)
{
    size_t room = (n + 7) / 8 * 8;
    if (room >= t->n_free) {
        t->n_free = room >= BLOCK_BYTES ? (uint32_t)room + 8 : BLOCK_BYTES;
        t->blocks = realloc(t->blocks, (t->n_blocks + 1) * sizeof *t->blocks);
        assert(t->blocks != NULL);
        t->free = t->blocks[t->n_blocks++] = malloc(t->n_free);
        assert(t->free != NULL);
    }
    uint8_t *kept = t->free;
    memcpy(kept, p, n);
    t->free += room;
    t->n_free -= (uint32_t)room;
    return kept;
}

uint32_t explore_intern(struct explore_intern *t, const void *p, size_t n)
{
    if (t->n == t->cap) {
        grow(t);
    }
    uint32_t hash = (uint32_t)explore_hash(p, n);
    uint32_t at = hash & (t->n_slots - 1);
    for (; t->slots[at] != 0; at = (at + 1) & (t->n_slots - 1)) {
        const struct explore_value *v = &t->values[t->slots[at] - 1];
        if (v->hash == hash && v->n == n && memcmp(v->p, p, n) == 0) {
            return t->slots[at] - 1;
        }
    }
    struct explore_value *v = &t->values[t->n++];
    *v = (struct explore_value){keep(t, p, n), (uint32_t)n, hash};
    t->slots[at] = t->n;
    return t->n - 1;
}

const void *explore_value(const struct explore_intern *t, uint32_t number, size_t *n)
{
    assert(number < t->n);
    if (n != NULL) {
        *n = t->values[number].n;
    }
    return t->values[number].p;
}

void explore_intern_fini(struct explore_intern *t)
{
    for (uint32_t i = 0; i < t->n_blocks; i++) {
        free(t->blocks[i]);
    }
    free(t->blocks);
    free(t->values);
    free(t->slots);
    *t = (struct explore_intern){0};
}
