/* A partner that is held to a rate: what is beyond it is left aside and asked for later, whoever
 * brings it; nobody else waits for it, and it is named. */
#include "tests/unit/core/core_world.h"

#include <string.h>

#include "daemon/core/want.h"

enum { FLOODER = 1, RELAY = 2, EVENTS = 30, PER_HOUR = 3600, BURST = 10 };

static struct core_world w;
static struct core_history flood, calm;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    w.partners[FLOODER].rate_per_hour = PER_HOUR; /* one a second */
    core_world_again(&w);
    core_history_make(&flood, &w, FLOODER, (struct sb_epoch){1, 5}, EVENTS, NULL, 0);
    core_history_make(&calm, &w, RELAY, (struct sb_epoch){1, 6}, EVENTS, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static bool takes(uint16_t from, const struct core_history *h, size_t first, size_t last)
{
    core_world_segment(&w, from, h, first, last);
    bool taken = core_world_count(&w, SB_FX_APPEND) == 1;
    if (taken) {
        core_world_commit(&w);
    }
    return taken;
}

static const struct sb_effect *alarm(void)
{
    const struct sb_effect *e = core_world_effect(&w, SB_FX_ALARM, 0);
    return e != NULL && e->alarm.code == SB_ALARM_FLOODING ? e : NULL;
}

static void test_intake_takes_ten_seconds_worth_and_then_what_time_brings(void **state)
{
    (void)state;
    assert_true(takes(FLOODER, &flood, 1, BURST));
    assert_false(takes(FLOODER, &flood, BURST + 1, BURST + 1));
    assert_false(takes(RELAY, &flood, BURST + 1, BURST + 1)); /* whoever brings it */
    core_world_tick(&w, 999);
    assert_false(takes(FLOODER, &flood, BURST + 1, BURST + 1));
    core_world_tick(&w, 1);
    assert_true(takes(FLOODER, &flood, BURST + 1, BURST + 1));
    core_world_tick(&w, 3600 * 1000);
    assert_true(takes(FLOODER, &flood, BURST + 2, 2 * BURST + 1));
    assert_false(takes(FLOODER, &flood, 2 * BURST + 2, 2 * BURST + 2));
}

static void test_intake_of_a_large_segment_is_a_debt(void **state)
{
    (void)state;
    assert_true(takes(FLOODER, &flood, 1, BURST + 5));
    core_world_tick(&w, 5 * 1000);
    assert_false(takes(FLOODER, &flood, BURST + 6, BURST + 6));
    core_world_tick(&w, 1 * 1000);
    assert_true(takes(FLOODER, &flood, BURST + 6, BURST + 6));
}

static void test_intake_that_is_not_committed_costs_nothing(void **state)
{
    (void)state;
    core_world_segment(&w, FLOODER, &flood, 1, BURST + 5);
    core_world_fail(&w);
    core_world_tick(&w, 2 * SB_FULL_RETRY_MS);
    core_world_segment(&w, FLOODER, &flood, 1, BURST + 5);
    core_world_fail(&w);
    core_world_tick(&w, 2 * SB_FULL_RETRY_MS);
    assert_true(takes(FLOODER, &flood, 1, BURST + 5)); /* and no debt of the two before */
    core_world_tick(&w, 6 * 1000);
    assert_true(takes(FLOODER, &flood, BURST + 6, BURST + 6));
}

static void test_intake_of_others_does_not_wait(void **state)
{
    (void)state;
    assert_true(takes(FLOODER, &flood, 1, BURST));
    assert_false(takes(FLOODER, &flood, BURST + 1, EVENTS));
    assert_true(takes(RELAY, &calm, 1, EVENTS));
}

/* It is named, shown with the reason, asked for nothing that would not be taken, and forgiven. */
static void test_intake_that_is_spent_is_told_and_asked_for_later(void **state)
{
    (void)state;
    struct sb_head head = core_history_head(&flood, BURST + 1);
    struct sb_core_peer_status status;
    core_world_greet(&w, FLOODER, 1);
    assert_true(takes(FLOODER, &flood, 1, BURST));
    core_world_frontier(&w, FLOODER, 1, 1, true, FLOODER, &head, SB_HEAD_AHEAD);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_null(core_world_effect(&w, SB_FX_WANT, 0));
    assert_non_null(alarm());
    assert_int_equal(alarm()->alarm.origin, FLOODER);
    assert_true(alarm()->alarm.raised);
    core_world_tick(&w, 1);
    sb_core_peer_status(w.core, FLOODER, w.now, &status);
    assert_non_null(strstr(status.outgoing.reason, "slowed: more events than its rate"));
    core_world_tick(&w, 1001);
    core_world_simple(&w, SB_IN_TURN_END);
    const struct sb_effect *want = core_world_effect(&w, SB_FX_WANT, 0);
    assert_non_null(want);
    assert_int_equal(want->partner.credit, SB_PACED_CREDIT);
    assert_true(takes(FLOODER, &flood, BURST + 1, BURST + 1));
    core_world_tick(&w, 2000);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_non_null(alarm());
    assert_false(alarm()->alarm.raised);
    sb_core_peer_status(w.core, FLOODER, w.now, &status);
    assert_null(strstr(status.outgoing.reason, "slowed"));
}

/* ---- two epochs of the flooder, each shown by somebody else */

static struct core_history much, other;

static void show_two(void)
{
    core_history_make(&much, &w, FLOODER, (struct sb_epoch){1, 5}, CORE_WORLD_EVENTS, NULL, 0);
    core_history_make(&other, &w, FLOODER, (struct sb_epoch){2, 7}, EVENTS, NULL, 0);
    struct sb_head heads[] = {core_history_head(&much, much.n), core_history_head(&other, EVENTS)};
    core_world_greet(&w, FLOODER, 1);
    core_world_greet(&w, RELAY, 1);
    core_world_frontier(&w, FLOODER, 1, 1, true, FLOODER, &heads[0], SB_HEAD_AHEAD);
    core_world_frontier(&w, RELAY, 1, 1, true, FLOODER, &heads[1], SB_HEAD_AHEAD);
    core_world_simple(&w, SB_IN_TURN_END);
}

static void answer(uint16_t from, const struct core_history *h, bool empty)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.from = from;
    in.answered.request = core_world_asked(&w, SB_WANT_LINKS, from, h);
    in.answered.empty = empty;
    assert_int_not_equal(in.answered.request, 0);
    core_world_step(&w, &in);
}

/* Of the one as much as there is room for; of the other then nothing, again and again, unless it
 * is not given at all. The budget and every pause are over before they are asked again. */
static void take_one_and_refuse_the_other(bool empty)
{
    enum { ROUNDS = CORE_WORLD_EVENTS / BURST };
    show_two();
    for (size_t i = 0; i < ROUNDS; i++) {
        core_world_tick(&w, i == 0 ? 0 : SB_WANT_RETRY_MAX_MS);
        core_world_simple(&w, SB_IN_TURN_END);
        core_world_segment(&w, FLOODER, &much, i * BURST + 1, (i + 1) * BURST);
        answer(FLOODER, &much, false);
        core_world_commit(&w);
        if (!empty) {
            assert_false(takes(RELAY, &other, 1, 1));
        }
        answer(RELAY, &other, empty);
        core_world_simple(&w, SB_IN_TURN_END);
        assert_int_equal(core_world_asked(&w, SB_WANT_LINKS, RELAY, &other), 0);
    }
}

/* The fault is ours, and theirs who flood; not that of who was asked. */
static void test_intake_that_was_refused_is_asked_for_soon_again(void **state)
{
    (void)state;
    take_one_and_refuse_the_other(false);
    core_world_tick(&w, 1000 + SB_WANT_RETRY_MS);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_not_equal(core_world_asked(&w, SB_WANT_LINKS, RELAY, &other), 0);
}

static void test_intake_that_is_not_given_is_asked_for_ever_more_rarely(void **state)
{
    (void)state;
    take_one_and_refuse_the_other(true);
    core_world_tick(&w, SB_WANT_RETRY_MAX_MS - 1);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_asked(&w, SB_WANT_LINKS, RELAY, &other), 0);
    core_world_tick(&w, 1);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_not_equal(core_world_asked(&w, SB_WANT_LINKS, RELAY, &other), 0);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_intake_takes_ten_seconds_worth_and_then_what_time_brings),
        T(test_intake_of_a_large_segment_is_a_debt),
        T(test_intake_that_is_not_committed_costs_nothing),
        T(test_intake_of_others_does_not_wait),
        T(test_intake_that_is_spent_is_told_and_asked_for_later),
        T(test_intake_that_was_refused_is_asked_for_soon_again),
        T(test_intake_that_is_not_given_is_asked_for_ever_more_rarely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
