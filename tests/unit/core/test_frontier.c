/* Which frontiers are taken: by boot nonce and counter, never by clock. */
#include "tests/unit/core/core_world.h"

#include <string.h>

static struct core_world w;
static struct core_history one;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 8, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static uint64_t show(uint8_t boot, uint64_t counter, bool full, size_t seq)
{
    struct sb_head head = core_history_head(&one, seq);
    core_world_frontier(&w, 1, boot, counter, full, 1, &head, SB_HEAD_AHEAD);
    return sb_core_lag(w.core);
}

static uint64_t traced(enum sb_trace id)
{
    return sb_core_traces(w.core)[id];
}

static void test_frontier_of_an_unknown_boot_counts_for_nothing_and_hurries(void **state)
{
    (void)state;
    assert_int_equal(show(1, 1, true, 5), 0);
    assert_int_equal(traced(SB_TRACE_FRONTIER_UNKNOWN_BOOT), 1);
    assert_int_equal(core_world_count(&w, SB_FX_HURRY), 1);
    assert_int_equal(show(1, 2, true, 5), 0);
    assert_int_equal(core_world_count(&w, SB_FX_HURRY), 0); /* not at every frontier */
    w.now.mono_ms += SB_HANDSHAKE_MS;
    (void)show(1, 3, true, 5);
    assert_int_equal(core_world_count(&w, SB_FX_HURRY), 1);
}

static void test_frontier_full_is_taken_and_deltas_follow_one_by_one(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 10, true, 3), 3);
    assert_int_equal(show(1, 11, false, 5), 5);
    assert_int_equal(traced(SB_TRACE_FRONTIER_DELTA), 1);
    assert_int_equal(show(1, 11, false, 7), 5); /* heard twice */
    assert_int_equal(show(1, 9, false, 7), 5);
    assert_int_equal(traced(SB_TRACE_FRONTIER_OLD), 2);
    assert_int_equal(show(1, 12, false, 6), 6);
}

static void test_frontier_with_a_counter_gap_is_passed_over_and_a_full_one_asked_for(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 10, true, 3), 3);
    assert_int_equal(show(1, 12, false, 5), 3);
    assert_int_equal(traced(SB_TRACE_FRONTIER_GAP), 1);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 1);
    assert_int_equal(show(1, 12, true, 5), 5);
    assert_int_equal(show(1, 13, false, 6), 6);
}

static void test_frontier_delta_before_any_full_one_is_passed_over(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 1, false, 3), 0);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 1);
    assert_int_equal(show(1, 1, false, 3), 0);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 0); /* one a second */
}

static void test_frontier_of_a_retired_boot_is_never_taken_again(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 10, true, 3), 3);
    core_world_greet(&w, 1, 2);
    assert_int_equal(traced(SB_TRACE_HELLO_NEW_BOOT), 1);
    assert_int_equal(show(2, 1, true, 4), 4);
    core_world_greet(&w, 1, 1);
    assert_int_equal(traced(SB_TRACE_HELLO_RETIRED_BOOT), 1);
    assert_int_equal(show(1, 11, true, 8), 4);
    assert_int_equal(show(2, 2, false, 5), 5);
}

static void test_frontier_full_forgets_what_it_does_not_list(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    (void)show(1, 1, true, 3);
    core_world_segment(&w, 2, &one, 1, 3);
    core_world_commit(&w);
    assert_int_equal(sb_core_lag(w.core), 0);
    core_world_frontier(&w, 1, 1, 2, true, 1, NULL, SB_HEAD_HELD);
    assert_int_equal(traced(SB_TRACE_FRONTIER_FULL), 2);
    assert_int_equal(w.core->origins[1].shown, NONE);
}

static void test_frontier_that_showed_what_never_came_keeps_counting_as_lag(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 1, true, 3), 3);
    core_world_frontier(&w, 1, 1, 2, true, 1, NULL, SB_HEAD_HELD); /* it lost its disk */
    assert_int_equal(sb_core_lag(w.core), 3);
}

static void test_frontier_lag_falls_when_the_events_are_durable_and_not_before(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 1, true, 8), 8);
    core_world_segment(&w, 1, &one, 1, 8);
    assert_int_equal(sb_core_lag(w.core), 8);
    core_world_commit(&w);
    assert_int_equal(sb_core_lag(w.core), 0);
}

static void test_frontier_lag_stays_when_the_commit_fails(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    assert_int_equal(show(1, 1, true, 8), 8);
    core_world_segment(&w, 1, &one, 1, 8);
    core_world_fail(&w);
    assert_int_equal(sb_core_lag(w.core), 8);
}

static void test_hello_of_another_partnership_is_refused_in_words(void **state)
{
    (void)state;
    struct sb_hello hello = {.organisation = w.origins[1]};
    struct sb_input in = {.type = SB_IN_HELLO};
    in.hello.from = 1;
    in.hello.route = (struct sb_route){SB_ROUTE_SESSION, 9};
    in.hello.hello = &hello;
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE_PARTNER), 1);
    assert_int_equal(core_world_count(&w, SB_FX_HELLO), 0);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "refused");
}

static void drop_link(uint16_t partner)
{
    struct sb_input down = {.type = SB_IN_LINK_DOWN};
    down.link.partner = partner;
    down.link.text = "the connection ended";
    core_world_step(&w, &down);
}

/* It names an endpoint, what was wrong and what to do, and is of no use when it is cut. */
static void test_reason_of_a_refusal_is_kept_whole(void **state)
{
    static const char text[] =
        "tcp://berichten.gemeente-ouder-amstel.example:7462: they refuse our "
        "key: it is not, or not with this right, in their configuration";
    struct sb_input refused = {.type = SB_IN_LINK_REFUSED};
    struct sb_core_peer_status status;
    (void)state;
    refused.link.partner = 1;
    refused.link.text = text;
    core_world_step(&w, &refused);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.why, text);
    sb_core_peer_status(w.core, 1, w.now, &status);
    assert_string_equal(status.outgoing.reason, text);
}

/* What was received before a connection ended may be read after it. */
static void test_hello_that_is_read_after_its_connection_ended_greets_nobody(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    core_world_tick(&w, 1);
    drop_link(1);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "down");
    struct sb_hello hello = {.partnership = w.options.partnership, .organisation = w.origins[1]};
    struct sb_input in = {.type = SB_IN_HELLO};
    in.hello.from = 1;
    in.hello.route = (struct sb_route){SB_ROUTE_LINK, 1};
    in.hello.hello = &hello;
    in.hello.same_partnership = true;
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 0);
    core_world_tick(&w, 1);
    assert_int_equal(core_world_count(&w, SB_FX_STATE), 0);
    assert_false(w.core->peers[1].out.greeted);
}

static void test_partner_is_live_then_stalled_then_live_again(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    core_world_tick(&w, 1);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "catching_up");
    core_world_frontier(&w, 1, 1, 1, true, 1, NULL, SB_HEAD_HELD);
    core_world_tick(&w, 1);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "live");
    core_world_pass(&w, SB_STALLED_MS - 1);
    assert_int_equal(core_world_count(&w, SB_FX_STATE), 0);
    core_world_tick(&w, 1);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "stalled");
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_STALLED);
    core_world_frontier(&w, 1, 1, 2, true, 1, NULL, SB_HEAD_HELD);
    core_world_tick(&w, 1);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "live");
    assert_false(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.raised);
}

static void expect_stalled_alarm(bool raised, uint16_t partner, size_t of)
{
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), of);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_ALARM, of - 1);
    assert_int_equal(e->alarm.code, SB_ALARM_STALLED);
    assert_int_equal(e->alarm.raised, raised);
    assert_int_equal(e->alarm.origin, partner);
}

static void test_partners_that_stall_are_told_one_by_one(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    core_world_frontier(&w, 1, 1, 1, true, 1, NULL, SB_HEAD_HELD);
    core_world_tick(&w, 1000);
    core_world_greet(&w, 2, 2);
    core_world_frontier(&w, 2, 2, 1, true, 2, NULL, SB_HEAD_HELD);
    core_world_pass(&w, SB_STALLED_MS - 500);
    expect_stalled_alarm(true, 1, 1);
    core_world_tick(&w, 1000);
    expect_stalled_alarm(true, 2, 1);
    core_world_frontier(&w, 1, 1, 2, true, 1, NULL, SB_HEAD_HELD);
    core_world_tick(&w, 1);
    expect_stalled_alarm(false, 1, 1);
    core_world_frontier(&w, 2, 2, 2, true, 2, NULL, SB_HEAD_HELD);
    core_world_tick(&w, 1);
    expect_stalled_alarm(false, 2, 1);
}

static void test_alarm_of_a_stalled_partner_stays_when_its_connection_ends(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    core_world_frontier(&w, 1, 1, 1, true, 1, NULL, SB_HEAD_HELD);
    core_world_pass(&w, SB_STALLED_MS + 1);
    expect_stalled_alarm(true, 1, 1);
    drop_link(1);
    core_world_tick(&w, 1000);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
    core_world_greet(&w, 1, 1);
    core_world_tick(&w, 1);
    expect_stalled_alarm(false, 1, 1);
}

static void test_partner_without_a_connection_is_an_alarm_after_a_minute(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    core_world_frontier(&w, 1, 1, 1, true, 1, NULL, SB_HEAD_HELD);
    drop_link(1);
    core_world_tick(&w, 1);
    core_world_pass(&w, SB_AWAY_MS);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
    core_world_tick(&w, 1); /* the other two were never there */
    expect_stalled_alarm(true, 3, 3);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.origin, 1);
    core_world_pass(&w, SB_AWAY_MS);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
}

static void be_live_and_hang(int64_t ms)
{
    core_world_greet(&w, 1, 1);
    core_world_frontier(&w, 1, 1, 1, true, 1, NULL, SB_HEAD_HELD);
    core_world_tick(&w, SB_ATTENDED_MS);
    assert_string_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.to, "live");
    core_world_tick(&w, ms);
    assert_int_equal(core_world_count(&w, SB_FX_STATE), 0);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
}

/* What lies between two turns of ours is no silence of a partner's, but for a little. */
static void test_own_pause_accuses_no_partner_and_hides_no_silence(void **state)
{
    struct sb_core_peer_status status;
    (void)state;
    be_live_and_hang(10 * SB_STALLED_MS);
    assert_int_equal(traced(SB_TRACE_OWN_PAUSE), 1);
    sb_core_peer_status(w.core, 1, w.now, &status);
    assert_false(status.silent);
    assert_int_equal(w.now.mono_ms - status.outgoing.last_contact_mono_ms,
                     10 * SB_STALLED_MS + SB_ATTENDED_MS);
    core_world_tick(&w, SB_STALLED_MS - 2 * SB_ATTENDED_MS);
    assert_int_equal(core_world_count(&w, SB_FX_STATE), 0);
    core_world_tick(&w, 1);
    expect_stalled_alarm(true, 1, 1);
    sb_core_peer_status(w.core, 1, w.now, &status);
    assert_true(status.silent);
}

/* A daemon that never comes in time sees silence too, later. */
static void test_silence_is_found_by_who_is_always_late(void **state)
{
    (void)state;
    be_live_and_hang(10 * SB_STALLED_MS);
    core_world_tick(&w, 10 * SB_STALLED_MS);
    core_world_tick(&w, 10 * SB_STALLED_MS);
    expect_stalled_alarm(true, 1, 1);
}

static void tell_silent(bool silent)
{
    struct sb_view view = {.state = "live", .silent = silent};
    struct sb_input in = {.type = SB_IN_VIEW};
    in.view.from = 1;
    in.view.route = (struct sb_route){SB_ROUTE_LINK, 1};
    in.view.view = &view;
    core_world_step(&w, &in);
}

/* They heard nothing of us, and rightly: only if they go on like that, the line is at fault. */
static void test_own_pause_that_a_partner_noticed_is_no_fault_of_the_line(void **state)
{
    (void)state;
    be_live_and_hang(2 * SB_STALLED_MS);
    for (int64_t t = 0; t < SB_STALLED_MS; t += 1000) {
        tell_silent(true);
        core_world_frontier(&w, 1, 1, 2 + (uint64_t)t, true, 1, NULL, SB_HEAD_HELD);
        core_world_tick(&w, t == 0 ? 999 : 1000);
        assert_int_equal(core_world_count(&w, SB_FX_STATE), 0);
    }
    core_world_tick(&w, 1);
    expect_stalled_alarm(true, 1, 1);
    tell_silent(false);
    core_world_tick(&w, 1);
    expect_stalled_alarm(false, 1, 1);
    tell_silent(true); /* nothing of ours explains it */
    core_world_tick(&w, 1);
    expect_stalled_alarm(true, 1, 1);
}

static void test_partner_that_shows_events_which_never_come_is_stalled(void **state)
{
    (void)state;
    core_world_greet(&w, 1, 1);
    uint64_t counter = 1;
    for (int64_t t = 0; t <= SB_STALLED_MS + 1000; t += 1000) {
        assert_int_equal(show(1, counter++, true, 8), 8);
        core_world_tick(&w, 1000);
    }
    struct sb_core_peer_status status;
    sb_core_peer_status(w.core, 1, w.now, &status);
    assert_string_equal(status.outgoing.state, "stalled");
    assert_int_equal(status.lag_events, 8);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_frontier_of_an_unknown_boot_counts_for_nothing_and_hurries),
        T(test_frontier_full_is_taken_and_deltas_follow_one_by_one),
        T(test_frontier_with_a_counter_gap_is_passed_over_and_a_full_one_asked_for),
        T(test_frontier_delta_before_any_full_one_is_passed_over),
        T(test_frontier_of_a_retired_boot_is_never_taken_again),
        T(test_frontier_full_forgets_what_it_does_not_list),
        T(test_frontier_that_showed_what_never_came_keeps_counting_as_lag),
        T(test_frontier_lag_falls_when_the_events_are_durable_and_not_before),
        T(test_frontier_lag_stays_when_the_commit_fails),
        T(test_hello_of_another_partnership_is_refused_in_words),
        T(test_reason_of_a_refusal_is_kept_whole),
        T(test_hello_that_is_read_after_its_connection_ended_greets_nobody),
        T(test_partner_is_live_then_stalled_then_live_again),
        T(test_partners_that_stall_are_told_one_by_one),
        T(test_alarm_of_a_stalled_partner_stays_when_its_connection_ends),
        T(test_partner_without_a_connection_is_an_alarm_after_a_minute),
        T(test_own_pause_accuses_no_partner_and_hides_no_silence),
        T(test_silence_is_found_by_who_is_always_late),
        T(test_own_pause_that_a_partner_noticed_is_no_fault_of_the_line),
        T(test_partner_that_shows_events_which_never_come_is_stalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
