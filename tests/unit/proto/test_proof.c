/* Proofs of forks: the vectors are judged as they say, a flipped bit anywhere is found, no cut
 * passes, and what is written is what is verified. */
#include "proto/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/proof_text.h"
#include "tests/unit/proto/history.h"
#include "tests/unit/proto/vector_file.h"

/* Exactly as large as said, so that the sanitizer sees a read beyond the end. */
static void verify(struct sb_proof_verdict *v, const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n == 0 ? 1 : n);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    sb_proof_verify(v, copy, n);
    free(copy);
}

static void check_vector(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_proof_verdict verdict;
    struct sb_proof_reader known = {.organisation = vector_org(one, "organisation")};
    char lines[SB_PROOF_LINES][SB_PROOF_LINE_MAX];
    struct sb_bytes file = vector_bytes(one, "file", arena), key = vector_bytes(one, "key", arena);
    (void)index;
    verify(&verdict, file.p, file.n);
    if (key.p != NULL) {
        vector_copy(known.key.b, sizeof known.key.b, one, "key", arena);
    }
    size_t n = sb_proof_print(lines, &verdict, key.p == NULL ? NULL : &known);
    assert_int_equal(n, vector_count(one, "lines"));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(lines[i], json_string_value(vector_at(one, "lines", i)));
    }
}

static void test_vectors_of_proofs(void **state)
{
    (void)state;
    vector_each("proofs", "proofs", check_vector);
}

/* Every bit of every proof that holds: the shortest has no certificate, the longest has one. */
static void flip_all(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_proof_verdict verdict;
    struct sb_bytes file = vector_bytes(one, "file", arena);
    uint8_t *bytes = (uint8_t *)(uintptr_t)file.p; /* the arena's */
    (void)index;
    sb_proof_verify(&verdict, file.p, file.n);
    if (verdict.fault.fault != SB_FAULT_NONE || vector_text(one, "key") != NULL) {
        return;
    }
    for (size_t bit = 0; bit < 8 * file.n; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        verify(&verdict, bytes, file.n);
        if (verdict.fault.fault == SB_FAULT_NONE) {
            fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < file.n; n++) {
        verify(&verdict, bytes, n);
        assert_int_equal(verdict.fault.fault, SB_FAULT_BAD_FILE);
    }
}

static void test_any_flipped_bit_and_any_cut_is_found(void **state)
{
    (void)state;
    vector_each("proofs", "proofs", flip_all);
}

/* Both branches as long as a batch may be, given in either order. */
static void test_the_longest_branches(void **state)
{
    const struct history_plan plan = {
        .events = HISTORY_EVENTS_MAX, .per_checkpoint = HISTORY_EVENTS_MAX, .payload = 1};
    static struct history sides[SB_PROOF_BRANCHES];
    struct sb_proof proof = {0};
    struct sb_proof_verdict verdict;
    char *out = NULL;
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < SB_PROOF_BRANCHES; i++) {
        history_init(&sides[i], &plan);
        sides[i].events.items[2].link.id.b[0] ^= (uint8_t)i;
        history_relink(&sides[i], 2);
        proof.branches[i] = (struct sb_proof_branch){
            sides[i].events.items + 2, plan.events - 2,
            sides[i].events.checkpoints[sides[i].events.n_checkpoints - 1]};
    }
    proof.header =
        (struct sb_export_header){HISTORY_PARTNERSHIP, sides[0].events.origin, sides[0].key};
    proof.epoch = sides[0].events.epoch;
    assert_true(sb_epoch_eq(proof.epoch, sides[1].events.epoch));
    FILE *to = open_memstream(&out, &n);
    assert_non_null(to);
    assert_int_equal(sb_proof_write(to, &proof, NULL), SB_OK);
    assert_int_equal(fclose(to), 0);
    verify(&verdict, (const uint8_t *)out, n);
    assert_string_equal(sb_fault_name(verdict.fault.fault), "none");
    assert_true(verdict.seq.n == 3 && sb_epoch_eq(verdict.epoch, proof.epoch));
    free(out);
    history_fini(&sides[0]);
    history_fini(&sides[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_proofs),
        cmocka_unit_test(test_any_flipped_bit_and_any_cut_is_found),
        cmocka_unit_test(test_the_longest_branches),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
