/* remote(k): k partners of the audience show our own checkpoint at or beyond the event. */
#include "tests/unit/core/core_world.h"

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_world_greet(&w, 1, 1);
    core_world_greet(&w, 2, 1);
    core_world_frontier(&w, 1, 1, 1, true, 0, NULL, SB_HEAD_HELD);
    core_world_frontier(&w, 2, 1, 1, true, 0, NULL, SB_HEAD_HELD);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void publish(uint32_t remote, const struct sb_org *audience, size_t n)
{
    struct sb_input in = core_world_publish(1);
    in.publish.remote = remote;
    in.publish.audience = (struct sb_audience){audience, n};
    in.publish.deadline_mono_ms = w.now.mono_ms + 5000;
    core_world_submit(&w, &in);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 0);
}

/* What they show of our open epoch: links up to `seq`, bodies up to `bodies`. */
static size_t show(uint16_t peer, uint64_t counter, uint64_t seq, uint64_t bodies)
{
    const struct sb_chain *k = &w.core->chains[w.core->open];
    struct sb_head head = {k->epoch, k->tip, {bodies}};
    head.checkpoint.seq.n = seq;
    core_world_frontier(&w, peer, 1, counter, false, 0, &head, SB_HEAD_HELD);
    return core_world_count(&w, SB_FX_ACK);
}

/* A partner that holds the other branch of a fork of our epoch does not hold the event. */
static void test_remote_is_not_acked_by_the_other_branch_of_a_fork(void **state)
{
    (void)state;
    struct core_history other;
    publish(1, NULL, 0);
    const struct sb_chain *k = &w.core->chains[w.core->open];
    core_history_make(&other, &w, 0, k->epoch, 4, NULL, 0);
    core_world_segment(&w, 1, &other, 1, 4);
    core_world_commit(&w);
    struct sb_head head = core_history_head(&other, 4);
    core_world_frontier(&w, 1, 1, 2, false, 0, &head, SB_HEAD_HELD);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 0);
}

/* Nor does one that holds our branch hold what was said on the other one, before we were set back.
 */
static void test_remote_of_what_the_other_branch_has_is_not_acked_by_ours(void **state)
{
    (void)state;
    struct core_history other;
    publish(1, NULL, 0);
    const struct sb_chain *k = &w.core->chains[w.core->open];
    core_history_make(&other, &w, 0, k->epoch, 4, NULL, 0);
    core_world_segment(&w, 1, &other, 1, 4);
    core_world_commit(&w);
    struct sb_input again = core_world_publish(2);
    again.publish.remote = 1;
    again.publish.id_state = SB_ID_SAME;
    again.publish.known_epoch = k->epoch;
    again.publish.known_branch = 1;
    again.publish.known_seq.n = 2;
    again.publish.deadline_mono_ms = w.now.mono_ms + 5000;
    core_world_step(&w, &again);
    assert_int_equal(show(2, 2, 2, 2), 1);
    assert_false(core_world_effect(&w, SB_FX_ACK, 0)->ack.duplicate);
    struct sb_head head = core_history_head(&other, 4);
    head.bodies.n = 4;
    core_world_frontier(&w, 1, 1, 2, false, 0, &head, SB_HEAD_HELD);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
    assert_true(core_world_effect(&w, SB_FX_ACK, 0)->ack.duplicate);
}

static void test_remote_is_acked_when_enough_partners_show_it(void **state)
{
    (void)state;
    publish(2, NULL, 0);
    assert_int_equal(show(1, 2, 2, 2), 0);
    assert_int_equal(show(1, 3, 2, 2), 0); /* the same one again */
    assert_int_equal(show(2, 2, 2, 2), 1);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_REMOTE_ACKED], 1);
    assert_int_equal(w.core->n_remotes, 0);
}

static void test_remote_wants_bodies_too(void **state)
{
    (void)state;
    publish(1, NULL, 0);
    assert_int_equal(show(1, 2, 2, 1), 0);
    assert_int_equal(show(1, 3, 2, 2), 1);
}

static void test_remote_counts_only_the_audience(void **state)
{
    (void)state;
    struct sb_org two[] = {w.origins[0], w.origins[2]};
    publish(1, two, 2);
    assert_int_equal(show(1, 2, 2, 2), 0);
    assert_int_equal(show(2, 2, 2, 2), 1);
}

static void test_remote_that_takes_too_long_is_an_unknown_outcome(void **state)
{
    (void)state;
    publish(1, NULL, 0);
    core_world_tick(&w, 4999);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE), 0);
    core_world_tick(&w, 1);
    assert_int_equal(core_world_effect(&w, SB_FX_REFUSE, 0)->ack.code, SB_CODE_UNKNOWN_OUTCOME);
    assert_int_equal(show(1, 2, 2, 2), 0);
}

static void test_remote_of_a_duplicate_waits_like_the_first_time(void **state)
{
    (void)state;
    publish(1, NULL, 0);
    struct sb_input again = core_world_publish(1);
    again.publish.remote = 1;
    again.publish.id_state = SB_ID_SAME;
    again.publish.known_epoch = w.core->chains[w.core->open].epoch;
    again.publish.known_seq.n = 2;
    core_world_step(&w, &again);
    assert_int_equal(w.fx.n, 0);
    assert_int_equal(show(1, 2, 2, 2), 2);
    assert_false(core_world_effect(&w, SB_FX_ACK, 0)->ack.duplicate);
    assert_true(core_world_effect(&w, SB_FX_ACK, 1)->ack.duplicate);
    core_world_step(&w, &again);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
}

static void take_out(uint16_t partner)
{
    struct sb_input in = {.type = SB_IN_ROSTER};
    w.partners[partner] = (struct sb_core_partner){.partner = false};
    in.roster = (struct sb_in_roster){.partners = w.partners,
                                      .n_origins = CORE_WORLD_ORIGINS,
                                      .clients = w.clients,
                                      .n_clients = 2,
                                      .quota_bytes = 1024 * 1024};
    core_world_step(&w, &in);
}

/* It stands here, and nobody can say any more that it does not: one of two left. */
static void test_remote_of_a_duplicate_that_too_few_may_hold_is_an_unknown_outcome(void **state)
{
    (void)state;
    struct sb_org gone, audience[] = {w.origins[1], w.origins[2]};
    publish(2, audience, 2);
    core_world_tick(&w, 5000);
    assert_int_equal(core_world_effect(&w, SB_FX_REFUSE, 0)->ack.code, SB_CODE_UNKNOWN_OUTCOME);
    take_out(1);
    struct sb_input again = core_world_publish(1);
    again.publish.remote = 2;
    again.publish.audience = (struct sb_audience){audience, 2};
    again.publish.id_state = SB_ID_SAME;
    again.publish.known_epoch = w.core->chains[w.core->open].epoch;
    again.publish.known_seq.n = 2;
    again.publish.deadline_mono_ms = w.now.mono_ms + 5000;
    core_world_step(&w, &again);
    assert_int_equal(w.fx.n, 0);
    core_world_tick(&w, 5000);
    assert_int_equal(core_world_effect(&w, SB_FX_REFUSE, 0)->ack.code, SB_CODE_UNKNOWN_OUTCOME);
    /* nor where it is not even known any more who that was; one is enough, and the other has it */
    assert_true(sb_org_parse(&gone, "GM9999", 6));
    audience[0] = gone;
    again.publish.remote = 1;
    core_world_step(&w, &again);
    assert_int_equal(w.fx.n, 0);
    assert_int_equal(show(2, 2, 2, 2), 1);
    assert_true(core_world_effect(&w, SB_FX_ACK, 0)->ack.duplicate);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_remote_is_not_acked_by_the_other_branch_of_a_fork),
        T(test_remote_of_what_the_other_branch_has_is_not_acked_by_ours),
        T(test_remote_is_acked_when_enough_partners_show_it),
        T(test_remote_wants_bodies_too),
        T(test_remote_counts_only_the_audience),
        T(test_remote_that_takes_too_long_is_an_unknown_outcome),
        T(test_remote_of_a_duplicate_waits_like_the_first_time),
        T(test_remote_of_a_duplicate_that_too_few_may_hold_is_an_unknown_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
