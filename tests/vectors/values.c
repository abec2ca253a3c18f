/* Seeds, and JSON values; see vectors.h. */
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "proto/sha256.h"
#include "tests/vectors/vectors.h"

struct sb_hash seeded(const char *text)
{
    const struct sb_bytes part = {(const uint8_t *)text, strlen(text)};
    return sb_sha256(&part, 1);
}

struct sb_sign_seed seed_of(const char *name)
{
    char text[64];
    struct sb_sign_seed seed;
    (void)snprintf(text, sizeof text, "sign %s", name);
    struct sb_hash hash = seeded(text);
    memcpy(seed.b, hash.b, sizeof seed.b);
    return seed;
}

struct sb_sign_public key_of(const char *name)
{
    struct sb_sign_seed seed = seed_of(name);
    return sb_sign_public_of(&seed);
}

struct sb_uuid uuid_of(unsigned number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "uuid %u", number);
    struct sb_hash hash = seeded(text);
    return sb_uuid_v7((struct sb_time){VECTOR_TIME.ms + number}, hash.b);
}

struct sb_org org_of(const char *text)
{
    struct sb_org org;
    bool ok = sb_org_parse(&org, text, strlen(text));
    assert(ok);
    return org;
}

json_t *hex_of(const void *p, size_t n)
{
    static char text[4 * 1024 * 1024];
    assert(2 * n < sizeof text);
    sb_hex_encode(text, p, n);
    json_t *value = json_string(text);
    assert(value != NULL);
    return value;
}

json_t *hex_hash(const struct sb_hash *hash)
{
    return hex_of(hash->b, sizeof hash->b);
}

json_t *hex_tag(uint64_t tag)
{
    char text[17];
    (void)snprintf(text, sizeof text, "%016" PRIx64, tag);
    return json_string(text);
}

json_t *hex_bytes(struct sb_bytes bytes)
{
    return hex_of(bytes.p, bytes.n);
}

void put(json_t *object, const char *key, json_t *value)
{
    int failed = json_object_set_new(object, key, value);
    assert(failed == 0);
}

void put_text(json_t *object, const char *key, const char *text)
{
    put(object, key, text == NULL ? json_null() : json_string(text));
}

void put_number(json_t *object, const char *key, uint64_t number)
{
    put(object, key, json_integer((json_int_t)number));
}

json_t *put_list(json_t *object, const char *key)
{
    json_t *list = json_array();
    put(object, key, list);
    return list;
}

json_t *object_about(const char *about)
{
    json_t *object = json_object();
    put_text(object, "about", about);
    return object;
}

json_t *add_case(json_t *list, const char *name)
{
    json_t *object = json_object();
    put_text(object, "name", name);
    int failed = json_array_append_new(list, object);
    assert(failed == 0);
    return object;
}

void put_epoch(json_t *object, struct sb_epoch epoch)
{
    put_number(object, "counter", epoch.counter);
    put(object, "tag", hex_tag(epoch.tag));
}

uint8_t *copy_of(struct sb_arena *arena, struct sb_bytes bytes, size_t spare)
{
    uint8_t *copy = sb_arena_alloc(arena, bytes.n + spare + 1);
    assert(copy != NULL);
    memset(copy, 0, bytes.n + spare + 1);
    if (bytes.n > 0) {
        memcpy(copy, bytes.p, bytes.n);
    }
    return copy;
}
