/* What is different between two configurations, and what a running daemon cannot take over; the
 * digest of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/difference.h"
#include "config/digest.h"
#include "tests/unit/config/config_helper.h"

#define SIGN_1                  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SIGN_2                  "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define PEER(id, sign, curve)   "  - {id: " id ", sign_key: \"" sign "\", curve_key: \"" curve "\"}\n"
#define CLIENT(name, key, more) "  - {name: " name ", curve_key: \"" key "\"" more "}\n"

/* The lines printed; in *mistakes, for free(), what cannot be taken over. */
static char *compare(const char *before, const char *after, char **mistakes)
{
    struct sb_config *a = must_parse("samenbusd.yaml", before);
    struct sb_config *b = must_parse("samenbusd.yaml", after);
    struct sb_report *report = sb_report_new();
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    size_t lines = sb_config_compare(a, b, out, report), printed = 0;
    assert_int_equal(fclose(out), 0);
    for (const char *c = text; *c != '\0'; c++) {
        printed += *c == '\n';
    }
    assert_int_equal(lines, printed);
    *mistakes = report_text(report);
    sb_report_free(report);
    sb_config_free(a);
    sb_config_free(b);
    return text;
}

static void expect(const char *before, const char *after, const char *lines)
{
    char *mistakes, *text = compare(before, after, &mistakes);
    assert_string_equal(text, lines);
    assert_string_equal(mistakes, "");
    free(text);
    free(mistakes);
}

static void test_difference_of_the_same_is_nothing(void **state)
{
    (void)state;
    expect(LEAST, LEAST "# a comment\nlog: {level: info}\n", "");
}

static void test_difference_of_partners(void **state)
{
    (void)state;
    expect(LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_1),
           LEAST "peers:\n" PEER("GM0451", SIGN_2, CURVE_KEY_2),
           "- partner GM0437\n+ partner GM0451\n");
    expect(LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_1),
           LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_2),
           "~ partner GM0437: curve_key: " CURVE_KEY_1 " -> " CURVE_KEY_2 "\n");
    /* a key that need not be there is not shown as one of zeros */
    expect(LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_1),
           LEAST "peers:\n  - {id: GM0437, sign_key: \"" SIGN_1 "\", curve_key: \"" CURVE_KEY_1
                 "\", next_curve_key: \"" CURVE_KEY_2 "\"}\n",
           "~ partner GM0437: next_curve_key: none -> " CURVE_KEY_2 "\n");
    /* no list of topics is none or all, as the key says */
    expect(LEAST "peers:\n  - {id: GM0437, sign_key: \"" SIGN_1 "\", curve_key: \"" CURVE_KEY_1
                 "\", show: [agenda/], max_body: 2KiB}\n",
           LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_1),
           "~ partner GM0437: show: agenda/ -> all\n~ partner GM0437: max_body: 2KiB -> 64KiB\n");
    /* another order is no difference */
    expect(LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_1) PEER("GM0451", SIGN_2, CURVE_KEY_2),
           LEAST "peers:\n" PEER("GM0451", SIGN_2, CURVE_KEY_2) PEER("GM0437", SIGN_1, CURVE_KEY_1),
           "");
}

static void test_difference_of_clients(void **state)
{
    (void)state;
    expect(LEAST "clients:\n" CLIENT("one", CURVE_KEY_1, ", publish: [agenda/]"),
           LEAST "clients:\n" CLIENT("two", CURVE_KEY_1,
                                     ", publish: [agenda/, decision/a], "
                                     "subscribe: true"),
           "~ client two: name: one -> two\n"
           "~ client two: publish: agenda/ -> agenda/, decision/a\n"
           "~ client two: subscribe: false -> true\n");
    /* what is not there is shown in words */
    expect(LEAST "clients:\n" CLIENT("one", CURVE_KEY_1, ""),
           LEAST "clients:\n" CLIENT("one", CURVE_KEY_1, ", rate: 10/s, max_body: 2KiB"),
           "~ client one: rate: no limit -> 10/s\n~ client one: max_body: 64KiB -> 2KiB\n");
    /* another key under the same name is somebody else */
    expect(LEAST "clients:\n" CLIENT("one", CURVE_KEY_1, ""),
           LEAST "clients:\n" CLIENT("one", CURVE_KEY_2, ""), "- client one\n+ client one\n");
}

static void test_difference_of_settings(void **state)
{
    (void)state;
    expect(LEAST,
           LEAST "log: {level: debug, format: json}\neventlog: {path: /a}\non_alarm: /b\n"
                 "recovery: {wait: 1min}\n",
           "~ eventlog.path: none -> /a\n~ log.level: info -> debug\n~ log.format: text -> json\n"
           "~ recovery.wait: 5s -> 1min\n~ on_alarm: none -> /b\n");
}

static void test_difference_that_cannot_be_taken_over(void **state)
{
    char *mistakes, *text;
    (void)state;
    text = compare(LEAST "peers:\n" PEER("GM0437", SIGN_1, CURVE_KEY_1),
                   LEAST "peers:\n" PEER("GM0437", SIGN_2, CURVE_KEY_1), &mistakes);
    assert_string_equal(text, "~ partner GM0437: sign_key: " SIGN_1 " -> " SIGN_2 "\n");
    assert_non_null(strstr(mistakes,
                           "samenbusd.yaml:6:28: partner GM0437: `sign_key` cannot change "
                           "while the daemon runs: what it signed was verified with the "
                           "one before"));
    assert_non_null(strstr(mistakes, "it was `" SIGN_1 "`: restart the daemon, or put that back"));
    free(text);
    free(mistakes);
}

/* A key that says nothing about reloads is not taken over in silence. */
static void test_difference_names_every_key_of_the_start(void **state)
{
    static const char before[] =
        "partnership: one\n"
        "organisation: {id: GM0384, sign_key: /a, curve_key: /b}\n"
        "listen: {publish: tcp://127.0.0.1:1, service: tcp://127.0.0.1:2}\n"
        "store: {path: /c, max_size: 1GiB, max_size_per_origin: 64MiB}\n";
    static const char after[] = "partnership: two\n"
                                "organisation: {id: GM0385, sign_key: /x, curve_key: /y, name: n}\n"
                                "listen: {publish: tcp://127.0.0.1:3, service: tcp://127.0.0.1:4}\n"
                                "store: {path: /z, max_size: 2GiB, max_size_per_origin: 64MiB}\n";
    static const char *const fixed[] = {":1:14: `partnership`",
                                        ":2:20: organisation.`id`",
                                        ":2:38: organisation.`sign_key`",
                                        ":2:53: organisation.`curve_key`",
                                        ":3:19: listen.`publish`",
                                        ":3:47: listen.`service`",
                                        ":4:15: store.`path`",
                                        ":4:29: store.`max_size`"};
    char *mistakes, *text = compare(before, after, &mistakes);
    (void)state;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strstr(mistakes, fixed[i]) == NULL) {
            fail_msg("%s is not in:\n%s", fixed[i], mistakes);
        }
    }
    assert_non_null(strstr(text, "~ organisation.name: GM0384 -> n\n"));
    free(text);
    free(mistakes);
}

static void test_digest_is_of_all_files_and_of_no_others(void **state)
{
    char folder[64];
    struct sb_hash first, again;
    struct sb_err err = {0};
    (void)state;
    make_folder(folder);
    assert_int_equal(mkdir(path_in(folder, "conf.d"), 0700), 0);
    write_file(path_in(folder, "samenbusd.yaml"), 0600, LEAST);
    write_file(path_in(folder, "conf.d/GM0451.yaml"), 0600, "id: GM0451\n");
    const char *file = strdup(path_in(folder, "samenbusd.yaml"));
    assert_int_equal(sb_config_digest(&first, file, &err), SB_OK);
    write_file(path_in(folder, "conf.d/GM0451.yaml.removed-1"), 0600, "id: GM0437\n");
    write_file(path_in(folder, "client.yaml"), 0600, "x: y\n");
    assert_int_equal(sb_config_digest(&again, file, &err), SB_OK);
    assert_true(sb_hash_eq(&first, &again));
    write_file(path_in(folder, "conf.d/GM0451.yaml"), 0600, "id: GM0452\n");
    assert_int_equal(sb_config_digest(&again, file, &err), SB_OK);
    assert_false(sb_hash_eq(&first, &again));
    assert_int_equal(sb_config_digest(&again, "/nowhere/samenbusd.yaml", &err), SB_E_CONFIG);
    free((void *)(uintptr_t)file);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_difference_of_the_same_is_nothing),
        cmocka_unit_test(test_difference_of_partners),
        cmocka_unit_test(test_difference_of_clients),
        cmocka_unit_test(test_difference_of_settings),
        cmocka_unit_test(test_difference_that_cannot_be_taken_over),
        cmocka_unit_test(test_difference_names_every_key_of_the_start),
        cmocka_unit_test(test_digest_is_of_all_files_and_of_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
