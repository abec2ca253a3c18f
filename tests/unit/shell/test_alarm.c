/* The program for alarms: what it is told, how many run, and that none of them stays. */
#include "daemon/shell/alarm.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/shell/sink.h"

static char folder[] = "/tmp/samenbus-alarm-XXXXXX";
static char program[64], told[64];
static struct sink sink;
static struct sb_log log_to_sink;
static struct sb_alarms alarms;

static int set_up(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(program, sizeof program, "%s/program", folder);
    snprintf(told, sizeof told, "%s/told", folder);
    sink_open(&sink);
    log_to_sink = (struct sb_log){.fd = sink.fd, .level = SB_CONFIG_LOG_INFO};
    alarms = (struct sb_alarms){.log = &log_to_sink,
                                .program = program,
                                .partnership = "duoplus",
                                .organisation = "GM0384"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sink_close(&sink);
    unlink(program);
    unlink(told);
    return rmdir(folder);
}

static void write_program(const char *text)
{
    FILE *f = fopen(program, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", text);
    fclose(f);
    assert_int_equal(chmod(program, 0700), 0);
}

static void raise_alarm(const char *text)
{
    sb_alarms_run(&alarms, &(struct sb_alarm){.code = "fork", .text = text, .since = {0}}, 0);
}

/* Until the program has ended, without taking leave of it. */
static void await_end(void)
{
    siginfo_t info;
    assert_true(alarms.runs[0].pid > 0);
    assert_int_equal(waitid(P_PID, (id_t)alarms.runs[0].pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_alarm_program_is_told_code_and_text_and_json(void **state)
{
    char text[512] = "";
    (void)state;
    write_program("{ printf '%s|%s|' \"$1\" \"$2\"; cat; } >\"$0.part\" && mv \"$0.part\" "
                  "\"$(dirname \"$0\")/told\"");
    raise_alarm("two \"histories\"\x1b");
    await_end();
    sb_alarms_reap(&alarms, 1);
    assert_int_equal(alarms.runs[0].pid, 0);
    FILE *f = fopen(told, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    assert_string_equal(text, "fork|two \"histories\"\\x1b|"
                              "{\"code\":\"fork\",\"since\":\"1970-01-01T00:00:00.000Z\","
                              "\"organisation\":\"GM0384\",\"partnership\":\"duoplus\","
                              "\"text\":\"two \\\"histories\\\"\\u001b\"}\n");
    assert_string_equal(sink_read(&sink), "");
}

static void test_alarm_program_that_fails_is_logged(void **state)
{
    (void)state;
    write_program("exit 3");
    raise_alarm("x");
    await_end();
    sb_alarms_reap(&alarms, 1);
    assert_int_equal(sink_count(&sink, "ended with 3"), 1);
    unlink(program);
    raise_alarm("x");
    assert_int_equal(sink_count(&sink, "No such file"), 1);
    assert_int_equal(alarms.runs[0].pid, 0);
}

static void test_alarm_program_gets_signals_that_the_daemon_blocks(void **state)
{
    sigset_t term;
    (void)state;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    write_program("kill -TERM $$");
    raise_alarm("x");
    await_end();
    sb_alarms_reap(&alarms, 1);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    assert_int_equal(sink_count(&sink, "ended by signal 15"), 1);
}

static void test_alarm_programs_are_bounded_in_number_and_time(void **state)
{
    (void)state;
    write_program("exec tail -f /dev/null"); /* for ever */
    for (int i = 0; i < SB_ALARMS_RUNNING_MAX; i++) {
        raise_alarm("x");
    }
    assert_int_equal(sink_count(&sink, "not run for fork"), 0);
    raise_alarm("x");
    assert_int_equal(sink_count(&sink, "not run for fork"), 1);
    sb_alarms_reap(&alarms, SB_ALARM_RUN_MS);
    assert_true(alarms.runs[0].pid > 0);
    sb_alarms_reap(&alarms, SB_ALARM_RUN_MS + 1);
    for (int i = 0; i < SB_ALARMS_RUNNING_MAX; i++) {
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)alarms.runs[i].pid, &info, WEXITED | WNOWAIT), 0);
    }
    sb_alarms_reap(&alarms, SB_ALARM_RUN_MS + 2);
    assert_int_equal(sink_count(&sink, "ended by signal 9"), SB_ALARMS_RUNNING_MAX);
    assert_int_equal(alarms.runs[0].pid, 0);
}

static void test_alarm_without_a_program_does_nothing(void **state)
{
    (void)state;
    alarms.program = NULL;
    raise_alarm("x");
    assert_int_equal(alarms.runs[0].pid, 0);
    assert_string_equal(sink_read(&sink), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_alarm_program_is_told_code_and_text_and_json, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_alarm_program_that_fails_is_logged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_alarm_program_gets_signals_that_the_daemon_blocks,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_alarm_programs_are_bounded_in_number_and_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_alarm_without_a_program_does_nothing, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
