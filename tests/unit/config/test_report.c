/* How problems are kept, sorted, cut and shown. */
#include "config/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/config_helper.h"

static struct sb_report *report_with(const char *text)
{
    struct sb_report *report = sb_report_new();
    assert_non_null(report);
    assert_int_equal(sb_report_add_source(report, "f", text, strlen(text)), SB_OK);
    return report;
}

static void expect(struct sb_report *report, const char *text)
{
    char *printed = report_text(report);
    assert_string_equal(printed, text);
    free(printed);
    sb_report_free(report);
}

static void test_report_sorts_by_file_line_and_column(void **state)
{
    (void)state;
    struct sb_report *report = report_with("ab\ncd\n");
    assert_int_equal(sb_report_add_source(report, "a", "x\n", 2), SB_OK);
    sb_report_add(report, (struct sb_report_place){"a", 1, 1, 1},
                  "last, though its file is called a");
    sb_report_add(report, (struct sb_report_place){"f", 2, 2, 1}, "third");
    sb_report_add(report, (struct sb_report_place){"f", 2, 1, 2}, "second");
    sb_report_add(report, (struct sb_report_place){.file = "f"}, "first");
    sb_report_hint(report, "of the whole");
    assert_int_equal(sb_report_count(report), 4);
    expect(report, "f: first\n      = of the whole\n"
                   "f:2:1: second\n    2 | cd\n      | ^~\n"
                   "f:2:2: third\n    2 | cd\n      |  ^\n"
                   "a:1:1: last, though its file is called a\n    1 | x\n      | ^\n");
}

static void test_report_keeps_fifty_and_counts_all(void **state)
{
    (void)state;
    struct sb_report *report = sb_report_new();
    for (unsigned i = 0; i < SB_REPORT_MAX + 3; i++) {
        sb_report_add(report, (struct sb_report_place){.file = "f"}, "problem %u", i);
        sb_report_hint(report, "hint %u", i);
    }
    assert_int_equal(sb_report_count(report), SB_REPORT_MAX + 3);
    char *printed = report_text(report);
    assert_non_null(strstr(printed, "f: problem 49\n      = hint 49\nand 3 more\n"));
    assert_null(strstr(printed, "problem 50"));
    free(printed);
    sb_report_free(report);
}

static void test_report_outlives_the_names_it_was_given(void **state)
{
    (void)state;
    struct sb_report *report = sb_report_new();
    char name[] = "gone";
    sb_report_add(report, (struct sb_report_place){.file = name}, "problem");
    memset(name, 'x', sizeof name - 1);
    expect(report, "gone: problem\n");
}

static void test_report_shows_no_control_characters(void **state)
{
    (void)state;
    struct sb_report *report = report_with("a\tb\x1b[31m\xff\xe2\x80\xaez\n");
    sb_report_add(report, (struct sb_report_place){"f", 1, 3, 1}, "here");
    expect(report, "f:1:3: here\n    1 | a b?[31m??z\n      |   ^\n");
}

static void test_report_counts_columns_in_characters(void **state)
{
    (void)state;
    struct sb_report *report = report_with("na\xc3\xafve: x\n");
    sb_report_add(report, (struct sb_report_place){"f", 1, 8, 1}, "here");
    expect(report, "f:1:8: here\n    1 | na\xc3\xafve: x\n      |        ^\n");
}

static void test_report_shows_a_window_of_a_long_line(void **state)
{
    (void)state;
    char line[400];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = 0;
    line[200] = 'Y';
    struct sb_report *report = report_with(line);
    sb_report_add(report, (struct sb_report_place){"f", 1, 201, 500}, "here");
    char *printed = report_text(report), *caret = strchr(printed, '^');
    char *shown = strchr(printed, 'Y'), *shown_line = strstr(printed, "...x");
    assert_non_null(caret);
    assert_non_null(shown);
    char *caret_line = strstr(printed, "\n      | ") + strlen("\n      | ");
    assert_int_equal(caret - caret_line, shown - shown_line); /* the caret is below its column */
    assert_true(strlen(printed) < 400);
    free(printed);
    sb_report_free(report);
}

static void test_report_prints_no_line_beyond_the_end(void **state)
{
    (void)state;
    struct sb_report *report = report_with("one\n");
    sb_report_add(report, (struct sb_report_place){"f", 9, 1, 1}, "far");
    sb_report_add(report, (struct sb_report_place){"other", 1, 1, 1}, "no such text");
    expect(report, "f:9:1: far\nother:1:1: no such text\n");
}

static void test_report_finds_lines_as_yaml_counts_them(void **state)
{
    (void)state;
    static const char text[] = "a\r\nb\rc\xc2\x85"
                               "d\xe2\x80\xa8"
                               "e\n\nf";
    static const char *const lines[] = {"a", "b", "c", "d", "e", NULL, "f", NULL};
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *line;
        size_t n;
        bool found = sb_report_find_line(text, sizeof text - 1, i + 1, &line, &n);
        assert_int_equal(found, lines[i] != NULL);
        if (found) {
            assert_int_equal(n, 1);
            assert_int_equal(line[0], lines[i][0]);
        }
    }
}

static void test_report_quote_cuts_and_replaces(void **state)
{
    (void)state;
    char out[SB_REPORT_QUOTE_MAX], long_text[400], expected[64];
    assert_string_equal(sb_report_quote(out, "a\x01\xc3\xab\x80", 5), "a?\xc3\xab?");
    memset(long_text, 'x', sizeof long_text);
    memset(expected, 'x', 60);
    memcpy(expected + 60, "...", 4);
    assert_string_equal(sb_report_quote(out, long_text, sizeof long_text), expected);
    for (size_t i = 0; i < sizeof long_text; i += 4) {
        memcpy(long_text + i, "\xf0\x9f\x98\x80", 4); /* the widest there are */
    }
    assert_int_equal(strlen(sb_report_quote(out, long_text, sizeof long_text)), 60 * 4 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_sorts_by_file_line_and_column),
        cmocka_unit_test(test_report_keeps_fifty_and_counts_all),
        cmocka_unit_test(test_report_outlives_the_names_it_was_given),
        cmocka_unit_test(test_report_shows_no_control_characters),
        cmocka_unit_test(test_report_counts_columns_in_characters),
        cmocka_unit_test(test_report_shows_a_window_of_a_long_line),
        cmocka_unit_test(test_report_prints_no_line_beyond_the_end),
        cmocka_unit_test(test_report_finds_lines_as_yaml_counts_them),
        cmocka_unit_test(test_report_quote_cuts_and_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
