/* A screen of `top`: never wider or higher than it may be, what is wrong first, and nothing that a
 * terminal could take for an order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/frame.h"
#include "tests/unit/clients/status_sample.h"

static struct sample sample;
static struct sb_frame_style style;

static int begin(void **state)
{
    (void)state;
    sample_init(&sample);
    style = (struct sb_frame_style){0, "\n", false};
    return 0;
}

static void print_frame(FILE *to, const void *context)
{
    sb_frame_print(to, context, &style);
}

/* Checks every line, and returns how many there are. */
static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (const char *line = text; *line != '\0'; n++) {
        size_t bytes = strcspn(line, "\n"), columns = 0;
        for (size_t i = 0; i < bytes; i++) {
            unsigned char c = (unsigned char)line[i];
            assert_true(c >= 0x20 && c != 0x7f);
            columns += (c & 0xc0) != 0x80;
        }
        assert_true(columns <= SB_FRAME_COLUMNS);
        assert_int_equal(line[bytes], '\n');
        line += bytes + 1;
    }
    return n;
}

static void test_frame_shows_each_direction_of_each_partner(void **state)
{
    (void)state;
    sample.peers[1].outgoing = (struct sb_status_direction){"stalled", "silent", 61000};
    sample.peers[1].lag_events = 12;
    sample.peers[1].lag_seconds = 3;
    sample.peers[1].their_reason = "as they say";
    char *text = printed(print_frame, &sample.status);
    assert_int_equal(count_lines(text), 2 + 3 * 4);
    assert_non_null(strstr(text, "\n  we to them    stalled      1 min    silent\n"));
    assert_non_null(strstr(text, "\n  they to us    live         0.4 s    \n"));
    assert_non_null(strstr(text, "\n  they see us   live                  as they say\n"));
    assert_non_null(strstr(text, "missing here 12 (3 s), there 0\n"));
    assert_true(strstr(text, "GM0451") < strstr(text, "GM0437")); /* what is wrong comes first */
    free(text);
}

static void test_frame_shows_no_old_view_of_a_silent_partner(void **state)
{
    (void)state;
    sample.status.n_peers = 1;
    sample.peers[0].outgoing.state = sample.peers[0].incoming.state = "stalled";
    char *text = printed(print_frame, &sample.status);
    assert_non_null(strstr(text, "\n  they see us   unknown               live when last heard\n"));
    free(text);
}

static void test_frame_fits_a_small_screen(void **state)
{
    (void)state;
    sample.peers[2].incoming.state = "down";
    sample.status.n_alarms = 2;
    for (size_t rows = SB_FRAME_ROWS_LEAST; rows < 24; rows++) {
        style.rows = rows;
        char *text = printed(print_frame, &sample.status);
        assert_true(count_lines(text) <= rows);
        assert_true(strstr(text, "GM0736") != NULL || strstr(text, "and 3 partners more") != NULL);
        assert_true(rows < 9 || strstr(text, "GM0736") != NULL);
        free(text);
    }
}

static void test_frame_escapes_what_others_wrote(void **state)
{
    struct sb_status_peer *p = &sample.peers[0];
    (void)state;
    char *before = printed(print_frame, &sample.status);
    p->id = p->name = p->their_state = p->their_reason = HOSTILE;
    p->outgoing.state = p->incoming.reason = HOSTILE;
    sample.status.name = sample.status.state = HOSTILE;
    char *after = printed(print_frame, &sample.status);
    assert_int_equal(count_lines(after), count_lines(before));
    assert_null(strstr(after, "\xe2\x80\xae"));
    assert_null(strstr(after, "\xc2\x9b"));
    free(before);
    free(after);
}

static void test_frame_age_is_short(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{-1, "never"},    {0, "0.0 s"},     {59999, "59.9 s"},
                 {60000, "1 min"}, {3600000, "1 h"}, {172800000, "2 d"}};
    char text[SB_FRAME_AGE_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sb_frame_age(text, cases[i].ms);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_frame_shows_each_direction_of_each_partner, begin),
        cmocka_unit_test_setup(test_frame_shows_no_old_view_of_a_silent_partner, begin),
        cmocka_unit_test_setup(test_frame_fits_a_small_screen, begin),
        cmocka_unit_test_setup(test_frame_escapes_what_others_wrote, begin),
        cmocka_unit_test_setup(test_frame_age_is_short, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
