/* The signer signs checkpoints and statements of possession under the key that it shows, within
 * this process and in one of its own, and the latter signs nothing else and says so when it is
 * gone. */
#include "daemon/shell/signer.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/keyfile.h"
#include "daemon/shell/signer_process.h"

static const struct sb_sign_seed seed = {{1, 2, 3}};
static const struct sb_hash partnership = {{9, 9}};
static const struct sb_org origin = {"GM0384"};
static const struct sb_chain_ref ours = {
    .partnership = {{9, 9}}, .origin = {"GM0384"}, .epoch = {1, 7}};

static char folder[] = "/tmp/samenbus-signer-XXXXXX";
static char key_file[64];

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(key_file, sizeof key_file, "%s/x.sign.key", folder);
    return sb_keyfile_write(key_file, SB_KEYFILE_SIGN, seed.b, NULL) == SB_OK ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return unlink(key_file) + rmdir(folder);
}

static void check_signs(struct sb_signer *signer)
{
    struct sb_sign_public key = sb_signer_public(signer), expected = sb_sign_public_of(&seed);
    struct sb_checkpoint c = {.seq = {5}, .hash = {{4}}, .time = {1000}};
    assert_memory_equal(&key, &expected, sizeof key);
    assert_int_equal(sb_signer_checkpoint(signer, &c, &ours, NULL), SB_OK);
    assert_true(sb_checkpoint_verify(&c, &ours, &key));
    c.seq.n = 6;
    assert_false(sb_checkpoint_verify(&c, &ours, &key));
    const struct sb_possession_ref held = {partnership, origin, {{8}}};
    struct sb_signature signature;
    uint8_t bytes[SB_POSSESSION_SIGNED_MAX];
    size_t n = sb_possession_signed_bytes(bytes, &held);
    assert_int_equal(sb_signer_possession(signer, &held, &signature, NULL), SB_OK);
    assert_true(sb_sign_verify(&key, &signature, bytes, n));
}

static void test_signer_signs_what_its_public_key_verifies(void **state)
{
    (void)state;
    struct sb_signer *signer = NULL;
    assert_int_equal(sb_signer_new(&signer, &seed, NULL), SB_OK);
    check_signs(signer);
    sb_signer_free(signer);
    sb_signer_free(NULL);
}

static struct sb_signer *spawn(void)
{
    struct sb_signer *signer = NULL;
    assert_int_equal(sb_signer_spawn(&signer, key_file, &partnership, &origin, NULL), SB_OK);
    return signer;
}

static void test_signer_signs_in_a_process_without_rights(void **state)
{
    (void)state;
    struct sb_signer *signer = spawn();
    static const struct sb_sign_secret none;
    assert_memory_equal(&signer->secret, &none, sizeof none); /* it is not here */
    assert_true(sb_signer_is_confined(signer));
    check_signs(signer);
    check_signs(signer);
    assert_int_equal(sb_signer_look(signer, NULL), SB_OK);
    sb_signer_free(signer);
}

/* `what` is refused, and the signer goes on. */
static void check_refused(struct sb_signer *signer, const struct sb_chain_ref *of, uint64_t seq)
{
    struct sb_err err = {0};
    struct sb_checkpoint c = {.seq = {seq}, .time = {1000}};
    struct sb_signature none = {{0}};
    assert_int_equal(sb_signer_checkpoint(signer, &c, of, &err), SB_E_SIGNER);
    assert_memory_equal(&c.signature, &none, sizeof none);
    assert_non_null(strstr(err.text, "signs no head of another"));
    check_signs(signer);
}

static void test_signer_refuses_what_is_not_its_own_head(void **state)
{
    (void)state;
    struct sb_signer *signer = spawn();
    struct sb_chain_ref of = ours;
    memcpy(of.origin.s, "GM0451", 6);
    check_refused(signer, &of, 5);
    of = ours;
    of.partnership.b[31] = 1;
    check_refused(signer, &of, 5);
    of = ours;
    of.epoch.counter = 0;
    check_refused(signer, &of, 5);
    check_refused(signer, &ours, 0);
    const struct sb_possession_ref theirs = {partnership, {"GM0451"}, {{8}}};
    struct sb_signature signature;
    assert_int_equal(sb_signer_possession(signer, &theirs, &signature, NULL), SB_E_SIGNER);
    check_signs(signer);
    sb_signer_free(signer);
}

static void test_signer_refuses_an_order_of_another_size(void **state)
{
    (void)state;
    struct sb_signer *signer = spawn();
    struct sb_signer_answer answer;
    assert_int_equal(write(signer->fd, "samenbus/certificate/1", 22), 22);
    assert_true(sb_signer_receive(signer, &answer, sizeof answer));
    assert_false(answer.signed_);
    check_signs(signer);
    sb_signer_free(signer);
}

static void test_signer_that_is_gone_is_an_error_with_its_cause(void **state)
{
    (void)state;
    struct sb_signer *signer = spawn();
    struct sb_err err = {0};
    struct sb_checkpoint c = {.seq = {5}};
    kill(signer->pid, SIGKILL);
    assert_int_equal(sb_signer_checkpoint(signer, &c, &ours, &err), SB_E_SIGNER);
    assert_non_null(strstr(err.text, "was ended by signal 9"));
    assert_int_equal(sb_signer_look(signer, &err), SB_E_SIGNER);
    sb_signer_free(signer);
}

static void test_signer_without_a_key_file_is_a_configuration_error(void **state)
{
    (void)state;
    struct sb_signer *signer = NULL;
    struct sb_err err = {0};
    assert_int_equal(sb_signer_spawn(&signer, "/nowhere/x.sign.key", &partnership, &origin, &err),
                     SB_E_CONFIG);
    assert_null(signer);
    assert_non_null(strstr(err.text, "/nowhere/x.sign.key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signer_signs_what_its_public_key_verifies),
        cmocka_unit_test(test_signer_signs_in_a_process_without_rights),
        cmocka_unit_test(test_signer_refuses_what_is_not_its_own_head),
        cmocka_unit_test(test_signer_refuses_an_order_of_another_size),
        cmocka_unit_test(test_signer_that_is_gone_is_an_error_with_its_cause),
        cmocka_unit_test(test_signer_without_a_key_file_is_a_configuration_error),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, make_folder, remove_folder) : 1;
}
