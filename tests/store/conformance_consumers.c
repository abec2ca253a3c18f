/* Conformance of stores: named cursors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/consumers.h"
#include "tests/store/conformance.h"

#include <cmocka.h>

static struct sb_bytes text(const char *s)
{
    return (struct sb_bytes){(const uint8_t *)s, strlen(s)};
}

struct listing {
    char text[512];
    size_t most;
};

static bool list(void *context, const char *name, struct sb_bytes value)
{
    struct listing *l = context;
    size_t n = strlen(l->text);
    (void)snprintf(l->text + n, sizeof l->text - n, "%s=%.*s;", name, (int)value.n,
                   (const char *)value.p);
    return --l->most > 0;
}

static void expect_consumers(struct scribe *s, const char *expected)
{
    struct listing l = {.most = SB_CONSUMERS_MAX};
    assert_int_equal(sb_store_consumers(s->store, list, &l, NULL), SB_OK);
    assert_string_equal(l.text, expected);
}

static void put(struct scribe *s, const char *name, const char *value)
{
    scribe_begin(s);
    sb_store_put_consumer(s->txn, name, text(value));
    scribe_commit(s);
}

static void test_consumers_are_kept_by_name(void **state)
{
    struct scribe *s = *state;
    expect_consumers(s, "");
    put(s, "mail", "1");
    put(s, "archive", "7");
    put(s, "mail", "2");
    expect_consumers(s, "archive=7;mail=2;");
    scribe_close(s);
    scribe_open(s);
    expect_consumers(s, "archive=7;mail=2;");
    scribe_begin(s);
    sb_store_remove_consumer(s->txn, "archive");
    sb_store_remove_consumer(s->txn, "never-there");
    scribe_commit(s);
    expect_consumers(s, "mail=2;");
}

static void test_consumers_stop_when_told(void **state)
{
    struct scribe *s = *state;
    put(s, "a", "1");
    put(s, "b", "2");
    struct listing l = {.most = 1};
    assert_int_equal(sb_store_consumers(s->store, list, &l, NULL), SB_OK);
    assert_string_equal(l.text, "a=1;");
}

static void test_consumers_are_as_committed_with_the_events_beside_them(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    sb_store_put_consumer(s->txn, "mail", text("1"));
    expect_consumers(s, "");
    scribe_commit(s);
    scribe_check(s);
    expect_consumers(s, "mail=1;");
    scribe_begin(s);
    sb_store_put_consumer(s->txn, "mail", text("2"));
    sb_store_abort(s->txn);
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    expect_consumers(s, "mail=1;");
}

static void test_consumers_come_back_with_a_backup(void **state)
{
    struct scribe *s = *state;
    put(s, "mail", "1");
    scribe_close(s);
    conformance_medium->backup(s->options.path);
    scribe_open(s);
    put(s, "mail", "2");
    scribe_close(s);
    conformance_medium->restore(s->options.path);
    scribe_open(s);
    expect_consumers(s, "mail=1;");
}

int conformance_run_consumers(void)
{
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_consumers_are_kept_by_name),
        CONFORMANCE_TEST(test_consumers_stop_when_told),
        CONFORMANCE_TEST(test_consumers_are_as_committed_with_the_events_beside_them),
        CONFORMANCE_TEST(test_consumers_come_back_with_a_backup),
    };
    return cmocka_run_group_tests_name("consumers", tests, NULL, NULL);
}
