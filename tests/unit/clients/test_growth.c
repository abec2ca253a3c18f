/* Samples of a store's size: which are kept, and what they say of the days left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/check.h"
#include "clients/command/growth.h"

enum { HOUR = 3600 * 1000, START = 1000 };

static const int64_t day = 24 * HOUR;

static struct sb_growth_sample at(int64_t ms, uint64_t bytes)
{
    return (struct sb_growth_sample){START + ms, bytes};
}

static void test_growth_says_days_only_from_two_samples(void **state)
{
    struct sb_growth g = {.store = ""};
    (void)state;
    sb_growth_add(&g, "aa", at(0, 100));
    assert_int_equal(sb_growth_days(&g, at(0, 100), 1000), SB_DAYS_UNKNOWN);
    assert_int_equal(sb_growth_days(&g, at(60000, 110), 1000), SB_DAYS_UNKNOWN);
    assert_int_equal(sb_growth_days(&g, at(day, 200), 1000), 8);
    assert_int_equal(sb_growth_days(&g, at(day / 2, 150), 1000), 8);
    assert_int_equal(sb_growth_days(&g, at(day, 100), 1000), SB_DAYS_NEVER);
    assert_int_equal(sb_growth_days(&g, at(day, 1000), 1000), 0);
    assert_int_equal(sb_growth_days(&g, at(day, 200), 0), SB_DAYS_UNKNOWN);
}

static void test_growth_moves_its_window_along(void **state)
{
    struct sb_growth g = {.store = ""};
    (void)state;
    for (int hour = 0; hour < 100; hour++) {
        sb_growth_add(&g, "aa", at((int64_t)hour * HOUR, 100 + (uint64_t)hour));
        assert_true(START + (int64_t)hour * HOUR - g.older.time_ms <= 2 * day + HOUR);
    }
    assert_true(g.older.time_ms > START);
    assert_true(g.newer.time_ms - g.older.time_ms >= day);
}

static void test_growth_begins_anew_for_another_store(void **state)
{
    struct sb_growth g = {.store = ""};
    (void)state;
    sb_growth_add(&g, "aa", at(0, 100));
    sb_growth_add(&g, "bb", at(HOUR, 200));
    assert_string_equal(g.store, "bb");
    assert_int_equal(g.older.time_ms, START + HOUR);
    sb_growth_add(&g, "bb", at(2 * HOUR, 150)); /* it was compacted */
    assert_int_equal(g.older.time_ms, START + 2 * HOUR);
    sb_growth_add(&g, "bb", at(HOUR, 150)); /* the clock went back */
    assert_int_equal(g.older.time_ms, START + HOUR);
}

static void test_growth_reads_what_it_wrote_and_nothing_else(void **state)
{
    struct sb_growth g = {.store = "0a1b", .older = {5, 6}, .newer = {7, 8}}, back;
    char text[SB_GROWTH_TEXT_BYTES];
    (void)state;
    size_t n = sb_growth_format(text, &g);
    assert_int_equal(n, strlen(text));
    assert_true(sb_growth_parse(&back, text));
    assert_memory_equal(&back, &g, sizeof g);
    assert_false(sb_growth_parse(&back, ""));
    assert_false(sb_growth_parse(&back, "samenbus-store-growth-1 aa 9 1 8 1\n"));
    assert_false(sb_growth_parse(&back, "samenbus-store-growth-1 aa 7 1 8 1\nmore\n"));
    assert_int_equal(back.older.time_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth_says_days_only_from_two_samples),
        cmocka_unit_test(test_growth_moves_its_window_along),
        cmocka_unit_test(test_growth_begins_anew_for_another_store),
        cmocka_unit_test(test_growth_reads_what_it_wrote_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
