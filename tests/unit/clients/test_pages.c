/* Answers in pages, as a daemon may give them: right, without an end, and without a way on. */
#include "clients/command/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ASKED_MAX = 8 };

/* What the daemon says, page by page, and where it was asked from. */
struct book {
    const char *next[ASKED_MAX];
    size_t n_pages, asked;
    char from[ASKED_MAX][16];
    enum sb_rc rc;
};

static enum sb_rc take(void *context, struct sb_client *client, struct sb_bytes from,
                       struct sb_page *page, struct sb_err *err)
{
    struct book *b = context;
    assert_null(client);
    assert_true(b->asked < ASKED_MAX);
    snprintf(b->from[b->asked], sizeof b->from[0], "%.*s", (int)from.n, (const char *)from.p);
    const char *next = b->next[b->asked++];
    page->end = b->asked == b->n_pages;
    page->next = (struct sb_bytes){(const uint8_t *)next, next == NULL ? 0 : strlen(next)};
    return b->rc == SB_OK ? SB_OK : sb_err_set(err, b->rc, "refused");
}

static void test_pages_are_asked_for_from_where_the_one_before_ended(void **state)
{
    (void)state;
    struct book b = {.next = {"one", "two", NULL}, .n_pages = 3};
    struct sb_err err = {0};
    assert_int_equal(sb_pages_walk(NULL, take, &b, &err), SB_OK);
    assert_int_equal(b.asked, 3);
    assert_string_equal(b.from[0], "");
    assert_string_equal(b.from[1], "one");
    assert_string_equal(b.from[2], "two");
}

static void test_pages_that_lead_nowhere_are_an_error(void **state)
{
    (void)state;
    static char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    const char *const last[] = {NULL, longer, "one"}; /* nothing, too much, where it stands */
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        struct book b = {.next = {"one", last[i], "three"}};
        struct sb_err err = {0};
        assert_int_equal(sb_pages_walk(NULL, take, &b, &err), SB_E_NET);
        assert_string_equal(err.text, "the daemon does not say how its answer goes on");
        assert_int_equal(b.asked, 2);
    }
}

static void test_pages_end_with_the_first_error(void **state)
{
    (void)state;
    struct book b = {.next = {"one"}, .rc = SB_E_REFUSED};
    struct sb_err err = {0};
    assert_int_equal(sb_pages_walk(NULL, take, &b, &err), SB_E_REFUSED);
    assert_int_equal(b.asked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_asked_for_from_where_the_one_before_ended),
        cmocka_unit_test(test_pages_that_lead_nowhere_are_an_error),
        cmocka_unit_test(test_pages_end_with_the_first_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
