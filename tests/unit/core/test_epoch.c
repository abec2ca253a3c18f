/* The open epoch: what closes it, and what the next one is built on. */
#include "tests/unit/core/core_world.h"

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void assert_next_publish_opens(bool opens)
{
    struct sb_input in = core_world_publish(2);
    core_world_step(&w, &in);
    const struct sb_effect *open = core_world_effect(&w, SB_FX_OPEN_EPOCH, 0);
    assert_int_equal(open != NULL, opens);
    if (opens) {
        assert_int_equal(open->open_epoch.counter, 2);
        assert_int_equal(open->open_epoch.n_parents, 1);
        assert_int_equal(open->open_epoch.parents[0].seq.n, 2);
    }
}

static void test_epoch_stays_open_while_turns_come(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        core_world_tick(&w, SB_EPOCH_IDLE_MS);
    }
    assert_next_publish_opens(false);
}

static void test_epoch_is_closed_by_a_pause(void **state)
{
    (void)state;
    core_world_tick(&w, SB_EPOCH_IDLE_MS + 1);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_EPOCH_CLOSED_IDLE], 1);
    assert_next_publish_opens(true);
}

static void test_epoch_is_closed_by_a_jump_of_the_wall_clock(void **state)
{
    (void)state;
    w.now.wall.ms += SB_CLOCK_DRIFT_MS;
    core_world_tick(&w, 100);
    assert_true(w.core->has_open);
    w.now.wall.ms += 1;
    core_world_tick(&w, 100);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_EPOCH_CLOSED_CLOCK], 1);
    assert_next_publish_opens(true);
}

static void test_epoch_is_closed_by_a_clock_set_back(void **state)
{
    (void)state;
    w.now.wall.ms -= SB_CLOCK_DRIFT_MS + 1;
    core_world_tick(&w, 100);
    assert_next_publish_opens(true);
}

static void test_epoch_is_never_open_after_a_start(void **state)
{
    (void)state;
    struct sb_chain_info info;
    sb_core_chain_row(w.core, w.core->open, &info);
    struct core_world next;
    core_world_init(&next);
    core_world_again(&next);
    assert_true(sb_core_load(next.core, &info));
    sb_core_loaded(next.core);
    assert_false(next.core->has_open);
    assert_false(next.core->recovering);
    struct sb_input in = core_world_publish(2);
    core_world_step(&next, &in);
    const struct sb_effect *open = core_world_effect(&next, SB_FX_OPEN_EPOCH, 0);
    assert_int_equal(open->open_epoch.counter, 2);
    assert_memory_equal(open->open_epoch.parents[0].hash.b, info.tip.hash.b, 32);
    core_world_fini(&next);
}

static void test_epoch_of_ours_that_the_next_one_names_is_no_head_any_more(void **state)
{
    (void)state;
    core_world_tick(&w, SB_EPOCH_IDLE_MS + 1);
    struct sb_input in = core_world_publish(2);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    struct sb_head heads[SB_HEADS_MAX];
    struct sb_core_rest rest;
    assert_int_equal(sb_core_heads(w.core, 0, SB_HEADS_MAX, heads, &rest), 1);
    assert_int_equal(heads[0].epoch.counter, 2);
    assert_int_equal(rest.count, 1);
    assert_int_equal(rest.events, 2);
    assert_true(rest.whole);
    assert_false(sb_hash_is_zero(&rest.digest));
}

/* Links behind our open epoch's tip, as a second instance would have made them. */
static void continue_open(struct core_history *more, size_t n)
{
    const struct sb_chain *open = &w.core->chains[w.core->open];
    core_history_make(more, &w, 0, open->epoch, n, NULL, 0);
    for (size_t i = open->tip.seq.n; i < n; i++) {
        more->items[i].link.prev = i == open->tip.seq.n ? open->tip.hash : more->hashes[i - 1];
        more->hashes[i] = sb_link_hash(&more->items[i].link);
    }
}

static void test_epoch_that_somebody_else_continues_takes_no_publish_of_the_same_turn(void **state)
{
    (void)state;
    struct core_history more;
    continue_open(&more, 4);
    core_world_segment(&w, 1, &more, 3, 4);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 1);
    struct sb_input in = core_world_publish(2);
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 0);
    assert_int_equal(core_world_count(&w, SB_FX_DEFER), 1);
    core_world_commit(&w);
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_OPEN_EPOCH), 1);
}

/* Whoever stole our key, or an origin that lies about itself, may sign the last counter. */
static void test_epoch_behind_the_last_counter_is_valid_still(void **state)
{
    (void)state;
    struct core_history last;
    core_history_make(&last, &w, 0, (struct sb_epoch){UINT32_MAX, 9}, 2, NULL, 0);
    core_world_segment(&w, 1, &last, 1, 2);
    core_world_commit(&w);
    struct sb_input in = core_world_publish(2);
    core_world_step(&w, &in);
    const struct sb_effect *open = core_world_effect(&w, SB_FX_OPEN_EPOCH, 0);
    assert_non_null(open);
    assert_int_equal(open->open_epoch.counter, UINT32_MAX);
    assert_int_equal(open->open_epoch.n_parents, 1); /* the first one, not that of the thief */
    assert_int_equal(open->open_epoch.parents[0].epoch.counter, 1);
    core_world_start_epoch(&w);
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 1);
    assert_int_equal(w.core->chains[w.core->open].n_parents, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_epoch_stays_open_while_turns_come),
        T(test_epoch_is_closed_by_a_pause),
        T(test_epoch_is_closed_by_a_jump_of_the_wall_clock),
        T(test_epoch_is_closed_by_a_clock_set_back),
        T(test_epoch_is_never_open_after_a_start),
        T(test_epoch_of_ours_that_the_next_one_names_is_no_head_any_more),
        T(test_epoch_that_somebody_else_continues_takes_no_publish_of_the_same_turn),
        T(test_epoch_behind_the_last_counter_is_valid_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
