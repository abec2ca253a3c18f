/* Sealing: what comes back, and what each kind of mistake is called. */
#include "proto/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "proto/sign.h"

#include <cmocka.h>

enum { SECRET = 40 };

static uint8_t secret[SECRET], sealed[SECRET + SB_SEAL_OVERHEAD], opened[SECRET];

static struct sb_bytes words(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

static enum sb_rc open_sealed(const char *passphrase, size_t n, struct sb_err *err)
{
    memset(opened, 0, sizeof opened);
    return sb_seal_open(opened, (struct sb_bytes){sealed, n}, words(passphrase), err);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < SECRET; i++) {
        secret[i] = (uint8_t)(3 * i + 1);
    }
    return sb_seal(sealed, secret, SECRET, words("correct horse"), NULL) == SB_OK ? 0 : -1;
}

static void test_seal_opens_with_its_passphrase_alone(void **state)
{
    (void)state;
    struct sb_err err = {0};
    assert_int_equal(open_sealed("correct horse", sizeof sealed, &err), SB_OK);
    assert_memory_equal(opened, secret, SECRET);
    assert_int_equal(open_sealed("correct hors", sizeof sealed, &err), SB_E_INPUT);
    assert_non_null(strstr(err.text, "passphrase"));
    assert_memory_not_equal(opened, secret, SECRET);
}

static void test_seal_tells_damage_from_a_wrong_passphrase(void **state)
{
    (void)state;
    struct sb_err err = {0};
    for (size_t at = 0; at < sizeof sealed; at++) {
        sealed[at] ^= 0x10;
        assert_int_equal(open_sealed("correct horse", sizeof sealed, &err), SB_E_INPUT);
        assert_non_null(strstr(err.text, "damaged"));
        sealed[at] ^= 0x10;
    }
    assert_int_equal(open_sealed("correct horse", sizeof sealed - 1, &err), SB_E_INPUT);
    assert_int_equal(open_sealed("correct horse", SB_SEAL_OVERHEAD - 1, &err), SB_E_INPUT);
    assert_non_null(strstr(err.text, "cut short"));
}

static void test_seal_differs_every_time(void **state)
{
    (void)state;
    uint8_t again[sizeof sealed];
    assert_int_equal(sb_seal(again, secret, SECRET, words("correct horse"), NULL), SB_OK);
    assert_memory_not_equal(again + 9, sealed + 9, 16);       /* the salt */
    assert_memory_not_equal(again + 49, sealed + 49, SECRET); /* the box */
    assert_memory_not_equal(sealed + 49 + 16, secret, SECRET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_opens_with_its_passphrase_alone),
        cmocka_unit_test(test_seal_tells_damage_from_a_wrong_passphrase),
        cmocka_unit_test(test_seal_differs_every_time),
    };
    if (!sb_crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, set_up, NULL);
}
