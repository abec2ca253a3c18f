/* When somebody is reminded of keys to renew, and in which words. */
#include "daemon/shell/renewal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct sb_time now = {1700000000000}; /* 2023-11-14 */

static void expect(const char *by, bool due, const char *words)
{
    char text[SB_RENEWAL_TEXT_MAX];
    assert_int_equal(sb_renewal_due(by, now, text), due);
    assert_non_null(strstr(text, words));
}

static void test_renewal_is_told_thirty_days_before_and_ever_after(void **state)
{
    (void)state;
    expect("2023-12-15", false, "in 31 days");
    expect("2023-12-14", true, "by 2023-12-14, in 30 days: samenbus key rotate");
    expect("2023-11-14", true, "in 0 days");
    expect("2023-11-13", true, "were to be renewed by 2023-11-13, 1 days ago");
    expect(NULL, false, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renewal_is_told_thirty_days_before_and_ever_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
