/* One arena per turn: everything that a turn decodes or builds lives here and goes at its end. */
#ifndef SB_PROTO_ARENA_H
#define SB_PROTO_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"

struct sb_arena_block;

struct sb_arena {
    struct sb_arena_block *first, *current;
    size_t cap, used; /* bytes: the most that may be handed out until reset; handed out so far */
};

/* `cap` bounds the bytes handed out between two resets. Nothing is allocated yet. */
void sb_arena_init(struct sb_arena *a, size_t cap);
/* Frees every block. */
void sb_arena_fini(struct sb_arena *a);
/* Forgets everything handed out; keeps blocks for the next turn, up to a bound. */
void sb_arena_reset(struct sb_arena *a);
/* For scratch within a turn: a mark taken before it, and forgetting all that was handed out since,
 * which nothing may borrow any more. */
struct sb_arena_mark {
    struct sb_arena_block *block;
    size_t n, used;
};
struct sb_arena_mark sb_arena_mark(const struct sb_arena *a);
void sb_arena_rewind(struct sb_arena *a, struct sb_arena_mark mark);
/* Aligned for any type and not zeroed; NULL when the cap or memory is exhausted. */
void *sb_arena_alloc(struct sb_arena *a, size_t n);
/* A copy with a NUL behind it; p is NULL when there was no room. */
struct sb_bytes sb_arena_copy(struct sb_arena *a, const void *p, size_t n);

#endif
