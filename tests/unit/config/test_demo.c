/* The demo's story: every event in it is one that a daemon takes, and none is there twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/json.h"

enum { EVENTS_MAX = 100, LINE_MAX_BYTES = 16 * 1024 };

/* "ORG PARTNERS {...}": the event, or NULL where the line is no event. */
static const char *event_of(const char *line)
{
    const char *event = line[0] == '#' || line[0] == '\n' ? NULL : strchr(line, '{');
    if (event != NULL) {
        struct sb_org org;
        assert_true(sb_org_parse(&org, line, strcspn(line, " ")));
        assert_true(line[7] == '1' || line[7] == '2');
    }
    return event;
}

static struct sb_uuid check_event(const char *event)
{
    struct sb_arena arena;
    struct sb_submission submission;
    struct sb_err err = {0};
    enum sb_code code;
    char text[SB_TITLE_MAX];
    sb_arena_init(&arena, 1024 * 1024);
    assert_int_equal(sb_json_read_submission(&submission, &code, event, strlen(event),
                                             (struct sb_time){0}, &arena, &err),
                     SB_OK);
    assert_string_equal(err.text, "");
    assert_int_equal(code, SB_CODE_OK);
    code = sb_submission_check(submission.body, &arena, text, sizeof text);
    assert_int_equal(code, SB_CODE_OK);
    sb_arena_fini(&arena);
    return submission.id;
}

static void test_demo_story_holds_nothing_but_good_events(void **state)
{
    static char line[LINE_MAX_BYTES];
    static struct sb_uuid ids[EVENTS_MAX];
    size_t n = 0;
    FILE *f = fopen("config/demo/duoplus.txt", "r");
    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        const char *event = event_of(line);
        if (event == NULL) {
            continue;
        }
        assert_true(n < EVENTS_MAX);
        ids[n] = check_event(event);
        for (size_t i = 0; i < n; i++) {
            assert_false(sb_uuid_eq(&ids[i], &ids[n]));
        }
        n++;
    }
    fclose(f);
    assert_int_equal(n, 27);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo_story_holds_nothing_but_good_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
