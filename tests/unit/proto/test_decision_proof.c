/* Proofs of decisions: the vectors are judged as they say, a flipped bit anywhere is found, no cut
 * passes. Statements of possession: what is written is what is read, and nothing else is. */
#include "proto/decision_proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/sha256.h"
#include "tests/unit/proto/vector_file.h"

struct lines {
    const json_t *expected; /* NULL: any */
    size_t n;
};

static void compare_line(void *context, const char *line)
{
    struct lines *l = context;
    const json_t *list = json_object_get(l->expected, "lines");
    if (l->expected != NULL) {
        assert_true(l->n < json_array_size(list));
        assert_string_equal(line, json_string_value(json_array_get(list, l->n)));
    }
    l->n++;
}

/* Exactly as large as said, so that the sanitizer sees a read beyond the end. */
static enum sb_fault verify(const uint8_t *bytes, size_t n, struct sb_date as_of,
                            const struct sb_decision_proof_known *known, struct lines *lines)
{
    struct sb_decision_proof proof;
    struct sb_arena arena;
    uint8_t *copy = malloc(n == 0 ? 1 : n);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    sb_arena_init(&arena, (size_t)64 * 1024 * 1024);
    assert_int_equal(
        sb_decision_proof_verify(&proof, (struct sb_bytes){copy, n}, as_of, &arena, NULL), SB_OK);
    if (lines != NULL) {
        (void)sb_decision_proof_print(&proof, known, known == NULL ? 0 : 1, compare_line, lines);
    }
    sb_arena_fini(&arena);
    free(copy);
    return proof.fault.fault;
}

static void check_vector(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_decision_proof_known known = {.organisation = vector_org(one, "organisation")};
    struct sb_bytes file = vector_bytes(one, "file", arena), key = vector_bytes(one, "key", arena);
    const char *as_of = vector_text(one, "asOf");
    struct sb_date day = SB_DATE_NONE;
    struct lines lines = {.expected = one};
    (void)index;
    if (as_of != NULL) {
        day = sb_date_read((struct sb_bytes){(const uint8_t *)as_of, strlen(as_of)});
    }
    if (key.p != NULL) {
        vector_copy(known.key.b, sizeof known.key.b, one, "key", arena);
    }
    (void)verify(file.p, file.n, day, key.p == NULL ? NULL : &known, &lines);
    assert_int_equal(lines.n, vector_count(one, "lines"));
}

static void test_vectors_of_decision_proofs(void **state)
{
    (void)state;
    vector_each("decision-proofs", "proofs", check_vector);
}

/* Every bit and every cut of the first proof, which has one of everything. */
static void flip_all(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_bytes file = vector_bytes(one, "file", arena);
    uint8_t *bytes = (uint8_t *)(uintptr_t)file.p; /* the arena's */
    if (index > 0) {
        return;
    }
    assert_int_equal(verify(file.p, file.n, SB_DATE_NONE, NULL, NULL), SB_FAULT_NONE);
    for (size_t bit = 0; bit < 8 * file.n; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (verify(bytes, file.n, SB_DATE_NONE, NULL, NULL) == SB_FAULT_NONE) {
            fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < file.n; n++) {
        assert_int_equal(verify(bytes, n, SB_DATE_NONE, NULL, NULL), SB_FAULT_BAD_FILE);
    }
}

static void test_any_flipped_bit_and_any_cut_is_found(void **state)
{
    (void)state;
    vector_each("decision-proofs", "proofs", flip_all);
}

/* Whoever repairs the hash at the end has still to forge a signature: of what is signed, any bit.
 */
static void flip_signed(const json_t *one, size_t index, struct sb_arena *arena)
{
    enum { END = 5 + 8 + 32, FIRST_SECTION = 9 + 5 + 1 + 7 + 1 + 6 + 32 + 5 + 20 };
    struct sb_bytes file = vector_bytes(one, "file", arena);
    if (index > 0) {
        return;
    }
    uint8_t *bytes = (uint8_t *)(uintptr_t)file.p; /* the arena's */
    for (size_t at = FIRST_SECTION; at < file.n - END; at++) {
        bytes[at] ^= (uint8_t)(1 << at % 8);
        const struct sb_bytes before = {bytes, file.n - END};
        struct sb_hash hash = sb_sha256(&before, 1);
        memcpy(bytes + file.n - sizeof hash.b, hash.b, sizeof hash.b);
        if (verify(bytes, file.n, SB_DATE_NONE, NULL, NULL) == SB_FAULT_NONE) {
            fail_msg("byte %zu", at);
        }
        bytes[at] ^= (uint8_t)(1 << at % 8);
    }
}

static void test_what_is_signed_cannot_be_changed(void **state)
{
    (void)state;
    vector_each("decision-proofs", "proofs", flip_signed);
}

/* ---- statements of possession */

static void check_statement(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_possession said;
    struct sb_sign_public key;
    struct sb_bytes statement = vector_bytes(one, "statement", arena);
    struct sb_bytes expected = vector_bytes(one, "signed", arena);
    uint8_t signed_bytes[SB_POSSESSION_SIGNED_MAX];
    (void)index;
    assert_true(sb_possession_decode(&said, statement, arena));
    struct sb_bytes bytes = sb_possession_bytes(&said, arena);
    const struct sb_possession_ref of = sb_possession_ref_of(&said, bytes);
    assert_int_equal(sb_possession_signed_bytes(signed_bytes, &of), expected.n);
    assert_memory_equal(signed_bytes, expected.p, expected.n);
    struct sb_bytes again = sb_possession_encode(bytes, &said.signature, arena);
    assert_int_equal(again.n, statement.n);
    assert_memory_equal(again.p, statement.p, statement.n);
    assert_string_equal(said.node.s, vector_text(one, "node"));
    assert_int_equal(said.n_origins, vector_count(one, "origins"));
    vector_copy(key.b, sizeof key.b, one, "key", arena);
    assert_int_equal(sb_possession_verify(&said, statement, &key),
                     json_is_true(json_object_get(one, "valid")));
}

static void check_refused(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_possession said;
    (void)index;
    assert_false(sb_possession_decode(&said, vector_bytes(one, "statement", arena), arena));
}

static void test_vectors_of_possessions(void **state)
{
    (void)state;
    vector_each("possessions", "statements", check_statement);
    vector_each("possessions", "refused", check_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_decision_proofs),
        cmocka_unit_test(test_any_flipped_bit_and_any_cut_is_found),
        cmocka_unit_test(test_what_is_signed_cannot_be_changed),
        cmocka_unit_test(test_vectors_of_possessions),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
