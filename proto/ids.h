/* Identities are types, not integers: nobody passes a seq for an offset. Plain values, compared
 * with the functions below; an all-zero value means "none" wherever the text says so. */
#ifndef SB_PROTO_IDS_H
#define SB_PROTO_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct sb_hash { /* SHA-256 of a link, a commitment, a partnership */
    uint8_t b[32];
};

struct sb_uuid { /* id of an event, RFC 9562 byte order */
    uint8_t b[16];
};

struct sb_salt {
    uint8_t b[32];
};

struct sb_org { /* [A-Z0-9-]{2,32}, NUL-terminated and zero-padded, so that memcmp orders it */
    char s[SB_ORG_MAX + 1];
};

struct sb_epoch { /* PROTOCOL §5; counter 0 means none */
    uint32_t counter;
    uint64_t tag;
};

struct sb_seq { /* from 1 within an epoch; 0 means before the first */
    uint64_t n;
};

struct sb_offset { /* position in this daemon's order of commits, from 1; 0 means none */
    uint64_t n;
};

struct sb_time { /* milliseconds since 1970-01-01T00:00:00Z */
    int64_t ms;
};

enum { SB_EPOCH_TEXT_MAX = 10 + 1 + 16 + 1, SB_UUID_TEXT_MAX = 37, SB_TIME_TEXT_MAX = 32 };

int sb_hash_cmp(const struct sb_hash *a, const struct sb_hash *b);
bool sb_hash_eq(const struct sb_hash *a, const struct sb_hash *b);
bool sb_hash_is_zero(const struct sb_hash *a);

bool sb_uuid_eq(const struct sb_uuid *a, const struct sb_uuid *b);
bool sb_uuid_is_zero(const struct sb_uuid *a);
/* A UUIDv7 (RFC 9562 §5.7) from a time and ten random bytes: keys that insert near an edge. */
struct sb_uuid sb_uuid_v7(struct sb_time now, const uint8_t random[static 10]);
/* Lower-case 8-4-4-4-12; parsing takes either case and nothing else. */
void sb_uuid_format(char out[static SB_UUID_TEXT_MAX], const struct sb_uuid *id);
bool sb_uuid_parse(struct sb_uuid *out, const char *text, size_t n);

/* True and *out when the n bytes are an organisation id. */
bool sb_org_parse(struct sb_org *out, const char *text, size_t n);
bool sb_org_eq(const struct sb_org *a, const struct sb_org *b);
int sb_org_cmp(const struct sb_org *a, const struct sb_org *b);
size_t sb_org_len(const struct sb_org *a);

bool sb_epoch_eq(struct sb_epoch a, struct sb_epoch b);
int sb_epoch_cmp(struct sb_epoch a, struct sb_epoch b); /* by counter, then tag */
/* "3-9f1c2ab7": the counter and the first `digits` (8..16) hexadecimal digits of the tag. */
void sb_epoch_format(char out[static SB_EPOCH_TEXT_MAX], struct sb_epoch e, unsigned digits);
/* Parses that form; *digits says how many digits of the tag were given (8..16), the rest is zero.
 */
bool sb_epoch_parse(struct sb_epoch *out, unsigned *digits, const char *text, size_t n);

/* "GM0384/0193…": (organisation, UUID), as events, items and decisions are referred to. */
bool sb_reference_parse(struct sb_org *org, struct sb_uuid *id, const char *text, size_t n);

/* "2026-11-23T10:00:00.123Z" */
void sb_time_format(char out[static SB_TIME_TEXT_MAX], struct sb_time t);
/* RFC 3339 with any offset; false for dates that do not exist. */
bool sb_time_parse(struct sb_time *out, const char *text, size_t n);
/* YYYY-MM-DD that exists in the Gregorian calendar. */
bool sb_date_valid(const char *text, size_t n);
/* YYYY-MM-DDThh:mm[:ss], local, that exists (time zones' gaps not considered). */
bool sb_local_time_valid(const char *text, size_t n);

/* Topic: 2 to 8 segments of [a-z0-9-] joined by '/', at most 200 bytes, first segment one of the
 * four classes. SB_CLASS_LINK is what is sent under link/: restricted and system events. */
enum sb_class {
    SB_CLASS_AGENDA,
    SB_CLASS_DECISION,
    SB_CLASS_NOTIFICATION,
    SB_CLASS_CUSTOM,
    SB_CLASS_LINK,
    SB_CLASS_COUNT
};

bool sb_topic_valid(const char *topic, size_t n, enum sb_class *class_out);
/* Does `topic` begin with `prefix`? A prefix ends at a '/' or is a whole topic. */
bool sb_topic_under(const char *topic, const char *prefix);

#endif
