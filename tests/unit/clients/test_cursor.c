/* Cursors: they only grow, and their text gives them back exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/lib/cursor.h"

static void pass(struct sb_cursor *c, const char *origin, uint32_t counter, uint64_t seq)
{
    static const uint8_t bytes[] = "link";
    struct sb_item item = {.link_bytes = {bytes, 4}};
    assert_true(sb_org_parse(&item.link.origin, origin, strlen(origin)));
    item.link.epoch = (struct sb_epoch){counter, 0x9f1c2ab700000000u + counter};
    item.link.seq.n = seq;
    assert_int_equal(sb_cursor_pass(c, &item), SB_OK);
}

static void test_cursor_keeps_one_tip_per_epoch_in_order(void **state)
{
    struct sb_cursor c = {0};
    (void)state;
    pass(&c, "GM0451", 2, 5);
    pass(&c, "GM0384", 7, 1);
    pass(&c, "GM0451", 1, 9);
    pass(&c, "GM0451", 2, 6);
    assert_int_equal(c.n_tips, 3);
    assert_string_equal(c.tips[0].origin.s, "GM0384");
    assert_int_equal(c.tips[1].epoch.counter, 1);
    assert_int_equal(c.tips[2].seq.n, 6);
    sb_cursor_fini(&c);
}

static void test_cursor_stays_when_an_earlier_event_comes(void **state)
{
    struct sb_cursor c = {0};
    (void)state;
    pass(&c, "GM0384", 1, 9);
    pass(&c, "GM0384", 1, 3);
    assert_int_equal(c.tips[0].seq.n, 9);
    sb_cursor_fini(&c);
}

static void test_cursor_forgets_the_oldest_epoch_when_it_is_full(void **state)
{
    struct sb_cursor c = {0};
    (void)state;
    pass(&c, "GM0437", 1, 1);
    for (uint32_t i = 1; i < SB_CURSOR_TIPS_MAX; i++) {
        pass(&c, "GM0384", i, 1);
    }
    assert_int_equal(c.n_tips, SB_CURSOR_TIPS_MAX);
    pass(&c, "GM0384", SB_CURSOR_TIPS_MAX, 1);
    assert_int_equal(c.n_tips, SB_CURSOR_TIPS_MAX);
    assert_int_equal(c.tips[0].epoch.counter, 2);
    assert_int_equal(c.tips[SB_CURSOR_TIPS_MAX - 2].epoch.counter, SB_CURSOR_TIPS_MAX);
    assert_string_equal(c.tips[SB_CURSOR_TIPS_MAX - 1].origin.s, "GM0437");
    sb_cursor_fini(&c);
}

static void test_cursor_is_the_same_when_read_from_its_text(void **state)
{
    struct sb_cursor c = {.store = "0123abcd", .offset = {58}}, again = {0};
    (void)state;
    pass(&c, "GM0384", 3, 12);
    pass(&c, "GM0451", 1, 4);
    char *text = sb_cursor_print(&c);
    assert_int_equal(sb_cursor_parse(&again, text, NULL), SB_OK);
    assert_string_equal(again.store, "0123abcd");
    assert_int_equal(again.offset.n, 58);
    assert_int_equal(again.n_tips, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(sb_org_eq(&again.tips[i].origin, &c.tips[i].origin));
        assert_true(sb_epoch_eq(again.tips[i].epoch, c.tips[i].epoch));
        assert_int_equal(again.tips[i].seq.n, c.tips[i].seq.n);
        assert_true(sb_hash_eq(&again.tips[i].hash, &c.tips[i].hash));
    }
    free(text);
    sb_cursor_fini(&c);
    sb_cursor_fini(&again);
}

static void test_cursor_names_the_line_when_text_is_wrong(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "second line"},
        {"samenbus-cursor-2\nat - 1\n", "line 1"},
        {"samenbus-cursor-1\n", "second line"},
        {"samenbus-cursor-1\nat -\n", "line 2"},
        {"samenbus-cursor-1\nat - 1 2\n", "line 2"},
        {"samenbus-cursor-1\nat - 1\ntip GM0384 3-9f1c2ab7 12 00\n", "line 3"},
        {"samenbus-cursor-1\nat - 1\n\n", "line 3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sb_cursor c = {0};
        struct sb_err err = {0};
        assert_int_equal(sb_cursor_parse(&c, cases[i].text, &err), SB_E_INPUT);
        assert_non_null(strstr(err.text, cases[i].says));
        sb_cursor_fini(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor_keeps_one_tip_per_epoch_in_order),
        cmocka_unit_test(test_cursor_stays_when_an_earlier_event_comes),
        cmocka_unit_test(test_cursor_forgets_the_oldest_epoch_when_it_is_full),
        cmocka_unit_test(test_cursor_is_the_same_when_read_from_its_text),
        cmocka_unit_test(test_cursor_names_the_line_when_text_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
