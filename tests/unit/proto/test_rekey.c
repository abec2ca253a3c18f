/* The announcement of a new key: one writing, and every change of it is found. */
#include "proto/rekey.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/vector_file.h"

enum { ARENA = 1024 * 1024 };

static struct sb_arena written, arena; /* of the text, and of what is read of it */
static struct sb_bytes text;

static const struct sb_rekey_tip TIPS[] = {
    {{1, 0x9f1c2ab700000001U}, {57}, {{1}}},
    {{2, 0x0000000000000002U}, {2}, {{2}}},
    {{2, 0xffffffffffffffffU}, {UINT64_MAX}, {{3}}},
};

static int set_up(void **state)
{
    (void)state;
    static const struct sb_sign_seed old_seed = {{1}}, seed = {{2}};
    struct sb_rekey r = {.partnership = "duo plus", .tips = TIPS, .n_tips = 3};
    sb_arena_init(&arena, ARENA);
    sb_arena_init(&written, ARENA);
    sb_org_parse(&r.organisation, "GM0384", 6);
    r.old_key = sb_sign_public_of(&old_seed);
    r.sign_key = sb_sign_public_of(&seed);
    memset(r.curve_key, 7, sizeof r.curve_key);
    text = sb_rekey_write(&r, &seed, &written);
    return text.p != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    sb_arena_fini(&arena);
    sb_arena_fini(&written);
    return 0;
}

static void test_rekey_reads_back_what_it_wrote(void **state)
{
    (void)state;
    struct sb_rekey r;
    struct sb_err err = {0};
    assert_int_equal(sb_rekey_read(&r, text, &arena, &err), SB_OK);
    assert_string_equal(r.partnership, "duo plus");
    assert_string_equal(r.organisation.s, "GM0384");
    assert_int_equal(r.curve_key[31], 7);
    assert_int_equal(r.n_tips, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct sb_rekey_tip *tip = sb_rekey_find(&r, TIPS[i].epoch);
        assert_non_null(tip);
        assert_int_equal(tip->seq.n, TIPS[i].seq.n);
        assert_true(sb_hash_eq(&tip->hash, &TIPS[i].hash));
    }
    assert_null(sb_rekey_find(&r, (struct sb_epoch){2, 3}));
    assert_null(sb_rekey_find(&r, (struct sb_epoch){3, 2}));
}

/* The text is all there is: no bit of it may be another, none may be missing, none may be more. */
static void test_rekey_refuses_every_change(void **state)
{
    (void)state;
    struct sb_rekey r;
    struct sb_err err = {0};
    uint8_t *copy = malloc(text.n + 1);
    assert_non_null(copy);
    for (size_t bit = 0; bit < 8 * text.n; bit += 3) {
        memcpy(copy, text.p, text.n);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        sb_arena_reset(&arena);
        if (sb_rekey_read(&r, (struct sb_bytes){copy, text.n}, &arena, &err) != SB_E_INPUT) {
            fail_msg("bit %zu", bit);
        }
    }
    memcpy(copy, text.p, text.n);
    for (size_t n = 0; n < text.n; n += 7) {
        sb_arena_reset(&arena);
        assert_int_equal(sb_rekey_read(&r, (struct sb_bytes){copy, n}, &arena, &err), SB_E_INPUT);
    }
    copy[text.n] = '\n';
    assert_int_equal(sb_rekey_read(&r, (struct sb_bytes){copy, text.n + 1}, &arena, &err),
                     SB_E_INPUT);
    free(copy);
}

static void test_rekey_names_the_line(void **state)
{
    (void)state;
    struct sb_rekey r;
    struct sb_err err = {0};
    static const char bad[] = "samenbus-rekey-1\npartnership x\norganisation gm0384\n";
    struct sb_bytes bytes = {(const uint8_t *)bad, sizeof bad - 1};
    assert_int_equal(sb_rekey_read(&r, bytes, &arena, &err), SB_E_INPUT);
    assert_non_null(strstr(err.text, "line 4"));
}

/* ---- the vectors, which the verifier in Python reads as well */

static void check_taken(const json_t *one, size_t index, struct sb_arena *of)
{
    struct sb_rekey r;
    (void)index;
    assert_int_equal(sb_rekey_read(&r, vector_bytes(one, "text", of), of, NULL), SB_OK);
    assert_string_equal(r.partnership, vector_text(one, "partnership"));
    assert_string_equal(r.organisation.s, vector_text(one, "organisation"));
    assert_int_equal(r.n_tips, vector_count(one, "tips"));
    for (size_t i = 0; i < r.n_tips; i++) {
        struct sb_hash hash = vector_hash(vector_at(one, "tips", i), "hash", of);
        assert_true(sb_hash_eq(&r.tips[i].hash, &hash));
    }
}

static void check_refused(const json_t *one, size_t index, struct sb_arena *of)
{
    struct sb_rekey r;
    (void)index;
    assert_int_equal(sb_rekey_read(&r, vector_bytes(one, "text", of), of, NULL), SB_E_INPUT);
}

static void test_vectors_of_rekeys(void **state)
{
    (void)state;
    vector_each("rekeys", "announcements", check_taken);
    vector_each("rekeys", "refused", check_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rekey_reads_back_what_it_wrote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rekey_refuses_every_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rekey_names_the_line, set_up, tear_down),
        cmocka_unit_test(test_vectors_of_rekeys),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
