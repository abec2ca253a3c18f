/* Checks: what stands still is never called well, and what is printed stays one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/check.h"
#include "tests/unit/clients/status_sample.h"

static struct sample sample;
static struct sb_verdict verdict;

static int begin(void **state)
{
    (void)state;
    sample_init(&sample);
    sb_verdict_init(&verdict, "test");
    return 0;
}

static void print_as_nagios(FILE *to, const void *context)
{
    assert_true(sb_verdict_print(to, context, SB_VERDICT_NAGIOS));
}

static void print_as_text(FILE *to, const void *context)
{
    assert_true(sb_verdict_print(to, context, SB_VERDICT_TEXT));
}

static void print_as_json(FILE *to, const void *context)
{
    assert_true(sb_verdict_print(to, context, SB_VERDICT_JSON));
}

static enum sb_level peers_level(void)
{
    sb_verdict_init(&verdict, "peers");
    sb_check_peers(&verdict, &sample.status);
    return verdict.level;
}

static void test_check_peers_is_ok_only_when_every_direction_flows(void **state)
{
    static const struct {
        const char *word;
        enum sb_level level;
    } cases[] = {
        {"live", SB_LEVEL_OK},
        {"none", SB_LEVEL_OK},
        {"catching_up", SB_LEVEL_WARNING},
        {"connecting", SB_LEVEL_WARNING},
        {"down", SB_LEVEL_CRITICAL},
        {"refused", SB_LEVEL_CRITICAL},
        {"stalled", SB_LEVEL_CRITICAL},
        {"not known here", SB_LEVEL_WARNING},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample_init(&sample);
        sample.peers[1].outgoing.state = cases[i].word;
        assert_int_equal(peers_level(), cases[i].level);
        sample_init(&sample);
        sample.peers[1].incoming.state = cases[i].word;
        assert_int_equal(peers_level(), cases[i].level);
        sample_init(&sample);
        sample.peers[1].their_state = cases[i].word;
        assert_int_equal(peers_level(), cases[i].level);
    }
}

static void test_check_peers_is_critical_when_a_partner_has_no_direction(void **state)
{
    (void)state;
    sample.peers[2].outgoing.state = sample.peers[2].incoming.state = "none";
    sample.heads[2].origin = "GM0384";
    assert_int_equal(peers_level(), SB_LEVEL_CRITICAL);
    assert_non_null(strstr(verdict.findings[0].text, "GM0736"));
    assert_string_equal(verdict.summary, "2 of 3 partners flow in every direction");
}

static void test_check_peers_knows_who_comes_over_others(void **state)
{
    (void)state;
    sample.peers[2].outgoing.state = sample.peers[2].incoming.state = "none";
    sample.peers[2].their_state = "";
    assert_int_equal(peers_level(), SB_LEVEL_WARNING); /* it may have to connect, and does not */
    assert_non_null(strstr(verdict.findings[0].text, "`over_others: true`"));
    sample.peers[2].over_others = true;
    assert_int_equal(peers_level(), SB_LEVEL_OK);
    assert_string_equal(verdict.summary,
                        "3 of 3 partners flow in every direction, 1 of them over others");
    for (size_t i = 0; i < 2; i++) { /* nobody brings anything */
        sample.peers[i].outgoing.state = sample.peers[i].incoming.state = "stalled";
    }
    assert_int_equal(peers_level(), SB_LEVEL_CRITICAL);
    assert_non_null(strstr(verdict.findings[verdict.n_findings - 1].text,
                           "GM0736 De Ronde Venen: nothing comes over others"));
    sample.peers[0].incoming.state = "catching_up";
    assert_int_equal(peers_level(), SB_LEVEL_CRITICAL); /* of another */
    assert_null(strstr(verdict.findings[verdict.n_findings - 1].text, "GM0736"));
    sample.heads[2].origin = "GM0384";
    sample.peers[1].outgoing.state = sample.peers[1].incoming.state = "live";
    sample.peers[0].outgoing.state = "live";
    assert_int_equal(peers_level(), SB_LEVEL_WARNING);
    assert_non_null(
        strstr(verdict.findings[verdict.n_findings - 1].text, "nothing of it has come"));
}

static void test_check_peers_asks_for_a_connection_that_there_was(void **state)
{
    (void)state;
    sample.peers[2].over_others = true;
    sample.peers[2].incoming.state = "down"; /* it did call, whatever its entry says */
    assert_int_equal(peers_level(), SB_LEVEL_CRITICAL);
}

static void test_check_daemon_knows_alarms_and_states(void **state)
{
    (void)state;
    sb_check_daemon(&verdict, &sample.status);
    assert_int_equal(verdict.level, SB_LEVEL_OK);
    sample.alarms[0] = (struct sb_status_alarm){"something new", "2026", "text"};
    sample.status.n_alarms = 1;
    sb_check_daemon(&verdict, &sample.status);
    assert_int_equal(verdict.level, SB_LEVEL_WARNING);
    sample.alarms[0].code = "fork";
    sb_check_daemon(&verdict, &sample.status);
    assert_int_equal(verdict.level, SB_LEVEL_CRITICAL);
    begin(state);
    sample.status.state = "recovering";
    sb_check_daemon(&verdict, &sample.status);
    assert_int_equal(verdict.level, SB_LEVEL_WARNING);
    sample.status.state = "full";
    sb_check_daemon(&verdict, &sample.status);
    assert_int_equal(verdict.level, SB_LEVEL_CRITICAL);
}

static enum sb_level lag_level(void)
{
    static const struct sb_lag_limits limits = {10, 100, 60, 600};
    sb_verdict_init(&verdict, "lag");
    sb_check_lag(&verdict, &sample.status, &limits);
    return verdict.level;
}

static void test_check_lag_keeps_to_its_thresholds(void **state)
{
    (void)state;
    sample.peers[0].lag_events = sample.status.lag_events = 9;
    sample.peers[0].lag_seconds = 59;
    assert_int_equal(lag_level(), SB_LEVEL_OK);
    sample.peers[0].lag_seconds = 60;
    assert_int_equal(lag_level(), SB_LEVEL_WARNING);
    sample.peers[0].lag_seconds = 600;
    assert_int_equal(lag_level(), SB_LEVEL_CRITICAL);
    begin(state);
    sample.peers[0].their_lag_events = 10;
    assert_int_equal(lag_level(), SB_LEVEL_WARNING);
    sample.peers[0].their_lag_events = 100;
    assert_int_equal(lag_level(), SB_LEVEL_CRITICAL);
}

static void test_check_lag_counts_silence_where_lag_is_not_known(void **state)
{
    struct sb_status_peer *p = &sample.peers[0];
    (void)state;
    p->outgoing = p->incoming = (struct sb_status_direction){"stalled", "", 7000};
    assert_int_equal(lag_level(), SB_LEVEL_WARNING); /* seven seconds, but lag 0 is not known */
    p->outgoing.last_contact_ms = p->incoming.last_contact_ms = 600 * 1000;
    assert_int_equal(lag_level(), SB_LEVEL_CRITICAL);
    p->outgoing.last_contact_ms = p->incoming.last_contact_ms = -1;
    assert_int_equal(lag_level(), SB_LEVEL_CRITICAL);
    p->incoming = (struct sb_status_direction){"live", "", 100};
    assert_int_equal(lag_level(), SB_LEVEL_OK);
}

static enum sb_level store_level(uint64_t max, uint64_t days)
{
    const struct sb_store_limits limits = {.max_bytes = max,
                                           .warn_percent = 50,
                                           .crit_percent = 75,
                                           .days_left = days,
                                           .warn_days = 30,
                                           .crit_days = 7};
    sb_verdict_init(&verdict, "store");
    sb_check_store(&verdict, &sample.status, &limits);
    return verdict.level;
}

static void test_check_store_warns_by_share_and_by_days(void **state)
{
    (void)state;
    assert_int_equal(store_level(7 << 20, SB_DAYS_UNKNOWN), SB_LEVEL_OK);
    assert_non_null(strstr(verdict.summary, "unknown"));
    assert_int_equal(store_level(6 << 20, SB_DAYS_NEVER), SB_LEVEL_WARNING);
    assert_int_equal(store_level(4 << 20, SB_DAYS_NEVER), SB_LEVEL_CRITICAL);
    assert_int_equal(store_level(9 << 20, 30), SB_LEVEL_OK);
    assert_int_equal(store_level(9 << 20, 29), SB_LEVEL_WARNING);
    assert_int_equal(store_level(9 << 20, 6), SB_LEVEL_CRITICAL);
    assert_int_equal(store_level(0, SB_DAYS_UNKNOWN), SB_LEVEL_UNKNOWN);
}

static void test_verdict_weighs_critical_above_unknown_above_warning(void **state)
{
    (void)state;
    sb_verdict_add(&verdict, SB_LEVEL_WARNING, "w");
    sb_verdict_add(&verdict, SB_LEVEL_UNKNOWN, "u");
    assert_int_equal(verdict.level, SB_LEVEL_UNKNOWN);
    sb_verdict_add(&verdict, SB_LEVEL_CRITICAL, "c");
    sb_verdict_add(&verdict, SB_LEVEL_UNKNOWN, "u");
    assert_int_equal(verdict.level, SB_LEVEL_CRITICAL);
}

static void test_verdict_prints_the_worst_first_with_figures(void **state)
{
    (void)state;
    sb_verdict_sum_up(&verdict, "1 of 2");
    sb_verdict_add(&verdict, SB_LEVEL_WARNING, "slow");
    sb_verdict_add(&verdict, SB_LEVEL_CRITICAL, "dead");
    sb_verdict_figure(&verdict, (struct sb_figure){"age", "s", 7, 60, 0});
    char *text = printed(print_as_nagios, &verdict);
    assert_string_equal(text, "SAMENBUS test CRITICAL - 1 of 2; dead; slow | age=7s;60;;0\n");
    free(text);
    text = printed(print_as_json, &verdict);
    assert_string_equal(text, "{\"check\":\"test\",\"level\":\"critical\",\"summary\":\"1 of 2\","
                              "\"findings\":[{\"level\":\"warning\",\"text\":\"slow\"},"
                              "{\"level\":\"critical\",\"text\":\"dead\"}],\"more\":0,"
                              "\"figures\":{\"age\":7}}\n");
    free(text);
}

static void test_verdict_keeps_hostile_text_on_one_line(void **state)
{
    (void)state;
    sb_verdict_add(&verdict, SB_LEVEL_WARNING, "%s", HOSTILE);
    char *nagios = printed(print_as_nagios, &verdict), *text = printed(print_as_text, &verdict);
    char *json = printed(print_as_json, &verdict);
    assert_ptr_equal(strchr(nagios, '\n'), nagios + strlen(nagios) - 1);
    assert_null(strchr(nagios, '|')); /* there are no figures */
    assert_null(strchr(nagios, '\x1b'));
    assert_null(strstr(nagios, "\xc2\x9b"));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_ptr_equal(strrchr(text, '\n'), text + strlen(text) - 1);
    assert_non_null(strstr(text, "\n  warning: a\\x1b[31m"));
    assert_ptr_equal(strchr(json, '\n'), json + strlen(json) - 1);
    assert_non_null(strstr(json, "a\\\\x1b[31m"));
    free(nagios);
    free(text);
    free(json);
}

static void test_verdict_counts_what_is_too_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < SB_FINDINGS_MAX + 5; i++) {
        sb_verdict_add(&verdict, SB_LEVEL_WARNING, "%0100zu", i);
    }
    char *text = printed(print_as_nagios, &verdict);
    assert_true(strlen(text) < 2000);
    assert_non_null(strstr(text, "; and 25"));
    assert_non_null(strstr(text, " more"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_check_peers_is_ok_only_when_every_direction_flows, begin),
        cmocka_unit_test_setup(test_check_peers_is_critical_when_a_partner_has_no_direction, begin),
        cmocka_unit_test_setup(test_check_peers_knows_who_comes_over_others, begin),
        cmocka_unit_test_setup(test_check_peers_asks_for_a_connection_that_there_was, begin),
        cmocka_unit_test_setup(test_check_daemon_knows_alarms_and_states, begin),
        cmocka_unit_test_setup(test_check_lag_keeps_to_its_thresholds, begin),
        cmocka_unit_test_setup(test_check_lag_counts_silence_where_lag_is_not_known, begin),
        cmocka_unit_test_setup(test_check_store_warns_by_share_and_by_days, begin),
        cmocka_unit_test_setup(test_verdict_weighs_critical_above_unknown_above_warning, begin),
        cmocka_unit_test_setup(test_verdict_prints_the_worst_first_with_figures, begin),
        cmocka_unit_test_setup(test_verdict_keeps_hostile_text_on_one_line, begin),
        cmocka_unit_test_setup(test_verdict_counts_what_is_too_much, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
