/* The tree that YAML becomes, and the bounds on hostile texts. */
#include "config/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/config_helper.h"

static struct sb_arena arena;

static enum sb_rc parse(const char *text, size_t n, struct sb_yaml_node **root, char **printed)
{
    struct sb_report *report = sb_report_new();
    sb_arena_init(&arena, 16 * 1024 * 1024);
    enum sb_rc rc = sb_tree_parse(root, &arena, "f", text, n, report);
    *printed = report_text(report);
    sb_report_free(report);
    return rc;
}

static void test_tree_keeps_shape_text_and_places(void **state)
{
    (void)state;
    static const char text[] = "a: 1\nb:\n  - 'x y'\n  - {c: d, e: \"\"}\nf:\n";
    struct sb_yaml_node *root;
    char *printed;
    assert_int_equal(parse(text, sizeof text - 1, &root, &printed), SB_OK);
    assert_string_equal(printed, "");
    assert_int_equal(root->kind, SB_YAML_MAPPING);
    assert_int_equal(root->n_children, 3);
    assert_int_equal(root->key_at.line, 0);
    const struct sb_yaml_node *a = sb_tree_find(root, "a"), *b = sb_tree_find(root, "b");
    assert_string_equal(a->text, "1");
    assert_int_equal(a->at.line, 1);
    assert_int_equal(a->at.column, 4);
    assert_int_equal(b->kind, SB_YAML_SEQUENCE);
    assert_int_equal(b->n_children, 2);
    assert_string_equal(b->first->text, "x y");
    assert_int_equal(b->first->at.width, 5);
    const struct sb_yaml_node *e = sb_tree_find(b->last, "e");
    assert_int_equal(e->kind, SB_YAML_SCALAR);
    assert_int_equal(e->n, 0);
    assert_int_equal(e->key_at.line, 4);
    assert_int_equal(e->key_at.column, 12);
    assert_int_equal(sb_tree_find(root, "f")->kind, SB_YAML_EMPTY);
    assert_null(sb_tree_find(root, "g"));
    free(printed);
    sb_arena_fini(&arena);
}

/* Fills 64 KiB with one pattern; the parser must stop early and say why. */
static void refuse_flood(const char *start, const char *pattern, const char *why)
{
    static char text[64 * 1024];
    size_t n = strlen(start), n_pattern = strlen(pattern);
    memcpy(text, start, n);
    for (; n + n_pattern <= sizeof text; n += n_pattern) {
        memcpy(text + n, pattern, n_pattern);
    }
    struct sb_yaml_node *root;
    char *printed;
    assert_int_equal(parse(text, n, &root, &printed), SB_E_CONFIG);
    assert_null(root);
    assert_non_null(strstr(printed, why));
    assert_true(strlen(printed) < 1000);
    free(printed);
    sb_arena_fini(&arena);
}

static void test_tree_stops_early_when_flooded(void **state)
{
    (void)state;
    refuse_flood("", "[", "more than 8 levels inside each other");
    refuse_flood("", "{a: ", "more than 8 levels inside each other");
    refuse_flood("", "- ", "more than 8 levels inside each other");
    refuse_flood("", "? ", "more than 8 levels inside each other");
    refuse_flood("a: [", "x, ", "more than 16384 values in one file");
    refuse_flood("a:\n", "- x\n", "more than 16384 values in one file");
}

static void test_tree_allows_eight_levels(void **state)
{
    (void)state;
    struct sb_yaml_node *root;
    char *printed;
    static const char deepest[] = "[[[[[[[[x]]]]]]]]";
    assert_int_equal(parse(deepest, sizeof deepest - 1, &root, &printed), SB_OK);
    free(printed);
    sb_arena_fini(&arena);
}

static void test_tree_counts_levels_not_siblings(void **state)
{
    (void)state;
    struct sb_yaml_node *root;
    char *printed;
    static const char wide[] =
        "[[], [], [], [], [], [], [], [], [], {}, {}, {}, {}, {}, {}, {}, {}, {}]";
    assert_int_equal(parse(wide, sizeof wide - 1, &root, &printed), SB_OK);
    assert_int_equal(root->n_children, 18);
    free(printed);
    sb_arena_fini(&arena);
}

static void test_tree_says_out_of_memory_when_the_arena_is_full(void **state)
{
    (void)state;
    static const char text[] = "a: [b, c, d]\n";
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = SB_E_NOMEM;
    size_t cap = 0;
    for (; rc == SB_E_NOMEM && cap < 4096; cap += 16) {
        struct sb_yaml_node *root;
        sb_arena_init(&arena, cap);
        rc = sb_tree_parse(&root, &arena, "f", text, sizeof text - 1, report);
        assert_int_equal(root != NULL, rc == SB_OK);
        sb_arena_fini(&arena);
    }
    assert_int_equal(rc, SB_OK);
    assert_true(cap > 512); /* it did fail before */
    assert_int_equal(sb_report_count(report), 0);
    sb_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_keeps_shape_text_and_places),
        cmocka_unit_test(test_tree_stops_early_when_flooded),
        cmocka_unit_test(test_tree_allows_eight_levels),
        cmocka_unit_test(test_tree_counts_levels_not_siblings),
        cmocka_unit_test(test_tree_says_out_of_memory_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
