/* Keys from the service manager: found by name, readable though a group seems to be let in, and
 * named with what to do where none are offered. */
#include "config/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/keyfile.h"
#include "tests/unit/config/config_helper.h"

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_folder(folder);
    return setenv("CREDENTIALS_DIRECTORY", folder, 1);
}

static int tear_down(void **state)
{
    (void)state;
    remove_folder(folder);
    return unsetenv("CREDENTIALS_DIRECTORY");
}

/* A client's file whose key is `key`; NULL: refused, with its report in `said`. */
static struct sb_client_config *load(const char *key, char **said)
{
    static char text[1024];
    struct sb_client_config *config = NULL;
    struct sb_err err = {0};
    struct sb_report *report = sb_report_new();
    size_t n = 0;
    snprintf(text, sizeof text,
             "organisation: GM0384\npublish: tcp://127.0.0.1:1\nservice: tcp://127.0.0.1:2\n"
             "server_key: \"rq:rM>}U?@Lns47E1%%kR.o@n%%FcmmsL/@{H8]yf7\"\ncurve_key: %s\n",
             key);
    (void)sb_client_config_parse(&config, "client.yaml", text, strlen(text), report, &err);
    FILE *out = open_memstream(said, &n);
    sb_report_print(report, out);
    fclose(out);
    sb_report_free(report);
    return config;
}

static void expect_path(const char *key, const char *path)
{
    char *said = NULL;
    struct sb_client_config *config = load(key, &said);
    assert_non_null(config);
    assert_string_equal(config->curve_key, path);
    sb_client_config_free(config);
    free(said);
}

static void test_credential_is_a_file_of_the_folder_that_was_offered(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/curve.key", folder);
    expect_path("credential:curve.key", path);
    assert_true(sb_credential_holds(path));
    assert_false(sb_credential_holds("/etc/passwd"));
    snprintf(path, sizeof path, "%s/../curve.key", folder);
    assert_false(sb_credential_holds(path));
    snprintf(path, sizeof path, "%s-other/curve.key", folder);
    assert_false(sb_credential_holds(path));
}

static void test_credential_may_show_a_group_and_nobody_else(void **state)
{
    uint8_t secret[SB_KEYFILE_SECRET_BYTES] = {1}, read[SB_KEYFILE_SECRET_BYTES];
    const char *path = path_in(folder, "curve.key");
    (void)state;
    assert_int_equal(sb_keyfile_write(path, SB_KEYFILE_CURVE, secret, NULL), SB_OK);
    assert_int_equal(chmod(path, 0440), 0);
    assert_int_equal(sb_keyfile_read(path, SB_KEYFILE_CURVE, read, NULL), SB_OK);
    assert_memory_equal(secret, read, sizeof secret);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(sb_keyfile_read(path, SB_KEYFILE_CURVE, read, NULL), SB_E_CONFIG);
    assert_int_equal(chmod(path, 0440), 0);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(sb_keyfile_read(path, SB_KEYFILE_CURVE, read, NULL), SB_E_CONFIG);
}

static void test_credential_that_nobody_offers_is_named(void **state)
{
    uint8_t secret[SB_KEYFILE_SECRET_BYTES];
    struct sb_err err = {0};
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    expect_path("credential:curve.key", "credential:curve.key");
    assert_int_equal(sb_keyfile_read("credential:curve.key", SB_KEYFILE_CURVE, secret, &err),
                     SB_E_CONFIG);
    assert_non_null(strstr(err.text, "LoadCredential=curve.key:PATH"));
}

static void test_credential_with_a_path_for_a_name_is_refused(void **state)
{
    static const char *const names[] = {"credential:../x", "credential:a/b", "\"credential:\"",
                                        "credential:.."};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *said = NULL;
        assert_null(load(names[i], &said));
        assert_non_null(strstr(said, "`curve_key` has no such credential"));
        free(said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_credential_is_a_file_of_the_folder_that_was_offered,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_credential_may_show_a_group_and_nobody_else, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_credential_that_nobody_offers_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_credential_with_a_path_for_a_name_is_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
