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

bool sb_text_is_hostile(uint32_t c)
{
    return sb_text_is_control(c) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
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
    memcpy(out, "\\u{", 3);
    for (unsigned i = 0; i < 4; i++) {
        out[3 + i] = hex[c >> (12 - 4 * i) & 15]; /* hostile ones lie below U+10000 */
    }
    out[7] = '}';
    return 8;
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
