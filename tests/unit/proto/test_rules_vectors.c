/* The vectors of the rules: the same views from the same events, in any order and however often an
 * event comes. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/rules/deadline.h"
#include "tests/unit/proto/rules_case.h"
#include "tests/unit/proto/vector_file.h"

enum { ORDERS = 12 };

/* A small generator (Knuth's constants): the same order in every run. */
static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static void shuffle(struct rules_case *c, uint64_t *state)
{
    for (size_t i = c->n; i > 1; i--) {
        size_t k = draw(state) % i;
        const struct sb_statement *one = c->given[i - 1];
        c->given[i - 1] = c->given[k];
        c->given[k] = one;
    }
}

/* Each event twice, so that the list has room for no more: one in the place of another's double. */
static void double_events(struct rules_case *c)
{
    const struct sb_statement **twice = sb_arena_alloc(&c->arena, (2 * c->n + 1) * sizeof *twice);
    assert_non_null(twice);
    memcpy(twice, c->given, c->n * sizeof *twice);
    memcpy(twice + c->n, c->given, c->n * sizeof *twice);
    c->given = twice;
    c->n *= 2;
}

static const char *text_of(const json_t *one, const char *key)
{
    return json_string_value(json_object_get(one, key));
}

static const char *view_of(struct rules_case *c, const json_t *one, const json_t *asked)
{
    if (text_of(one, "decision") != NULL) {
        return rules_case_decision(c, text_of(one, "decision"), text_of(asked, "at"));
    }
    if (text_of(one, "item") != NULL) {
        return rules_case_agenda(c, text_of(one, "item"));
    }
    return rules_case_notification(c, text_of(one, "notification"), text_of(asked, "at"));
}

static void check_views(struct rules_case *c, const json_t *one)
{
    for (size_t i = 0; i < vector_count(one, "views"); i++) {
        const json_t *asked = vector_at(one, "views", i);
        char *expected = json_dumps(json_object_get(asked, "view"), JSON_COMPACT);
        assert_string_equal(view_of(c, one, asked), expected);
        free(expected);
    }
}

static void check_case(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct rules_case c;
    uint64_t state = index + 1;
    (void)arena;
    rules_case_load(&c, one);
    check_views(&c, one);
    double_events(&c);
    for (int i = 0; i < ORDERS; i++) {
        shuffle(&c, &state);
        check_views(&c, one);
    }
    rules_case_fini(&c);
}

static void test_vectors_of_decisions(void **state)
{
    (void)state;
    vector_each("rules-decision", "decisions", check_case);
}

static void test_vectors_of_agenda_items(void **state)
{
    (void)state;
    vector_each("rules-agenda", "items", check_case);
}

static void test_vectors_of_notifications(void **state)
{
    (void)state;
    vector_each("rules-notification", "notifications", check_case);
}

/* ---- days */

static void check_day(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_time time;
    char day[SB_DATE_TEXT_MAX], words[SB_DATE_WORDS_MAX];
    const char *text = vector_text(one, "name");
    (void)index;
    (void)arena;
    assert_true(sb_time_parse(&time, text, strlen(text)));
    assert_true(sb_date_tells(time));
    sb_date_format(day, sb_date_of(time));
    sb_date_words(words, sb_date_of(time));
    assert_string_equal(day, vector_text(one, "day"));
    assert_string_equal(words, vector_text(one, "words"));
}

static void test_days_in_amsterdam_on_both_sides_of_each_turn(void **state)
{
    (void)state;
    vector_each("rules-dates", "days", check_day);
}

static struct sb_date date_of(const char *text)
{
    return sb_date_read((struct sb_bytes){(const uint8_t *)text, strlen(text)});
}

/* Turns that the vectors were not made for: looked up in a calendar. */
static void test_summer_time_begins_and_ends_on_last_sundays(void **state)
{
    static const struct {
        const char *time, *day;
    } all[] = {{"2014-03-30T00:59:00Z", "2014-03-30"}, {"2014-10-26T22:30:00Z", "2014-10-26"},
               {"2014-10-26T23:00:00Z", "2014-10-27"}, {"2015-03-28T22:30:00Z", "2015-03-28"},
               {"2015-03-29T22:30:00Z", "2015-03-30"}, {"2027-10-30T22:30:00Z", "2027-10-31"},
               {"2027-10-31T22:30:00Z", "2027-10-31"}};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct sb_time time;
        assert_true(sb_time_parse(&time, all[i].time, strlen(all[i].time)));
        assert_int_equal(sb_date_of(time).days, date_of(all[i].day).days);
    }
}

static void test_a_time_outside_the_calendar_tells_no_day(void **state)
{
    (void)state;
    assert_false(sb_date_tells((struct sb_time){INT64_MIN}));
    assert_false(sb_date_tells((struct sb_time){INT64_MAX}));
    assert_false(sb_date_tells((struct sb_time){253402297200000}));
    assert_true(sb_date_tells((struct sb_time){253402297199999}));
    assert_false(sb_date_given(date_of("2026-02-29")));
}

static void check_weeks(const json_t *one, size_t index, struct sb_arena *arena)
{
    char day[SB_DATE_TEXT_MAX];
    (void)index;
    (void)arena;
    sb_date_format(day, sb_date_after_weeks(date_of(vector_text(one, "name")),
                                            (unsigned)vector_number(one, "weeks")));
    assert_string_equal(day, vector_text(one, "deadline"));
}

static void test_deadlines_of_eight_and_twelve_weeks(void **state)
{
    (void)state;
    vector_each("rules-dates", "weeks", check_weeks);
    assert_int_equal(sb_date_after_weeks(date_of("2015-10-01"), 8).days,
                     date_of("2015-11-26").days);
}

static struct sb_reference reference_of(const char *text)
{
    struct sb_reference found;
    assert_true(sb_reference_parse(&found.org, &found.id, text, strlen(text)));
    return found;
}

static void check_reminder(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_reference decision = reference_of(vector_text(one, "decision")),
                        revision = reference_of(vector_text(one, "revision"));
    struct sb_org org;
    char id[SB_UUID_TEXT_MAX];
    const char *name = vector_text(one, "name");
    (void)index;
    (void)arena;
    assert_true(sb_org_parse(&org, name, strlen(name)));
    struct sb_uuid found = sb_deadline_reminder_id(&decision, &revision, &org);
    sb_uuid_format(id, &found);
    assert_string_equal(id, vector_text(one, "id"));
}

static void test_ids_of_reminders(void **state)
{
    (void)state;
    vector_each("rules-dates", "reminders", check_reminder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_decisions),
        cmocka_unit_test(test_vectors_of_agenda_items),
        cmocka_unit_test(test_vectors_of_notifications),
        cmocka_unit_test(test_days_in_amsterdam_on_both_sides_of_each_turn),
        cmocka_unit_test(test_summer_time_begins_and_ends_on_last_sundays),
        cmocka_unit_test(test_a_time_outside_the_calendar_tells_no_day),
        cmocka_unit_test(test_deadlines_of_eight_and_twelve_weeks),
        cmocka_unit_test(test_ids_of_reminders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
