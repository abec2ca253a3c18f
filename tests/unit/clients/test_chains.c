/* Chains as answers speak of them: known again, with what they grew from, heads and cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/chains.h"

enum { ARENA_BYTES = 1024 * 1024, LINKS = 4 };

struct world {
    struct sb_chains *chains;
    struct sb_arena arena;
    struct sb_past past;
    uint32_t at[LINKS];
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

static struct sb_said_chain chain_of(const char *org, uint32_t counter, uint32_t branch,
                                     uint64_t last)
{
    struct sb_said_chain chain = {.epoch = {counter, 7}, .first = {1}, .last = {last}};
    assert_true(sb_org_parse(&chain.origin, org, strlen(org)));
    chain.branch = branch;
    return chain;
}

static void take(struct world *w, struct sb_said_chain *chains, size_t n,
                 struct sb_said_link *links, size_t n_links)
{
    const struct sb_said_answer answer = {
        .chains = chains, .n_chains = n, .links = links, .n_links = n_links};
    assert_true(sb_chains_take(w->chains, &answer, w->at));
    assert_true(sb_chains_past(w->chains, &w->past, &w->arena));
    assert_true(sb_past_prepare(&w->past, &w->arena));
}

/* The second answer knows of a chain between two that the first joined directly. */
static void test_chains_add_up_what_answers_say(void **state)
{
    struct world *w = *state;
    struct sb_said_place grew = {0, {4}}, later = {1, {2}};
    struct sb_said_chain first[] = {chain_of("GM0384", 1, 0, 5), chain_of("GM0384", 3, 0, 9)};
    struct sb_said_chain second[] = {chain_of("GM0384", 3, 0, 11), chain_of("GM0384", 2, 0, 3),
                                     chain_of("GM0384", 1, 1, 5), chain_of("GM0437", 1, 0, 5)};
    first[1].parents = &grew;
    first[1].n_parents = 1;
    take(w, first, 2, NULL, 0);
    uint32_t old = w->at[0], new = w->at[1];
    second[0].parents = &later;
    second[0].n_parents = 1;
    take(w, second, 4, NULL, 0);
    assert_int_equal(w->at[0], new);
    assert_int_equal(w->past.n_chains, 5);
    assert_int_equal(w->past.chains[new].last, 11);
    const struct sb_past_at tip = {new, 10};
    assert_true(sb_past_has(&w->past, tip, (struct sb_past_at){old, 4}));
    assert_false(sb_past_has(&w->past, tip, (struct sb_past_at){old, 5}));
    assert_true(sb_past_has(&w->past, tip, (struct sb_past_at){w->at[1], 2}));
    assert_false(sb_past_has(&w->past, tip, (struct sb_past_at){w->at[2], 1}));
    assert_false(sb_past_has(&w->past, tip, (struct sb_past_at){w->at[3], 1}));
}

static void test_chains_know_the_links_that_a_cut_names(void **state)
{
    struct world *w = *state;
    struct sb_said_chain chain = chain_of("GM0384", 1, 0, 5);
    struct sb_said_link link = {.chain = 0, .seq = {3}, .hash = {{9}}};
    take(w, &chain, 1, &link, 1);
    take(w, &chain, 1, &link, 1);
    const struct sb_cut_tip held = {chain.origin, chain.epoch, {3}, {{9}}};
    const struct sb_cut_tip other = {chain.origin, chain.epoch, {3}, {{8}}};
    assert_int_equal(w->past.n_links, 1);
    assert_true(sb_past_holds(&w->past, &held));
    assert_false(sb_past_holds(&w->past, &other));
    assert_true(sb_past_cut_has(&w->past, &held, (struct sb_past_at){w->at[0], 2}));
}

/* The heads of later answers may be newer than what the first one rests on. */
static void test_chains_put_as_of_names_the_heads_of_the_first_answer(void **state)
{
    struct world *w = *state;
    struct sb_json_out out;
    struct sb_said_chain chain = chain_of("GM0384", 3, 0, 5);
    struct sb_said_link links[] = {
        {.chain = 0, .seq = {3}, .hash = {{9}}},
        {.chain = 0, .seq = {5}, .hash = {{2, 1, 1}}, .head = true, .epoch_text = "3-9f1c2ab7"}};
    struct sb_said_link newer = links[1];
    newer.seq.n = 6;
    take(w, &chain, 1, links, 2);
    take(w, &chain, 1, &newer, 1);
    sb_json_out_init(&out, &w->arena, 100);
    sb_json_put_open(&out, '{');
    sb_chains_put_as_of(&out, w->chains);
    sb_json_put_close(&out, '}');
    struct sb_bytes text = sb_json_out_done(&out);
    assert_string_equal((const char *)text.p,
                        "{\"asOf\":{\"GM0384\":[{\"epoch\":\"3-9f1c2ab7\",\"seq\":5,\"hash\":"
                        "\"020101000000000000000000000000000000000000000000000000000000000"
                        "0\"}]}}");
}

/* Nobody who is asked has published yet: what they say later is outside of the cut all the same. */
static void test_chains_put_cut_names_the_proposer_where_nobody_else_has_said_anything(void **state)
{
    struct world *w = *state;
    struct sb_json_out out;
    struct sb_said_chain chains[] = {chain_of("GM0384", 3, 0, 5), chain_of("GM0437", 1, 0, 2)};
    struct sb_said_link links[] = {{.chain = 0, .seq = {5}, .hash = {{2}}, .head = true},
                                   {.chain = 1, .seq = {2}, .hash = {{3}}, .head = true}};
    struct sb_org silent = {"GM0736"};
    const struct sb_orgs participants = {&silent, 1};
    take(w, chains, 2, links, 2);
    sb_json_out_init(&out, &w->arena, 100);
    sb_chains_put_cut(&out, w->chains, &chains[0].origin, &participants);
    struct sb_bytes text = sb_json_out_done(&out);
    assert_string_equal((const char *)text.p,
                        "[{\"origin\":\"GM0384\",\"counter\":3,\"tag\":\"0000000000000007\","
                        "\"seq\":5,\"hash\":\"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chains_add_up_what_answers_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chains_know_the_links_that_a_cut_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_chains_put_as_of_names_the_heads_of_the_first_answer,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_chains_put_cut_names_the_proposer_where_nobody_else_has_said_anything, set_up,
            tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
