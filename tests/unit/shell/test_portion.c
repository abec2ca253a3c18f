/* How many changes go into one commit, as commits fail and succeed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/shell/portion.h"

enum { ALL = 100, MUCH = 1000 };

/* A round that stages so many, or as many as there may be. */
static unsigned stage(struct sb_portion *p, unsigned wanted, bool committed)
{
    unsigned left = sb_portion_left(p, ALL, MUCH), n = wanted < left ? wanted : left;
    p->n += n;
    sb_portion_settle(p, ALL, committed);
    return n;
}

static void test_portion_is_halved_by_what_fails_down_to_one(void **state)
{
    static const unsigned tried[] = {100, 50, 25, 12, 6, 3, 1, 1, 1};
    struct sb_portion p = {0};
    (void)state;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        assert_int_equal(stage(&p, MUCH, false), tried[i]);
    }
}

static void test_portion_is_doubled_by_what_succeeds_up_to_all(void **state)
{
    static const unsigned tried[] = {1, 2, 4, 8, 16, 32, 64, 100, 100};
    struct sb_portion p = {.cut = 1};
    (void)state;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        assert_int_equal(stage(&p, MUCH, true), tried[i]);
    }
}

/* Half of what failed, however many there may have been; and whoever stages nothing learns nothing.
 */
static void test_portion_goes_by_what_was_staged(void **state)
{
    struct sb_portion p = {0};
    (void)state;
    assert_int_equal(stage(&p, 10, false), 10);
    assert_int_equal(stage(&p, 0, false), 0);
    assert_int_equal(stage(&p, 0, true), 0);
    assert_int_equal(sb_portion_left(&p, ALL, MUCH), 5);
    p.n = 3;
    assert_int_equal(sb_portion_left(&p, ALL, MUCH), 2);
    assert_int_equal(sb_portion_left(&p, ALL, 1), 1);
    p.n = 7;
    assert_int_equal(sb_portion_left(&p, ALL, MUCH), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portion_is_halved_by_what_fails_down_to_one),
        cmocka_unit_test(test_portion_is_doubled_by_what_succeeds_up_to_all),
        cmocka_unit_test(test_portion_goes_by_what_was_staged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
