/* A failpoint ends the process at the passage that was asked for, and only there. */
#include "proto/failpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Passes `at` three times in a child; returns what the child ended with. */
static int pass_three_times(const char *wanted, enum sb_failpoint at)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("SAMENBUS_FAILPOINT", wanted, 1);
        for (int i = 0; i < 3; i++) {
            sb_failpoint(SB_FAIL_BEFORE_BEGIN);
            sb_failpoint(at);
        }
        _exit(0);
    }
    int status = 0;
    assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_failpoint_ends_the_process_at_the_nth_passage(void **state)
{
    (void)state;
    assert_int_equal(pass_three_times("after_commit", SB_FAIL_AFTER_COMMIT), 99);
    assert_int_equal(pass_three_times("after_commit:3", SB_FAIL_AFTER_COMMIT), 99);
    assert_int_equal(pass_three_times("after_commit:4", SB_FAIL_AFTER_COMMIT), 0);
    assert_int_equal(pass_three_times("after_commi", SB_FAIL_AFTER_COMMIT), 0);
    assert_int_equal(pass_three_times("after_committed", SB_FAIL_AFTER_COMMIT), 0);
    assert_int_equal(pass_three_times("", SB_FAIL_AFTER_COMMIT), 0);
}

static void test_failpoints_are_thirty_and_each_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_true(SB_FAILPOINTS_COUNT >= 30);
    assert_string_equal(sb_failpoint_name(SB_FAIL_BEFORE_STORE_COMMIT), "before_store_commit");
    for (int i = 0; i < SB_FAILPOINTS_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(sb_failpoint_name((enum sb_failpoint)i),
                                    sb_failpoint_name((enum sb_failpoint)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failpoint_ends_the_process_at_the_nth_passage),
        cmocka_unit_test(test_failpoints_are_thirty_and_each_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
