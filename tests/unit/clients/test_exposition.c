/* Metrics: each has its help and type before its values, no line comes twice, and what others wrote
 * cannot leave its label. The full grammar is read by the system test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/exposition.h"
#include "proto/happening.h"
#include "tests/unit/clients/status_sample.h"

enum { MAX_BYTES = 8 << 20 };

static void print_with_limit(FILE *to, const void *context)
{
    sb_exposition_print(to, context, MAX_BYTES);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p++) {
        n++;
    }
    return n;
}

static void test_exposition_of_a_daemon_that_is_away_says_so_alone(void **state)
{
    (void)state;
    char *text = printed(print_with_limit, NULL);
    assert_string_equal(text, "# HELP samenbus_up Whether the daemon answered.\n"
                              "# TYPE samenbus_up gauge\nsamenbus_up 0\n");
    free(text);
}

static void test_exposition_has_one_state_that_holds(void **state)
{
    struct sample s;
    (void)state;
    sample_init(&s);
    s.peers[1].incoming.state = "stalled";
    s.peers[2].incoming.state = "of tomorrow";
    char *text = printed(print_with_limit, &s.status);
    assert_non_null(strstr(text, "\nsamenbus_state{state=\"ready\"} 1\n"));
    assert_non_null(strstr(text, "\nsamenbus_state{state=\"full\"} 0\n"));
    assert_non_null(strstr(text, "\nsamenbus_partner_direction_state{partner=\"GM0451\",direction="
                                 "\"incoming\",state=\"stalled\"} 1\n"));
    assert_non_null(strstr(text, "state=\"of tomorrow\"} 1\n"));
    assert_int_equal(count(text, "direction=\"incoming\",state="), 3 * 7 + 1);
    assert_non_null(strstr(text, "\nsamenbus_store_max_bytes 8388608\n"));
    assert_non_null(strstr(text, "last_contact_age_seconds{partner=\"GM0437\","
                                 "direction=\"outgoing\"} 0.400\n"));
    free(text);
}

static void test_exposition_counts_alarms_and_heads_once(void **state)
{
    struct sample s;
    (void)state;
    sample_init(&s);
    s.alarms[0] = s.alarms[1] = (struct sb_status_alarm){"of_tomorrow", "", ""};
    s.status.n_alarms = 2;
    s.heads[2].origin = s.heads[0].origin; /* not beside each other */
    s.heads[2].time = "2026-11-23T11:00:00.000Z";
    char *text = printed(print_with_limit, &s.status);
    for (size_t i = 0; sb_alarm_code_at(i) != NULL;
         i++) { /* a series that is there from the start */
        char line[128];
        (void)snprintf(line, sizeof line, "\nsamenbus_alarms{code=\"%s\"} 0\n",
                       sb_alarm_code_at(i));
        assert_non_null(strstr(text, line));
    }
    assert_non_null(strstr(text, "\nsamenbus_alarms{code=\"of_tomorrow\"} 2\n"));
    assert_int_equal(count(text, "of_tomorrow"), 1);
    assert_non_null(strstr(text, "\nsamenbus_origin_heads{origin=\"GM0437\"} 2\n"));
    assert_int_equal(count(text, "samenbus_origin_heads{origin=\"GM0437\"}"), 1);
    assert_non_null(strstr(text, "head_timestamp_seconds{origin=\"GM0437\"} 1795431600.000\n"));
    free(text);
}

static void test_exposition_keeps_hostile_text_in_its_label(void **state)
{
    struct sample s;
    (void)state;
    sample_init(&s);
    char *before = printed(print_with_limit, &s.status);
    s.peers[0].id = HOSTILE;
    char *after = printed(print_with_limit, &s.status);
    assert_int_equal(count(after, "\n"), count(before, "\n"));
    assert_null(strchr(after, '\x1b'));
    assert_null(strstr(after, "\xe2\x80\xae"));
    assert_non_null(strstr(after, "d\\\"e\\\\f|g\""));
    free(before);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exposition_of_a_daemon_that_is_away_says_so_alone),
        cmocka_unit_test(test_exposition_has_one_state_that_holds),
        cmocka_unit_test(test_exposition_counts_alarms_and_heads_once),
        cmocka_unit_test(test_exposition_keeps_hostile_text_in_its_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
