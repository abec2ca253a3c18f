/* Signatures against RFC 8032, the bytes that a checkpoint and a certificate sign, and that no bit
 * of them may change. */
#include "proto/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/bytes.h"
#include "proto/certificate.h"

static struct sb_sign_seed seed_of(const char *hex)
{
    struct sb_sign_seed seed;
    assert_true(sb_hex_decode(seed.b, sizeof seed.b, hex, strlen(hex)));
    return seed;
}

/* RFC 8032 §7.1, test 2. */
static void test_sign_gives_the_vector_of_its_rfc(void **state)
{
    struct sb_sign_seed seed =
        seed_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    char text[129];
    (void)state;
    struct sb_sign_public key = sb_sign_public_of(&seed);
    sb_hex_encode(text, key.b, sizeof key.b);
    assert_string_equal(text, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    struct sb_signature sig = sb_sign(&seed, "\x72", 1);
    sb_hex_encode(text, sig.b, sizeof sig.b);
    assert_string_equal(text, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    struct sb_sign_secret secret = sb_sign_expand(&seed);
    struct sb_signature same = sb_sign_with(&secret, "\x72", 1);
    assert_memory_equal(&same, &sig, sizeof sig);
    assert_true(sb_sign_verify(&key, &sig, "\x72", 1));
    assert_false(sb_sign_verify(&key, &sig, "\x73", 1));
}

static const struct sb_chain_ref OF = {{{1, 2, 3}}, {"GM0384"}, {3, 0x9f1c2ab700000001}};

static struct sb_checkpoint example(void)
{
    struct sb_checkpoint c = {.seq = {12}, .time = {1795428000123}};
    memset(c.hash.b, 7, sizeof c.hash.b);
    return c;
}

static void test_checkpoint_signs_these_bytes(void **state)
{
    struct sb_checkpoint c = example();
    uint8_t bytes[SB_CHECKPOINT_SIGNED_MAX];
    char text[2 * SB_CHECKPOINT_SIGNED_MAX + 1];
    (void)state;
    size_t n = sb_checkpoint_signed_bytes(bytes, &OF, &c);
    assert_int_equal(n, 21 + 32 + 7 + 12 + 8 + 32 + 8);
    sb_hex_encode(text, bytes, n);
    assert_string_equal(text,
                        "73616d656e6275732f636865636b706f696e742f31" /* samenbus/checkpoint/1 */
                        "0102030000000000000000000000000000000000000000000000000000000000"
                        "06474d30333834"           /* GM0384 */
                        "000000039f1c2ab700000001" /* epoch */
                        "000000000000000c"         /* seq */
                        "0707070707070707070707070707070707070707070707070707070707070707"
                        "000001a207d9217b"); /* time */
}

static void test_checkpoint_encode_and_decode_are_each_others_inverse(void **state)
{
    struct sb_checkpoint c = example(), back;
    uint8_t bytes[SB_CHECKPOINT_BYTES + 1] = {0};
    (void)state;
    memset(c.signature.b, 9, sizeof c.signature.b);
    sb_checkpoint_encode(bytes, &c);
    assert_true(sb_checkpoint_decode(&back, bytes, SB_CHECKPOINT_BYTES));
    assert_true(back.seq.n == 12 && back.time.ms == c.time.ms);
    assert_memory_equal(back.hash.b, c.hash.b, sizeof c.hash.b);
    assert_memory_equal(back.signature.b, c.signature.b, sizeof c.signature.b);
    assert_false(sb_checkpoint_decode(&back, bytes, SB_CHECKPOINT_BYTES - 1));
    assert_false(sb_checkpoint_decode(&back, bytes, SB_CHECKPOINT_BYTES + 1));
    memset(bytes, 0, 8); /* seq 0 is before the first */
    assert_false(sb_checkpoint_decode(&back, bytes, SB_CHECKPOINT_BYTES));
}

static void test_checkpoint_verify_refuses_any_other_bit(void **state)
{
    struct sb_sign_seed seed = {{1}};
    struct sb_sign_public key = sb_sign_public_of(&seed);
    struct sb_checkpoint c = example(), changed;
    uint8_t bytes[SB_CHECKPOINT_BYTES];
    (void)state;
    sb_checkpoint_sign(&c, &OF, &seed);
    assert_true(sb_checkpoint_verify(&c, &OF, &key));
    sb_checkpoint_encode(bytes, &c);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(sb_checkpoint_decode(&changed, bytes, sizeof bytes));
        assert_false(sb_checkpoint_verify(&changed, &OF, &key));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_checkpoint_verify_is_bound_to_its_chain(void **state)
{
    struct sb_sign_seed seed = {{1}};
    struct sb_sign_public key = sb_sign_public_of(&seed);
    struct sb_checkpoint c = example();
    struct sb_chain_ref other = OF;
    (void)state;
    sb_checkpoint_sign(&c, &OF, &seed);
    other.epoch.tag++;
    assert_false(sb_checkpoint_verify(&c, &other, &key));
    other = OF;
    other.epoch.counter++;
    assert_false(sb_checkpoint_verify(&c, &other, &key));
    other = OF;
    other.origin = (struct sb_org){"GM0385"};
    assert_false(sb_checkpoint_verify(&c, &other, &key));
    other = OF;
    other.partnership.b[0]++;
    assert_false(sb_checkpoint_verify(&c, &other, &key));
}

static void test_certificate_needs_both_signatures(void **state)
{
    struct sb_sign_seed old_seed = {{1}}, new_seed = {{2}};
    struct sb_certificate c = {.origin = {"GM0384"}, .time = {5}}, changed;
    (void)state;
    sb_certificate_sign(&c, &OF.partnership, &old_seed, &new_seed);
    assert_true(sb_certificate_verify(&c, &OF.partnership));
    assert_false(sb_certificate_verify(&c, &(struct sb_hash){{9}}));
    changed = c;
    changed.old_signature = c.new_signature;
    assert_false(sb_certificate_verify(&changed, &OF.partnership));
    changed = c;
    changed.new_signature = c.old_signature;
    assert_false(sb_certificate_verify(&changed, &OF.partnership));
    changed = c;
    changed.time.ms++;
    assert_false(sb_certificate_verify(&changed, &OF.partnership));
    changed = c;
    changed.origin = (struct sb_org){"GM0385"};
    assert_false(sb_certificate_verify(&changed, &OF.partnership));
}

static int init(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_gives_the_vector_of_its_rfc),
        cmocka_unit_test(test_checkpoint_signs_these_bytes),
        cmocka_unit_test(test_checkpoint_encode_and_decode_are_each_others_inverse),
        cmocka_unit_test(test_checkpoint_verify_refuses_any_other_bit),
        cmocka_unit_test(test_checkpoint_verify_is_bound_to_its_chain),
        cmocka_unit_test(test_certificate_needs_both_signatures),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}
