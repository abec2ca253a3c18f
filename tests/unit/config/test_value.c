/* Values by themselves: quantities, endpoints, characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/endpoint.h"
#include "config/glyph.h"
#include "config/quantity.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_quantity_parses_whole_numbers_with_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const struct sb_unit *units;
        uint64_t value;
    } good[] = {
        {"1KiB", sb_units_size, 1024},
        {"64MiB", sb_units_size, UINT64_C(64) << 20},
        {"8GiB", sb_units_size, UINT64_C(8) << 30},
        {"0KiB", sb_units_size, 0},
        {"17179869183GiB", sb_units_size, UINT64_C(17179869183) << 30}, /* the most that fits */
        {"250ms", sb_units_duration, 250},
        {"5s", sb_units_duration, 5000},
        {"2min", sb_units_duration, 120000},
        {"3h", sb_units_duration, 10800000},
        {"1d", sb_units_duration, 86400000},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        uint64_t value = 1;
        assert_true(sb_quantity_parse(&value, good[i].text, strlen(good[i].text), good[i].units));
        assert_int_equal(value, good[i].value);
    }
}

static void test_quantity_refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",       "8",     "GiB",   "8 GiB",          "8gib",
        "8GB",    "8GiBs", "-8GiB", "+8GiB",          "8.5GiB",
        "0x8GiB", " 8GiB", "8GiB ", "17179869184GiB", "18446744073709551616KiB",
        "5s"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint64_t value;
        assert_false(sb_quantity_parse(&value, bad[i], strlen(bad[i]), sb_units_size));
    }
}

static void test_quantity_formats_with_the_largest_whole_unit(void **state)
{
    (void)state;
    char out[SB_QUANTITY_TEXT_MAX];
    sb_quantity_format(out, UINT64_C(3) << 30, sb_units_size);
    assert_string_equal(out, "3GiB");
    sb_quantity_format(out, 1536 * 1024, sb_units_size);
    assert_string_equal(out, "1536KiB");
    sb_quantity_format(out, 90000, sb_units_duration);
    assert_string_equal(out, "90s");
    sb_quantity_format(out, 0, sb_units_duration);
    assert_string_equal(out, "0ms");
}

static void test_quantity_guesses_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const struct sb_unit *units;
        const char *guess; /* NULL: none */
    } cases[] = {
        {"8GB", sb_units_size, "8GiB"},
        {"8 gib", sb_units_size, "8GiB"},
        {"512m", sb_units_size, "512MiB"},
        {"8", sb_units_size, NULL},
        {"8TB", sb_units_size, NULL},
        {"5m", sb_units_duration, "5min"},
        {"5MS", sb_units_duration, "5ms"},
        {"5 seconds", sb_units_duration, "5s"},
        {"x", sb_units_duration, NULL},
        {"99999999999999999999s", sb_units_duration, NULL},
        {"99999999999 GB", sb_units_size, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[SB_QUANTITY_TEXT_MAX] = "";
        bool any = sb_quantity_guess(out, cases[i].text, strlen(cases[i].text), cases[i].units);
        assert_int_equal(any, cases[i].guess != NULL);
        if (any) {
            assert_string_equal(out, cases[i].guess);
        }
    }
}

static void test_endpoint_accepts_tcp_and_ipc_only(void **state)
{
    (void)state;
    static const char *const good[] = {"tcp://127.0.0.1:7461", "tcp://diemen.example:1",
                                       "tcp://[::1]:65535",    "tcp://[fe80::1%eth0]:7461",
                                       "tcp://a_b-c:7461",     "ipc:///run/samenbus/s",
                                       "ipc://relative/s"};
    static const char *const bad[] = {"",
                                      "tcp://",
                                      "tcp://:7461",
                                      "tcp://a",
                                      "tcp://a:",
                                      "tcp://a:0",
                                      "tcp://a:65536",
                                      "tcp://a:07461",
                                      "tcp://a:7461 ",
                                      "tcp://a:74x",
                                      "tcp://a b:7461",
                                      "tcp://[]:7461",
                                      "tcp://[::1:7461",
                                      "tcp://::1:7461",
                                      "udp://a:7461",
                                      "inproc://a",
                                      "pgm://a:7461",
                                      "TCP://a:7461",
                                      "ipc://",
                                      "ipc://@abstract",
                                      "ipc://*",
                                      "tcp://a:7461;b",
                                      "tcp://a/:7461",
                                      "tcp://*:*",
                                      "tcp://a:123456"};
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_null(sb_endpoint_fault(good[i], false));
        assert_null(sb_endpoint_fault(good[i], true));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_non_null(sb_endpoint_fault(bad[i], false));
        assert_non_null(sb_endpoint_fault(bad[i], true));
    }
    assert_null(sb_endpoint_fault("tcp://*:7461", true));
    assert_string_equal(sb_endpoint_fault("tcp://*:7461", false), "has no host to connect to");
    assert_string_equal(sb_endpoint_ipc_path("ipc:///run/s"), "/run/s");
    assert_null(sb_endpoint_ipc_path("tcp://a:1"));
}

static void test_glyph_knows_what_may_be_shown(void **state)
{
    (void)state;
    static const char *const visible[] = {
        "a", "~", " ", "\xc3\xab", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    static const char *const hidden[] = {
        "\n",           "\t",           "\x1b",
        "\x7f",         "\xc2\x85", /* NEL */
        "\xc2\xad",     "\xe2\x80\x8b", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xef\xbb\xbf", "\xf3\xa0\x80\xa0", /* tag space */
    };
    static const char *const broken[] = {
        "\x80",
        "\xc3",
        "\xc0\xaf",
        "\xe0\x80\xaf",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xe2\x82",
        "\xc3(",
    };
    for (size_t i = 0; i < COUNT(visible); i++) {
        assert_true(sb_glyph_all_visible(visible[i], strlen(visible[i])));
        assert_int_equal(sb_glyph_count(visible[i], strlen(visible[i])), 1);
    }
    for (size_t i = 0; i < COUNT(hidden); i++) {
        assert_false(sb_glyph_all_visible(hidden[i], strlen(hidden[i])));
        assert_int_equal(sb_glyph_count(hidden[i], strlen(hidden[i])), 1);
    }
    for (size_t i = 0; i < COUNT(broken); i++) {
        assert_false(sb_glyph_at(broken[i], strlen(broken[i])).visible);
    }
    assert_true(sb_glyph_all_visible("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantity_parses_whole_numbers_with_a_unit),
        cmocka_unit_test(test_quantity_refuses_everything_else),
        cmocka_unit_test(test_quantity_formats_with_the_largest_whole_unit),
        cmocka_unit_test(test_quantity_guesses_what_was_meant),
        cmocka_unit_test(test_endpoint_accepts_tcp_and_ipc_only),
        cmocka_unit_test(test_glyph_knows_what_may_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
