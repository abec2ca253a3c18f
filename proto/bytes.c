/* Bytes in and out: big-endian fields, hexadecimal, base64. Pure; no allocation. */
#include "proto/bytes.h"

#include <string.h>

void sb_writer_init(struct sb_writer *w, uint8_t *p, size_t cap)
{
    *w = (struct sb_writer){.p = p, .cap = cap};
}

void sb_put_bytes(struct sb_writer *w, const void *p, size_t n)
{
    if (w->failed || n > w->cap - w->n) {
        w->failed = true;
        return;
    }
    if (n > 0) {
        memcpy(w->p + w->n, p, n);
        w->n += n;
    }
}

void sb_put_u8(struct sb_writer *w, uint8_t v)
{
    sb_put_bytes(w, &v, 1);
}

void sb_put_u16(struct sb_writer *w, uint16_t v)
{
    uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    sb_put_bytes(w, b, sizeof b);
}

void sb_put_u32(struct sb_writer *w, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    sb_put_bytes(w, b, sizeof b);
}

void sb_put_u64(struct sb_writer *w, uint64_t v)
{
    sb_put_u32(w, (uint32_t)(v >> 32));
    sb_put_u32(w, (uint32_t)v);
}

void sb_reader_init(struct sb_reader *r, const void *p, size_t n)
{
    *r = (struct sb_reader){.p = p, .n = n};
}

const uint8_t *sb_get_bytes(struct sb_reader *r, size_t n)
{
    if (r->failed || n > r->n - r->at) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->p + r->at;
    r->at += n;
    return p;
}

void sb_get_copy(struct sb_reader *r, void *to, size_t n)
{
    const uint8_t *p = sb_get_bytes(r, n);
    if (p == NULL) {
        memset(to, 0, n);
    } else {
        memcpy(to, p, n);
    }
}

uint8_t sb_get_u8(struct sb_reader *r)
{
    const uint8_t *p = sb_get_bytes(r, 1);
    return p == NULL ? 0 : p[0];
}

uint16_t sb_get_u16(struct sb_reader *r)
{
    const uint8_t *p = sb_get_bytes(r, 2);
    return p == NULL ? 0 : (uint16_t)((p[0] << 8) | p[1]);
}

uint32_t sb_get_u32(struct sb_reader *r)
{
    uint32_t high = sb_get_u16(r);
    return (high << 16) | sb_get_u16(r);
}

uint64_t sb_get_u64(struct sb_reader *r)
{
    uint64_t high = sb_get_u32(r);
    return (high << 32) | sb_get_u32(r);
}

bool sb_reader_done(const struct sb_reader *r)
{
    return !r->failed && r->at == r->n;
}

void sb_hex_encode(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

/* Values of hexadecimal digits, one more than they are; 0: no digit. */
static const uint8_t hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool sb_hex_decode(uint8_t *out, size_t n, const char *text, size_t text_len)
{
    if (text_len != 2 * n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned high = hex_values[(uint8_t)text[2 * i]];
        unsigned low = hex_values[(uint8_t)text[2 * i + 1]];
        if (high == 0 || low == 0) {
            return false;
        }
        out[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    return true;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void sb_base64_encode(char *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)p[i] << 16;
        v |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)p[i + 2] : 0;
        *out++ = base64_digits[v >> 18];
        *out++ = base64_digits[(v >> 12) & 63];
        *out++ = left > 1 ? base64_digits[(v >> 6) & 63] : '=';
        *out++ = left > 2 ? base64_digits[v & 63] : '=';
    }
    *out = '\0';
}

static int base64_value(char c)
{
    const char *at = c == '\0' ? NULL : strchr(base64_digits, c);
    return at == NULL ? -1 : (int)(at - base64_digits);
}

/* One group of four digits, the last `pad` of which are '='. */
static bool base64_group(uint8_t *out, const char *text, size_t pad)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < 4 - pad ? base64_value(text[i]) : 0;
        if (digit < 0) {
            return false;
        }
        v = (v << 6) | (uint32_t)digit;
    }
    uint8_t b[3] = {(uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    for (size_t i = 3 - pad; i < 3; i++) {
        if (b[i] != 0) {
            return false;
        }
    }
    memcpy(out, b, 3 - pad);
    return true;
}

bool sb_base64_decode(uint8_t *out, size_t *out_n, const char *text, size_t text_len)
{
    *out_n = 0;
    if (text_len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < text_len; i += 4) {
        bool last = i + 4 == text_len;
        size_t pad = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
        if (!base64_group(out + *out_n, text + i, pad)) {
            return false;
        }
        *out_n += 3 - pad;
    }
    return true;
}
