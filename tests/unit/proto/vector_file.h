/* Reading proto/vectors/: one file, its lists of cases, and values of a case. Whatever is missing
 * or of another type fails the test. */
#ifndef SB_TESTS_UNIT_PROTO_VECTOR_FILE_H
#define SB_TESTS_UNIT_PROTO_VECTOR_FILE_H

#include "proto/arena.h"
#include "proto/bytes.h"
#include "proto/ids.h"

struct json_t;

/* Calls `each` for every case of a list in a file, in order; there is at least one. `index` counts
 * from 0. */
void vector_each(const char *file, const char *list,
                 void (*each)(const struct json_t *one, size_t index, struct sb_arena *arena));

/* Members of a case. */
const char *vector_text(const struct json_t *one, const char *key); /* NULL for null */
int64_t vector_number(const struct json_t *one, const char *key);
bool vector_flag(const struct json_t *one, const char *key);
/* From hexadecimal, in the arena; p is NULL for null. */
struct sb_bytes vector_bytes(const struct json_t *one, const char *key, struct sb_arena *arena);
/* Exactly n bytes. */
void vector_copy(void *to, size_t n, const struct json_t *one, const char *key,
                 struct sb_arena *arena);
struct sb_hash vector_hash(const struct json_t *one, const char *key, struct sb_arena *arena);
struct sb_org vector_org(const struct json_t *one, const char *key);
struct sb_epoch vector_epoch(const struct json_t *one, struct sb_arena *arena);
/* A list within a case, and its members. */
size_t vector_count(const struct json_t *one, const char *key);
const struct json_t *vector_at(const struct json_t *one, const char *key, size_t i);

#endif
