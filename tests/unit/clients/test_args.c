/* What was typed: the forms of a flag, and what is not one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/command.h"

static const struct sb_flag flags[] = {
    {"follow", 'f', NULL, "go on"},
    {"output", 'o', "FORMAT", "how"},
    {"count", 0, "N", "how many"},
    {"topic", 0, "PREFIX", "may be repeated"},
};
static const struct sb_command command = {
    .words = "test", .about = "a test", SB_FLAGS(flags), .operands_max = 1, .examples = ""};

static bool read_words(struct sb_args *out, char **words)
{
    int n = 0;
    while (words[n] != NULL) {
        n++;
    }
    return sb_args_read(out, &command, words, n);
}

#define READ(out, ...) read_words(out, (char *[]){__VA_ARGS__, NULL})

static void test_args_take_every_form_of_a_flag(void **state)
{
    struct sb_args a;
    (void)state;
    assert_true(READ(&a, "--output", "json", "file"));
    assert_string_equal(sb_args_value(&a, "output"), "json");
    assert_string_equal(a.operands[0], "file");
    assert_true(READ(&a, "--output=json"));
    assert_string_equal(sb_args_value(&a, "output"), "json");
    assert_true(READ(&a, "-fo", "json"));
    assert_true(sb_args_has(&a, "follow"));
    assert_string_equal(sb_args_value(&a, "output"), "json");
    assert_true(READ(&a, "-ojson"));
    assert_string_equal(sb_args_value(&a, "output"), "json");
    assert_false(sb_args_has(&a, "follow"));
    assert_true(READ(&a, "--", "--output"));
    assert_string_equal(a.operands[0], "--output");
    assert_true(READ(&a, "-")); /* standard input */
    assert_int_equal(a.n_operands, 1);
}

static void test_args_refuse_what_is_not_known(void **state)
{
    struct sb_args a;
    (void)state;
    assert_false(READ(&a, "--outptu", "json"));
    assert_false(READ(&a, "-x"));
    assert_false(READ(&a, "--output"));
    assert_false(READ(&a, "-o"));
    assert_false(READ(&a, "--follow=yes"));
    assert_false(READ(&a, "one", "two"));
}

static void test_args_give_repeated_values_in_order(void **state)
{
    struct sb_args a;
    size_t at = 0;
    (void)state;
    assert_true(READ(&a, "--topic", "agenda/", "-f", "--topic=decision/"));
    assert_string_equal(sb_args_next(&a, "topic", &at), "agenda/");
    assert_string_equal(sb_args_next(&a, "topic", &at), "decision/");
    assert_null(sb_args_next(&a, "topic", &at));
    assert_string_equal(sb_args_value(&a, "topic"), "decision/");
}

static void test_args_bound_numbers_and_words(void **state)
{
    static const char *const words[] = {"text", "json", NULL};
    struct sb_args a;
    uint64_t n = 7;
    size_t word = 0;
    (void)state;
    assert_true(READ(&a, "--count", "12", "-o", "json"));
    assert_true(sb_args_number(&a, "count", 1, 12, &n));
    assert_int_equal(n, 12);
    assert_false(sb_args_number(&a, "count", 1, 11, &n));
    assert_true(sb_args_word(&a, "output", words, &word));
    assert_int_equal(word, 1);
    assert_true(READ(&a, "--count", "12x", "-o", "yaml"));
    assert_false(sb_args_number(&a, "count", 1, 100, &n));
    assert_false(sb_args_word(&a, "output", words, &word));
    assert_true(READ(&a, "-f"));
    n = 7;
    assert_true(sb_args_number(&a, "count", 1, 5, &n)); /* not given: as it was */
    assert_int_equal(n, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_args_take_every_form_of_a_flag),
        cmocka_unit_test(test_args_refuse_what_is_not_known),
        cmocka_unit_test(test_args_give_repeated_values_in_order),
        cmocka_unit_test(test_args_bound_numbers_and_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
