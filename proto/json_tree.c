/* The tree is jansson's; nothing here knows what it means. */
#include "proto/json_tree.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum sb_rc sb_json_tree_read(struct json_t **out, struct sb_bytes text, struct sb_err *err)
{
    json_error_t why;
    *out = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &why);
    if (*out == NULL) {
        return json_error_code(&why) == json_error_out_of_memory
                   ? sb_err_set(err, SB_E_NOMEM, "no memory")
                   : sb_err_set(err, SB_E_INPUT, "line %d, column %d: not JSON: %s", why.line,
                                why.column, why.text);
    }
    return SB_OK;
}

void sb_json_tree_free(struct json_t *tree)
{
    json_decref(tree);
}

const struct json_t *sb_json_tree_member(const struct json_t *node, const char *key)
{
    const json_t *member = json_object_get(node, key);
    return json_is_null(member) ? NULL : member;
}

const struct json_t *sb_json_tree_at(const struct json_t *list, size_t index)
{
    return json_array_get(list, index);
}

size_t sb_json_tree_size(const struct json_t *list)
{
    return json_array_size(list);
}

bool sb_json_tree_is_object(const struct json_t *node)
{
    return json_is_object(node);
}

const char *sb_json_tree_text(const struct json_t *node)
{
    return json_string_value(node);
}

bool sb_json_tree_number(const struct json_t *node, uint64_t *out)
{
    bool ok = json_is_integer(node) && json_integer_value(node) >= 0;
    *out = ok ? (uint64_t)json_integer_value(node) : 0;
    return ok;
}

bool sb_json_tree_true(const struct json_t *node)
{
    return json_is_true(node) || (json_is_integer(node) && json_integer_value(node) != 0);
}

struct sb_bytes sb_json_tree_print(const struct json_t *node, struct sb_arena *arena)
{
    struct sb_bytes none = {NULL, 0};
    char *text = json_dumps(node, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (text == NULL) {
        return none;
    }
    struct sb_bytes copy = sb_arena_copy(arena, text, strlen(text));
    free(text);
    return copy;
}

/* Depth is bounded by the parser's. False without memory. */
static bool merge(json_t *base, json_t *patch)
{
    const char *key;
    json_t *value;
    json_object_foreach(patch, key, value)
    {
        json_t *below = json_object_get(base, key);
        bool ok = true;
        if (json_is_null(value)) {
            (void)json_object_del(base, key);
        } else if (json_is_object(value)) {
            if (!json_is_object(below)) {
                below = json_object();
                ok = json_object_set_new(base, key, below) == 0;
            }
            ok = ok && merge(below, value);
        } else {
            ok = json_object_set(base, key, value) == 0;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

enum sb_rc sb_json_merge(struct sb_bytes *out, struct sb_bytes base, struct sb_bytes patch,
                         struct sb_arena *arena, struct sb_err *err)
{
    json_t *under = NULL, *over = NULL;
    enum sb_rc rc = sb_json_tree_read(&under, base, err);
    rc = rc == SB_OK ? sb_json_tree_read(&over, patch, err) : rc;
    if (rc == SB_OK && (!json_is_object(under) || !json_is_object(over))) {
        rc = sb_err_set(err, SB_E_INPUT, "not a JSON object; write {\"member\": value, ...}");
    }
    if (rc == SB_OK && merge(under, over)) {
        *out = sb_json_tree_print(under, arena);
    }
    if (rc == SB_OK && out->p == NULL) {
        rc = sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    json_decref(over);
    json_decref(under);
    return rc;
}
