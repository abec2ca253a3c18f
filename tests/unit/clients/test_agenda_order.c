/* The order of the agenda: by day, points behind their meeting as people number them, and circles
 * of parents flat. */
#include "clients/command/agenda_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS_MAX = 16 };

struct listed {
    const char *date, *start, *number;
    unsigned parent; /* the id of another; 0: none */
};

static struct sb_bytes bytes_of(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

static struct sb_reference reference_of(unsigned number)
{
    struct sb_reference of = {{"GM0384"}, {{0}}};
    of.id.b[15] = (uint8_t)number;
    return of;
}

/* Ids count from 1; `expected` are those in the order in which they are printed. */
static void check_order(const struct listed *items, size_t n, const char *expected)
{
    struct sb_statement said[ITEMS_MAX] = {{.event = {{{0}}, {{0}}}}};
    struct sb_agenda_view views[ITEMS_MAX] = {{.winner = NULL}};
    struct sb_agenda_entry entries[ITEMS_MAX] = {{.view = NULL}};
    const struct sb_agenda_entry *list[ITEMS_MAX];
    char found[ITEMS_MAX + 1] = "";
    assert_true(n <= ITEMS_MAX);
    for (size_t i = 0; i < n; i++) {
        said[i].agenda_item = (struct sb_agenda_item){.date = bytes_of(items[i].date),
                                                      .start = bytes_of(items[i].start),
                                                      .number = bytes_of(items[i].number)};
        if (items[i].parent != 0) {
            said[i].agenda_item.parent = reference_of(items[i].parent);
        }
        views[i].winner = &said[i];
        views[i].item = reference_of((unsigned)i + 1);
        entries[i].view = &views[i];
        list[n - 1 - i] = &entries[i];
    }
    sb_agenda_link(entries, n);
    qsort(list, n, sizeof(struct sb_agenda_entry *), sb_agenda_entry_cmp);
    for (size_t i = 0; i < n; i++) {
        found[i] = (char)('a' + (list[i] - entries));
    }
    assert_string_equal(found, expected);
}

static void test_points_stand_behind_their_meeting_by_number(void **state)
{
    (void)state;
    const struct listed items[] = {
        {NULL, NULL, "10", 9},               /* a */
        {NULL, NULL, "2", 9},                /* b */
        {NULL, NULL, "TKN 2", 9},            /* c */
        {NULL, NULL, "TKN 10", 9},           /* d */
        {NULL, NULL, NULL, 9},               /* e */
        {NULL, NULL, "1.10", 2},             /* f, under b */
        {NULL, NULL, "1.4C", 2},             /* g, under b */
        {"2026-12-09", NULL, NULL, 0},       /* h, the day before */
        {NULL, "2026-12-10T20:00", NULL, 0}, /* i, the meeting */
        {NULL, "2026-12-10T09:00", NULL, 0}, /* j, in the morning */
        {NULL, NULL, NULL, 0},               /* k, without a day */
    };
    check_order(items, sizeof items / sizeof items[0], "hjibgfacdek");
}

static void test_a_point_of_another_day_stands_by_its_own(void **state)
{
    (void)state;
    const struct listed items[] = {
        {NULL, "2026-12-10T20:00", NULL, 0}, /* a, the meeting */
        {NULL, "2026-12-10T21:00", "1", 1},  /* b, the same day */
        {"2026-12-31", NULL, "2", 1},        /* c, later */
        {"2026-12-15", NULL, NULL, 0},       /* d */
        {NULL, NULL, "1", 3},                /* e, under c */
    };
    check_order(items, sizeof items / sizeof items[0], "abdce");
}

static void test_circles_and_unknown_parents_are_flat(void **state)
{
    (void)state;
    const struct listed items[] = {
        {"2026-12-10", NULL, NULL, 2},                         /* a and b lead to each other */
        {"2026-12-09", NULL, NULL, 1},  {NULL, NULL, NULL, 1}, /* c leads into the circle */
        {"2026-12-08", NULL, NULL, 99}, {"2026-12-07", NULL, NULL, 5}, /* e to itself */
    };
    check_order(items, sizeof items / sizeof items[0], "edbac");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_stand_behind_their_meeting_by_number),
        cmocka_unit_test(test_a_point_of_another_day_stands_by_its_own),
        cmocka_unit_test(test_circles_and_unknown_parents_are_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
