/* Writes JSON straight into the arena: no tree in between, since a tail prints every event there
 * is, and since our escaping goes further than a library's (C1 and bidi controls are legal JSON,
 * and a terminal obeys them). */
#include "proto/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/json.h"
#include "proto/text.h"

void sb_json_out_init(struct sb_json_out *out, struct sb_arena *arena, size_t expected)
{
    *out = (struct sb_json_out){.arena = arena, .cap = expected + 1};
    out->p = sb_arena_alloc(arena, out->cap);
    out->failed = out->p == NULL;
}

/* Room for n more bytes and a NUL: n of them may then be written at p + n. */
static bool reserve(struct sb_json_out *out, size_t n)
{
    if (out->failed) {
        return false;
    }
    if (n < out->cap - out->n) {
        return true;
    }
    size_t cap = 2 * (out->n + n + 1);
    char *p = sb_arena_alloc(out->arena, cap);
    if (p == NULL) {
        out->failed = true;
        return false;
    }
    memcpy(p, out->p, out->n);
    out->p = p;
    out->cap = cap;
    return true;
}

static void put(struct sb_json_out *out, const void *p, size_t n)
{
    if (n > 0 && reserve(out, n)) {
        memcpy(out->p + out->n, p, n);
        out->n += n;
    }
}

static void begin_value(struct sb_json_out *out)
{
    if (out->comma) {
        put(out, ",", 1);
    }
    out->comma = true;
}

struct sb_bytes sb_json_out_done(struct sb_json_out *out)
{
    if (!reserve(out, 0)) {
        return (struct sb_bytes){0};
    }
    out->p[out->n] = '\0';
    return (struct sb_bytes){(const uint8_t *)out->p, out->n};
}

void sb_json_put_open(struct sb_json_out *out, char bracket)
{
    begin_value(out);
    put(out, &bracket, 1);
    out->comma = false;
}

void sb_json_put_close(struct sb_json_out *out, char bracket)
{
    put(out, &bracket, 1);
    out->comma = true;
}

void sb_json_put_key(struct sb_json_out *out, const char *key)
{
    sb_json_put_string(out, key);
    put(out, ":", 1);
    out->comma = false;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_unit(struct sb_json_out *out, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    char text[] = {'\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};
    put(out, text, sizeof text);
}

static void put_escaped(struct sb_json_out *out, uint32_t c)
{
    const char *short_form = c == '"'    ? "\\\""
                             : c == '\\' ? "\\\\"
                             : c == '\n' ? "\\n"
                             : c == '\t' ? "\\t"
                                         : NULL;
    if (short_form != NULL) {
        put(out, short_form, 2);
        return;
    }
    if (c > 0xffff) { /* as two surrogates, for JSON has no other way */
        put_unit(out, 0xd800 + ((c - 0x10000) >> 10));
        put_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
        put_unit(out, c);
    }
}

/* One character that is not plain ASCII; returns its length. Bytes that are not UTF-8 show as the
 * replacement character, since JSON has no other way to write them. */
static size_t put_character(struct sb_json_out *out, const uint8_t *p, size_t n)
{
    uint32_t c = 0;
    size_t len = sb_utf8_next(&c, p, n);
    if (len == 0) {
        put_escaped(out, 0xfffd);
        return 1;
    }
    if (len == 1 || sb_text_is_hostile(c)) {
        put_escaped(out, c);
    } else {
        put(out, p, len);
    }
    return len;
}

/* Where the plain characters from `i` on end. */
static size_t plain_until(struct sb_bytes text, size_t i)
{
    while (i < text.n && is_plain(text.p[i])) {
        i++;
    }
    return i;
}

void sb_json_put_text(struct sb_json_out *out, struct sb_bytes text)
{
    size_t i = plain_until(text, 0);
    begin_value(out);
    if (!reserve(out, i + 2)) {
        return;
    }
    out->p[out->n++] = '"';
    put(out, text.p, i);
    while (i < text.n && !out->failed) {
        i += put_character(out, text.p + i, text.n - i);
        size_t end = plain_until(text, i);
        put(out, text.p + i, end - i);
        i = end;
    }
    put(out, "\"", 1);
}

void sb_json_put_string(struct sb_json_out *out, const char *text)
{
    if (text == NULL) {
        sb_json_put_null(out);
    } else {
        sb_json_put_text(out, (struct sb_bytes){(const uint8_t *)text, strlen(text)});
    }
}

static void put_word(struct sb_json_out *out, const char *word)
{
    begin_value(out);
    put(out, word, strlen(word));
}

void sb_json_put_int(struct sb_json_out *out, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    put_word(out, text);
}

/* Two for every event of a log: not worth a format. */
void sb_json_put_uint(struct sb_json_out *out, uint64_t value)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    begin_value(out);
    put(out, text + at, sizeof text - at);
}

void sb_json_put_bool(struct sb_json_out *out, bool value)
{
    put_word(out, value ? "true" : "false");
}

void sb_json_put_null(struct sb_json_out *out)
{
    put_word(out, "null");
}

void sb_json_put_base64(struct sb_json_out *out, const uint8_t *p, size_t n)
{
    size_t length = 4 * ((n + 2) / 3);
    begin_value(out);
    put(out, "\"", 1);
    if (reserve(out, length)) { /* and a NUL, which the closing quote replaces */
        sb_base64_encode(out->p + out->n, p, n);
        out->n += length;
    }
    put(out, "\"", 1);
}

void sb_json_member_string(struct sb_json_out *out, const char *key, const char *text)
{
    sb_json_put_key(out, key);
    sb_json_put_string(out, text);
}

void sb_json_member_uint(struct sb_json_out *out, const char *key, uint64_t value)
{
    sb_json_put_key(out, key);
    sb_json_put_uint(out, value);
}

struct sb_bytes sb_json_string(struct sb_bytes text, struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, text.n + 2);
    sb_json_put_text(&out, text);
    return sb_json_out_done(&out);
}
