/* UTF-8, one character at a time; see glyph.h. Widths of characters are not known here: each counts
 * as one column. */
#include "config/glyph.h"

#include <stdint.h>

#include "proto/text.h"

struct range {
    uint32_t from, to;
};

/* Besides what is hostile: spaces of other widths, surrogates, private use, what is no character.
 */
static const struct range hidden[] = {
    {0x202f, 0x202f}, {0x205f, 0x205f}, {0xd800, 0xf8ff}, {0xfffc, 0xffff}, {0xf0000, 0x10ffff},
};

static bool is_hidden(uint32_t c)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (c >= hidden[i].from && c <= hidden[i].to) {
            return true;
        }
    }
    return sb_text_is_hostile(c);
}

/* Bytes of a sequence by its first byte; 0 where none starts. */
static size_t sequence_length(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

struct sb_glyph sb_glyph_at(const char *text, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: an overlong form */
    const struct sb_glyph broken = {.n = 1};
    const uint8_t *p = (const uint8_t *)text;
    size_t length = sequence_length(p[0]);
    if (length == 0 || length > n) {
        return broken;
    }
    uint32_t c = length == 1 ? p[0] : p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return broken;
        }
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[length] || c > 0x10ffff) {
        return broken;
    }
    return (struct sb_glyph){.n = length, .visible = !is_hidden(c)};
}

bool sb_glyph_all_visible(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct sb_glyph g = sb_glyph_at(text + i, n - i);
        if (!g.visible) {
            return false;
        }
        i += g.n;
    }
    return true;
}

size_t sb_glyph_count(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; count++) {
        i += sb_glyph_at(text + i, n - i).n;
    }
    return count;
}
