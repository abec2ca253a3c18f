/* What `samenbusd -t` finds wrong with the files that a configuration names. Checks of permissions
 * to write are about other users and not made as root, whom nothing stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/files.h"
#include "proto/bytes.h"
#include "proto/curve.h"
#include "proto/sign.h"
#include "proto/z85.h"
#include "tests/unit/config/config_helper.h"

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_folder(folder);
    assert_int_equal(mkdir(path_in(folder, "keys"), 0700), 0);
    write_file(path_in(folder, "keys/a.sign.key"), 0600, "samenbus-sign-key-1 " SIGN_KEY_1 "\n");
    write_file(path_in(folder, "keys/a.curve.key"), 0600, "samenbus-curve-key-1 " CURVE_KEY_1 "\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* Checks the files of a right text; returns the report with "F" for the folder. */
static char *check(const char *text, enum sb_rc expected)
{
    struct sb_report *report = sb_report_new();
    struct sb_config *config = NULL;
    struct sb_err err = {0};
    const char *name = path_in(folder, "d.yaml");
    assert_int_equal(sb_config_parse(&config, name, text, strlen(text), report, &err), SB_OK);
    enum sb_rc rc = sb_config_check_files(config, report, &err);
    char *printed = report_text(report);
    if (rc != expected) {
        print_error("%s\n", printed);
    }
    assert_int_equal(rc, expected);
    assert_int_equal(err.rc, expected);
    sb_config_free(config);
    sb_report_free(report);
    for (char *at; (at = strstr(printed, folder)) != NULL;) {
        *at = 'F';
        memmove(at + 1, at + strlen(folder), strlen(at + strlen(folder)) + 1);
    }
    return printed;
}

/* One mistake whose first and last lines are known. */
static void expect_one(const char *text, const char *first, const char *hint)
{
    char *printed = check(text, SB_E_CONFIG);
    const char *end = strchr(printed, '\n'), *found = strstr(printed, "\n      = ");
    assert_int_equal(end - printed, strlen(first));
    assert_memory_equal(printed, first, strlen(first));
    assert_int_equal(found != NULL, hint != NULL);
    if (hint != NULL) {
        assert_string_equal(found + strlen("\n      = "), hint);
    }
    free(printed);
}

static void test_files_finds_nothing_when_all_is_there(void **state)
{
    (void)state;
    free(check(LEAST "eventlog: {path: events.ndjson}\non_alarm: /bin/sh\n", SB_OK));
    assert_int_equal(mkdir(path_in(folder, "store"), 0700), 0);
    write_file(path_in(folder, "events.ndjson"), 0600, "");
    free(check(LEAST "eventlog: {path: events.ndjson}\n", SB_OK));
}

static void test_files_reports_key_files(void **state)
{
    (void)state;
    assert_int_equal(chmod(path_in(folder, "keys/a.sign.key"), 0644), 0);
    expect_one(LEAST,
               "F/d.yaml:2:38: `sign_key`: F/keys/a.sign.key: a secret that others may read (mode "
               "0644): chmod 600 it, and make a new one if somebody did",
               "samenbus key gen makes key files\n");
    assert_int_equal(chmod(path_in(folder, "keys/a.sign.key"), 0600), 0);
    assert_int_equal(unlink(path_in(folder, "keys/a.curve.key")), 0);
    expect_one(LEAST, "F/d.yaml:2:66: `curve_key`: F/keys/a.curve.key: No such file or directory",
               "samenbus key gen makes key files\n");
}

static void test_files_reports_folders_and_programs(void **state)
{
    (void)state;
    write_file(path_in(folder, "store"), 0600, "");
    expect_one(LEAST, "F/d.yaml:4:15: `path` is not a folder: `F/store`", NULL);
    assert_int_equal(unlink(path_in(folder, "store")), 0);
    expect_one(LEAST "eventlog: {path: no/events.ndjson}\n",
               "F/d.yaml:5:18: `path` stands in a folder that is not there: `F/no/events.ndjson`",
               "make it: mkdir -p F/no\n");
    expect_one(LEAST "eventlog: {path: keys}\n", "F/d.yaml:5:18: `path` is a folder: `F/keys`",
               NULL);
    expect_one(LEAST "on_alarm: alarm\n", "F/d.yaml:5:11: `on_alarm` is not there: `F/alarm`",
               NULL);
    write_file(path_in(folder, "alarm"), 0600, "");
    expect_one(LEAST "on_alarm: alarm\n",
               "F/d.yaml:5:11: `on_alarm` is not a program that we may run: `F/alarm`",
               "a script needs chmod +x and a first line such as #!/bin/sh\n");
    expect_one(
        "partnership: duoplus\n"
        "organisation: {id: GM0384, sign_key: keys/a.sign.key, curve_key: keys/a.curve.key}\n"
        "listen: {publish: ipc://run/p, service: tcp://127.0.0.1:7462}\n"
        "store: {path: store}\n",
        "F/d.yaml:3:19: `publish` stands in a folder that is not there: `F/run/p`",
        "make it: mkdir -p F/run\n");
}

static void expect_own_key(const char *sign_key, const char *curve_key, const char *first)
{
    char text[2048];
    snprintf(text, sizeof text,
             "%speers:\n  - id: GM0451\n    sign_key: \"%s\"\n    curve_key: \"%s\"\n", LEAST,
             sign_key, curve_key);
    expect_one(text, first, "a partner's keys come from the partner, not from GM0384\n");
}

static void test_files_finds_our_own_keys_among_partners(void **state)
{
    (void)state;
    struct sb_sign_seed seed;
    uint8_t secret[SB_CURVE_BYTES], public_key[SB_CURVE_BYTES];
    char sign_text[64], curve_text[64];
    memset(seed.b, 0x11, sizeof seed.b);
    memset(secret, 0x11, sizeof secret);
    struct sb_sign_public sign_public = sb_sign_public_of(&seed);
    sb_curve_public_of(public_key, secret);
    sb_base64_encode(sign_text, sign_public.b, sizeof sign_public.b);
    sb_z85_encode(curve_text, public_key, sizeof public_key);
    expect_own_key(sign_text, CURVE_KEY_2,
                   "F/d.yaml:7:15: `sign_key` of partner `GM0451` is this daemon's own key");
    expect_own_key(SIGN_KEY_2, curve_text,
                   "F/d.yaml:8:16: `curve_key` of partner `GM0451` is this daemon's own key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files_finds_nothing_when_all_is_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_files_reports_key_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_reports_folders_and_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_finds_our_own_keys_among_partners, set_up,
                                        tear_down),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
