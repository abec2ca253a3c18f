/* The signer signs checkpoints under the key that it shows. */
#include "daemon/shell/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_signer_signs_what_its_public_key_verifies(void **state)
{
    (void)state;
    struct sb_sign_seed seed = {{1, 2, 3}};
    struct sb_chain_ref of = {.origin = {"GM0384"}, .epoch = {1, 7}};
    struct sb_checkpoint c = {.seq = {5}, .time = {1000}};
    struct sb_signer *signer = NULL;
    assert_int_equal(sb_signer_new(&signer, &seed, NULL), SB_OK);
    struct sb_sign_public key = sb_signer_public(signer);
    sb_signer_checkpoint(signer, &c, &of);
    assert_true(sb_checkpoint_verify(&c, &of, &key));
    c.seq.n = 6;
    assert_false(sb_checkpoint_verify(&c, &of, &key));
    sb_signer_free(signer);
    sb_signer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signer_signs_what_its_public_key_verifies),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
