/* Of two instances the one that is not heard greets anew, if it has news, and more rarely each time
 * that this is of no use. */
#include "tests/unit/core/core_world.h"

enum { PEER = 1, PAUSE_MS = 3 * SB_RENEW_MS + SB_FRONTIER_INTERVAL_MS };

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_world_greet(&w, PEER, 1);
    core_world_frontier(&w, PEER, 1, 1, true, 0, NULL, SB_HEAD_HELD);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void view(bool other, bool silent)
{
    struct sb_view v = {.state = "live", .silent = silent};
    struct sb_input in = {.type = SB_IN_VIEW};
    in.view.from = PEER;
    in.view.route = (struct sb_route){SB_ROUTE_LINK, PEER};
    in.view.view = &v;
    in.view.other_boot = other;
    core_world_step(&w, &in);
}

static void publish(uint8_t id)
{
    struct sb_input in = core_world_publish(id);
    core_world_submit(&w, &in);
    core_world_commit(&w);
}

static unsigned renewals(int64_t ms)
{
    uint64_t before = sb_core_traces(w.core)[SB_TRACE_BOOT_RENEWED];
    for (int64_t t = 0; t < ms; t += 500) {
        core_world_tick(&w, 500);
    }
    return (unsigned)(sb_core_traces(w.core)[SB_TRACE_BOOT_RENEWED] - before);
}

static void test_instance_that_is_heard_does_not_greet(void **state)
{
    (void)state;
    publish(1);
    view(false, false);
    assert_int_equal(renewals(60000), 0);
}

static void test_instance_without_news_does_not_greet(void **state)
{
    (void)state;
    view(true, false);
    assert_int_equal(renewals(60000), 0);
}

static void test_instance_with_news_greets_after_a_pause(void **state)
{
    (void)state;
    publish(1);
    view(true, false);
    core_world_tick(&w, 100);
    assert_int_equal(core_world_count(&w, SB_FX_RENEW_BOOT), 0);
    while (core_world_count(&w, SB_FX_RENEW_BOOT) == 0) {
        core_world_tick(&w, 500);
    }
    assert_int_equal(core_world_count(&w, SB_FX_HELLO), 1);
    assert_true(core_world_effect(&w, SB_FX_HELLO, 0) > core_world_effect(&w, SB_FX_RENEW_BOOT, 0));
    assert_int_equal(renewals(60000), 0); /* until it is said again that we are not heard */
}

static void test_instance_behind_a_silent_one_greets_without_news(void **state)
{
    (void)state;
    view(true, true);
    assert_int_equal(renewals(PAUSE_MS), 1);
}

static void test_instance_that_greets_in_vain_waits_longer(void **state)
{
    (void)state;
    publish(1);
    unsigned n = 0;
    for (int i = 0; i < 60; i++) { /* ten minutes */
        for (int heartbeats = 0; heartbeats < 5; heartbeats++) {
            view(true, false);
            n += renewals(SB_FRONTIER_INTERVAL_MS);
        }
    }
    assert_in_range(n, 15, 25);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_instance_that_is_heard_does_not_greet),
        T(test_instance_without_news_does_not_greet),
        T(test_instance_with_news_greets_after_a_pause),
        T(test_instance_behind_a_silent_one_greets_without_news),
        T(test_instance_that_greets_in_vain_waits_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
