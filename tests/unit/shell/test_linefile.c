/* Files of whole lines: what a crash or a full disk leaves of a line does not stay. */
#include "daemon/shell/linefile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static const char opening[] = "{\"a\":";
static char folder[] = "/tmp/samenbus-linefile-XXXXXX";
static char path[sizeof folder + 8];
static char last[SB_LINEFILE_LINE_MAX];

static int set_up(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/lines", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static const char *read_file(void)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

static enum sb_rc open_lines(struct sb_linefile *file)
{
    struct sb_err err;
    sb_linefile_init(file, path);
    return sb_linefile_open(file, opening, last, &err);
}

static enum sb_rc append(struct sb_linefile *file, const char *lines)
{
    struct sb_err err;
    return sb_linefile_append(file, (struct sb_bytes){(const uint8_t *)lines, strlen(lines)}, &err);
}

static void test_linefile_open_makes_a_file_and_goes_on_in_it(void **state)
{
    struct sb_linefile file;
    (void)state;
    assert_int_equal(open_lines(&file), SB_OK);
    assert_string_equal(last, "");
    assert_int_equal(append(&file, "{\"a\":1}\n{\"a\":2}\n"), SB_OK);
    sb_linefile_close(&file);
    assert_int_equal(open_lines(&file), SB_OK);
    assert_string_equal(last, "{\"a\":2}");
    assert_int_equal(append(&file, "{\"a\":3}\n"), SB_OK);
    sb_linefile_close(&file);
    assert_string_equal(read_file(), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

static void test_linefile_open_cuts_a_torn_line(void **state)
{
    static const char torn[] = "{\"a\":1}\n{\"a\":2";
    struct sb_linefile file;
    (void)state;
    for (size_t n = strlen("{\"a\":1}\n"); n < sizeof torn; n++) {
        write_file(torn, n);
        assert_int_equal(open_lines(&file), SB_OK);
        assert_string_equal(last, "{\"a\":1}");
        sb_linefile_close(&file);
        assert_string_equal(read_file(), "{\"a\":1}\n");
    }
    write_file("{\"a", 3);
    assert_int_equal(open_lines(&file), SB_OK);
    assert_string_equal(last, "");
    sb_linefile_close(&file);
    assert_string_equal(read_file(), "");
}

static void test_linefile_open_refuses_and_keeps_a_file_of_others(void **state)
{
    static const char *const others[] = {"notes\n",          "notes",         "\n",
                                         "{\"a\":1}\nnotes", "{\"a\":1}\n\n", "{\"a\":1}\nnotes\n"};
    struct sb_linefile file;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        write_file(others[i], strlen(others[i]));
        assert_int_equal(open_lines(&file), SB_E_INPUT);
        assert_int_equal(file.fd, -1);
        assert_string_equal(read_file(), others[i]);
    }
}

static void test_linefile_open_finds_the_last_line_of_a_long_file(void **state)
{
    struct sb_linefile file;
    FILE *f = fopen(path, "w");
    (void)state;
    assert_non_null(f);
    for (int i = 0; i < 20000; i++) {
        fprintf(f, "{\"a\":%d}\n", i);
    }
    fclose(f);
    assert_int_equal(open_lines(&file), SB_OK);
    assert_string_equal(last, "{\"a\":19999}");
    sb_linefile_close(&file);
}

static void test_linefile_append_that_does_not_fit_leaves_nothing(void **state)
{
    struct sb_linefile file;
    struct rlimit limit, small;
    (void)state;
    assert_int_equal(open_lines(&file), SB_OK);
    assert_int_equal(append(&file, "{\"a\":1}\n"), SB_OK);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 12; /* the disk is full in the middle of the second line */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(append(&file, "{\"a\":2}\n"), SB_E_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_string_equal(read_file(), "{\"a\":1}\n");
    assert_int_equal(append(&file, "{\"a\":2}\n"), SB_OK);
    sb_linefile_close(&file);
    assert_string_equal(read_file(), "{\"a\":1}\n{\"a\":2}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_linefile_open_makes_a_file_and_goes_on_in_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_linefile_open_cuts_a_torn_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_linefile_open_refuses_and_keeps_a_file_of_others,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_linefile_open_finds_the_last_line_of_a_long_file,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_linefile_append_that_does_not_fit_leaves_nothing,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
