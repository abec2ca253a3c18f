/* Edit distance with swaps of neighbours (Damerau, restricted), since those are what fingers do. */
#include "proto/suggest.h"

#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 40 }; /* bytes; longer words are not typing mistakes of ours */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static size_t edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t d[3][WORD_MAX + 1]; /* this row and the two before it */
    for (size_t j = 0; j <= nb; j++) {
        d[0][j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t *row = d[i % 3], *above = d[(i + 2) % 3], *above2 = d[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t same = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = least(row[j], above2[j - 2] + 1);
            }
        }
    }
    return d[na % 3][nb];
}

void sb_suggest_offer(struct sb_suggestion *s, const char *candidate)
{
    size_t n = strlen(candidate);
    if (s->n == 0 || s->n > WORD_MAX || n > WORD_MAX) {
        return;
    }
    size_t limit = s->n < 6 ? 1 : s->n / 3;
    size_t distance = edit_distance(s->word, s->n, candidate, n);
    if (distance <= limit && (s->best == NULL || distance < s->distance)) {
        s->best = candidate;
        s->distance = distance;
    }
}
