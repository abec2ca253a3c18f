/* Complaints are said once, counted, and bounded; no source silences another. */
#include "daemon/shell/complaint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/shell/sink.h"

struct world {
    struct sink sink;
    struct sb_log log;
    struct sb_complaints complaints;
};

static int set_up(void **state)
{
    static struct world w;
    sink_open(&w.sink);
    w.log = (struct sb_log){.fd = w.sink.fd, .level = SB_CONFIG_LOG_INFO};
    sb_complaints_init(&w.complaints, &w.log);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    sink_close(&w->sink);
    return 0;
}

static void test_complaint_identical_is_said_once_and_counted(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 5; i++) {
        sb_complaints_add(&w->complaints, 1000 + i, false, "GM0437", "frame", "cut short");
    }
    assert_int_equal(sink_count(&w->sink, "GM0437"), 1);
    assert_non_null(strstr(sink_read(&w->sink), "GM0437: frame: cut short"));
    sb_complaints_flush(&w->complaints, 1000 + SB_COMPLAINT_PERIOD_MS - 1);
    assert_int_equal(sink_count(&w->sink, "GM0437"), 1);
    sb_complaints_flush(&w->complaints, 1000 + SB_COMPLAINT_PERIOD_MS);
    assert_non_null(strstr(sink_read(&w->sink), "GM0437: frame: 4 more times the same"));
}

static void test_complaint_is_said_again_after_its_period(void **state)
{
    struct world *w = *state;
    sb_complaints_add(&w->complaints, 0, false, "GM0437", "frame", "cut short");
    sb_complaints_add(&w->complaints, SB_COMPLAINT_PERIOD_MS, false, "GM0437", "frame",
                      "cut short");
    assert_int_equal(sink_count(&w->sink, "cut short"), 2);
    assert_int_equal(sink_count(&w->sink, "more times"), 0);
}

static void test_complaint_differs_by_each_of_its_parts(void **state)
{
    struct world *w = *state;
    sb_complaints_add(&w->complaints, 0, false, "a", "bc", "d");
    sb_complaints_add(&w->complaints, 0, false, "ab", "c", "d");
    sb_complaints_add(&w->complaints, 0, false, "a", "b", "cd");
    sb_complaints_add(&w->complaints, 0, false, "a", "bc", "e");
    assert_int_equal(sink_count(&w->sink, "warning"), 4);
}

static void complain_of_many(struct world *w, const char *who, int n)
{
    for (int i = 0; i < n; i++) {
        char why[20];
        snprintf(why, sizeof why, "why %d", i);
        sb_complaints_add(&w->complaints, 0, false, who, "frame", why);
    }
}

static void test_complaint_of_one_source_leaves_room_for_others(void **state)
{
    struct world *w = *state;
    complain_of_many(w, "villain", 1000);
    assert_int_equal(sink_count(&w->sink, "villain"), SB_COMPLAINTS_PER_SOURCE);
    sb_complaints_add(&w->complaints, 1, false, "GM0437", "frame", "cut short");
    assert_int_equal(sink_count(&w->sink, "GM0437"), 1);
    sb_complaints_flush(&w->complaints, SB_COMPLAINT_PERIOD_MS);
    assert_int_equal(sink_count(&w->sink, "992 further complaints"), 1);
}

static void test_complaint_lines_are_bounded_for_any_number_of_sources(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 1000; i++) {
        char who[20];
        snprintf(who, sizeof who, "who %d", i);
        sb_complaints_add(&w->complaints, 0, false, who, "frame", "cut short");
    }
    assert_int_equal(sink_count(&w->sink, "who"), SB_COMPLAINTS_MAX);
    sb_complaints_flush(&w->complaints, SB_COMPLAINT_PERIOD_MS);
    assert_int_equal(sink_count(&w->sink, "936 further complaints"), 1);
    sb_complaints_add(&w->complaints, SB_COMPLAINT_PERIOD_MS, false, "who 999", "frame",
                      "cut short");
    assert_int_equal(sink_count(&w->sink, "who 999"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_complaint_identical_is_said_once_and_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_complaint_is_said_again_after_its_period, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_complaint_differs_by_each_of_its_parts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_complaint_of_one_source_leaves_room_for_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_complaint_lines_are_bounded_for_any_number_of_sources,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
