/* Scratch in an arena: what was there before a mark stays, what came after it makes room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/arena.h"

enum { LARGE = 300 * 1024 }; /* more than one block */

static void *filled(struct sb_arena *a, size_t n, int with)
{
    void *p = sb_arena_alloc(a, n);
    assert_non_null(p);
    memset(p, with, n);
    return p;
}

static void expect_filled(const uint8_t *p, size_t n, uint8_t with)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(p[i], with);
    }
}

static void test_arena_rewind_keeps_what_came_before(void **state)
{
    (void)state;
    struct sb_arena a;
    sb_arena_init(&a, 10 * LARGE);
    const uint8_t *kept = filled(&a, 1000, 'k');
    struct sb_arena_mark mark = sb_arena_mark(&a);
    const void *first = filled(&a, 100, 's');
    filled(&a, LARGE, 's');
    filled(&a, LARGE, 's');
    sb_arena_rewind(&a, mark);
    assert_int_equal(a.used, 1000);
    assert_ptr_equal(filled(&a, 100, 't'), first);
    filled(&a, LARGE, 't');
    filled(&a, 2 * LARGE, 't');
    expect_filled(kept, 1000, 'k');
    sb_arena_fini(&a);
}

static void test_arena_rewind_to_an_empty_arena(void **state)
{
    (void)state;
    struct sb_arena a;
    sb_arena_init(&a, LARGE);
    struct sb_arena_mark mark = sb_arena_mark(&a);
    for (int i = 0; i < 10; i++) { /* together more than the cap */
        filled(&a, LARGE / 2, 's');
        filled(&a, 1000, 's');
        sb_arena_rewind(&a, mark);
        assert_int_equal(a.used, 0);
    }
    const uint8_t *one = filled(&a, 1000, '1'), *two = filled(&a, LARGE / 2, '2');
    expect_filled(one, 1000, '1');
    expect_filled(two, LARGE / 2, '2');
    sb_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_rewind_keeps_what_came_before),
        cmocka_unit_test(test_arena_rewind_to_an_empty_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
