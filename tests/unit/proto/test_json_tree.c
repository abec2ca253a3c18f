/* JSON trees: merging as RFC 7396 has it, and questions to what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/json_tree.h"

static struct sb_bytes bytes(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

static void expect_merge(const char *base, const char *patch, const char *result)
{
    struct sb_arena arena;
    struct sb_err err = {0};
    struct sb_bytes out;
    sb_arena_init(&arena, 65536);
    assert_int_equal(sb_json_merge(&out, bytes(base), bytes(patch), &arena, &err), SB_OK);
    assert_string_equal((const char *)out.p, result);
    sb_arena_fini(&arena);
}

/* The object rows of RFC 7396, appendix A. */
static void test_json_merge_follows_the_rfc(void **state)
{
    (void)state;
    expect_merge("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    expect_merge("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
    expect_merge("{\"a\":\"b\"}", "{\"a\":null}", "{}");
    expect_merge("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
    expect_merge("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    expect_merge("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
    expect_merge("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
                 "{\"a\":{\"b\":\"d\"}}");
    expect_merge("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
    expect_merge("{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}");
    expect_merge("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
}

static void test_json_merge_refuses_what_is_no_object(void **state)
{
    (void)state;
    struct sb_arena arena;
    struct sb_err err = {0};
    struct sb_bytes out;
    sb_arena_init(&arena, 65536);
    assert_int_equal(sb_json_merge(&out, bytes("{}"), bytes("[1]"), &arena, &err), SB_E_INPUT);
    assert_int_equal(sb_json_merge(&out, bytes("{}"), bytes("{\"a\":1"), &arena, &err), SB_E_INPUT);
    assert_int_equal(sb_json_merge(&out, bytes("{}"), bytes("{\"a\":1,\"a\":2}"), &arena, &err),
                     SB_E_INPUT);
    assert_non_null(strstr(err.text, "line 1"));
    sb_arena_fini(&arena);
}

static void test_json_tree_answers_for_what_is_not_there(void **state)
{
    (void)state;
    struct sb_err err = {0};
    struct json_t *tree;
    uint64_t n = 9;
    assert_int_equal(sb_json_tree_read(&tree, bytes("{\"a\":[1,-1],\"b\":null,\"c\":\"x\"}"), &err),
                     SB_OK);
    const struct json_t *list = sb_json_tree_member(tree, "a");
    assert_int_equal(sb_json_tree_size(list), 2);
    assert_true(sb_json_tree_number(sb_json_tree_at(list, 0), &n));
    assert_int_equal(n, 1);
    assert_false(sb_json_tree_number(sb_json_tree_at(list, 1), &n));
    assert_false(sb_json_tree_number(sb_json_tree_at(list, 2), &n));
    assert_null(sb_json_tree_member(tree, "b"));
    assert_null(sb_json_tree_member(sb_json_tree_member(tree, "c"), "d"));
    assert_string_equal(sb_json_tree_text(sb_json_tree_member(tree, "c")), "x");
    assert_null(sb_json_tree_text(list));
    assert_false(sb_json_tree_true(NULL));
    assert_true(sb_json_tree_true(sb_json_tree_at(list, 0)));
    sb_json_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_merge_follows_the_rfc),
        cmocka_unit_test(test_json_merge_refuses_what_is_no_object),
        cmocka_unit_test(test_json_tree_answers_for_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
