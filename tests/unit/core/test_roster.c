/* Partners and clients that come and go while the core runs. */
#include <string.h>

#include "tests/unit/core/core_world.h"

enum { BOOT = 7 };

static void change(struct core_world *w)
{
    struct sb_input in = {.type = SB_IN_ROSTER};
    in.roster = (struct sb_in_roster){.partners = w->partners,
                                      .n_origins = CORE_WORLD_ORIGINS,
                                      .clients = w->clients,
                                      .n_clients = 2,
                                      .quota_bytes = 1024 * 1024};
    core_world_step(w, &in);
}

static void test_roster_says_nothing_when_nothing_changed(void **state)
{
    struct core_world w;
    (void)state;
    core_world_init(&w);
    core_world_greet(&w, 1, BOOT);
    change(&w);
    assert_int_equal(w.fx.n, 0);
    core_world_fini(&w);
}

static void test_roster_forgets_who_left(void **state)
{
    struct core_world w;
    struct core_history h;
    struct sb_core_peer_status status;
    (void)state;
    core_world_init(&w);
    core_world_greet(&w, 1, BOOT);
    core_history_make(&h, &w, 2, (struct sb_epoch){1, 1}, 3, NULL, 0);
    struct sb_head head = core_history_head(&h, 3);
    core_world_frontier(&w, 1, BOOT, 1, true, 2, &head, SB_HEAD_AHEAD);
    assert_int_equal(sb_core_lag(w.core), 3);
    w.partners[1] = (struct sb_core_partner){.partner = false};
    change(&w);
    const struct sb_effect *out = core_world_effect(&w, SB_FX_STATE, 0);
    assert_int_equal(out->state.partner, 1);
    assert_string_equal(out->state.to, "none");
    assert_string_equal(out->state.why, "it was taken out of the configuration");
    assert_int_equal(sb_core_lag(w.core), 0);
    sb_core_peer_status(w.core, 1, w.now, &status);
    assert_string_equal(status.outgoing.state, "none");
    core_world_tick(&w, 10000);
    for (size_t i = 0; i < w.fx.n; i++) { /* nothing goes to it any more */
        assert_false(w.fx.items[i].type == SB_FX_FRONTIER && w.fx.items[i].frontier.partner == 1);
        assert_false(w.fx.items[i].type == SB_FX_HELLO && w.fx.items[i].partner.partner == 1);
    }
    core_world_fini(&w);
}

/* Who was refused for want of room is asked for when there is more. */
static void test_roster_with_more_room_asks_again(void **state)
{
    struct core_world w;
    struct core_history h;
    (void)state;
    core_world_init(&w);
    w.options.quota_bytes = 700;
    core_world_again(&w);
    core_world_greet(&w, 1, BOOT);
    core_history_make(&h, &w, 2, (struct sb_epoch){1, 1}, 8, NULL, 0);
    core_world_segment(&w, 1, &h, 1, 3);
    core_world_commit(&w);
    core_world_segment(&w, 1, &h, 4, 8);
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_QUOTA);
    struct sb_head head = core_history_head(&h, 8);
    core_world_frontier(&w, 1, BOOT, 1, true, 2, &head, SB_HEAD_AHEAD);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_WANT), 0);
    change(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 1);
    assert_false(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.raised);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_WANT), 1);
    core_world_fini(&w);
}

/* The others told of its events while nobody here knew whose they were. */
static void test_roster_asks_the_others_when_one_joined(void **state)
{
    struct core_world w;
    (void)state;
    core_world_init(&w);
    core_world_greet(&w, 1, BOOT);
    struct sb_core_partner partner = w.partners[2];
    w.partners[2] = (struct sb_core_partner){.partner = false};
    change(&w);
    w.partners[2] = partner;
    change(&w);
    const struct sb_effect *ask = core_world_effect(&w, SB_FX_FRONTIER_REQUEST, 0);
    assert_non_null(ask);
    assert_int_equal(ask->partner.partner, 1);
    const struct sb_effect *state_of = core_world_effect(&w, SB_FX_STATE, 0);
    assert_int_equal(state_of->state.partner, 2);
    assert_string_equal(state_of->state.to, "connecting");
    core_world_fini(&w);
}

/* The request, or its answer, gets lost on a connection that stays up. */
static void test_roster_asks_the_others_until_one_has_told_all(void **state)
{
    struct core_world w;
    (void)state;
    core_world_init(&w);
    core_world_greet(&w, 1, BOOT);
    struct sb_core_partner partner = w.partners[2];
    w.partners[2] = (struct sb_core_partner){.partner = false};
    change(&w);
    w.partners[2] = partner;
    change(&w);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 1);
    for (int64_t pause_ms = SB_FULL_ASK_MS; pause_ms < SB_WANT_RETRY_MAX_MS; pause_ms *= 2) {
        core_world_tick(&w, pause_ms - 1);
        assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 0);
        core_world_tick(&w, 1);
        const struct sb_effect *ask = core_world_effect(&w, SB_FX_FRONTIER_REQUEST, 0);
        assert_non_null(ask);
        assert_int_equal(ask->partner.partner, 1);
    }
    core_world_tick(&w, SB_WANT_RETRY_MAX_MS); /* never more rarely */
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 1);
    core_world_frontier(&w, 1, BOOT, 1, false, 2, NULL, SB_HEAD_HELD); /* no full one */
    core_world_tick(&w, SB_WANT_RETRY_MAX_MS);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 1);
    core_world_frontier(&w, 1, BOOT, 2, true, 2, NULL, SB_HEAD_HELD);
    core_world_tick(&w, SB_WANT_RETRY_MAX_MS);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 0);
    core_world_fini(&w);
}

static void test_roster_ends_streams_without_the_right(void **state)
{
    struct core_world w;
    (void)state;
    core_world_init(&w);
    struct sb_input in = {.type = SB_IN_SUBSCRIBE};
    in.subscribe = (struct sb_in_subscribe){
        .client = CORE_WORLD_CLIENT, .session = 5, .subscription = 9, .next = {1}, .credit = 10};
    core_world_step(&w, &in);
    w.clients[CORE_WORLD_CLIENT].subscribe = false;
    change(&w);
    const struct sb_effect *told = core_world_effect(&w, SB_FX_REFUSE_SUBSCRIPTION, 0);
    assert_non_null(told);
    assert_int_equal(told->refuse_subscription.session, 5);
    assert_int_equal(told->refuse_subscription.subscription, 9);
    assert_int_equal(told->refuse_subscription.code, SB_CODE_NOT_ALLOWED);
    change(&w);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE_SUBSCRIPTION), 0);
    core_world_fini(&w);
}

/* An origin that the core has never heard of, in the place that was kept for it. */
static void test_roster_takes_in_a_new_origin(void **state)
{
    struct core_world w;
    (void)state;
    core_world_init(&w);
    w.options.n_origins = CORE_WORLD_ORIGINS - 1;
    w.options.max_origins = CORE_WORLD_ORIGINS;
    core_world_again(&w);
    sb_core_loaded(w.core);
    w.core->recovering = false;
    core_world_greet(&w, 1, BOOT);
    change(&w);
    assert_int_equal(core_world_effect(&w, SB_FX_STATE, 0)->state.partner, 3);
    core_world_greet(&w, 3, BOOT + 1);
    core_world_tick(&w, 3000);
    assert_int_equal(core_world_effect(&w, SB_FX_FRONTIER, 0)->frontier.partner, 0);
    bool told = false;
    for (size_t i = 0; i < core_world_count(&w, SB_FX_FRONTIER); i++) {
        told |= core_world_effect(&w, SB_FX_FRONTIER, i)->frontier.partner == 3;
    }
    assert_true(told);
    core_world_fini(&w);
}

/* What is said of erasures in the last step; NULL: nothing. */
static const struct sb_effect *told_of_erasures(const struct core_world *w)
{
    for (size_t i = 0; i < core_world_count(w, SB_FX_STATE); i++) {
        const struct sb_effect *e = core_world_effect(w, SB_FX_STATE, i);
        if (strcmp(e->state.what, "erasures") == 0) {
            return e;
        }
    }
    return NULL;
}

static void expect_erasures(const struct core_world *w, const char *from, const char *to)
{
    const struct sb_effect *e = told_of_erasures(w);
    assert_non_null(e);
    assert_string_equal(e->state.from, from);
    assert_string_equal(e->state.to, to);
    assert_int_equal(sb_core_erasures_known(w->core), strcmp(to, "known") == 0);
    assert_false(sb_core_settling(w->core)); /* readers go on reading */
}

static void tell_all(struct core_world *w, uint16_t peer, uint64_t counter)
{
    core_world_frontier(w, peer, BOOT, counter, true, peer, NULL, SB_HEAD_HELD);
}

/* All three have told everything. */
static void open_known(struct core_world *w)
{
    core_world_init(w);
    for (uint16_t peer = 1; peer < CORE_WORLD_ORIGINS; peer++) {
        core_world_greet(w, peer, BOOT);
        tell_all(w, peer, 1);
    }
    core_world_tick(w, 1);
    expect_erasures(w, "asking", "known");
}

static void take_in_again(struct core_world *w, uint16_t peer)
{
    struct sb_core_partner partner = w->partners[peer];
    w->partners[peer] = (struct sb_core_partner){.partner = false};
    change(w);
    assert_null(told_of_erasures(w));
    w->partners[peer] = partner;
    change(w);
}

/* It may know of erasures that nobody here does; so may the others, of its events, of which they
 * told while nobody here knew whose they were. */
static void test_roster_knows_not_all_erasures_before_who_joined_has_told(void **state)
{
    struct core_world w;
    (void)state;
    open_known(&w);
    take_in_again(&w, 3);
    expect_erasures(&w, "known", "asking");
    core_world_tick(&w, SB_RECOVERY_MS + 1);
    assert_null(told_of_erasures(&w)); /* however long that takes */
    core_world_greet(&w, 3, BOOT + 1);
    core_world_frontier(&w, 3, BOOT + 1, 1, true, 3, NULL, SB_HEAD_HELD);
    tell_all(&w, 1, 2);
    core_world_tick(&w, 1);
    assert_null(told_of_erasures(&w));
    tell_all(&w, 2, 2);
    core_world_tick(&w, 1);
    expect_erasures(&w, "asking", "known");
    core_world_fini(&w);
}

static void test_roster_knows_all_erasures_once_who_has_not_told_left(void **state)
{
    struct core_world w;
    (void)state;
    open_known(&w);
    take_in_again(&w, 3);
    tell_all(&w, 1, 2);
    tell_all(&w, 2, 2);
    core_world_tick(&w, 1);
    assert_null(told_of_erasures(&w));
    w.partners[3] = (struct sb_core_partner){.partner = false};
    change(&w);
    core_world_tick(&w, 1);
    expect_erasures(&w, "asking", "known");
    core_world_fini(&w);
}

/* Of a start that some did not answer in time. */
static void test_roster_leaves_it_unknown_where_it_was(void **state)
{
    struct core_world w;
    (void)state;
    core_world_init_recovering(&w);
    core_world_greet(&w, 1, BOOT);
    core_world_tick(&w, SB_RECOVERY_MS);
    expect_erasures(&w, "asking", "unknown");
    take_in_again(&w, 3);
    assert_null(told_of_erasures(&w));
    core_world_greet(&w, 2, BOOT);
    core_world_greet(&w, 3, BOOT);
    for (uint16_t peer = 1; peer < CORE_WORLD_ORIGINS; peer++) {
        tell_all(&w, peer, 1);
    }
    core_world_tick(&w, 1);
    expect_erasures(&w, "unknown", "known");
    core_world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roster_says_nothing_when_nothing_changed),
        cmocka_unit_test(test_roster_forgets_who_left),
        cmocka_unit_test(test_roster_with_more_room_asks_again),
        cmocka_unit_test(test_roster_asks_the_others_when_one_joined),
        cmocka_unit_test(test_roster_asks_the_others_until_one_has_told_all),
        cmocka_unit_test(test_roster_ends_streams_without_the_right),
        cmocka_unit_test(test_roster_takes_in_a_new_origin),
        cmocka_unit_test(test_roster_knows_not_all_erasures_before_who_joined_has_told),
        cmocka_unit_test(test_roster_knows_all_erasures_once_who_has_not_told_left),
        cmocka_unit_test(test_roster_leaves_it_unknown_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
