/* Two tables with open addressing: events by link hash, starts by epoch. Both keys are SHA-256 of
 * what was read: whoever wrote the file cannot choose them cheaply. */
#include "proto/export_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS_AT_FIRST = 64 };

static uint32_t *new_slots(uint32_t n)
{
    uint32_t *slots = malloc(n * sizeof *slots);
    if (slots != NULL) {
        memset(slots, 0xff, n * sizeof *slots); /* SB_EXPORT_NONE */
    }
    return slots;
}

enum sb_rc sb_export_index_init(struct sb_export_index *x, size_t events, struct sb_err *err)
{
    *x = (struct sb_export_index){.n_slots = 16};
    if (events >= SB_EXPORT_NONE / 4) {
        return sb_err_set(err, SB_E_NOMEM, "%zu events are too many to verify at once", events);
    }
    while (x->n_slots < 2 * events) {
        x->n_slots *= 2;
    }
    x->cap = (uint32_t)events;
    x->events = malloc((events + 1) * sizeof *x->events);
    x->event_slots = new_slots(x->n_slots);
    x->start_slots = new_slots(x->n_slots);
    if (x->events == NULL || x->event_slots == NULL || x->start_slots == NULL) {
        sb_export_index_fini(x);
        return sb_err_set(err, SB_E_NOMEM, "no memory to verify %zu events", events);
    }
    return SB_OK;
}

void sb_export_index_fini(struct sb_export_index *x)
{
    free(x->events);
    free(x->starts);
    free(x->event_slots);
    free(x->start_slots);
    *x = (struct sb_export_index){0};
}

/* Multiplication by the golden ratio spreads what is alike in the low bits. */
static uint32_t first_slot(const struct sb_export_index *x, uint64_t key)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15U) >> 32) & (x->n_slots - 1);
}

/* Where the hash is, or the free slot where it belongs; the table is at most half full. */
static uint32_t *event_slot(const struct sb_export_index *x, const struct sb_hash *hash)
{
    uint64_t key;
    memcpy(&key, hash->b, sizeof key);
    uint32_t slot = first_slot(x, key);
    while (x->event_slots[slot] != SB_EXPORT_NONE &&
           !sb_hash_eq(&x->events[x->event_slots[slot]].hash, hash)) {
        slot = (slot + 1) & (x->n_slots - 1);
    }
    return &x->event_slots[slot];
}

static uint32_t *start_slot(const struct sb_export_index *x, struct sb_epoch epoch)
{
    uint32_t slot = first_slot(x, epoch.tag);
    while (x->start_slots[slot] != SB_EXPORT_NONE &&
           !sb_epoch_eq(x->starts[x->start_slots[slot]].epoch, epoch)) {
        slot = (slot + 1) & (x->n_slots - 1);
    }
    return &x->start_slots[slot];
}

uint32_t sb_export_index_find(const struct sb_export_index *x, const struct sb_hash *hash)
{
    return *event_slot(x, hash);
}

uint32_t sb_export_index_add(struct sb_export_index *x, const struct sb_export_event *event)
{
    uint32_t *slot = event_slot(x, &event->hash);
    assert(x->n < x->cap && *slot == SB_EXPORT_NONE);
    x->events[x->n] = *event;
    *slot = x->n;
    return x->n++;
}

enum sb_rc sb_export_index_add_start(struct sb_export_index *x, const struct sb_export_start *start,
                                     struct sb_err *err)
{
    uint32_t *slot = start_slot(x, start->epoch);
    if (*slot != SB_EXPORT_NONE) {
        return SB_OK;
    }
    if (x->n_starts == x->cap_starts) {
        uint32_t cap = x->cap_starts == 0 ? STARTS_AT_FIRST : 2 * x->cap_starts;
        struct sb_export_start *grown = realloc(x->starts, cap * sizeof *grown);
        if (grown == NULL) {
            return sb_err_set(err, SB_E_NOMEM, "no memory to verify %u epochs", cap);
        }
        x->starts = grown;
        x->cap_starts = cap;
    }
    x->starts[x->n_starts] = *start;
    *slot = x->n_starts++;
    return SB_OK;
}

const struct sb_export_start *sb_export_index_start_of(const struct sb_export_index *x,
                                                       struct sb_epoch epoch)
{
    uint32_t i = *start_slot(x, epoch);
    return i == SB_EXPORT_NONE ? NULL : &x->starts[i];
}

void sb_export_index_cover(struct sb_export_index *x, uint32_t event)
{
    while (event != SB_EXPORT_NONE && !x->events[event].covered) {
        x->events[event].covered = true;
        event = x->events[event].parent;
    }
}
