/* Lines of the log: nothing that stands in them gets out of them. */
#include "daemon/shell/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/shell/sink.h"

static const struct sb_time monday = {1795427728123}; /* 2026-11-23T09:55:28.123Z */

static const char *line(const struct sb_log *log, enum sb_config_log_level level, const char *text)
{
    static char out[SB_LOG_LINE_MAX];
    size_t n = sb_log_line(out, log, level, monday, text);
    assert_int_equal(n, strlen(out));
    assert_int_equal(out[n - 1], '\n');
    return out;
}

static void test_log_line_has_priority_and_no_time_for_the_journal(void **state)
{
    struct sb_log log = {.priorities = true};
    (void)state;
    assert_string_equal(line(&log, SB_CONFIG_LOG_ERROR, "disk"), "<3>error   disk\n");
    assert_string_equal(line(&log, SB_CONFIG_LOG_WARNING, "peer"), "<4>warning peer\n");
    assert_string_equal(line(&log, SB_CONFIG_LOG_INFO, "up"), "<6>info    up\n");
    assert_string_equal(line(&log, SB_CONFIG_LOG_DEBUG, "in"), "<7>debug   in\n");
}

static void test_log_line_escapes_what_would_be_a_line_or_a_terminal_command(void **state)
{
    struct sb_log log = {.priorities = true};
    const char *out = line(&log, SB_CONFIG_LOG_INFO, "a\nready\x1b[2J");
    (void)state;
    assert_null(memchr(out, '\n', strlen(out) - 1));
    assert_null(strchr(out, '\x1b'));
    assert_non_null(strstr(out, "a\\x0a"));
}

static void test_log_line_as_json_quotes(void **state)
{
    struct sb_log log = {.format = SB_CONFIG_LOG_JSON};
    (void)state;
    assert_string_equal(line(&log, SB_CONFIG_LOG_INFO, "say \"yes\""),
                        "{\"time\":\"2026-11-23T09:55:28.123Z\",\"level\":\"info\","
                        "\"text\":\"say \\\"yes\\\"\"}\n");
    assert_non_null(strstr(line(&log, SB_CONFIG_LOG_INFO, "a\x1b"), "\"a\\\\x1b\"}"));
}

static void test_log_line_of_the_longest_text_stays_in_bounds_and_whole(void **state)
{
    static char text[2 * SB_LOG_TEXT_MAX];
    struct sb_log log = {.format = SB_CONFIG_LOG_JSON, .priorities = true};
    (void)state;
    for (int fill = 0; fill < 2; fill++) {
        memset(text, fill == 0 ? '"' : '\x01', sizeof text - 1);
        const char *out = line(&log, SB_CONFIG_LOG_INFO, text);
        size_t n = strlen(out);
        assert_true(n < SB_LOG_LINE_MAX);
        assert_string_equal(out + n - 3, "\"}\n");
    }
}

static void test_log_write_keeps_to_the_level_and_always_does_not(void **state)
{
    struct sink sink;
    (void)state;
    sink_open(&sink);
    struct sb_log log = {.fd = sink.fd, .level = SB_CONFIG_LOG_WARNING};
    sb_log_write(&log, SB_CONFIG_LOG_INFO, "one");
    sb_log_write(&log, SB_CONFIG_LOG_WARNING, "two");
    sb_log_always(&log, "three");
    assert_int_equal(sink_count(&sink, "one"), 0);
    assert_int_equal(sink_count(&sink, "two"), 1);
    assert_int_equal(sink_count(&sink, "three"), 1);
    sink_close(&sink);
}

/* A reader of stderr that stopped reading must not stop the daemon. */
static void test_log_write_counts_lines_when_nobody_reads(void **state)
{
    int ends[2];
    char drained[2 * SB_LOG_LINE_MAX];
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, sizeof drained) == sizeof drained);
    struct sb_log log = {.fd = ends[1], .level = SB_CONFIG_LOG_INFO};
    while (log.lost == 0) {
        sb_log_write(&log, SB_CONFIG_LOG_INFO, "nobody reads this");
    }
    sb_log_write(&log, SB_CONFIG_LOG_INFO, "nor this");
    assert_int_equal(log.lost, 2);
    assert_true(read(ends[0], drained, sizeof drained) > 0);
    sb_log_write(&log, SB_CONFIG_LOG_INFO, "but this");
    assert_int_equal(log.lost, 0);
    ssize_t n = read(ends[0], drained, sizeof drained - 1);
    assert_true(n > 0);
    drained[n] = '\0';
    assert_non_null(strstr(drained, "2 lines of this log were lost"));
    assert_non_null(strstr(drained, "but this"));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_line_has_priority_and_no_time_for_the_journal),
        cmocka_unit_test(test_log_line_escapes_what_would_be_a_line_or_a_terminal_command),
        cmocka_unit_test(test_log_line_as_json_quotes),
        cmocka_unit_test(test_log_line_of_the_longest_text_stays_in_bounds_and_whole),
        cmocka_unit_test(test_log_write_keeps_to_the_level_and_always_does_not),
        cmocka_unit_test(test_log_write_counts_lines_when_nobody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
