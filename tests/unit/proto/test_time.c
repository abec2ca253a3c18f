/* Times and dates as text: what exists, what does not, and both ways round. */
#include "proto/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *format(int64_t ms)
{
    static char out[SB_TIME_TEXT_MAX];
    sb_time_format(out, (struct sb_time){ms});
    return out;
}

static void test_time_format_of_known_moments(void **state)
{
    (void)state;
    assert_string_equal(format(0), "1970-01-01T00:00:00.000Z");
    assert_string_equal(format(-1), "1969-12-31T23:59:59.999Z");
    assert_string_equal(format(1795428000123), "2026-11-23T10:00:00.123Z");
    assert_string_equal(format(951782400000), "2000-02-29T00:00:00.000Z");
    assert_string_equal(format(INT64_MAX), "292278994-08-17T07:12:55.807Z");
    assert_string_equal(format(INT64_MIN), "-292275055-05-16T16:47:04.192Z");
}

static void test_time_parse_reads_what_format_wrote(void **state)
{
    struct sb_time t;
    (void)state;
    for (int64_t ms = -62135596800000; ms < 253402300800000; ms += 12345678901) {
        const char *text = format(ms);
        assert_true(sb_time_parse(&t, text, strlen(text)));
        assert_true(t.ms == ms);
    }
}

static int64_t parse(const char *text)
{
    struct sb_time t = {INT64_MIN};
    return sb_time_parse(&t, text, strlen(text)) ? t.ms : INT64_MIN;
}

static void test_time_parse_takes_every_offset_and_fraction(void **state)
{
    (void)state;
    assert_true(parse("2026-11-23T10:00:00Z") == 1795428000000);
    assert_true(parse("2026-11-23T11:00:00+01:00") == 1795428000000);
    assert_true(parse("2026-11-23T04:30:00-05:30") == 1795428000000);
    assert_true(parse("2026-11-23t10:00:00z") == 1795428000000);
    assert_true(parse("2026-11-23T10:00:00.1Z") == 1795428000100);
    assert_true(parse("2026-11-23T10:00:00.123456789Z") == 1795428000123);
}

static void test_time_parse_refuses_what_is_no_time(void **state)
{
    static const char *const wrong[] = {"",
                                        "2026-11-23",
                                        "2026-11-23T10:00:00",
                                        "0000-12-31T23:59:59Z",
                                        "2026-11-23 10:00:00Z",
                                        "2026-11-23T10:00Z",
                                        "2026-11-23T24:00:00Z",
                                        "2026-11-23T10:60:00Z",
                                        "2026-11-23T10:00:60Z",
                                        "2026-02-29T10:00:00Z",
                                        "2026-13-01T10:00:00Z",
                                        "2026-11-23T10:00:00.Z",
                                        "2026-11-23T10:00:00+0100",
                                        "2026-11-23T10:00:00+24:00",
                                        "2026-11-23T10:00:00Zx",
                                        "+026-11-23T10:00:00Z"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_true(parse(wrong[i]) == INT64_MIN);
    }
}

static bool date_ok(const char *text)
{
    return sb_date_valid(text, strlen(text));
}

static void test_date_valid_only_when_it_exists(void **state)
{
    (void)state;
    assert_true(date_ok("2024-02-29"));
    assert_true(date_ok("2000-02-29"));
    assert_true(date_ok("2015-01-31"));
    assert_false(date_ok("2023-02-29"));
    assert_false(date_ok("1900-02-29"));
    assert_false(date_ok("2015-04-31"));
    assert_false(date_ok("2015-00-10"));
    assert_false(date_ok("2015-01-00"));
    assert_false(date_ok("2015-1-31"));
    assert_false(date_ok("20150131"));
    assert_false(date_ok("2015-01-31T"));
    assert_false(date_ok(""));
}

static bool local_ok(const char *text)
{
    return sb_local_time_valid(text, strlen(text));
}

static void test_local_time_has_minutes_and_perhaps_seconds(void **state)
{
    (void)state;
    assert_true(local_ok("2026-12-10T20:00"));
    assert_true(local_ok("2026-12-10T20:00:59"));
    assert_false(local_ok("2026-12-10T20:00:60"));
    assert_false(local_ok("2026-12-10T20"));
    assert_false(local_ok("2026-12-10T24:00"));
    assert_false(local_ok("2026-12-10 20:00"));
    assert_false(local_ok("2026-12-32T20:00"));
    assert_false(local_ok("2026-12-10T20:00Z"));
    assert_false(local_ok("2026-12-10T20:00:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_format_of_known_moments),
        cmocka_unit_test(test_time_parse_reads_what_format_wrote),
        cmocka_unit_test(test_time_parse_takes_every_offset_and_fraction),
        cmocka_unit_test(test_time_parse_refuses_what_is_no_time),
        cmocka_unit_test(test_date_valid_only_when_it_exists),
        cmocka_unit_test(test_local_time_has_minutes_and_perhaps_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
