/* The vectors of keys and of text forms against this implementation. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/curve.h"
#include "proto/link.h"
#include "proto/sign.h"
#include "proto/z85.h"
#include "tests/unit/proto/vector_file.h"

static void expect_bytes(const void *p, size_t n, const json_t *one, const char *key,
                         struct sb_arena *arena)
{
    struct sb_bytes expected = vector_bytes(one, key, arena);
    assert_int_equal(n, expected.n);
    assert_memory_equal(p, expected.p, n);
}

/* ---- keys */

static void check_sign_key(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_sign_seed seed;
    char text[64];
    (void)index;
    vector_copy(seed.b, sizeof seed.b, one, "seed", arena);
    struct sb_sign_public key = sb_sign_public_of(&seed);
    expect_bytes(key.b, sizeof key.b, one, "public", arena);
    sb_base64_encode(text, key.b, sizeof key.b);
    assert_string_equal(text, vector_text(one, "base64"));
}

static void check_curve_key(const json_t *one, size_t index, struct sb_arena *arena)
{
    uint8_t secret[SB_CURVE_BYTES], key[SB_CURVE_BYTES];
    char text[SB_Z85_KEY_CHARS + 1];
    (void)index;
    vector_copy(secret, sizeof secret, one, "secret", arena);
    sb_curve_public_of(key, secret);
    expect_bytes(key, sizeof key, one, "public", arena);
    sb_z85_encode(text, key, sizeof key);
    assert_string_equal(text, vector_text(one, "z85"));
}

static void check_partnership(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_hash hash = sb_partnership_hash(vector_text(one, "name"));
    (void)index;
    expect_bytes(hash.b, sizeof hash.b, one, "hash", arena);
}

static void test_vectors_of_keys(void **state)
{
    (void)state;
    vector_each("keys", "sign", check_sign_key);
    vector_each("keys", "curve", check_curve_key);
    vector_each("keys", "partnerships", check_partnership);
}

/* ---- ids */

static void check_uuid(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_uuid id;
    char text[SB_UUID_TEXT_MAX];
    const char *name = vector_text(one, "name");
    (void)index;
    assert_true(sb_uuid_parse(&id, name, strlen(name)));
    expect_bytes(id.b, sizeof id.b, one, "bytes", arena);
    sb_uuid_format(text, &id);
    assert_string_equal(text, name);
}

static void check_uuidv7(const json_t *one, size_t index, struct sb_arena *arena)
{
    uint8_t random[10];
    (void)index;
    vector_copy(random, sizeof random, one, "random", arena);
    struct sb_uuid id = sb_uuid_v7((struct sb_time){vector_number(one, "timeMs")}, random);
    expect_bytes(id.b, sizeof id.b, one, "bytes", arena);
}

static void check_epoch(const json_t *one, size_t index, struct sb_arena *arena)
{
    char text[SB_EPOCH_TEXT_MAX];
    struct sb_epoch read;
    unsigned digits;
    const char *expected = vector_text(one, "name");
    (void)index;
    sb_epoch_format(text, vector_epoch(one, arena), (unsigned)vector_number(one, "digits"));
    assert_string_equal(text, expected);
    assert_true(sb_epoch_parse(&read, &digits, text, strlen(text)));
    assert_int_equal(digits, vector_number(one, "digits"));
}

static void check_organisation(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_org org;
    const char *text = vector_text(one, "name");
    (void)index;
    (void)arena;
    assert_int_equal(sb_org_parse(&org, text, strlen(text)), vector_flag(one, "valid"));
}

static void check_reference(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_org org;
    struct sb_uuid id;
    const char *text = vector_text(one, "name");
    (void)index;
    (void)arena;
    assert_int_equal(sb_reference_parse(&org, &id, text, strlen(text)), vector_flag(one, "valid"));
}

static void test_vectors_of_ids(void **state)
{
    (void)state;
    vector_each("forms", "uuids", check_uuid);
    vector_each("forms", "uuidv7", check_uuidv7);
    vector_each("forms", "epochs", check_epoch);
    vector_each("forms", "organisations", check_organisation);
    vector_each("forms", "references", check_reference);
}

/* ---- times and topics */

static void check_date(const json_t *one, size_t index, struct sb_arena *arena)
{
    const char *text = vector_text(one, "name");
    (void)index;
    (void)arena;
    assert_int_equal(sb_date_valid(text, strlen(text)), vector_flag(one, "valid"));
}

static void check_local_time(const json_t *one, size_t index, struct sb_arena *arena)
{
    const char *text = vector_text(one, "name");
    (void)index;
    (void)arena;
    assert_int_equal(sb_local_time_valid(text, strlen(text)), vector_flag(one, "valid"));
}

static void check_time(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_time time;
    char text[SB_TIME_TEXT_MAX];
    const char *name = vector_text(one, "name"), *printed = vector_text(one, "printed");
    (void)index;
    (void)arena;
    assert_int_equal(sb_time_parse(&time, name, strlen(name)), printed != NULL);
    if (printed != NULL) {
        assert_int_equal(time.ms, vector_number(one, "ms"));
        sb_time_format(text, time);
        assert_string_equal(text, printed);
    }
}

static void check_topic(const json_t *one, size_t index, struct sb_arena *arena)
{
    static const char *const classes[] = {"agenda", "decision", "notification", "custom"};
    enum sb_class class;
    const char *text = vector_text(one, "name"), *expected = vector_text(one, "class");
    (void)index;
    (void)arena;
    assert_int_equal(sb_topic_valid(text, strlen(text), &class), expected != NULL);
    if (expected != NULL) {
        assert_string_equal(classes[class], expected);
    }
}

static void check_prefix(const json_t *one, size_t index, struct sb_arena *arena)
{
    (void)index;
    (void)arena;
    assert_int_equal(sb_topic_under(vector_text(one, "name"), vector_text(one, "prefix")),
                     vector_flag(one, "matches"));
}

static void test_vectors_of_times_and_topics(void **state)
{
    (void)state;
    vector_each("forms", "dates", check_date);
    vector_each("forms", "localTimes", check_local_time);
    vector_each("forms", "times", check_time);
    vector_each("forms", "topics", check_topic);
    vector_each("forms", "prefixes", check_prefix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_keys),
        cmocka_unit_test(test_vectors_of_ids),
        cmocka_unit_test(test_vectors_of_times_and_topics),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
