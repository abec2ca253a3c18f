/* Secrets on disk and public halves: written once, private, durable, read back. */
#include "config/keyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/public.h"
#include "tests/unit/config/config_helper.h"

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_folder(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void fill_secret(uint8_t secret[static SB_KEYFILE_SECRET_BYTES])
{
    for (size_t i = 0; i < SB_KEYFILE_SECRET_BYTES; i++) {
        secret[i] = (uint8_t)(i * 7 + 1);
    }
}

static void expect_refusal(const char *name, enum sb_keyfile_kind kind, const char *what)
{
    uint8_t secret[SB_KEYFILE_SECRET_BYTES];
    struct sb_err err = {0};
    char expected[SB_ERR_TEXT_MAX];
    snprintf(expected, sizeof expected, "%s: %s", path_in(folder, name), what);
    assert_int_equal(sb_keyfile_read(path_in(folder, name), kind, secret, &err), SB_E_CONFIG);
    assert_string_equal(err.text, expected);
}

static void test_keyfile_reads_back_what_it_wrote(void **state)
{
    (void)state;
    static const enum sb_keyfile_kind kinds[] = {SB_KEYFILE_SIGN, SB_KEYFILE_CURVE};
    for (size_t i = 0; i < 2; i++) {
        uint8_t secret[SB_KEYFILE_SECRET_BYTES], read[SB_KEYFILE_SECRET_BYTES];
        struct sb_err err = {0};
        struct stat st;
        const char *path = path_in(folder, i == 0 ? "sign" : "curve");
        fill_secret(secret);
        mode_t before = umask(0);
        assert_int_equal(sb_keyfile_write(path, kinds[i], secret, &err), SB_OK);
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(sb_keyfile_read(path, kinds[i], read, &err), SB_OK);
        assert_memory_equal(read, secret, sizeof secret);
    }
}

static void test_keyfile_never_overwrites(void **state)
{
    (void)state;
    uint8_t secret[SB_KEYFILE_SECRET_BYTES];
    struct sb_err err = {0};
    fill_secret(secret);
    write_file(path_in(folder, "k"), 0600, "precious");
    assert_int_equal(sb_keyfile_write(path_in(folder, "k"), SB_KEYFILE_SIGN, secret, &err),
                     SB_E_BUSY);
    struct stat st;
    assert_int_equal(stat(path_in(folder, "k"), &st), 0);
    assert_int_equal(st.st_size, 8);
    assert_int_equal(symlink("elsewhere", path_in(folder, "link")), 0);
    assert_int_equal(sb_keyfile_write(path_in(folder, "link"), SB_KEYFILE_SIGN, secret, &err),
                     SB_E_BUSY);
    assert_int_equal(sb_keyfile_write(path_in(folder, "no/k"), SB_KEYFILE_SIGN, secret, &err),
                     SB_E_IO);
}

static void test_keyfile_refuses_what_others_may_read(void **state)
{
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0644, 0660, 0610, 0601, 0602, 0777};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        char what[200];
        write_file(path_in(folder, "k"), modes[i], "samenbus-sign-key-1 " SIGN_KEY_1 "\n");
        snprintf(what, sizeof what,
                 "a secret that others may read (mode %04o): chmod 600 it, and make a new one if "
                 "somebody did",
                 (unsigned)modes[i]);
        expect_refusal("k", SB_KEYFILE_SIGN, what);
    }
    uint8_t secret[SB_KEYFILE_SECRET_BYTES];
    write_file(path_in(folder, "k"), 0400, "samenbus-sign-key-1 " SIGN_KEY_1 "\n");
    assert_int_equal(sb_keyfile_read(path_in(folder, "k"), SB_KEYFILE_SIGN, secret, NULL), SB_OK);
}

static void test_keyfile_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
        enum sb_keyfile_kind kind;
    } cases[] = {
        {"", "holds no key", SB_KEYFILE_SIGN},
        {"# only a comment\n\n", "holds no key", SB_KEYFILE_CURVE},
        {"samenbus-curve-key-1 " CURVE_KEY_1 "\n", "line 1: a curve key where a sign key is needed",
         SB_KEYFILE_SIGN},
        {"#\nsamenbus-sign-key-1 " SIGN_KEY_1 "\n",
         "line 2: a sign key where a curve key is needed", SB_KEYFILE_CURVE},
        {"samenbus-sign-key-2 " SIGN_KEY_1 "\n",
         "line 1: not a sign key (`samenbus-sign-key-1 ...`)", SB_KEYFILE_SIGN},
        {"samenbus-sign-key-1 AAAA\n", "line 1: not a sign key (`samenbus-sign-key-1 ...`)",
         SB_KEYFILE_SIGN},
        {"samenbus-sign-key-1\n", "line 1: not a sign key (`samenbus-sign-key-1 ...`)",
         SB_KEYFILE_SIGN},
        {"samenbus-sign-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
         "line 1: not a sign key (`samenbus-sign-key-1 ...`)", SB_KEYFILE_SIGN},
        {"samenbus-sign-key-1 ERERERERERERERERERERERERERERERERERERERERERER\n",
         "line 1: not a sign key (`samenbus-sign-key-1 ...`)", SB_KEYFILE_SIGN},
        {"samenbus-curve-key-1 " CURVE_KEY_1 " \n",
         "line 1: not a curve key (`samenbus-curve-key-1 ...`)", SB_KEYFILE_CURVE},
        {"samenbus-curve-key-1 " CURVE_KEY_1 "\nsamenbus-curve-key-1 " CURVE_KEY_2 "\n",
         "line 2: a second key", SB_KEYFILE_CURVE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(path_in(folder, "k"), 0600, cases[i].text);
        expect_refusal("k", cases[i].kind, cases[i].what);
    }
    expect_refusal("absent", SB_KEYFILE_SIGN, "No such file or directory");
    assert_int_equal(mkdir(path_in(folder, "dir"), 0700), 0);
    expect_refusal("dir", SB_KEYFILE_SIGN, "not a file");
    assert_int_equal(mkfifo(path_in(folder, "fifo"), 0600), 0);
    expect_refusal("fifo", SB_KEYFILE_SIGN, "not a file");
    char big[5000];
    memset(big, '#', sizeof big - 1);
    big[sizeof big - 1] = 0;
    write_file(path_in(folder, "big"), 0600, big);
    expect_refusal("big", SB_KEYFILE_SIGN, "too long for a key file");
}

static void print_and_expect(const struct sb_public *pub, unsigned indent, bool as_item,
                             const char *expected)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    sb_public_print(out, pub, indent, as_item);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void test_public_prints_entries_for_peers_and_clients(void **state)
{
    (void)state;
    struct sb_public pub = {.id = "GM0451", .name = "Uithoorn \"aan de Amstel\""};
    memset(pub.sign_key, 0x11, sizeof pub.sign_key);
    memset(pub.curve_key, 0x11, sizeof pub.curve_key);
    print_and_expect(&pub, 2, true,
                     "  - id: GM0451\n"
                     "    name: \"Uithoorn \\\"aan de Amstel\\\"\"\n"
                     "    sign_key: \"" SIGN_KEY_1 "\"\n"
                     "    curve_key: \"" CURVE_KEY_1 "\"\n");
    pub = (struct sb_public){.name = "true"};
    memset(pub.curve_key, 0x22, sizeof pub.curve_key);
    print_and_expect(&pub, 0, false, "name: \"true\"\ncurve_key: \"" CURVE_KEY_2 "\"\n");
}

static struct sb_public *load_public(const char *path, enum sb_rc expected, const char *report)
{
    struct sb_report *problems = sb_report_new();
    struct sb_public *pub = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_public_load(&pub, path, problems, &err);
    char *printed = report_text(problems);
    assert_string_equal(printed, report);
    assert_int_equal(rc, expected);
    assert_int_equal(pub != NULL, expected == SB_OK);
    free(printed);
    sb_report_free(problems);
    return pub;
}

static void test_public_reads_back_what_it_wrote(void **state)
{
    (void)state;
    struct sb_err err = {0};
    struct stat st;
    struct sb_public pub = {.id = "GM0451",
                            .name = "B\\x, \"y\": [z] \xc3\xab",
                            .publish = "tcp://uithoorn.example:7461",
                            .service = "tcp://uithoorn.example:7462"};
    memset(pub.sign_key, 0x12, sizeof pub.sign_key);
    memset(pub.curve_key, 0x34, sizeof pub.curve_key);
    const char *path = path_in(folder, "GM0451.pub.yaml");
    mode_t before = umask(077);
    assert_int_equal(sb_public_write(path, &pub, &err), SB_OK);
    umask(before);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(sb_public_write(path, &pub, &err), SB_E_BUSY);
    struct sb_public *read = load_public(path, SB_OK, "");
    assert_string_equal(read->id, pub.id);
    assert_string_equal(read->name, pub.name);
    assert_memory_equal(read->sign_key, pub.sign_key, sizeof pub.sign_key);
    assert_memory_equal(read->curve_key, pub.curve_key, sizeof pub.curve_key);
    assert_string_equal(read->publish, pub.publish);
    assert_string_equal(read->service, pub.service);
    sb_public_free(read);
}

static void test_public_refuses_half_an_organisation(void **state)
{
    (void)state;
    char expected[600];
    const char *path = path_in(folder, "p.yaml");
    write_file(path, 0644, "id: GM0451\ncurve_key: \"" CURVE_KEY_1 "\"\n");
    snprintf(expected, sizeof expected,
             "%s:1:5: `id` without `sign_key`\n    1 | id: GM0451\n      |     ^~~~~~\n"
             "      = an organisation has both, a client neither\n",
             path);
    load_public(path, SB_E_CONFIG, expected);
    write_file(path, 0644, "curve_key: \"" CURVE_KEY_1 "\"\n");
    snprintf(expected, sizeof expected,
             "%s: neither `id` nor `name`\n      = an organisation has an id, a client a name\n",
             path);
    load_public(path, SB_E_CONFIG, expected);
    write_file(path, 0644, "[]\n");
    snprintf(expected, sizeof expected,
             "%s:1:1: the file must be a mapping\n    1 | []\n      | ^\n"
             "      = one `key: value` per line\n",
             path);
    load_public(path, SB_E_CONFIG, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keyfile_reads_back_what_it_wrote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keyfile_never_overwrites, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keyfile_refuses_what_others_may_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keyfile_names_what_is_wrong, set_up, tear_down),
        cmocka_unit_test(test_public_prints_entries_for_peers_and_clients),
        cmocka_unit_test_setup_teardown(test_public_reads_back_what_it_wrote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_public_refuses_half_an_organisation, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
