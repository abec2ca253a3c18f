/* The nearest known word to one that somebody mistyped. */
#ifndef SB_PROTO_SUGGEST_H
#define SB_PROTO_SUGGEST_H

#include <stddef.h>

/* The best candidate so far; start with {.word = ..., .n = ...}. */
struct sb_suggestion {
    const char *word; /* what was typed, n bytes */
    size_t n;
    const char *best; /* NULL: nothing near enough; borrowed from the candidates */
    size_t distance;  /* of the best */
};

/* Offers one candidate. It is near enough within one edit per three characters typed, at least
 * one; case does not count. */
void sb_suggest_offer(struct sb_suggestion *s, const char *candidate);

#endif
