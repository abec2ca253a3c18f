/* Any JSON as a tree to look around in, and two of them laid over each other: for what is not an
 * event of ours, such as another system's export. Events are read by json.h. */
#ifndef SB_PROTO_JSON_TREE_H
#define SB_PROTO_JSON_TREE_H

#include "proto/arena.h"
#include "proto/err.h"

/* A node, borrowed from its tree. NULL wherever something is not there: every question below takes
 * it and says no. */
struct json_t;

/* Reads one JSON value; members given twice are refused. The tree is the caller's, to be freed.
 * Errors: SB_E_INPUT (not JSON: where and why), SB_E_NOMEM. */
enum sb_rc sb_json_tree_read(struct json_t **out, struct sb_bytes text, struct sb_err *err);
void sb_json_tree_free(struct json_t *tree);

/* NULL also for JSON's null. */
const struct json_t *sb_json_tree_member(const struct json_t *node, const char *key);
const struct json_t *sb_json_tree_at(const struct json_t *list, size_t index);
size_t sb_json_tree_size(const struct json_t *list);
bool sb_json_tree_is_object(const struct json_t *node);
/* The text of a string; NULL for anything else. */
const char *sb_json_tree_text(const struct json_t *node);
/* A whole number that is not negative; false for anything else. */
bool sb_json_tree_number(const struct json_t *node, uint64_t *out);
bool sb_json_tree_true(const struct json_t *node); /* true, or a number that is not 0 */

/* The node as compact JSON with sorted keys, so that equal values give equal texts; p is NULL when
 * the arena is full. */
struct sb_bytes sb_json_tree_print(const struct json_t *node, struct sb_arena *arena);

/* JSON Merge Patch (RFC 7396): `patch` over `base`, as text; both are objects. Errors: SB_E_INPUT,
 * SB_E_NOMEM. */
enum sb_rc sb_json_merge(struct sb_bytes *out, struct sb_bytes base, struct sb_bytes patch,
                         struct sb_arena *arena, struct sb_err *err);

#endif
