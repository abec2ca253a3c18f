/* A publish: what it is refused for, what it waits for, and that no acknowledgement leaves before
 * the commit. */
#include "tests/unit/core/core_world.h"

#include <string.h>

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    return 0;
}

static int set_up_recovering(void **state)
{
    (void)state;
    core_world_init_recovering(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void assert_refused(enum sb_code code)
{
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_REFUSE);
    assert_int_equal(w.fx.items[0].ack.code, code);
    assert_true(strlen(w.fx.items[0].ack.text) > 0);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_SEAL), 0);
}

static void test_publish_goes_through_every_station_in_order(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    const struct sb_effect *open = core_world_effect(&w, SB_FX_OPEN_EPOCH, 0);
    assert_non_null(open);
    assert_int_equal(open->open_epoch.counter, 1);
    assert_int_equal(open->open_epoch.n_parents, 0);
    assert_true(sb_hash_eq(&open->open_epoch.first_commitment, &in.publish.commitment));

    core_world_start_epoch(&w);
    assert_int_equal(w.fx.n, 1);
    const struct sb_effect *start = core_world_effect(&w, SB_FX_APPEND, 0);
    assert_int_equal(start->append.own->kind, SB_KIND_SYSTEM);
    assert_int_equal(start->append.own->seq.n, 1);
    assert_true(sb_hash_is_zero(&start->append.own->prev));
    struct sb_hash first = sb_link_hash(start->append.own);

    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    const struct sb_effect *append = core_world_effect(&w, SB_FX_APPEND, 0);
    assert_int_equal(append->append.own->seq.n, 2);
    assert_true(sb_hash_eq(&append->append.own->prev, &first));
    assert_true(sb_uuid_eq(&append->append.own->id, &in.publish.id));
    assert_int_equal(sb_core_staged(w.core)[append->append.first].offset.n, 2);

    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_SEAL);
    struct sb_chain_info row;
    sb_core_chain_row(w.core, w.fx.items[0].chain.chain, &row);
    assert_int_equal(row.tip.seq.n, 2);

    core_world_simple(&w, SB_IN_COMMITTED);
    const struct sb_effect *ack = core_world_effect(&w, SB_FX_ACK, 0);
    assert_non_null(ack);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
    assert_int_equal(ack->ack.seq.n, 2);
    assert_int_equal(ack->ack.request, 1);
    assert_false(ack->ack.duplicate);
    assert_int_equal(core_world_count(&w, SB_FX_BROADCAST), 1);
}

static void test_publish_extends_the_open_epoch_in_later_turns(void **state)
{
    (void)state;
    struct sb_input a = core_world_publish(1), b = core_world_publish(2);
    core_world_submit(&w, &a);
    core_world_commit(&w);
    core_world_step(&w, &b);
    assert_int_equal(core_world_count(&w, SB_FX_OPEN_EPOCH), 0);
    assert_int_equal(core_world_effect(&w, SB_FX_APPEND, 0)->append.own->seq.n, 3);
}

static void test_publish_acks_nothing_before_the_commit_of_many(void **state)
{
    (void)state;
    for (uint8_t i = 1; i <= 10; i++) {
        struct sb_input in = core_world_publish(i);
        core_world_submit(&w, &in);
        assert_int_equal(core_world_count(&w, SB_FX_ACK), 0);
    }
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 0);
    assert_int_equal(core_world_count(&w, SB_FX_SEAL), 1);
    core_world_simple(&w, SB_IN_COMMITTED);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 10);
    assert_int_equal(core_world_effect(&w, SB_FX_ACK, 9)->ack.seq.n, 11);
}

static void test_publish_is_refused_when_the_commit_failed(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_fail(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 0);
    assert_int_equal(core_world_effect(&w, SB_FX_REFUSE, 0)->ack.code, SB_CODE_STORE_FULL);
    assert_true(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.raised);
    core_world_tick(&w, 10);
    core_world_step(&w, &in);
    assert_int_equal(core_world_effect(&w, SB_FX_REFUSE, 0)->ack.code, SB_CODE_STORE_FULL);
    core_world_tick(&w, SB_FULL_RETRY_MS);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
    assert_false(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.raised);
}

static void test_publish_of_an_id_of_the_same_turn_is_deferred(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_DEFER);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
}

static void test_publish_of_a_stored_id_is_acked_as_a_duplicate(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    in.publish.id_state = SB_ID_SAME;
    in.publish.known_epoch = (struct sb_epoch){3, 9};
    in.publish.known_seq.n = 17;
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    assert_true(w.fx.items[0].ack.duplicate);
    assert_int_equal(w.fx.items[0].ack.seq.n, 17);
    assert_int_equal(w.fx.items[0].ack.epoch.counter, 3);
}

static void test_publish_is_refused_by_what_the_store_knows_of_its_id(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    in.publish.id_state = SB_ID_OTHER;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_ID_CONFLICT);
    in.publish.id_state = SB_ID_ERASED;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_ERASED);
}

static void test_publish_is_refused_by_rights_verdict_and_audience(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    in.publish.topic = "decision/wonen";
    core_world_step(&w, &in);
    assert_refused(SB_CODE_NOT_ALLOWED);
    in = core_world_publish(1);
    in.publish.client = CORE_WORLD_STRANGER;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_NOT_ALLOWED);
    in = core_world_publish(1);
    in.publish.verdict = SB_CODE_INVALID_TOPIC;
    in.publish.text = "a topic has two segments";
    core_world_step(&w, &in);
    assert_refused(SB_CODE_INVALID_TOPIC);
    struct sb_org nobody;
    assert_true(sb_org_parse(&nobody, "GM9999", 6));
    in = core_world_publish(1);
    in.publish.audience = (struct sb_audience){&nobody, 1};
    core_world_step(&w, &in);
    assert_refused(SB_CODE_INVALID_BODY);
}

/* As of an event that stands here, published before the configuration changed. */
static struct sb_input publish_again(enum sb_id_state state)
{
    struct sb_input in = core_world_publish(1);
    in.publish.id_state = state;
    in.publish.known_epoch = (struct sb_epoch){3, 9};
    in.publish.known_seq.n = 17;
    return in;
}

static void assert_known(struct sb_input *in)
{
    core_world_step(&w, in);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_ACK);
    assert_true(w.fx.items[0].ack.duplicate);
    assert_int_equal(w.fx.items[0].ack.seq.n, 17);
}

static void test_publish_of_a_stored_id_asks_nobody_who_may_have_it_now(void **state)
{
    (void)state;
    static const char *const custom[] = {"custom/"};
    struct sb_org left;
    struct sb_input in = publish_again(SB_ID_SAME);
    w.partners[1].read = custom;
    w.partners[1].n_read = 1;
    core_world_again(&w);
    w.core->recovering = false;
    assert_known(&in);
    assert_true(sb_org_parse(&left, "GM9999", 6));
    in.publish.audience = (struct sb_audience){&left, 1};
    assert_known(&in);
    in = publish_again(SB_ID_OTHER);
    in.publish.audience = (struct sb_audience){&left, 1};
    core_world_step(&w, &in);
    assert_refused(SB_CODE_ID_CONFLICT);
    in = publish_again(SB_ID_ERASED);
    in.publish.remote = 9;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_ERASED);
}

/* Whoever has no right to publish learns nothing of what others published. */
static void test_publish_of_a_stored_id_is_for_those_who_may_publish_it(void **state)
{
    (void)state;
    struct sb_input in = publish_again(SB_ID_SAME);
    in.publish.client = CORE_WORLD_STRANGER;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_NOT_ALLOWED);
}

static void test_publish_of_an_id_of_the_same_turn_is_not_impossible(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    in.publish.remote = 9;
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_DEFER);
}

static void test_publish_for_an_audience_is_restricted_and_goes_under_link(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    in.publish.audience = (struct sb_audience){&w.origins[1], 1};
    core_world_submit(&w, &in);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_APPEND, 0);
    assert_int_equal(e->append.own->kind, SB_KIND_RESTRICTED);
    assert_int_equal(e->append.own->audience.n, 1);
    assert_int_equal(sb_core_staged(w.core)[e->append.first].class, SB_CLASS_LINK);
}

static void test_publish_asking_for_more_partners_than_may_hold_it_is_impossible(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    in.publish.remote = 4;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_REMOTE_IMPOSSIBLE);
    struct sb_org two[] = {w.origins[0], w.origins[1]};
    in.publish.audience = (struct sb_audience){two, 2};
    in.publish.remote = 2;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_REMOTE_IMPOSSIBLE);
}

static void test_publish_beyond_the_quota_is_refused_and_raises_an_alarm(void **state)
{
    (void)state;
    w.options.quota_bytes = 1000;
    core_world_again(&w);
    for (uint8_t i = 1; i < 20; i++) {
        struct sb_input in = core_world_publish(i);
        core_world_submit(&w, &in);
        if (core_world_effect(&w, SB_FX_REFUSE, 0) != NULL) {
            assert_int_equal(core_world_effect(&w, SB_FX_REFUSE, 0)->ack.code, SB_CODE_QUOTA);
            assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_QUOTA);
            assert_true(w.core->origins[0].bytes < 1000 + 1000);
            return;
        }
        core_world_commit(&w);
    }
    fail();
}

static void test_publish_waits_for_recovery_until_partners_answer(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_HOLD);
    for (uint16_t peer = 1; peer < CORE_WORLD_ORIGINS; peer++) {
        core_world_greet(&w, peer, 1);
        core_world_tick(&w, 1);
        assert_int_equal(core_world_count(&w, SB_FX_UNHOLD), 0);
        core_world_frontier(&w, peer, 1, 1, true, 0, NULL, SB_HEAD_HELD);
    }
    core_world_tick(&w, 1);
    assert_int_equal(core_world_count(&w, SB_FX_UNHOLD), 1);
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_OPEN_EPOCH), 1);
}

/* Without our own history nobody knows whether the id is new. */
static void test_publish_for_who_left_waits_for_recovery_too(void **state)
{
    (void)state;
    struct sb_org left;
    struct sb_input in = core_world_publish(1);
    assert_true(sb_org_parse(&left, "GM9999", 6));
    in.publish.audience = (struct sb_audience){&left, 1};
    core_world_step(&w, &in);
    assert_int_equal(w.fx.n, 1);
    assert_int_equal(w.fx.items[0].type, SB_FX_HOLD);
    core_world_tick(&w, SB_RECOVERY_MS);
    core_world_step(&w, &in);
    assert_refused(SB_CODE_INVALID_BODY);
}

static void test_publish_waits_for_recovery_no_longer_than_it_may(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_step(&w, &in);
    assert_int_equal(w.fx.items[0].type, SB_FX_HOLD);
    core_world_tick(&w, SB_RECOVERY_MS - 1);
    assert_int_equal(core_world_count(&w, SB_FX_UNHOLD), 0);
    core_world_tick(&w, 1);
    assert_int_equal(core_world_count(&w, SB_FX_UNHOLD), 1);
}

static void test_publish_held_beyond_its_deadline_is_refused(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    in.publish.deadline_mono_ms = w.now.mono_ms;
    core_world_step(&w, &in);
    assert_refused(SB_CODE_RECOVERING);
}

static void test_publish_is_refused_while_stopping(void **state)
{
    (void)state;
    core_world_simple(&w, SB_IN_SHUTDOWN);
    assert_int_equal(core_world_count(&w, SB_FX_UNHOLD), 1);
    struct sb_input in = core_world_publish(1);
    core_world_step(&w, &in);
    assert_refused(SB_CODE_SHUTTING_DOWN);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define R(name) cmocka_unit_test_setup_teardown(name, set_up_recovering, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_publish_goes_through_every_station_in_order),
        T(test_publish_extends_the_open_epoch_in_later_turns),
        T(test_publish_acks_nothing_before_the_commit_of_many),
        T(test_publish_is_refused_when_the_commit_failed),
        T(test_publish_of_an_id_of_the_same_turn_is_deferred),
        T(test_publish_of_a_stored_id_is_acked_as_a_duplicate),
        T(test_publish_is_refused_by_what_the_store_knows_of_its_id),
        T(test_publish_is_refused_by_rights_verdict_and_audience),
        T(test_publish_of_a_stored_id_asks_nobody_who_may_have_it_now),
        T(test_publish_of_a_stored_id_is_for_those_who_may_publish_it),
        T(test_publish_of_an_id_of_the_same_turn_is_not_impossible),
        T(test_publish_for_an_audience_is_restricted_and_goes_under_link),
        T(test_publish_asking_for_more_partners_than_may_hold_it_is_impossible),
        T(test_publish_beyond_the_quota_is_refused_and_raises_an_alarm),
        R(test_publish_waits_for_recovery_until_partners_answer),
        R(test_publish_for_who_left_waits_for_recovery_too),
        R(test_publish_waits_for_recovery_no_longer_than_it_may),
        R(test_publish_held_beyond_its_deadline_is_refused),
        T(test_publish_is_refused_while_stopping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
