/* When the store is full at the present rate: hand-counted days, and silence where nothing is
 * known. */
#include "daemon/shell/growth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MINUTE_MS = 60 * 1000, DAY_S = 86400, MIB = 1024 * 1024 };

/* A sample each minute, as the node takes them; returns the time after the last. */
static int64_t grow(struct sb_growth *g, int64_t from_ms, unsigned minutes, uint64_t *bytes,
                    uint64_t by)
{
    for (unsigned i = 0; i < minutes; i++, from_ms += MINUTE_MS) {
        sb_growth_take(g, from_ms, *bytes);
        assert_int_equal(g->next_mono_ms, from_ms + SB_GROWTH_SAMPLE_MS);
        *bytes += by;
    }
    return from_ms;
}

static void test_growth_says_nothing_of_the_first_minutes_nor_of_what_stays(void **state)
{
    (void)state;
    struct sb_growth g = {0};
    uint64_t bytes = MIB;
    assert_int_equal(sb_growth_full_in_s(&g, 1, bytes, MIB), 0);
    int64_t now = grow(&g, 1, 9, &bytes, MIB);
    assert_int_equal(sb_growth_full_in_s(&g, now, bytes, MIB), 0);
    now = grow(&g, now, 1, &bytes, MIB);
    assert_int_not_equal(sb_growth_full_in_s(&g, now, bytes, MIB), 0);
    struct sb_growth idle = {0};
    bytes = MIB;
    now = grow(&idle, 1, 3 * 24 * 60, &bytes, 0);
    assert_int_equal(sb_growth_full_in_s(&idle, now, bytes, MIB), 0);
}

/* 1 MiB a minute are 1,440 MiB a day: ten days of that are left. */
static void test_growth_counts_the_days_that_are_left(void **state)
{
    (void)state;
    struct sb_growth g = {0};
    uint64_t bytes = MIB, room = (uint64_t)10 * 1440 * MIB;
    int64_t now = grow(&g, 1, 12 * 60, &bytes, MIB);
    assert_in_range(sb_growth_full_in_s(&g, now, bytes, room), 10 * DAY_S, 10 * DAY_S + 1);
    assert_in_range(sb_growth_full_in_s(&g, now, bytes, room / 10), DAY_S, DAY_S + 1);
    assert_int_equal(sb_growth_full_in_s(&g, now, bytes, 0), 1);
}

/* After a change of rate the old one counts for two days and no longer. */
static void test_growth_forgets_what_was_before_two_windows(void **state)
{
    (void)state;
    struct sb_growth g = {0};
    uint64_t bytes = MIB, room = (uint64_t)10 * 1440 * MIB;
    int64_t now = grow(&g, 1, 5 * 24 * 60, &bytes, (uint64_t)100 * MIB);
    assert_in_range(sb_growth_full_in_s(&g, now, bytes, room), DAY_S / 10 - 10, DAY_S / 10 + 10);
    now = grow(&g, now, 2 * 24 * 60 + 1, &bytes, MIB);
    assert_in_range(sb_growth_full_in_s(&g, now, bytes, room), 9 * DAY_S, 10 * DAY_S + 60);
}

static void test_growth_begins_anew_when_room_was_made(void **state)
{
    (void)state;
    struct sb_growth g = {0};
    uint64_t bytes = (uint64_t)1000 * MIB, less = MIB;
    int64_t now = grow(&g, 1, 60, &bytes, MIB);
    now = grow(&g, now, 1, &less, 0);
    assert_int_equal(sb_growth_full_in_s(&g, now, less + MIB, MIB), 0);
    now = grow(&g, now, 60, &less, MIB);
    assert_in_range(sb_growth_full_in_s(&g, now, less, (uint64_t)60 * MIB), 3550, 3720);
}

static void test_growth_of_centuries_is_none(void **state)
{
    (void)state;
    struct sb_growth g = {0};
    uint64_t bytes = MIB;
    int64_t now = grow(&g, 1, 60, &bytes, 1);
    assert_int_equal(sb_growth_full_in_s(&g, now, bytes, UINT64_MAX / 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth_says_nothing_of_the_first_minutes_nor_of_what_stays),
        cmocka_unit_test(test_growth_counts_the_days_that_are_left),
        cmocka_unit_test(test_growth_forgets_what_was_before_two_windows),
        cmocka_unit_test(test_growth_begins_anew_when_room_was_made),
        cmocka_unit_test(test_growth_of_centuries_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
