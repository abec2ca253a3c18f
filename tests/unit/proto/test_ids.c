/* Organisations, UUIDs, epochs, references and topics: what is an id, and what is not. */
#include "proto/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool org_ok(const char *text)
{
    struct sb_org org;
    return sb_org_parse(&org, text, strlen(text));
}

static void test_org_parse_by_its_alphabet_and_length(void **state)
{
    (void)state;
    assert_true(org_ok("GM0384"));
    assert_true(org_ok("A1"));
    assert_true(org_ok("0123456789-0123456789-0123456789"));
    assert_false(org_ok("0123456789-0123456789-01234567890"));
    assert_false(org_ok("A"));
    assert_false(org_ok(""));
    assert_false(org_ok("gm0384"));
    assert_false(org_ok("GM 384"));
    assert_false(org_ok("GM0384\n"));
    assert_false(org_ok("GM/384"));
}

static void test_org_is_zero_padded_when_parsed_over_another(void **state)
{
    struct sb_org a, b = {0};
    (void)state;
    memset(&a, 'x', sizeof a);
    assert_true(sb_org_parse(&a, "GM0384", 6));
    memcpy(b.s, "GM0384", 6);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(sb_org_len(&a), 6);
}

static void test_uuid_format_and_parse_are_each_others_inverse(void **state)
{
    const char *text = "019313a4-7c00-7abc-8def-0123456789ab";
    struct sb_uuid id;
    char out[SB_UUID_TEXT_MAX];
    (void)state;
    assert_true(sb_uuid_parse(&id, text, strlen(text)));
    assert_int_equal(id.b[0], 0x01);
    assert_int_equal(id.b[15], 0xab);
    sb_uuid_format(out, &id);
    assert_string_equal(out, text);
    assert_true(sb_uuid_parse(&id, "019313A4-7C00-7ABC-8DEF-0123456789AB", 36));
    sb_uuid_format(out, &id);
    assert_string_equal(out, text);
}

static void test_uuid_parse_refuses_other_forms(void **state)
{
    static const char *const wrong[] = {
        "",
        "019313a47c007abc8def0123456789ab",
        "{19313a4-7c00-7abc-8def-0123456789ab",
        "019313a4-7c00-7abc-8def-0123456789a",
        "019313a4-7c00-7abc-8def-0123456789abc",
        "019313a4x7c00-7abc-8def-0123456789ab",
        "019313a4-7c00-7abc-8def-0123456789ag",
        "019313a-47c00-7abc-8def-0123456789ab",
    };
    struct sb_uuid id;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sb_uuid_parse(&id, wrong[i], strlen(wrong[i])));
    }
}

static void test_uuid_v7_carries_time_version_and_variant(void **state)
{
    const uint8_t random[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    struct sb_uuid id = sb_uuid_v7((struct sb_time){0x017f22e279b0}, random);
    char out[SB_UUID_TEXT_MAX];
    (void)state;
    sb_uuid_format(out, &id);
    assert_string_equal(out, "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

static void test_epoch_format_shows_as_many_digits_as_asked(void **state)
{
    char out[SB_EPOCH_TEXT_MAX];
    struct sb_epoch e = {3, 0x9f1c2ab700000abc};
    (void)state;
    sb_epoch_format(out, e, 8);
    assert_string_equal(out, "3-9f1c2ab7");
    sb_epoch_format(out, e, 13);
    assert_string_equal(out, "3-9f1c2ab700000");
    sb_epoch_format(out, e, 0);
    assert_string_equal(out, "3-9f1c2ab7");
    sb_epoch_format(out, (struct sb_epoch){UINT32_MAX, UINT64_MAX}, 99);
    assert_string_equal(out, "4294967295-ffffffffffffffff");
}

static void test_epoch_parse_keeps_the_digits_given(void **state)
{
    struct sb_epoch e;
    unsigned digits;
    (void)state;
    assert_true(sb_epoch_parse(&e, &digits, "3-9f1c2ab7", 10));
    assert_true(sb_epoch_eq(e, (struct sb_epoch){3, 0x9f1c2ab700000000}));
    assert_int_equal(digits, 8);
    assert_true(sb_epoch_parse(&e, &digits, "4294967295-9f1c2ab700000", 24));
    assert_true(sb_epoch_eq(e, (struct sb_epoch){UINT32_MAX, 0x9f1c2ab700000000}));
    assert_int_equal(digits, 13);
}

static void test_epoch_parse_refuses_other_forms(void **state)
{
    static const char *const wrong[] = {
        "",           "3",           "3-",          "3-9f1c2ab",           "-9f1c2ab7",
        "0-9f1c2ab7", "03-9f1c2ab7", "3-9F1C2AB7",  "3-9f1c2ab79f1c2ab79", "4294967296-9f1c2ab7",
        "3_9f1c2ab7", "+3-9f1c2ab7", "3-9f1c2ab7 ", "99999999999-9f1c2ab7"};
    struct sb_epoch e;
    unsigned digits;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sb_epoch_parse(&e, &digits, wrong[i], strlen(wrong[i])));
    }
}

static void test_epoch_cmp_orders_by_counter_then_tag(void **state)
{
    (void)state;
    assert_true(sb_epoch_cmp((struct sb_epoch){1, 9}, (struct sb_epoch){2, 1}) < 0);
    assert_true(sb_epoch_cmp((struct sb_epoch){2, UINT64_MAX}, (struct sb_epoch){2, 1}) > 0);
    assert_int_equal(sb_epoch_cmp((struct sb_epoch){2, 1}, (struct sb_epoch){2, 1}), 0);
}

static bool reference_ok(const char *text)
{
    struct sb_org org;
    struct sb_uuid id;
    return sb_reference_parse(&org, &id, text, strlen(text));
}

static void test_reference_is_an_organisation_and_a_uuid(void **state)
{
    (void)state;
    assert_true(reference_ok("GM0384/019313a4-7c00-7abc-8def-0123456789ab"));
    assert_false(reference_ok("019313a4-7c00-7abc-8def-0123456789ab"));
    assert_false(reference_ok("GM0384/"));
    assert_false(reference_ok("/019313a4-7c00-7abc-8def-0123456789ab"));
    assert_false(reference_ok("GM0384//019313a4-7c00-7abc-8def-0123456789ab"));
    assert_false(reference_ok(""));
}

static bool topic_ok(const char *text)
{
    enum sb_class class;
    return sb_topic_valid(text, strlen(text), &class);
}

static void test_topic_form(void **state)
{
    char longest[SB_TOPIC_MAX + 2];
    (void)state;
    assert_true(topic_ok("agenda/wonen"));
    assert_true(topic_ok("custom/a/b/c/d/e/f/g"));
    assert_false(topic_ok("custom/a/b/c/d/e/f/g/h"));
    assert_false(topic_ok("agenda"));
    assert_false(topic_ok("agenda/"));
    assert_false(topic_ok("/agenda/wonen"));
    assert_false(topic_ok("agenda//wonen"));
    assert_false(topic_ok("agenda/Wonen"));
    assert_false(topic_ok("agenda/wonen en zorg"));
    assert_false(topic_ok("agendas/wonen"));
    assert_false(topic_ok("link/wonen"));
    assert_false(topic_ok(""));
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "agenda/", 7);
    longest[SB_TOPIC_MAX] = '\0';
    assert_true(topic_ok(longest));
    longest[SB_TOPIC_MAX] = 'a';
    longest[SB_TOPIC_MAX + 1] = '\0';
    assert_false(topic_ok(longest));
}

static void test_topic_tells_its_class(void **state)
{
    enum sb_class class;
    (void)state;
    assert_true(sb_topic_valid("agenda/a", 8, &class));
    assert_int_equal(class, SB_CLASS_AGENDA);
    assert_true(sb_topic_valid("decision/a", 10, &class));
    assert_int_equal(class, SB_CLASS_DECISION);
    assert_true(sb_topic_valid("notification/a", 14, &class));
    assert_int_equal(class, SB_CLASS_NOTIFICATION);
    assert_true(sb_topic_valid("custom/a", 8, &class));
    assert_int_equal(class, SB_CLASS_CUSTOM);
}

static void test_topic_under_a_prefix_that_ends_at_a_slash_or_is_the_whole(void **state)
{
    (void)state;
    assert_true(sb_topic_under("agenda/wonen", "agenda/"));
    assert_true(sb_topic_under("agenda/wonen", "agenda/wonen"));
    assert_false(sb_topic_under("agenda/wonen", "agenda/wo"));
    assert_false(sb_topic_under("agenda/wonen", "decision/"));
    assert_false(sb_topic_under("agenda/wonen", ""));
    assert_false(sb_topic_under("agenda/wonen", "agenda/wonen/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_org_parse_by_its_alphabet_and_length),
        cmocka_unit_test(test_org_is_zero_padded_when_parsed_over_another),
        cmocka_unit_test(test_uuid_format_and_parse_are_each_others_inverse),
        cmocka_unit_test(test_uuid_parse_refuses_other_forms),
        cmocka_unit_test(test_uuid_v7_carries_time_version_and_variant),
        cmocka_unit_test(test_epoch_format_shows_as_many_digits_as_asked),
        cmocka_unit_test(test_epoch_parse_keeps_the_digits_given),
        cmocka_unit_test(test_epoch_parse_refuses_other_forms),
        cmocka_unit_test(test_epoch_cmp_orders_by_counter_then_tag),
        cmocka_unit_test(test_reference_is_an_organisation_and_a_uuid),
        cmocka_unit_test(test_topic_form),
        cmocka_unit_test(test_topic_tells_its_class),
        cmocka_unit_test(test_topic_under_a_prefix_that_ends_at_a_slash_or_is_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
