/* Identities: comparing, printing and reading them. Pure, no allocation, no stdio: the core links
 * this file. Dates and times are in time.c, topics in topic.c. */
#include "proto/ids.h"

#include <string.h>

#include "proto/bytes.h"

static const char HEX[] = "0123456789abcdef";

int sb_hash_cmp(const struct sb_hash *a, const struct sb_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

bool sb_hash_eq(const struct sb_hash *a, const struct sb_hash *b)
{
    return sb_hash_cmp(a, b) == 0;
}

bool sb_hash_is_zero(const struct sb_hash *a)
{
    static const struct sb_hash zero;
    return sb_hash_eq(a, &zero);
}

bool sb_uuid_eq(const struct sb_uuid *a, const struct sb_uuid *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool sb_uuid_is_zero(const struct sb_uuid *a)
{
    static const struct sb_uuid zero;
    return sb_uuid_eq(a, &zero);
}

struct sb_uuid sb_uuid_v7(struct sb_time now, const uint8_t random[static 10])
{
    struct sb_uuid id;
    uint64_t ms = now.ms < 0 ? 0 : (uint64_t)now.ms;
    for (unsigned i = 0; i < 6; i++) {
        id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    memcpy(id.b + 6, random, 10);
    id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
    return id;
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

void sb_uuid_format(char out[static SB_UUID_TEXT_MAX], const struct sb_uuid *id)
{
    size_t at = 0;
    for (size_t i = 0; i < sizeof id->b; i++) {
        if (is_dash_place(at)) {
            out[at++] = '-';
        }
        out[at++] = HEX[id->b[i] >> 4];
        out[at++] = HEX[id->b[i] & 15];
    }
    out[at] = '\0';
}

bool sb_uuid_parse(struct sb_uuid *out, const char *text, size_t n)
{
    if (n != SB_UUID_TEXT_MAX - 1) {
        return false;
    }
    char digits[32];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_dash_place(i)) {
            digits[count++] = text[i];
        } else if (text[i] != '-') {
            return false;
        }
    }
    return sb_hex_decode(out->b, sizeof out->b, digits, count);
}

bool sb_org_parse(struct sb_org *out, const char *text, size_t n)
{
    if (n < SB_ORG_MIN || n > SB_ORG_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    memset(out->s, 0, sizeof out->s);
    memcpy(out->s, text, n);
    return true;
}

bool sb_org_eq(const struct sb_org *a, const struct sb_org *b)
{
    return sb_org_cmp(a, b) == 0;
}

int sb_org_cmp(const struct sb_org *a, const struct sb_org *b)
{
    return memcmp(a->s, b->s, sizeof a->s);
}

size_t sb_org_len(const struct sb_org *a)
{
    return strnlen(a->s, SB_ORG_MAX);
}

bool sb_epoch_eq(struct sb_epoch a, struct sb_epoch b)
{
    return a.counter == b.counter && a.tag == b.tag;
}

int sb_epoch_cmp(struct sb_epoch a, struct sb_epoch b)
{
    if (a.counter != b.counter) {
        return a.counter < b.counter ? -1 : 1;
    }
    return (a.tag > b.tag) - (a.tag < b.tag);
}

void sb_epoch_format(char out[static SB_EPOCH_TEXT_MAX], struct sb_epoch e, unsigned digits)
{
    char reversed[10];
    size_t n = 0, at = 0;
    uint32_t counter = e.counter;
    do {
        reversed[n++] = (char)('0' + counter % 10);
        counter /= 10;
    } while (counter > 0);
    while (n > 0) {
        out[at++] = reversed[--n];
    }
    out[at++] = '-';
    unsigned count = digits < 8 ? 8 : digits > 16 ? 16 : digits;
    for (unsigned i = 0; i < count; i++) {
        out[at++] = HEX[(e.tag >> (60 - 4 * i)) & 15];
    }
    out[at] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads a decimal counter without leading zeros, from 1; returns the characters used, or 0. */
static size_t parse_counter(uint32_t *out, const char *text, size_t n)
{
    uint64_t value = 0;
    size_t i = 0;
    while (i < n && i < 10 && text[i] >= '0' && text[i] <= '9') {
        value = value * 10 + (uint64_t)(text[i] - '0');
        i++;
    }
    if (i == 0 || text[0] == '0' || value > UINT32_MAX) {
        return 0;
    }
    *out = (uint32_t)value;
    return i;
}

bool sb_epoch_parse(struct sb_epoch *out, unsigned *digits, const char *text, size_t n)
{
    struct sb_epoch e = {0};
    size_t at = parse_counter(&e.counter, text, n);
    if (at == 0 || at == n || text[at] != '-') {
        return false;
    }
    at++;
    size_t count = n - at;
    if (count < 8 || count > 16) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        int v = hex_value(text[at + i]);
        if (v < 0) {
            return false;
        }
        e.tag |= (uint64_t)v << (60 - 4 * i);
    }
    *out = e;
    *digits = (unsigned)count;
    return true;
}

bool sb_reference_parse(struct sb_org *org, struct sb_uuid *id, const char *text, size_t n)
{
    const char *slash = n == 0 ? NULL : memchr(text, '/', n);
    if (slash == NULL) {
        return false;
    }
    size_t org_len = (size_t)(slash - text);
    return sb_org_parse(org, text, org_len) && sb_uuid_parse(id, slash + 1, n - org_len - 1);
}
