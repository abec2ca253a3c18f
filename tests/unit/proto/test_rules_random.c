/* A view is a function of the set: random sets of events, in every order (few) or in many (more),
 * with doubles, grown batch by batch, read again after a restart, give the same view to the byte.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/rules_case.h"
#include "tests/unit/proto/rules_random.h"

enum { SEEDS = 400, FEW = 6, SHUFFLES = 25 };

struct asked {
    struct rules_case *c;
    const json_t *one;
    const char *at, *view; /* view: of all events */
};

static const char *text_of(const json_t *one, const char *key)
{
    return json_string_value(json_object_get(one, key));
}

static const char *view_now(const struct asked *a)
{
    if (text_of(a->one, "item") != NULL) {
        return rules_case_agenda(a->c, text_of(a->one, "item"));
    }
    return text_of(a->one, "decision") != NULL
               ? rules_case_decision(a->c, text_of(a->one, "decision"), a->at)
               : rules_case_notification(a->c, text_of(a->one, "notification"), a->at);
}

static void expect_same(const struct asked *a)
{
    struct sb_arena_mark mark = sb_arena_mark(&a->c->arena);
    assert_string_equal(view_now(a), a->view);
    sb_arena_rewind(&a->c->arena, mark);
}

static void swap(struct rules_case *c, size_t i, size_t k)
{
    const struct sb_statement *one = c->given[i];
    c->given[i] = c->given[k];
    c->given[k] = one;
}

/* Heap's algorithm, over the first n. */
static void every_order(const struct asked *a, size_t n)
{
    if (n <= 1) {
        expect_same(a);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        every_order(a, n - 1);
        swap(a->c, n % 2 == 0 ? i : 0, n - 1);
    }
}

static void many_orders(const struct asked *a, uint64_t *state)
{
    for (int k = 0; k < SHUFFLES; k++) {
        for (size_t i = a->c->n; i > 1; i--) {
            swap(a->c, i - 1, rules_random_draw(state) % i);
        }
        expect_same(a);
    }
}

/* Views on the way to the whole set leave nothing behind that would change the view of it. */
static void batch_by_batch(const struct asked *a)
{
    size_t all = a->c->n;
    for (size_t n = 0; n < all; n += 1 + n / 3) {
        struct sb_arena_mark mark = sb_arena_mark(&a->c->arena);
        a->c->n = n;
        assert_non_null(view_now(a));
        sb_arena_rewind(&a->c->arena, mark);
    }
    a->c->n = all;
    expect_same(a);
}

static void with_doubles(const struct asked *a)
{
    size_t n = a->c->n;
    const struct sb_statement **given = a->c->given;
    const struct sb_statement **twice = sb_arena_alloc(&a->c->arena, (2 * n + 1) * sizeof *twice);
    assert_non_null(twice);
    memcpy(twice, given, n * sizeof *twice);
    memcpy(twice + n, given, n * sizeof *twice);
    a->c->given = twice;
    a->c->n = 2 * n;
    expect_same(a);
    a->c->given = given;
    a->c->n = n;
}

/* Read anew, with nothing left of what was. */
static void after_a_restart(const struct asked *a)
{
    struct rules_case fresh;
    rules_case_load(&fresh, a->one);
    struct asked again = {&fresh, a->one, a->at, a->view};
    expect_same(&again);
    rules_case_fini(&fresh);
}

static void check_seed(uint64_t seed)
{
    json_t *one = rules_random_case(seed);
    const json_t *ask = json_object_get(one, "ask");
    struct rules_case c;
    uint64_t state = seed;
    rules_case_load(&c, one);
    for (size_t i = 0; i < json_array_size(ask); i++) {
        struct asked a = {&c, one, json_string_value(json_array_get(ask, i)), NULL};
        a.view = view_now(&a);
        if (c.n <= FEW) {
            every_order(&a, c.n);
        } else {
            many_orders(&a, &state);
        }
        with_doubles(&a);
        batch_by_batch(&a);
        after_a_restart(&a);
    }
    rules_case_fini(&c);
    json_decref(one);
}

static void test_rules_give_the_same_view_for_every_order_batch_double_and_restart(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        check_seed(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_give_the_same_view_for_every_order_batch_double_and_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
