/* Chains as a reader of the log finds them: epochs, their parents, a fork, and what is not held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/chains.h"

enum { ARENA_BYTES = 1024 * 1024 };

struct world {
    struct sb_chains *chains;
    struct sb_arena arena;
    struct sb_past past;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->chains = sb_chains_new();
    assert_non_null(w->chains);
    sb_arena_init(&w->arena, ARENA_BYTES);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    sb_chains_free(w->chains);
    sb_arena_fini(&w->arena);
    free(w);
    return 0;
}

/* The hash of the link at seq of a chain that the test calls `chain`. */
static struct sb_hash hash_of(unsigned chain, unsigned seq)
{
    struct sb_hash hash = {{(uint8_t)chain, (uint8_t)seq, 1}};
    return hash;
}

static struct sb_bytes start_body(struct world *w, uint32_t counter, unsigned of, unsigned seq)
{
    struct sb_epoch_start start = {.counter = counter};
    if (of > 0) {
        start.parents[start.n_parents++] = (struct sb_parent){{of, of}, {seq}, hash_of(of, seq)};
    }
    struct sb_bytes body = sb_epoch_start_build(&start, (struct sb_time){1}, &w->arena);
    assert_non_null(body.p);
    return body;
}

/* The epochs are named after their chain: counter and tag are its number. */
static bool add(struct world *w, unsigned epoch, unsigned chain, unsigned seq, struct sb_hash prev,
                struct sb_bytes body, struct sb_past_at *at)
{
    struct sb_link link = {
        .origin = {"GM0384"}, .epoch = {epoch, epoch}, .seq = {seq}, .prev = prev};
    struct sb_hash hash = hash_of(chain, seq);
    return sb_chains_add(w->chains, &link, &hash, "3-9f1c2ab7", body, at);
}

static struct sb_past_at add_to(struct world *w, unsigned chain, unsigned seq, struct sb_bytes body)
{
    struct sb_past_at at;
    assert_true(add(w, chain, chain, seq, hash_of(chain, seq - 1), body, &at));
    return at;
}

static void test_chains_know_parents_forks_and_repeats(void **state)
{
    struct world *w = *state;
    const struct sb_bytes none = {NULL, 0};
    struct sb_past_at first, second, branch, later, again;
    add_to(w, 1, 1, start_body(w, 1, 0, 0));
    first = add_to(w, 1, 2, none);
    second = add_to(w, 1, 3, none);
    assert_true(add(w, 1, 9, 3, hash_of(1, 2), none, &branch)); /* another link at seq 3 */
    add_to(w, 2, 1, start_body(w, 2, 1, 3));
    later = add_to(w, 2, 2, none);
    assert_true(add(w, 1, 1, 2, hash_of(1, 1), none, &again));
    assert_int_equal(again.chain, first.chain);
    assert_int_equal(again.seq, first.seq);
    assert_true(sb_chains_past(w->chains, NULL, 0, &w->past, &w->arena));
    assert_true(sb_past_prepare(&w->past, &w->arena));
    assert_int_equal(w->past.n_chains, 3);
    assert_true(sb_past_has(&w->past, second, first));
    assert_false(sb_past_has(&w->past, first, second));
    assert_true(sb_past_has(&w->past, branch, first));
    assert_false(sb_past_has(&w->past, branch, second));
    assert_true(sb_past_has(&w->past, later, second));
    assert_false(sb_past_has(&w->past, later, branch));
}

static void test_chains_refuse_a_link_whose_predecessor_never_came(void **state)
{
    struct world *w = *state;
    struct sb_past_at at;
    assert_false(add(w, 1, 1, 5, hash_of(1, 4), (struct sb_bytes){NULL, 0}, &at));
}

static void test_chains_know_the_links_that_a_cut_names(void **state)
{
    struct world *w = *state;
    const struct sb_bytes none = {NULL, 0};
    struct sb_past_at at;
    add_to(w, 1, 1, start_body(w, 1, 0, 0));
    at = add_to(w, 1, 2, none);
    struct sb_cut_tip tips[] = {{{"GM0384"}, {1, 1}, {2}, hash_of(1, 2)},
                                {{"GM0384"}, {1, 1}, {3}, hash_of(1, 3)}};
    struct sb_statement closing = {.content = SB_CONTENT_CLOSING,
                                   .ending = {.cut = tips, .n_cut = 2}};
    const struct sb_statement *all[] = {&closing};
    assert_true(sb_chains_past(w->chains, all, 1, &w->past, &w->arena));
    assert_true(sb_past_prepare(&w->past, &w->arena));
    assert_int_equal(w->past.n_links, 1);
    assert_true(sb_past_holds(&w->past, &tips[0]));
    assert_false(sb_past_holds(&w->past, &tips[1]));
    assert_true(sb_past_cut_has(&w->past, &tips[0], at));
}

static void test_chains_put_as_of_names_tips_that_nobody_follows(void **state)
{
    struct world *w = *state;
    struct sb_json_out out;
    add_to(w, 1, 1, start_body(w, 1, 0, 0));
    add_to(w, 2, 1, start_body(w, 2, 1, 1));
    sb_json_out_init(&out, &w->arena, 100);
    sb_json_put_open(&out, '{');
    sb_chains_put_as_of(&out, w->chains);
    sb_json_put_close(&out, '}');
    struct sb_bytes text = sb_json_out_done(&out);
    assert_string_equal((const char *)text.p,
                        "{\"asOf\":{\"GM0384\":[{\"epoch\":\"3-9f1c2ab7\",\"seq\":1,\"hash\":"
                        "\"020101000000000000000000000000000000000000000000000000000000000"
                        "0\"}]}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chains_know_parents_forks_and_repeats, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_chains_refuse_a_link_whose_predecessor_never_came,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chains_know_the_links_that_a_cut_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_chains_put_as_of_names_tips_that_nobody_follows,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
