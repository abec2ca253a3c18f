/* The status for people: nothing that a partner wrote reaches a terminal as an order, and nothing
 * that stands still goes unsaid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/status_text.h"
#include "tests/unit/clients/status_sample.h"

static void print_status(FILE *to, const void *context)
{
    sb_status_print(to, context);
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

static void test_status_text_escapes_what_partners_wrote(void **state)
{
    struct sample s;
    (void)state;
    sample_init(&s);
    s.status.n_alarms = 1;
    s.peers[0].their_state = s.peers[0].their_reason = s.peers[0].outgoing.reason = "x";
    char *before = printed(print_status, &s.status);
    s.peers[0].their_state = s.peers[0].their_reason = s.peers[0].outgoing.reason = HOSTILE;
    s.peers[0].name = s.peers[0].incoming.state = s.alarms[0].text = HOSTILE;
    char *after = printed(print_status, &s.status);
    assert_int_equal(count_lines(after), count_lines(before));
    assert_null(strchr(after, '\x1b'));
    assert_null(strstr(after, "\xc2\x9b"));
    assert_null(strstr(after, "\xe2\x80\xae"));
    free(before);
    free(after);
}

static void test_status_text_says_how_they_see_us_when_that_is_not_live(void **state)
{
    struct sample s;
    (void)state;
    sample_init(&s);
    char *text = printed(print_status, &s.status);
    assert_null(strstr(text, "they see us as"));
    free(text);
    s.peers[1].their_state = "stalled";
    text = printed(print_status, &s.status);
    assert_non_null(strstr(text, "\n    they see us as: stalled\n"));
    free(text);
}

static void test_status_text_says_what_clients_are_not_shown(void **state)
{
    struct sample s;
    (void)state;
    sample_init(&s);
    char *text = printed(print_status, &s.status);
    assert_null(strstr(text, "clients"));
    free(text);
    s.peers[0].shows = s.peers[0].their_shows = s.peers[1].their_shows = "agenda/";
    s.peers[0].their_hidden_topic = "custom/x";
    s.peers[0].hidden = 2;
    s.peers[0].their_hidden = 3;
    text = printed(print_status, &s.status);
    assert_non_null(strstr(text, "our clients are shown of it: agenda/; 2 events"));
    assert_non_null(strstr(text, "GM0437 does not show its clients our custom/x: outside what was "
                                 "agreed, which is agenda/; 3 events"));
    assert_non_null(strstr(text, "GM0451 shows its clients of ours: agenda/\n"));
    free(text);
    s.peers[0].their_shows = s.peers[0].their_hidden_topic = HOSTILE;
    text = printed(print_status, &s.status);
    assert_null(strchr(text, '\x1b'));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_text_escapes_what_partners_wrote),
        cmocka_unit_test(test_status_text_says_how_they_see_us_when_that_is_not_live),
        cmocka_unit_test(test_status_text_says_what_clients_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
