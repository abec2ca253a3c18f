/* What a client's rights refuse, and that a rate gives what it says: saved up to a burst, filled by
 * time alone, spent by new events only. */
#include "tests/unit/core/core_world.h"

#include <string.h>

static struct core_world w;
static const char *const agenda[] = {"agenda/"}, *const custom[] = {"custom/"};

static void set_up_with(uint64_t rate_per_hour)
{
    core_world_init(&w);
    w.clients[CORE_WORLD_CLIENT].rate_per_hour = rate_per_hour;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

/* Submits it; the refusal, or NULL. */
static const struct sb_effect *submit(uint8_t id)
{
    struct sb_input in = core_world_publish(id);
    core_world_submit(&w, &in);
    return core_world_effect(&w, SB_FX_REFUSE, 0);
}

/* How many new events are taken now. */
static int taken(uint8_t first, int attempts)
{
    int n = 0;
    for (int i = 0; i < attempts; i++) {
        n += submit((uint8_t)(first + i)) == NULL;
    }
    core_world_commit(&w);
    return n;
}

static void assert_rule(const struct sb_effect *e, enum sb_code code, enum sb_denied_rule rule)
{
    assert_non_null(e);
    assert_int_equal(e->ack.code, code);
    assert_int_equal(e->ack.denial.rule, rule);
}

static void test_rate_allows_ten_seconds_worth_and_then_what_time_brings(void **state)
{
    (void)state;
    set_up_with(3600);
    assert_int_equal(taken(1, 20), 10);
    const struct sb_effect *e = submit(30);
    assert_rule(e, SB_CODE_RATE, SB_RULE_RATE);
    assert_int_equal(e->ack.denial.wait_ms, 1001);
    core_world_tick(&w, 999);
    assert_rule(submit(31), SB_CODE_RATE, SB_RULE_RATE);
    core_world_tick(&w, 2);
    assert_int_equal(taken(32, 3), 1);
    core_world_tick(&w, 5000);
    assert_int_equal(taken(40, 20), 5);
    core_world_tick(&w, 3600 * 1000);
    assert_int_equal(taken(70, 20), 10);
}

static void test_rate_below_one_in_ten_seconds_still_allows_one(void **state)
{
    (void)state;
    set_up_with(1);
    assert_int_equal(taken(1, 3), 1);
    core_world_tick(&w, 3599 * 1000);
    assert_int_equal(taken(5, 3), 0);
    core_world_tick(&w, 2 * 1000);
    assert_int_equal(taken(10, 3), 1);
}

static void test_rate_is_not_moved_by_the_wall_clock(void **state)
{
    (void)state;
    set_up_with(3600);
    assert_int_equal(taken(1, 20), 10);
    w.now.wall.ms += 3600 * 1000;
    assert_int_equal(taken(30, 5), 0);
    w.now.wall.ms -= 7200 * 1000;
    assert_int_equal(taken(40, 5), 0);
}

static void test_rate_costs_a_retry_and_a_refused_event_nothing(void **state)
{
    (void)state;
    set_up_with(360); /* one in ten seconds */
    struct sb_input again = core_world_publish(1);
    assert_null(submit(1));
    core_world_commit(&w);
    again.publish.id_state = SB_ID_SAME;
    core_world_step(&w, &again);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
    core_world_tick(&w, 10 * 1000);
    struct sb_input wrong = core_world_publish(2);
    wrong.publish.verdict = SB_CODE_INVALID_BODY;
    core_world_step(&w, &wrong);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE), 1);
    assert_null(submit(3));
}

static void test_rate_of_what_was_not_committed_costs_nothing(void **state)
{
    (void)state;
    set_up_with(360); /* one in ten seconds */
    assert_null(submit(1));
    core_world_fail(&w);
    core_world_tick(&w, SB_FULL_RETRY_MS);
    assert_null(submit(1));
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
    assert_non_null(submit(2));
}

static void test_rate_of_one_client_is_not_that_of_another(void **state)
{
    (void)state;
    set_up_with(360);
    w.clients[CORE_WORLD_STRANGER] = (struct sb_core_client){.publish = agenda, .n_publish = 1};
    assert_int_equal(taken(1, 3), 1);
    struct sb_input other = core_world_publish(9);
    other.publish.client = CORE_WORLD_STRANGER;
    core_world_step(&w, &other);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE), 0);
}

static void test_rights_limit_topic_and_size(void **state)
{
    (void)state;
    set_up_with(0);
    w.clients[CORE_WORLD_CLIENT].max_body = 1000;
    struct sb_input in = core_world_publish(1);
    in.publish.body_len = 1001;
    core_world_step(&w, &in);
    assert_rule(core_world_effect(&w, SB_FX_REFUSE, 0), SB_CODE_TOO_LARGE, SB_RULE_SIZE);
    in.publish.body_len = 1000;
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE), 0);
    in.publish.topic = "custom/x";
    core_world_step(&w, &in);
    assert_rule(core_world_effect(&w, SB_FX_REFUSE, 0), SB_CODE_NOT_ALLOWED, SB_RULE_PUBLISH);
}

static void test_rights_keep_a_topic_from_a_partner_who_may_not_read_it(void **state)
{
    (void)state;
    struct sb_org allowed[] = {w.origins[0], w.origins[2]};
    core_world_init(&w);
    w.partners[1].read = custom;
    w.partners[1].n_read = 1;
    core_world_again(&w);
    core_world_tick(&w, SB_RECOVERY_MS + 1);
    struct sb_input in = core_world_publish(1);
    core_world_step(&w, &in); /* to everybody */
    const struct sb_effect *e = core_world_effect(&w, SB_FX_REFUSE, 0);
    assert_rule(e, SB_CODE_NOT_ALLOWED, SB_RULE_PARTNER_READ);
    assert_int_equal(e->ack.denial.about, 1);
    allowed[0] = w.origins[0];
    allowed[1] = w.origins[2];
    in.publish.audience = (struct sb_audience){allowed, 2};
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_REFUSE), 0);
    allowed[0] = w.origins[1];
    core_world_step(&w, &in);
    assert_rule(core_world_effect(&w, SB_FX_REFUSE, 0), SB_CODE_NOT_ALLOWED, SB_RULE_PARTNER_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_rate_allows_ten_seconds_worth_and_then_what_time_brings,
                                  tear_down),
        cmocka_unit_test_teardown(test_rate_below_one_in_ten_seconds_still_allows_one, tear_down),
        cmocka_unit_test_teardown(test_rate_is_not_moved_by_the_wall_clock, tear_down),
        cmocka_unit_test_teardown(test_rate_costs_a_retry_and_a_refused_event_nothing, tear_down),
        cmocka_unit_test_teardown(test_rate_of_what_was_not_committed_costs_nothing, tear_down),
        cmocka_unit_test_teardown(test_rate_of_one_client_is_not_that_of_another, tear_down),
        cmocka_unit_test_teardown(test_rights_limit_topic_and_size, tear_down),
        cmocka_unit_test_teardown(test_rights_keep_a_topic_from_a_partner_who_may_not_read_it,
                                  tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
