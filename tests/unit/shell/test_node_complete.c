/* An answer about what was said is complete where all is here that the history itself names. */
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 6 };

static struct node_world *w;
static struct history h;

static void open_world(size_t parents)
{
    w = calloc(1, sizeof *w);
    assert_non_null(w);
    world_open(w, "GM0437", "GM0384", 0);
    world_turn(w, NULL, 0);
    world_history_of(&h, EVENTS, EVENTS, parents);
    world_hello(w);
}

static void close_world(void)
{
    world_close(w);
    history_fini(&h);
    free(w);
}

static bool is_complete(void)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 8}, heard;
    m.query.said = true;
    world_say(w, WORLD_CLIENT, &m);
    assert_true(world_heard(w, SB_MSG_SAID, 0, &heard));
    return heard.said.complete;
}

static void test_answer_is_complete_once_all_that_is_shown_is_here(void **state)
{
    (void)state;
    open_world(0);
    world_show(w, &h, 1);
    world_answer(w, &h, 0, EVENTS);
    assert_int_equal(sb_node_status(w->node, w->now, &w->arena)->lag_events, 0);
    assert_true(is_complete());
    close_world();
}

/* Nobody shows the epoch before; but the one that is here names it. */
static void test_answer_is_not_complete_where_a_parent_is_missing(void **state)
{
    (void)state;
    open_world(1);
    world_show(w, &h, 1);
    world_answer(w, &h, 0, EVENTS);
    assert_int_equal(sb_node_status(w->node, w->now, &w->arena)->lag_events, 0);
    assert_false(is_complete());
    close_world();
}

/* Of who is a partner no more nothing further can come. */
static void test_answer_is_complete_without_the_parents_of_who_left(void **state)
{
    (void)state;
    const struct sb_node_client operator= {"operator", {.subscribe = true}};
    const struct sb_node_roster roster = {
        .name = "GM0437", .clients = &operator, .n_clients = 1, .quota_bytes = (uint64_t)32 << 20};
    open_world(1);
    world_show(w, &h, 1);
    world_answer(w, &h, 0, EVENTS);
    assert_false(is_complete());
    assert_int_equal(sb_node_change(w->node, &roster, NULL), SB_OK);
    world_turn(w, NULL, 0);
    assert_true(is_complete());
    close_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_is_complete_once_all_that_is_shown_is_here),
        cmocka_unit_test(test_answer_is_not_complete_where_a_parent_is_missing),
        cmocka_unit_test(test_answer_is_complete_without_the_parents_of_who_left),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
