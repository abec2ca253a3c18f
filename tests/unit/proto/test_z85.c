/* Keys as text: Z85 against the RFC's own vector and against what must be refused; the public half
 * of a connection key against ZeroMQ's. */
#include "proto/z85.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/curve.h"

static void test_z85_encodes_the_vector_of_its_rfc(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b};
    char text[11];
    uint8_t back[sizeof bytes];
    sb_z85_encode(text, bytes, sizeof bytes);
    assert_string_equal(text, "HelloWorld");
    assert_true(sb_z85_decode(back, sizeof back, "HelloWorld", 10));
    assert_memory_equal(back, bytes, sizeof bytes);
}

static void test_z85_decodes_what_it_encoded(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        uint8_t key[32], back[32];
        char text[SB_Z85_KEY_CHARS + 1];
        for (unsigned i = 0; i < sizeof key; i++) {
            key[i] = (uint8_t)(first + 37 * i);
        }
        sb_z85_encode(text, key, sizeof key);
        assert_int_equal(strlen(text), SB_Z85_KEY_CHARS);
        assert_true(sb_z85_decode(back, sizeof back, text, SB_Z85_KEY_CHARS));
        assert_memory_equal(back, key, sizeof key);
    }
}

static void test_z85_refuses_what_is_none(void **state)
{
    (void)state;
    uint8_t out[4];
    assert_true(sb_z85_decode(out, 4, "%nSc0", 5)); /* 2^32 - 1, the highest */
    assert_int_equal(out[0] & out[1] & out[2] & out[3], 0xff);
    assert_false(sb_z85_decode(out, 4, "%nSc1", 5));
    assert_false(sb_z85_decode(out, 4, "#####", 5));
    assert_false(sb_z85_decode(out, 4, "0000", 4));
    assert_false(sb_z85_decode(out, 4, "000000", 6));
    assert_false(sb_z85_decode(out, 4, "000~0", 5));
    assert_false(sb_z85_decode(out, 4,
                               "00\0"
                               "00",
                               5));
    assert_false(sb_z85_decode(out, 4, "0000\"", 5));
}

/* The key pair of ZeroMQ's own manual. */
static void test_curve_public_of_gives_what_zeromq_does(void **state)
{
    (void)state;
    uint8_t secret[32], public_key[32];
    char text[SB_Z85_KEY_CHARS + 1];
    assert_true(sb_z85_decode(secret, 32, "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6", 40));
    sb_curve_public_of(public_key, secret);
    sb_z85_encode(text, public_key, 32);
    assert_string_equal(text, "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_z85_encodes_the_vector_of_its_rfc),
        cmocka_unit_test(test_z85_decodes_what_it_encoded),
        cmocka_unit_test(test_z85_refuses_what_is_none),
        cmocka_unit_test(test_curve_public_of_gives_what_zeromq_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
