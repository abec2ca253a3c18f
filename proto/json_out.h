/* JSON being written into an arena: commas where they belong, every text escaped, in the order in
 * which it is called. Shared by the files that print JSON. */
#ifndef SB_PROTO_JSON_OUT_H
#define SB_PROTO_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/arena.h"

/* Once the arena is full, `failed` stays set and nothing more is written. */
struct sb_json_out {
    struct sb_arena *arena;
    char *p;
    size_t n, cap;
    bool comma, failed;
};

/* `expected`: bytes that the whole will probably take; it grows beyond. */
void sb_json_out_init(struct sb_json_out *out, struct sb_arena *arena, size_t expected);
/* The text, NUL-terminated; p is NULL when the arena was full. */
struct sb_bytes sb_json_out_done(struct sb_json_out *out);

void sb_json_put_open(struct sb_json_out *out, char bracket);  /* '{' or '[' */
void sb_json_put_close(struct sb_json_out *out, char bracket); /* '}' or ']' */
void sb_json_put_key(struct sb_json_out *out, const char *key);

/* Values; a text of our own or from elsewhere alike. */
void sb_json_put_text(struct sb_json_out *out, struct sb_bytes text);
void sb_json_put_string(struct sb_json_out *out, const char *text); /* NULL as null */
void sb_json_put_int(struct sb_json_out *out, int64_t value);
void sb_json_put_uint(struct sb_json_out *out, uint64_t value);
void sb_json_put_bool(struct sb_json_out *out, bool value);
void sb_json_put_null(struct sb_json_out *out);
void sb_json_put_base64(struct sb_json_out *out, const uint8_t *p, size_t n);

/* Key and value in one, for members of fixed objects. */
void sb_json_member_string(struct sb_json_out *out, const char *key, const char *text);
void sb_json_member_uint(struct sb_json_out *out, const char *key, uint64_t value);

#endif
