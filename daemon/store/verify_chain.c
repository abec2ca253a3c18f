/* The table of the chains that a verification has seen: open addressing over a growing array. */
#include "daemon/store/verify_chain.h"

#include <stdlib.h>

static bool same_chain(const struct sb_place *a, const struct sb_place *b)
{
    return a->origin == b->origin && a->branch == b->branch && sb_epoch_eq(a->epoch, b->epoch);
}

static uint64_t hash_chain(const struct sb_place *place)
{
    uint64_t h = place->epoch.tag ^ ((uint64_t)place->epoch.counter << 32) ^
                 ((uint64_t)place->origin << 16) ^ place->branch;
    return (h ^ (h >> 31)) * 0x9e3779b97f4a7c15U;
}

static uint32_t *find_slot(const struct verify_chains *chains, const struct sb_place *place)
{
    for (uint64_t i = hash_chain(place) >> 20;; i++) {
        uint32_t *slot = &chains->table[i & (chains->table_cap - 1)];
        if (*slot == 0 || same_chain(&chains->items[*slot - 1].place, place)) {
            return slot;
        }
    }
}

void verify_chains_fini(struct verify_chains *chains)
{
    free(chains->items);
    free(chains->table);
    *chains = (struct verify_chains){0};
}

struct verify_chain *verify_chains_find(const struct verify_chains *chains,
                                        const struct sb_place *place)
{
    uint32_t index = chains->table_cap == 0 ? 0 : *find_slot(chains, place);
    return index == 0 ? NULL : &chains->items[index - 1];
}

/* Twice as many items, and a table twice as large as those. */
static bool grow(struct verify_chains *chains)
{
    size_t cap = chains->cap == 0 ? 64 : 2 * chains->cap;
    struct verify_chain *items = realloc(chains->items, cap * sizeof *items);
    uint32_t *table = calloc(2 * cap, sizeof *table);
    if (items != NULL) {
        chains->items = items;
    }
    if (items == NULL || table == NULL) {
        free(table);
        return false;
    }
    free(chains->table);
    chains->cap = cap;
    chains->table = table;
    chains->table_cap = 2 * cap;
    for (size_t i = 0; i < chains->n; i++) {
        *find_slot(chains, &chains->items[i].place) = (uint32_t)i + 1;
    }
    return true;
}

struct verify_chain *verify_chains_add(struct verify_chains *chains, const struct sb_place *place)
{
    if (chains->n == chains->cap && !grow(chains)) {
        return NULL;
    }
    struct verify_chain *chain = &chains->items[chains->n++];
    *chain = (struct verify_chain){.place = *place};
    *find_slot(chains, place) = (uint32_t)chains->n;
    return chain;
}
