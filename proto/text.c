/* UTF-8 and what may not reach a terminal. Pure, no allocation, no stdio. */
#include "proto/text.h"

#include <string.h>

/* The lead byte says how many bytes follow and which of its own bits count. */
static size_t sequence_length(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        return 3;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

size_t sb_utf8_next(uint32_t *code_point, const uint8_t *p, size_t n)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = n == 0 ? 0 : sequence_length(p[0]);
    if (len == 0 || len > n) {
        return 0;
    }
    uint32_t value = len == 1 ? p[0] : p[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (p[i] & 0x3f);
    }
    if (value < smallest[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    *code_point = value;
    return len;
}

bool sb_text_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* Above the controls, ascending: bidi, separators, and all that Unicode calls ignorable by default
 * (soft hyphen, zero width, fillers, variation selectors, byte order mark, tags). */
static const struct {
    uint32_t from, to;
} hostile[] = {
    {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool sb_text_is_hostile(uint32_t c)
{
    size_t i = 0;
    while (i < sizeof hostile / sizeof hostile[0] && hostile[i].to < c) {
        i++;
    }
    return sb_text_is_control(c) ||
           (i < sizeof hostile / sizeof hostile[0] && hostile[i].from <= c);
}

bool sb_utf8_valid(struct sb_bytes text)
{
    uint32_t c;
    for (size_t i = 0; i < text.n;) {
        size_t len = sb_utf8_next(&c, text.p + i, text.n - i);
        if (len == 0 || c == 0) {
            return false;
        }
        i += len;
    }
    return true;
}

bool sb_text_acceptable(struct sb_bytes text, bool multiline)
{
    uint32_t c = 0;
    for (size_t i = 0; i < text.n;) {
        size_t len = sb_utf8_next(&c, text.p + i, text.n - i);
        bool layout = multiline && (c == '\n' || c == '\t');
        if (len == 0 || (sb_text_is_control(c) && !layout)) {
            return false;
        }
        i += len;
    }
    return true;
}

/* \xNN, or \u{NNNN} for what is more than one byte. Returns the characters written. */
static size_t escape_one(char out[static 12], uint32_t c, bool as_byte)
{
    static const char hex[] = "0123456789abcdef";
    if (as_byte || c < 0x80) {
        memcpy(out, "\\x", 2);
        out[2] = hex[c >> 4 & 15];
        out[3] = hex[c & 15];
        return 4;
    }
    size_t n = 3, digits = c > 0xffff ? 5 : 4;
    memcpy(out, "\\u{", n);
    for (size_t i = digits; i > 0; i--) {
        out[n++] = hex[c >> 4 * (i - 1) & 15]; /* hostile ones lie below U+100000 */
    }
    out[n++] = '}';
    return n;
}

size_t sb_text_escape(char *out, size_t cap, struct sb_bytes text)
{
    size_t at = 0;
    if (cap == 0) {
        return 0;
    }
    for (size_t i = 0; i < text.n;) {
        char piece[12];
        uint32_t c = 0;
        size_t len = sb_utf8_next(&c, text.p + i, text.n - i), n = len;
        if (len == 0) {
            len = 1;
            n = escape_one(piece, text.p[i], true);
        } else if (sb_text_is_hostile(c)) {
            n = escape_one(piece, c, false);
        } else {
            memcpy(piece, text.p + i, len);
        }
        if (n > cap - 1 - at) {
            break;
        }
        memcpy(out + at, piece, n);
        at += n;
        i += len;
    }
    out[at] = '\0';
    return at;
}
