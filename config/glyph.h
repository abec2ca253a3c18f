/* One character as a terminal may show it. Text from files is foreign: nothing invisible, no
 * control, no change of direction and no broken UTF-8 reaches a screen through here. */
#ifndef SB_CONFIG_GLYPH_H
#define SB_CONFIG_GLYPH_H

#include <stdbool.h>
#include <stddef.h>

struct sb_glyph {
    size_t n;     /* bytes that it takes; 1 for a byte that is no UTF-8 */
    bool visible; /* may be shown as it is */
};

/* The character at `text`, of which n >= 1 bytes are there. */
struct sb_glyph sb_glyph_at(const char *text, size_t n);

/* Whether n bytes are visible characters throughout. */
bool sb_glyph_all_visible(const char *text, size_t n);

/* The number of characters in n bytes. */
size_t sb_glyph_count(const char *text, size_t n);

#endif
