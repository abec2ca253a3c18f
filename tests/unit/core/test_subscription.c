/* Streams: a place, a credit, and nothing beyond either. */
#include "tests/unit/core/core_world.h"

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    for (uint8_t i = 1; i <= 5; i++) {
        struct sb_input in = core_world_publish(i);
        core_world_submit(&w, &in);
    }
    core_world_commit(&w); /* six offsets */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void subscribe(uint16_t client, uint64_t next, uint64_t end, uint32_t credit)
{
    struct sb_input in = {.type = SB_IN_SUBSCRIBE};
    in.subscribe = (struct sb_in_subscribe){client, 7, 1, {next}, {end}, credit};
    core_world_step(&w, &in);
}

static void delivered(uint64_t next, uint32_t sent, bool blocked)
{
    struct sb_input in = {.type = SB_IN_DELIVERED};
    in.delivered.serial = w.core->last_serial;
    in.delivered.next.n = next;
    in.delivered.sent = sent;
    in.delivered.blocked = blocked;
    core_world_step(&w, &in);
}

/* What was on its way when its stream gave way to another, in the same slot. */
static void delivered_to(uint32_t serial, uint64_t next)
{
    struct sb_input in = {.type = SB_IN_DELIVERED};
    in.delivered.serial = serial;
    in.delivered.next.n = next;
    core_world_step(&w, &in);
}

static void give_credit(uint32_t credit)
{
    struct sb_input in = {.type = SB_IN_CREDIT};
    in.credit.session = 7;
    in.credit.subscription = 1;
    in.credit.credit = credit;
    core_world_step(&w, &in);
}

static void test_subscription_needs_the_right_to_subscribe(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_STRANGER, 1, 0, 10);
    assert_int_equal(core_world_effect(&w, SB_FX_REFUSE_SUBSCRIPTION, 0)->refuse_subscription.code,
                     SB_CODE_NOT_ALLOWED);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
}

static void test_subscription_does_not_take_what_went_to_another(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 1, 0, 3);
    uint32_t before = core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.serial;
    subscribe(CORE_WORLD_CLIENT, 2, 0, 3); /* under the same number */
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.next.n, 2);
    delivered_to(before, 5);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    core_world_tick(&w, 1000);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0); /* the other one is on its way */
    delivered(3, 1, false);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.next.n, 3);
}

static void test_subscription_spends_its_credit_and_waits_for_more(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 1, 0, 3);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_DELIVER, 0);
    assert_int_equal(e->deliver.next.n, 1);
    assert_int_equal(e->deliver.credit, 3);
    core_world_tick(&w, 1);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0); /* one at a time */
    delivered(4, 3, false);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    core_world_tick(&w, 1000);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    give_credit(2);
    e = core_world_effect(&w, SB_FX_DELIVER, 0);
    assert_int_equal(e->deliver.next.n, 4);
    assert_int_equal(e->deliver.credit, 2);
}

static void test_subscription_that_skipped_goes_on_without_spending(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 1, 0, 3);
    delivered(5, 1, false);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.credit, 2);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.next.n, 5);
}

static void test_subscription_follows_what_is_committed_and_not_before(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 7, 0, 3);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    struct sb_input in = core_world_publish(9);
    core_world_submit(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    core_world_commit(&w);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.next.n, 7);
}

static void test_subscription_credit_is_capped(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 1, 0, UINT32_MAX);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.credit,
                     SB_SUBSCRIPTION_CREDIT_MAX);
    give_credit(UINT32_MAX);
    assert_int_equal(w.core->subscriptions[0].credit, SB_SUBSCRIPTION_CREDIT_MAX);
}

static void test_subscription_blocked_by_its_connection_tries_again_soon(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 1, 0, 3);
    delivered(1, 0, true);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    assert_int_equal(sb_core_deadline(w.core), w.now.mono_ms + SB_BLOCKED_RETRY_MS);
    core_world_tick(&w, SB_BLOCKED_RETRY_MS);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.next.n, 1);
}

static void test_subscription_with_an_end_says_so_and_is_over(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 1, 4, 10);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.end.n, 4);
    delivered(5, 4, false);
    const struct sb_effect *last = core_world_effect(&w, SB_FX_DELIVER, 0);
    assert_non_null(last); /* the shell says `end` in this one */
    delivered(5, 0, false);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    assert_false(w.core->subscriptions[0].used);
}

/* Two branches behind a missing body: the base is released first, then what grew from it. */
static void fork_behind_a_missing_body(void)
{
    static struct core_history base, branch;
    struct sb_seq seqs[] = {{2}};
    core_history_make(&base, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    core_history_make(&branch, &w, 1, base.epoch, 6, &base, 3);
    base.notes[1].has_body = false;
    core_world_segment(&w, 1, &base, 1, 4); /* offsets 7 to 10 */
    core_world_commit(&w);
    core_world_segment(&w, 1, &branch, 4, 6); /* 11 to 13 */
    core_world_commit(&w);
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies = (struct sb_in_bodies){
        .from = 1, .origin = 1, .branch = 1, .epoch = base.epoch}; /* it lacks none */
    core_world_step(&w, &in);
    core_world_commit(&w);
    in.bodies =
        (struct sb_in_bodies){.from = 1, .origin = 1, .epoch = base.epoch, .seqs = seqs, .n = 1};
    core_world_step(&w, &in);
    core_world_commit(&w);
    assert_true(w.core->unreleased);
}

/* All bodies are here when it begins; the second release is one turn further on. */
static void test_subscription_with_an_end_waits_for_what_is_still_released(void **state)
{
    (void)state;
    fork_behind_a_missing_body();
    uint64_t last = w.core->last.n;
    assert_int_equal(sb_core_deadline(w.core), w.now.mono_ms); /* nobody is kept waiting for it */
    subscribe(CORE_WORLD_CLIENT, 1, last, 100);
    delivered(last + 1, 16, false);
    assert_int_equal(core_world_count(&w, SB_FX_DELIVER), 0);
    core_world_tick(&w, 1);
    assert_int_equal(core_world_count(&w, SB_FX_RELEASE), 1);
    core_world_commit(&w);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_DELIVER, 0);
    assert_int_equal(e->deliver.next.n, last + 1);
    delivered(last + 4, 3, false);
    core_world_tick(&w, 1);
    assert_false(w.core->unreleased);
    e = core_world_effect(&w, SB_FX_DELIVER, 0);
    assert_int_equal(e->deliver.end.n, last + 3); /* the shell says `end` in this one */
    delivered(last + 4, 0, false);
    assert_false(w.core->subscriptions[0].used);
}

/* Who only asks where now is gets that at once (PROTOCOL §8.5). */
static void test_subscription_past_its_end_waits_for_no_release(void **state)
{
    (void)state;
    fork_behind_a_missing_body();
    uint64_t last = w.core->last.n;
    subscribe(CORE_WORLD_CLIENT, last + 1, last, 100);
    assert_int_equal(core_world_effect(&w, SB_FX_DELIVER, 0)->deliver.end.n, last);
}

static void test_subscription_ends_with_its_session_and_with_unsubscribe(void **state)
{
    (void)state;
    subscribe(CORE_WORLD_CLIENT, 7, 0, 3);
    give_credit(0);
    assert_false(w.core->subscriptions[0].used);
    subscribe(CORE_WORLD_CLIENT, 7, 0, 3);
    struct sb_input in = {.type = SB_IN_SESSION_GONE};
    in.session_gone.session = 7;
    core_world_step(&w, &in);
    assert_false(w.core->subscriptions[0].used);
}

static void test_subscriptions_are_bounded(void **state)
{
    (void)state;
    struct sb_input in = {.type = SB_IN_SUBSCRIBE};
    for (uint32_t i = 0; i <= SB_SUBSCRIPTIONS_MAX; i++) {
        in.subscribe = (struct sb_in_subscribe){CORE_WORLD_CLIENT, i, 1, {7}, {0}, 1};
        core_world_step(&w, &in);
        assert_int_equal(core_world_count(&w, SB_FX_REFUSE_SUBSCRIPTION),
                         i == SB_SUBSCRIPTIONS_MAX);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_subscription_needs_the_right_to_subscribe),
        T(test_subscription_does_not_take_what_went_to_another),
        T(test_subscription_spends_its_credit_and_waits_for_more),
        T(test_subscription_that_skipped_goes_on_without_spending),
        T(test_subscription_follows_what_is_committed_and_not_before),
        T(test_subscription_credit_is_capped),
        T(test_subscription_blocked_by_its_connection_tries_again_soon),
        T(test_subscription_with_an_end_says_so_and_is_over),
        T(test_subscription_with_an_end_waits_for_what_is_still_released),
        T(test_subscription_past_its_end_waits_for_no_release),
        T(test_subscription_ends_with_its_session_and_with_unsubscribe),
        T(test_subscriptions_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
