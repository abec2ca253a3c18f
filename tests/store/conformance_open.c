/* Conformance of stores: opening, whose they are, the numbers of origins. */
#include "tests/store/conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_store_is_empty_when_new(void **state)
{
    struct scribe *s = *state;
    struct sb_offset out;
    scribe_check(s);
    assert_int_equal(sb_store_since(s->store, (struct sb_time){0}, &out, NULL), SB_OK);
    assert_int_equal(out.n, 1);
    assert_int_equal(sb_store_origins(s->store), 1);
    assert_string_equal(sb_store_origin(s->store, 0)->s, "GM0384");
}

static void test_store_keeps_its_id_when_opened_again(void **state)
{
    struct scribe *s = *state;
    char path[CONFORMANCE_PATH];
    struct sb_uuid id = sb_store_id(s->store), again;
    assert_false(sb_uuid_is_zero(&id));
    scribe_close(s);
    scribe_open(s);
    again = sb_store_id(s->store);
    assert_true(sb_uuid_eq(&id, &again));
    scribe_close(s);
    conformance_medium->fresh(path);
    scribe_open(s);
    again = sb_store_id(s->store);
    assert_false(sb_uuid_eq(&id, &again));
}

static void test_open_refuses_a_second_daemon(void **state)
{
    struct scribe *s = *state;
    struct sb_store *second;
    struct sb_err err = {0};
    assert_int_equal(sb_store_open(&second, &s->options, &err), SB_E_BUSY);
    assert_non_null(strstr(err.text, s->options.path));
    scribe_close(s);
    scribe_open(s);
}

static void test_open_refuses_the_store_of_others(void **state)
{
    struct scribe *s = *state;
    struct sb_store *store;
    struct sb_store_options options = s->options;
    scribe_close(s);
    options.partnership = sb_partnership_hash("another");
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_E_CONFIG);
    options = s->options;
    memcpy(options.organisation.s, "GM0437", 6);
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_E_CONFIG);
    scribe_open(s);
}

static void test_open_reads_without_knowing_whose_when_read_only(void **state)
{
    struct scribe *s = *state;
    char path[CONFORMANCE_PATH];
    unsigned chain = scribe_chain(s, "GM0437", 1);
    scribe_begin(s);
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_close(s);
    struct sb_store_options kept = s->options;
    s->options = (struct sb_store_options){.path = kept.path, .read_only = true};
    scribe_open(s);
    s->options.partnership = kept.partnership;
    scribe_check(s);
    scribe_close(s);
    conformance_medium->fresh(path);
    assert_int_equal(sb_store_open(&s->store, &s->options, NULL), SB_E_NOTFOUND);
    s->store = NULL;
}

static void test_register_gives_numbers_in_order_and_for_ever(void **state)
{
    struct scribe *s = *state;
    static const char *const names[] = {"GM0384", "GM0437", "GM0451", "GM0437"};
    static const uint16_t expected[] = {0, 1, 2, 1};
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 4; i++) {
            struct sb_org org;
            uint16_t number = 99;
            assert_true(sb_org_parse(&org, names[i], strlen(names[i])));
            assert_int_equal(sb_store_register(s->store, &org, &number, NULL), SB_OK);
            assert_int_equal(number, expected[i]);
            assert_string_equal(sb_store_origin(s->store, number)->s, names[i]);
        }
        assert_int_equal(sb_store_origins(s->store), 3);
        scribe_close(s);
        scribe_open(s);
    }
}

int conformance_run_open(void)
{
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_store_is_empty_when_new),
        CONFORMANCE_TEST(test_store_keeps_its_id_when_opened_again),
        CONFORMANCE_TEST(test_open_refuses_a_second_daemon),
        CONFORMANCE_TEST(test_open_refuses_the_store_of_others),
        CONFORMANCE_TEST(test_open_reads_without_knowing_whose_when_read_only),
        CONFORMANCE_TEST(test_register_gives_numbers_in_order_and_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
