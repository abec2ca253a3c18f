/* Open addressing with linear probing; keys are hashes or begin with them, so they spread. */
#include "tests/sim/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void sim_map_init(struct sim_map *m, size_t key_bytes)
{
    *m = (struct sim_map){.key_bytes = key_bytes};
}

void sim_map_fini(struct sim_map *m)
{
    free(m->keys);
    free(m->values);
    free(m->used);
    sim_map_init(m, m->key_bytes);
}

void sim_map_clear(struct sim_map *m)
{
    if (m->cap > 0) {
        memset(m->used, 0, m->cap * sizeof *m->used);
    }
    m->n = 0;
}

static size_t slot_of(const struct sim_map *m, const uint8_t *key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < m->key_bytes; i++) {
        h = (h ^ key[i]) * 0x100000001b3u;
    }
    size_t at = (size_t)(h ^ (h >> 32)) & (m->cap - 1);
    while (m->used[at] && memcmp(m->keys + at * m->key_bytes, key, m->key_bytes) != 0) {
        at = (at + 1) & (m->cap - 1);
    }
    return at;
}

uint32_t *sim_map_get(const struct sim_map *m, const void *key)
{
    if (m->cap == 0) {
        return NULL;
    }
    size_t at = slot_of(m, key);
    return m->used[at] ? &m->values[at] : NULL;
}

static void grow(struct sim_map *m)
{
    struct sim_map old = *m;
    m->cap = old.cap == 0 ? 64 : 2 * old.cap;
    m->keys = malloc(m->cap * m->key_bytes);
    m->values = calloc(m->cap, sizeof *m->values);
    m->used = calloc(m->cap, sizeof *m->used);
    assert(m->keys != NULL && m->values != NULL && m->used != NULL);
    for (size_t i = 0; i < old.cap; i++) {
        if (old.used[i]) {
            size_t at = slot_of(m, old.keys + i * m->key_bytes);
            memcpy(m->keys + at * m->key_bytes, old.keys + i * m->key_bytes, m->key_bytes);
            m->values[at] = old.values[i];
            m->used[at] = true;
        }
    }
    free(old.keys);
    free(old.values);
    free(old.used);
}

uint32_t *sim_map_put(struct sim_map *m, const void *key)
{
    if (2 * (m->n + 1) > m->cap) {
        grow(m);
    }
    size_t at = slot_of(m, key);
    if (!m->used[at]) {
        m->used[at] = true;
        memcpy(m->keys + at * m->key_bytes, key, m->key_bytes);
        m->values[at] = 0;
        m->n++;
    }
    return &m->values[at];
}
