/* Our own frontier: how often, to whom, what it lists. */
#include "tests/unit/core/core_world.h"

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static size_t publish(uint8_t id)
{
    struct sb_input in = core_world_publish(id);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    return core_world_count(&w, SB_FX_FRONTIER);
}

static void test_herald_says_a_change_at_once_and_at_most_twenty_times_a_second(void **state)
{
    (void)state;
    size_t sent = 0;
    uint8_t id = 1;
    core_world_tick(&w, SB_FRONTIER_MIN_GAP_MS);
    for (int64_t t = 0; t < 1000; t += 10) {
        core_world_tick(&w, 10);
        sent += core_world_count(&w, SB_FX_FRONTIER);
        sent += publish(id++);
    }
    assert_in_range(sent, 19, 21);
}

static void test_herald_beats_every_two_seconds_when_nothing_changes(void **state)
{
    (void)state;
    core_world_tick(&w, SB_FRONTIER_INTERVAL_MS);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER), 1);
    for (int i = 0; i < 3; i++) {
        core_world_tick(&w, SB_FRONTIER_INTERVAL_MS - 1);
        assert_int_equal(core_world_count(&w, SB_FX_FRONTIER), 0);
        core_world_tick(&w, 1);
        assert_int_equal(core_world_count(&w, SB_FX_FRONTIER), 1);
        assert_int_equal(core_world_effect(&w, SB_FX_FRONTIER, 0)->frontier.n_origins, 0);
    }
}

static void test_herald_deadline_is_the_heartbeat_or_the_end_of_the_gap(void **state)
{
    (void)state;
    core_world_tick(&w, SB_FRONTIER_INTERVAL_MS);
    assert_int_equal(sb_core_deadline(w.core), w.now.mono_ms + SB_FRONTIER_INTERVAL_MS);
    assert_int_equal(publish(1), 0);
    assert_int_equal(sb_core_deadline(w.core), w.now.mono_ms + SB_FRONTIER_MIN_GAP_MS);
}

static void test_herald_delta_lists_what_changed_since_the_last_number(void **state)
{
    (void)state;
    static struct core_history h;
    core_history_make(&h, &w, 2, (struct sb_epoch){1, 5}, 3, NULL, 0);
    core_world_tick(&w, SB_FRONTIER_MIN_GAP_MS);
    core_world_segment(&w, 1, &h, 1, 3);
    core_world_commit(&w);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_FRONTIER, 0);
    assert_int_equal(e->frontier.route.kind, SB_ROUTE_PUBLISHER);
    assert_int_equal(e->frontier.n_origins, 1);
    assert_int_equal(e->frontier.origins[0], 2);
    assert_false(e->frontier.full);
    uint64_t counter = e->frontier.counter;
    core_world_tick(&w, SB_FRONTIER_INTERVAL_MS);
    e = core_world_effect(&w, SB_FX_FRONTIER, 0);
    assert_int_equal(e->frontier.counter, counter + 1);
    assert_int_equal(e->frontier.n_origins, 0);
}

static void test_herald_says_nothing_of_a_commit_that_failed(void **state)
{
    (void)state;
    core_world_tick(&w, SB_FRONTIER_MIN_GAP_MS);
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_fail(&w);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER), 0);
    assert_int_equal(core_world_count(&w, SB_FX_BROADCAST), 0);
    core_world_tick(&w, SB_FRONTIER_MIN_GAP_MS);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER), 0);
}

static void test_herald_greets_in_full(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_FRONTIER, 0);
    assert_true(e->frontier.full);
    assert_int_equal(e->frontier.n_origins, CORE_WORLD_ORIGINS);
    assert_int_equal(e->frontier.route.kind, SB_ROUTE_LINK);
    struct sb_input in = {.type = SB_IN_FRONTIER_REQUEST};
    in.frontier_request.from = 1;
    in.frontier_request.route = (struct sb_route){SB_ROUTE_LINK, 1};
    core_world_step(&w, &in);
    assert_true(core_world_effect(&w, SB_FX_FRONTIER, 0)->frontier.full);
}

static void test_herald_tells_changes_by_the_link_to_who_does_not_follow(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1); /* its HELLO says that it does not follow our publisher */
    core_world_tick(&w, SB_FRONTIER_MIN_GAP_MS);
    assert_int_equal(publish(1), 2);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_FRONTIER, 1);
    assert_int_equal(e->frontier.route.kind, SB_ROUTE_LINK);
    assert_int_equal(e->frontier.partner, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_herald_says_a_change_at_once_and_at_most_twenty_times_a_second),
        T(test_herald_beats_every_two_seconds_when_nothing_changes),
        T(test_herald_deadline_is_the_heartbeat_or_the_end_of_the_gap),
        T(test_herald_delta_lists_what_changed_since_the_last_number),
        T(test_herald_says_nothing_of_a_commit_that_failed),
        T(test_herald_greets_in_full),
        T(test_herald_tells_changes_by_the_link_to_who_does_not_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
