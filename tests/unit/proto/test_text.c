/* UTF-8 as strict as RFC 3629, and nothing that takes over a terminal. */
#include "proto/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct sb_bytes of(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

static void test_utf8_valid_takes_every_scalar_at_the_edges(void **state)
{
    (void)state;
    assert_true(sb_utf8_valid(of("")));
    assert_true(sb_utf8_valid(of("vergadering\n\t")));
    assert_true(sb_utf8_valid(of("\xc2\x80 \xdf\xbf")));
    assert_true(sb_utf8_valid(of("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf")));
    assert_true(sb_utf8_valid(of("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf")));
}

static void test_utf8_valid_refuses_every_kind_of_error(void **state)
{
    static const char *const wrong[] = {
        "\x80",             /* continuation alone */
        "\xc0\xaf",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xed\xbf\xbf",     /* surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xe2\x82",     /* cut */
        "\xe2\x82x",    /* cut */
        "\xf0\x9f\x98", /* cut */
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sb_utf8_valid(of(wrong[i])));
    }
    assert_false(sb_utf8_valid((struct sb_bytes){(const uint8_t *)"a\0b", 3}));
}

static void test_text_acceptable_without_controls(void **state)
{
    (void)state;
    assert_true(sb_text_acceptable(of("Portefeuillehoudersoverleg w\xc3\xb3nen"), false));
    assert_true(sb_text_acceptable(of("a\n\tb"), true));
    assert_false(sb_text_acceptable(of("a\nb"), false));
    assert_false(sb_text_acceptable(of("a\tb"), false));
    assert_false(sb_text_acceptable(of("a\rb"), true));
    assert_false(sb_text_acceptable(of("\x1b[2J"), true));
    assert_false(sb_text_acceptable(of("\x7f"), true));
    assert_false(sb_text_acceptable(of("\xc2\x9b"), true));
    assert_true(sb_text_acceptable(of("\xc2\xa0"), true));
    assert_false(sb_text_acceptable((struct sb_bytes){(const uint8_t *)"\0", 1}, true));
    assert_false(sb_text_acceptable(of("\xff"), true));
}

static void assert_escaped(const char *text, const char *expected)
{
    char out[200];
    size_t n = sb_text_escape(out, sizeof out, of(text));
    assert_string_equal(out, expected);
    assert_int_equal(n, strlen(expected));
}

static void test_text_escape_shows_what_is_hostile(void **state)
{
    (void)state;
    assert_escaped("na\xc3\xafve", "na\xc3\xafve");
    assert_escaped("a\nb\tc", "a\\x0ab\\x09c");
    assert_escaped("\x1b[31m", "\\x1b[31m");
    assert_escaped("\x7f", "\\x7f");
    assert_escaped("\xc2\x9b", "\\u{009b}");
    assert_escaped("\xe2\x80\xae", "\\u{202e}");
    assert_escaped("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
    assert_escaped("\xe2\x81\xa6\xd8\x9c", "\\u{2066}\\u{061c}");
    assert_escaped("\xff\xc3", "\\xff\\xc3");
}

/* PROTOCOL 16.3, first and last of each range; their neighbours are shown. */
static void test_text_is_hostile_by_the_list(void **state)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
        {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    size_t n = 0, expected = 0;
    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        expected += ranges[i][1] - ranges[i][0] + 1;
        assert_true(sb_text_is_hostile(ranges[i][0]) && sb_text_is_hostile(ranges[i][1]));
        assert_false(sb_text_is_hostile(ranges[i][1] + 1));
        assert_false(i > 0 && sb_text_is_hostile(ranges[i][0] - 1));
    }
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        n += sb_text_is_hostile(c);
    }
    assert_int_equal(n, expected);
}

static void test_text_escape_shows_what_has_no_shape(void **state)
{
    (void)state;
    assert_escaped("a\xe2\x80\x8b"
                   "b\xc2\xad"
                   "c\xef\xbb\xbf",
                   "a\\u{200b}b\\u{00ad}c\\u{feff}");
    assert_escaped("\xe2\x9a\xa0\xef\xb8\x8f", "\xe2\x9a\xa0\\u{fe0f}");        /* an emoji */
    assert_escaped("\xf3\xa0\x81\x81", "\\u{e0041}");                           /* a tag */
    assert_true(sb_text_acceptable(of("\xe2\x80\x8b\xf3\xa0\x81\x81"), false)); /* it may be said */
}

static void test_text_escape_cuts_at_a_characters_edge(void **state)
{
    char out[6];
    (void)state;
    assert_int_equal(sb_text_escape(out, 4, of("ab\xe2\x82\xac")), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(sb_text_escape(out, 6, of("ab\xe2\x82\xac")), 5);
    assert_string_equal(out, "ab\xe2\x82\xac");
    assert_int_equal(sb_text_escape(out, 6, of("ab\x1b")), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(sb_text_escape(out, 1, of("ab")), 0);
    assert_string_equal(out, "");
    out[0] = 'x';
    assert_int_equal(sb_text_escape(out, 0, of("ab")), 0);
    assert_int_equal(out[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_valid_takes_every_scalar_at_the_edges),
        cmocka_unit_test(test_utf8_valid_refuses_every_kind_of_error),
        cmocka_unit_test(test_text_acceptable_without_controls),
        cmocka_unit_test(test_text_escape_shows_what_is_hostile),
        cmocka_unit_test(test_text_is_hostile_by_the_list),
        cmocka_unit_test(test_text_escape_shows_what_has_no_shape),
        cmocka_unit_test(test_text_escape_cuts_at_a_characters_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
