/* Reads vectors; see vector_file.h. Tests run in the root of the tree. */
#include "tests/unit/proto/vector_file.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 64 * 1024 * 1024 };

void vector_each(const char *file, const char *list,
                 void (*each)(const json_t *one, size_t index, struct sb_arena *arena))
{
    char path[200];
    json_error_t error;
    struct sb_arena arena;
    (void)snprintf(path, sizeof path, "proto/vectors/%s.json", file);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_msg("%s: %s", path, error.text);
    }
    const json_t *cases = json_object_get(root, list);
    assert_true(json_array_size(cases) > 0);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        print_message("%s: %s\n", list, vector_text(one, "name"));
        sb_arena_init(&arena, ARENA_BYTES);
        each(one, i, &arena);
        sb_arena_fini(&arena);
    }
    json_decref(root);
}

static const json_t *member(const json_t *one, const char *key)
{
    const json_t *value = json_object_get(one, key);
    if (value == NULL) {
        fail_msg("%s is missing", key);
    }
    return value;
}

const char *vector_text(const json_t *one, const char *key)
{
    const json_t *value = member(one, key);
    assert_true(json_is_string(value) || json_is_null(value));
    return json_string_value(value);
}

int64_t vector_number(const json_t *one, const char *key)
{
    const json_t *value = member(one, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

bool vector_flag(const json_t *one, const char *key)
{
    const json_t *value = member(one, key);
    assert_true(json_is_boolean(value));
    return json_is_true(value);
}

struct sb_bytes vector_bytes(const json_t *one, const char *key, struct sb_arena *arena)
{
    const char *text = vector_text(one, key);
    if (text == NULL) {
        return (struct sb_bytes){0};
    }
    size_t n = strlen(text) / 2;
    uint8_t *bytes = sb_arena_alloc(arena, n + 1);
    assert_non_null(bytes);
    assert_true(sb_hex_decode(bytes, n, text, strlen(text)));
    return (struct sb_bytes){bytes, n};
}

void vector_copy(void *to, size_t n, const json_t *one, const char *key, struct sb_arena *arena)
{
    struct sb_bytes bytes = vector_bytes(one, key, arena);
    assert_int_equal(bytes.n, n);
    memcpy(to, bytes.p, n);
}

struct sb_hash vector_hash(const json_t *one, const char *key, struct sb_arena *arena)
{
    struct sb_hash hash;
    vector_copy(hash.b, sizeof hash.b, one, key, arena);
    return hash;
}

struct sb_org vector_org(const json_t *one, const char *key)
{
    struct sb_org org;
    const char *text = vector_text(one, key);
    assert_true(sb_org_parse(&org, text, strlen(text)));
    return org;
}

struct sb_epoch vector_epoch(const json_t *one, struct sb_arena *arena)
{
    struct sb_reader r;
    struct sb_bytes tag = vector_bytes(one, "tag", arena);
    sb_reader_init(&r, tag.p, tag.n);
    return (struct sb_epoch){(uint32_t)vector_number(one, "counter"), sb_get_u64(&r)};
}

size_t vector_count(const json_t *one, const char *key)
{
    return json_array_size(member(one, key));
}

const json_t *vector_at(const json_t *one, const char *key, size_t i)
{
    return json_array_get(member(one, key), i);
}
