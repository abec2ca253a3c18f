/* A view is a function of the set: random sets of events, in every order (few) or in many (more),
 * with doubles, grown batch by batch, read again after a restart, give the same view to the byte.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/rules_case.h"
#include "tests/unit/proto/rules_random.h"

enum { SEEDS = 400, FEW = 6, SHUFFLES = 25, LAST_DAY = 31 };

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

/* ---- what has ended does not change as days go by */

struct day {
    char outcome[32], decided[16], ends[400];
};

static void read_day(struct day *out, const char *view, bool *ended)
{
    json_t *v = json_loads(view, 0, NULL);
    const char *decided = text_of(v, "decidedAt");
    char *ends = json_dumps(json_object_get(v, "ends"), JSON_COMPACT);
    assert_non_null(ends);
    assert_true(strlen(ends) < sizeof out->ends);
    (void)snprintf(out->outcome, sizeof out->outcome, "%s", text_of(v, "outcome"));
    (void)snprintf(out->decided, sizeof out->decided, "%s", decided == NULL ? "" : decided);
    (void)snprintf(out->ends, sizeof out->ends, "%s", ends);
    *ended = json_array_size(json_object_get(v, "ends")) > 0 &&
             strcmp(text_of(v, "reason"), "the proposer's words contradict each other") != 0;
    free(ends);
    json_decref(v);
}

/* The first day on which all that ends it has been said. */
static unsigned reach_of(const struct rules_case *c, const char *ends)
{
    int64_t reach = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct sb_statement *s = c->given[i];
        char id[SB_UUID_TEXT_MAX], event[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
        sb_uuid_format(id, &s->event.id);
        (void)snprintf(event, sizeof event, "%s/%s", s->event.org.s, id);
        if (strstr(ends, event) != NULL) {
            int64_t day = sb_date_of(s->time).days;
            day = s->date.days > day ? s->date.days : day;
            reach = day > reach ? day : reach;
        }
    }
    struct sb_bytes first = {(const uint8_t *)"2026-03-01", 10};
    return (unsigned)(reach - sb_date_read(first).days + 1);
}

static unsigned stays_ended(struct rules_case *c, const char *decision)
{
    struct day before, now;
    unsigned found = 0;
    bool ended = false, was_ended = false;
    for (unsigned day = 1; day <= LAST_DAY; day++) {
        char at[16];
        struct sb_arena_mark mark = sb_arena_mark(&c->arena);
        (void)snprintf(at, sizeof at, "2026-03-%02u", day);
        read_day(&now, rules_case_decision(c, decision, at), &ended);
        sb_arena_rewind(&c->arena, mark);
        if (was_ended && strcmp(now.ends, before.ends) == 0 && day > reach_of(c, now.ends)) {
            assert_string_equal(now.outcome, before.outcome);
            assert_string_equal(now.decided, before.decided);
            found++;
        }
        was_ended = ended;
        before = now;
    }
    return found;
}

static void test_rules_change_nothing_of_what_has_ended_as_days_go_by(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        json_t *one = rules_random_case(seed);
        if (text_of(one, "decision") != NULL) {
            struct rules_case c;
            rules_case_load(&c, one);
            found += stays_ended(&c, text_of(one, "decision"));
            rules_case_fini(&c);
        }
        json_decref(one);
    }
    assert_true(found > SEEDS);
}

/* ---- what is secret */

static void drop_secret(struct rules_case *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!c->given[i]->agenda_item.secret) {
            c->given[n++] = c->given[i];
        }
    }
    c->n = n;
}

static const json_t *item_of(const json_t *items, const char *item)
{
    size_t i;
    json_t *one;
    json_array_foreach(items, i, one)
    {
        if (strcmp(text_of(one, "item"), item) == 0) {
            return one;
        }
    }
    return NULL;
}

/* Whoever can read what is secret has the winner of those who cannot. */
static unsigned same_winners(struct rules_case *c, const char *id)
{
    json_t *all = json_loads(rules_case_agenda(c, id), 0, NULL);
    size_t before = c->n, i;
    json_t *one;
    drop_secret(c);
    json_t *open = json_loads(rules_case_agenda(c, id), 0, NULL);
    json_array_foreach(open, i, one)
    {
        const json_t *same = item_of(all, text_of(one, "item"));
        assert_non_null(same);
        assert_string_equal(text_of(same, "event"), text_of(one, "event"));
        assert_true(json_equal(json_object_get(same, "content"), json_object_get(one, "content")));
        assert_true(json_equal(json_object_get(same, "edits"), json_object_get(one, "edits")));
    }
    unsigned found = c->n < before ? (unsigned)json_array_size(open) : 0;
    json_decref(all);
    json_decref(open);
    return found;
}

static void test_rules_give_an_item_one_winner_whoever_reads_what_is_secret(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        json_t *one = rules_random_case(seed);
        if (text_of(one, "item") != NULL) {
            struct rules_case c;
            rules_case_load(&c, one);
            found += same_winners(&c, text_of(one, "item"));
            rules_case_fini(&c);
        }
        json_decref(one);
    }
    assert_true(found > SEEDS / 8);
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
        cmocka_unit_test(test_rules_change_nothing_of_what_has_ended_as_days_go_by),
        cmocka_unit_test(test_rules_give_an_item_one_winner_whoever_reads_what_is_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
