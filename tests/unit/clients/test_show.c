/* The line for people: never longer than the screen, never more than one line, whatever others
 * wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/show.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/text.h"

static struct sb_arena arena;

/* An event as published from this JSON. */
static struct sb_delivered event_of(const char *json)
{
    static const struct sb_salt salt;
    struct sb_submission s;
    enum sb_code code;
    struct sb_err err = {0};
    struct sb_time now = {1764000000000};
    sb_arena_reset(&arena);
    assert_int_equal(sb_json_read_submission(&s, &code, json, strlen(json), now, &arena, &err),
                     SB_OK);
    assert_int_equal(code, SB_CODE_OK);
    struct sb_delivered event = {.state = SB_BODY_PRESENT};
    event.item.link.origin = (struct sb_org){"GM0384"};
    event.item.salt = &salt;
    event.item.body = sb_body_seal(s.body, now, "operator", &arena);
    return event;
}

static size_t columns(const char *line)
{
    size_t n = 0, length = strlen(line);
    for (size_t i = 0; i < length;) {
        uint32_t c;
        size_t step = sb_utf8_next(&c, (const uint8_t *)line + i, length - i);
        assert_true(step > 0);
        assert_false(sb_text_is_hostile(c));
        n += c >= 0x2e80 ? 2 : 1; /* from here on, most take two columns */
        i += step;
    }
    return n;
}

static void test_show_says_what_matters(void **state)
{
    char line[SB_SHOW_LINE_BYTES];
    (void)state;
    struct sb_delivered event =
        event_of("{\"topic\":\"decision/duoplus\",\"position\":{\"decision\":"
                 "\"GM0384/01930000-0000-7000-8000-000000000001\",\"revision\":"
                 "\"GM0384/01930000-0000-7000-8000-000000000002\",\"value\":\"in_favour\","
                 "\"kind\":\"consent\",\"body\":\"council\",\"dateTaken\":\"2015-01-08\"}}");
    assert_true(sb_show_line(line, &event, &arena));
    assert_non_null(strstr(line, "GM0384   decision/duoplus"));
    assert_non_null(strstr(line, "position"));
    assert_non_null(strstr(line, "in_favour  council  GM0384/"));
    assert_true(columns(line) <= SB_SHOW_COLUMNS);
}

static void test_show_stays_within_the_screen_when_text_is_long_or_wide(void **state)
{
    char line[SB_SHOW_LINE_BYTES], json[4000];
    static const char *const titles[] = {"abcdefghij", "会議", "é", "\\u202e\\\"\\n", "a\\nb "};
    (void)state;
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        char title[1000] = "";
        for (size_t k = 0; k < 40; k++) {
            size_t n = strlen(title);
            (void)snprintf(title + n, sizeof title - n, "%s", titles[i]);
        }
        (void)snprintf(json, sizeof json,
                       "{\"topic\":\"notification/a-long-topic/with-many/segments\","
                       "\"notification\":{\"notificationId\":"
                       "\"01930000-0000-7000-8000-000000000001\",\"severity\":\"attention\","
                       "\"subject\":\"x\",\"text\":\"y\"},\"references\":[]}");
        struct sb_delivered event = event_of(json);
        (void)snprintf(json, sizeof json,
                       "{\"topic\":\"custom/a-long-topic/with-many/segments\",\"custom\":"
                       "{\"contentType\":\"%s\",\"data\":\"\"}}",
                       title);
        event = event_of(json);
        assert_true(sb_show_line(line, &event, &arena));
        assert_true(columns(line) <= SB_SHOW_COLUMNS);
        assert_null(strchr(line, '\n'));
    }
}

static void test_show_says_the_state_when_there_is_no_body(void **state)
{
    char line[SB_SHOW_LINE_BYTES];
    (void)state;
    struct sb_delivered event = {.state = SB_BODY_WITHHELD, .forked = true};
    event.item.link.origin = (struct sb_org){"AN-ORGANISATION-WITH-A-LONG-NAME"};
    sb_arena_reset(&arena);
    assert_true(sb_show_line(line, &event, &arena));
    assert_non_null(strstr(line, "FORKED [withheld]"));
    assert_true(columns(line) <= SB_SHOW_COLUMNS);
}

static int set_up(void **state)
{
    (void)state;
    sb_arena_init(&arena, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_show_says_what_matters),
        cmocka_unit_test(test_show_stays_within_the_screen_when_text_is_long_or_wide),
        cmocka_unit_test(test_show_says_the_state_when_there_is_no_body),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
