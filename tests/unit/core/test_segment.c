/* Verified history from partners: where it is put, what is deferred, what is a fork. */
#include "tests/unit/core/core_world.h"

static struct core_world w;
static struct core_history one, other;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 8, NULL, 0);
    core_history_make(&other, &w, 1, (struct sb_epoch){1, 5}, 8, &one, 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void assert_tip(uint16_t branch, const struct core_history *h, size_t seq)
{
    struct sb_chain_info info;
    assert_true(sb_core_find_chain(w.core, h->origin, h->epoch, branch, &info));
    assert_int_equal(info.tip.seq.n, seq);
    assert_memory_equal(info.tip.hash.b, h->hashes[seq - 1].b, sizeof info.tip.hash.b);
}

static void test_segment_grows_a_chain_turn_by_turn(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 3);
    assert_int_equal(core_world_effect(&w, SB_FX_APPEND, 0)->append.n, 3);
    assert_null(core_world_effect(&w, SB_FX_APPEND, 0)->append.own);
    core_world_commit(&w);
    assert_int_equal(core_world_effect(&w, SB_FX_BROADCAST, 0)->append.n, 3);
    core_world_segment(&w, 2, &one, 4, 8);
    core_world_commit(&w);
    assert_tip(0, &one, 8);
    assert_int_equal(w.core->origins[1].events, 8);
    assert_int_equal(w.core->origins[1].bytes, 8 * 200);
}

static void test_segment_follows_what_the_same_turn_staged(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 3);
    core_world_segment(&w, 1, &one, 4, 8);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 1);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_CHAIN), 1);
    assert_int_equal(core_world_count(&w, SB_FX_SEAL), 0);
    core_world_simple(&w, SB_IN_COMMITTED);
    assert_tip(0, &one, 8);
}

static void test_segment_of_another_branch_in_one_turn_is_deferred(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 5);
    core_world_segment(&w, 2, &other, 1, 5);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_DEFER);
    core_world_commit(&w);
    assert_int_equal(sb_core_branches(w.core, 1, one.epoch), 1);
}

static void test_segment_that_leaves_a_chain_is_a_fork_and_both_stay(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 6);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
    core_world_segment(&w, 2, &other, 4, 5);
    core_world_commit(&w);
    const struct sb_effect *alarm = core_world_effect(&w, SB_FX_ALARM, 0);
    assert_int_equal(alarm->alarm.code, SB_ALARM_FORK);
    assert_int_equal(alarm->alarm.origin, 1);
    assert_int_equal(alarm->alarm.seq.n, 4);
    assert_tip(0, &one, 6);
    assert_tip(1, &other, 5);
    core_world_segment(&w, 2, &other, 6, 8);
    core_world_commit(&w);
    core_world_segment(&w, 1, &one, 7, 8);
    core_world_commit(&w);
    assert_tip(0, &one, 8);
    assert_tip(1, &other, 8);
    assert_int_equal(w.core->origins[1].events, 8 + 5);
}

static void test_segment_with_a_gap_is_refused(void **state)
{
    (void)state;
    struct sb_head head = core_history_head(&one, 8);
    core_world_greet(&w, 2, 1);
    core_world_frontier(&w, 2, 1, 1, true, 1, &head, SB_HEAD_AHEAD);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_effect(&w, SB_FX_WANT, 0)->partner.from.n, 1);
    core_world_segment(&w, 2, &one, 5, 8);
    assert_int_equal(w.fx.n, 0);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_SEGMENT_GAP], 1);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_WANT_BACKWARDS], 0); /* asked from 1 on */
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(sb_core_branches(w.core, 1, one.epoch), 0);
}

static void test_segment_without_a_body_that_is_due_defers_what_follows(void **state)
{
    (void)state;
    one.notes[2].has_body = false;
    one.notes[4].entitled = one.notes[4].has_body = false;
    core_world_segment(&w, 1, &one, 1, 6);
    const struct sb_staged *staged = sb_core_staged(w.core);
    assert_int_equal(staged[1].state, SB_BODY_PRESENT);
    assert_false(staged[1].deferred);
    assert_int_equal(staged[2].state, SB_BODY_MISSING);
    assert_true(staged[2].deferred);
    assert_int_equal(staged[3].state, SB_BODY_PRESENT);
    assert_true(staged[3].deferred);
    assert_int_equal(staged[4].state, SB_BODY_WITHHELD);
    core_world_commit(&w);
    struct sb_chain_info info;
    assert_true(sb_core_find_chain(w.core, 1, one.epoch, 0, &info));
    assert_int_equal(info.tip.seq.n, 6);
    assert_int_equal(info.bodies.n, 2);

    struct sb_seq seqs[] = {{3}};
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies =
        (struct sb_in_bodies){.from = 1, .origin = 1, .epoch = one.epoch, .seqs = seqs, .n = 1};
    core_world_step(&w, &in);
    const struct sb_effect *release = core_world_effect(&w, SB_FX_RELEASE, 0);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_BODIES), 1);
    assert_int_equal(release->release.from.n, 3);
    assert_int_equal(release->release.to.n, 6);
    assert_int_equal(release->release.offset.n, 7);
    core_world_commit(&w);
    assert_true(sb_core_find_chain(w.core, 1, one.epoch, 0, &info));
    assert_int_equal(info.bodies.n, 6);
}

static void test_segment_of_bodies_releases_only_up_to_the_next_missing(void **state)
{
    (void)state;
    one.notes[2].has_body = one.notes[5].has_body = false;
    core_world_segment(&w, 1, &one, 1, 8);
    core_world_commit(&w);
    struct sb_seq seqs[] = {{3}};
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies = (struct sb_in_bodies){
        .from = 1, .origin = 1, .epoch = one.epoch, .seqs = seqs, .n = 1, .next_missing = {6}};
    core_world_step(&w, &in);
    assert_int_equal(core_world_effect(&w, SB_FX_RELEASE, 0)->release.to.n, 5);
}

static void test_segment_beyond_the_quota_of_its_origin_is_refused(void **state)
{
    (void)state;
    w.options.quota_bytes = 700;
    core_world_again(&w);
    core_world_segment(&w, 1, &one, 1, 3);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 1);
    core_world_commit(&w);
    core_world_segment(&w, 1, &one, 4, 8);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 0);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_QUOTA);
    struct core_history h;
    core_history_make(&h, &w, 2, (struct sb_epoch){1, 5}, 2, NULL, 0);
    core_world_segment(&w, 2, &h, 1, 2);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 1);
}

static void test_segment_beyond_the_quota_is_told_once_for_each_origin(void **state)
{
    (void)state;
    struct core_history next;
    core_history_make(&next, &w, 2, (struct sb_epoch){1, 5}, 8, NULL, 0);
    w.options.quota_bytes = 10;
    core_world_again(&w);
    core_world_segment(&w, 1, &one, 1, 3);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.origin, 1);
    core_world_segment(&w, 1, &one, 1, 3);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
    core_world_segment(&w, 2, &next, 1, 8);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_QUOTA);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.origin, 2);
    struct sb_input own = core_world_publish(1);
    w.core->origins[0].bytes = 10;
    core_world_step(&w, &own);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.origin, 0);
}

static void test_segment_beyond_the_quota_is_refused_where_one_turn_brings_several(void **state)
{
    (void)state;
    w.options.quota_bytes = 0;
    for (size_t i = 0; i < 4; i++) {
        w.options.quota_bytes += one.notes[i].bytes;
    }
    core_world_again(&w);
    core_world_segment(&w, 1, &one, 1, 3);
    core_world_segment(&w, 1, &one, 4, 6);
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 0);
    core_world_commit(&w);
    core_world_segment(&w, 1, &one, 4, 4); /* what was staged is counted once */
    assert_int_equal(core_world_count(&w, SB_FX_APPEND), 1);
}

static void test_segment_of_our_own_history_closes_the_open_epoch(void **state)
{
    (void)state;
    struct core_history own;
    core_history_make(&own, &w, 0, (struct sb_epoch){1, 5}, 3, NULL, 0);
    struct sb_input in = core_world_publish(1), next = core_world_publish(2);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    assert_true(w.core->has_open);
    core_world_segment(&w, 1, &own, 1, 3);
    core_world_commit(&w);
    assert_false(w.core->has_open);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
    core_world_step(&w, &next);
    const struct sb_effect *open = core_world_effect(&w, SB_FX_OPEN_EPOCH, 0);
    assert_int_equal(open->open_epoch.counter, 2);
    assert_int_equal(open->open_epoch.n_parents, 2);
}

static void test_segment_that_follows_our_run_is_a_second_instance(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1), next = core_world_publish(2);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    struct core_history own;
    core_history_make(&own, &w, 0, (struct sb_epoch){2, 5}, 2, NULL, 0);
    own.start.n_parents = 1;
    own.start.parents[0] = (struct sb_parent){
        w.core->chains[w.core->open].epoch, {2}, w.core->chains[w.core->open].tip.hash};
    core_world_segment(&w, 1, &own, 1, 2);
    core_world_commit(&w);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_SECOND_INSTANCE);
    assert_false(w.core->has_open);
    core_world_submit(&w, &next); /* it never stops publishing */
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_segment_grows_a_chain_turn_by_turn),
        T(test_segment_follows_what_the_same_turn_staged),
        T(test_segment_of_another_branch_in_one_turn_is_deferred),
        T(test_segment_that_leaves_a_chain_is_a_fork_and_both_stay),
        T(test_segment_with_a_gap_is_refused),
        T(test_segment_without_a_body_that_is_due_defers_what_follows),
        T(test_segment_of_bodies_releases_only_up_to_the_next_missing),
        T(test_segment_beyond_the_quota_of_its_origin_is_refused),
        T(test_segment_beyond_the_quota_is_told_once_for_each_origin),
        T(test_segment_beyond_the_quota_is_refused_where_one_turn_brings_several),
        T(test_segment_of_our_own_history_closes_the_open_epoch),
        T(test_segment_that_follows_our_run_is_a_second_instance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
