/* A bump allocator in blocks. Freed as a whole; see arena.h. */
#include "proto/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 256 * 1024, KEEP_BYTES = 4 * 1024 * 1024 };

struct sb_arena_block {
    struct sb_arena_block *next;
    size_t cap, n;
    alignas(max_align_t) uint8_t bytes[];
};

void sb_arena_init(struct sb_arena *a, size_t cap)
{
    *a = (struct sb_arena){.cap = cap};
}

static void free_blocks(struct sb_arena_block *b)
{
    while (b != NULL) {
        struct sb_arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void sb_arena_fini(struct sb_arena *a)
{
    free_blocks(a->first);
    *a = (struct sb_arena){.cap = a->cap};
}

void sb_arena_reset(struct sb_arena *a)
{
    size_t kept = 0;
    struct sb_arena_block **at = &a->first;
    while (*at != NULL && kept + (*at)->cap <= KEEP_BYTES) {
        kept += (*at)->cap;
        (*at)->n = 0;
        at = &(*at)->next;
    }
    free_blocks(*at);
    *at = NULL;
    a->current = a->first;
    a->used = 0;
}

struct sb_arena_mark sb_arena_mark(const struct sb_arena *a)
{
    size_t n = a->current == NULL ? 0 : a->current->n;
    return (struct sb_arena_mark){.block = a->current, .n = n, .used = a->used};
}

void sb_arena_rewind(struct sb_arena *a, struct sb_arena_mark mark)
{
    struct sb_arena_block *b = mark.block == NULL ? a->first : mark.block;
    for (size_t n = mark.n; b != NULL; b = b->next, n = 0) {
        b->n = n;
    }
    a->current = mark.block;
    a->used = mark.used;
}

/* The next block with room, kept or new, becomes the current one. */
static struct sb_arena_block *next_block(struct sb_arena *a, size_t n)
{
    struct sb_arena_block *b = a->current == NULL ? a->first : a->current->next;
    if (b != NULL && b->cap >= n) {
        a->current = b;
        return b;
    }
    size_t cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;
    b = malloc(sizeof *b + cap);
    if (b == NULL) {
        return NULL;
    }
    b->cap = cap;
    b->n = 0;
    struct sb_arena_block **at = a->current == NULL ? &a->first : &a->current->next;
    b->next = *at;
    *at = b;
    a->current = b;
    return b;
}

void *sb_arena_alloc(struct sb_arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > a->cap - a->used || n > SIZE_MAX - align) {
        return NULL;
    }
    size_t padded = (n + align - 1) / align * align;
    struct sb_arena_block *b = a->current;
    if (b == NULL || padded > b->cap - b->n) {
        b = next_block(a, padded);
        if (b == NULL) {
            return NULL;
        }
    }
    void *p = b->bytes + b->n;
    b->n += padded;
    a->used += n;
    return p;
}

struct sb_bytes sb_arena_copy(struct sb_arena *a, const void *p, size_t n)
{
    uint8_t *to = sb_arena_alloc(a, n + 1);
    if (to == NULL) {
        return (struct sb_bytes){0};
    }
    if (n > 0) {
        memcpy(to, p, n);
    }
    to[n] = 0;
    return (struct sb_bytes){to, n};
}
