/* A failpoint ends the process at the passage that was asked for, and only there. */
#include "daemon/shell/failpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Passes `name` three times in a child; returns what the child ended with. */
static int pass_three_times(const char *wanted, const char *name)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("SAMENBUS_FAILPOINT", wanted, 1);
        for (int i = 0; i < 3; i++) {
            sb_failpoint("elsewhere");
            sb_failpoint(name);
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
    assert_int_equal(pass_three_times("after_commit", "after_commit"), 99);
    assert_int_equal(pass_three_times("after_commit:3", "after_commit"), 99);
    assert_int_equal(pass_three_times("after_commit:4", "after_commit"), 0);
    assert_int_equal(pass_three_times("after_commit", "after_com"), 0);
    assert_int_equal(pass_three_times("", "after_commit"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failpoint_ends_the_process_at_the_nth_passage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
