/* The line for the service manager says what is wrong, and "all is well" only when it is. */
#include "daemon/shell/pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct sb_status_peer peer(const char *outgoing, const char *incoming)
{
    return (struct sb_status_peer){
        .outgoing = {.state = outgoing}, .incoming = {.state = incoming}, .their_state = ""};
}

static void assert_line(const struct sb_status *status, const char *wanted)
{
    char line[128];
    sb_pulse_describe(line, sizeof line, status);
    assert_string_equal(line, wanted);
}

static void test_pulse_counts_partners_with_whom_everything_flows(void **state)
{
    (void)state;
    struct sb_status_peer peers[] = {peer("live", "live"), peer("none", "live"),
                                     peer("live", "stalled"), peer("none", "none"),
                                     peer("catching_up", "live")};
    struct sb_status s = {.state = "ready", .peers = peers, .n_peers = 5, .lag_events = 12};
    assert_line(&s, "2/5 partners, lag 12");
    peers[0].their_state = "live";
    assert_line(&s, "2/5 partners, lag 12");
    peers[0].their_state = "stalled"; /* they hear nothing of us */
    assert_line(&s, "1/5 partners, lag 12");
    s.n_peers = 0;
    s.lag_events = 0;
    assert_line(&s, "0/0 partners, lag 0");
}

static void test_pulse_names_a_state_and_alarms(void **state)
{
    (void)state;
    struct sb_status s = {.state = "full", .n_alarms = 1};
    assert_line(&s, "full, 0/0 partners, lag 0, 1 alarm (samenbus status)");
    s.n_alarms = 3;
    assert_line(&s, "full, 0/0 partners, lag 0, 3 alarms (samenbus status)");
    char narrow[8];
    sb_pulse_describe(narrow, sizeof narrow, &s);
    assert_string_equal(narrow, "full, 0");
}

static void test_pulse_beats_three_times_a_period_where_it_is_asked_for(void **state)
{
    (void)state;
    struct sb_pulse p;
    char pid[24];
    setenv("WATCHDOG_USEC", "900000", 1);
    unsetenv("WATCHDOG_PID");
    sb_pulse_init(&p);
    assert_int_equal(p.every_ms, 300);
    setenv("WATCHDOG_PID", "1", 1);
    sb_pulse_init(&p);
    assert_int_equal(sb_pulse_due(&p), INT64_MAX);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    setenv("WATCHDOG_USEC", "30000000", 1);
    sb_pulse_init(&p);
    assert_int_equal(p.every_ms, 1000);
    setenv("WATCHDOG_USEC", "", 1);
    sb_pulse_init(&p);
    assert_int_equal(p.every_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pulse_counts_partners_with_whom_everything_flows),
        cmocka_unit_test(test_pulse_names_a_state_and_alarms),
        cmocka_unit_test(test_pulse_beats_three_times_a_period_where_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
