/* Branches of one epoch that several partners show: what one of them never gives keeps nobody from
 * asking for the others, neither of it nor of anybody else. */
#include "tests/unit/core/core_world.h"

#include <string.h>

enum { BRANCHES = 30, OWN_LINKS = 3, STEP_MS = 100 };

static struct core_world w;
static struct core_history trunk, branches[BRANCHES], other;
static uint64_t counters[CORE_WORLD_ORIGINS];

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&trunk, &w, 3, (struct sb_epoch){1, 5}, 40, NULL, 0);
    for (size_t i = 0; i < BRANCHES; i++) { /* each ends elsewhere */
        core_history_make(&branches[i], &w, 3, trunk.epoch, OWN_LINKS + i, &trunk, i + 1);
    }
    core_history_make(&other, &w, 3, trunk.epoch, 12, &trunk, 10);
    core_world_segment(&w, 2, &trunk, 1, 40);
    core_world_commit(&w);
    memset(counters, 0, sizeof counters);
    core_world_greet(&w, 1, 1);
    core_world_greet(&w, 2, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

/* The heads of these branches, and no others, in a frontier of this partner. */
static void show(uint16_t peer, const struct core_history *of, size_t n)
{
    struct sb_head heads[BRANCHES];
    enum sb_head_state states[BRANCHES];
    for (size_t i = 0; i < n; i++) {
        heads[i] = core_history_head(&of[i], of[i].n);
        states[i] = SB_HEAD_AHEAD;
    }
    struct sb_origin_heads origin = {.origin = w.origins[3], .heads = heads, .n_heads = n};
    struct sb_frontier frontier = {.node = w.origins[peer],
                                   .counter = ++counters[peer],
                                   .full = true,
                                   .origins = &origin,
                                   .n_origins = 1};
    memset(frontier.boot_nonce.b, 1, sizeof frontier.boot_nonce.b);
    uint16_t number = 3;
    struct sb_input in = {.type = SB_IN_FRONTIER};
    in.frontier = (struct sb_in_frontier){peer, {SB_ROUTE_LINK, peer}, &frontier, states, &number};
    core_world_step(&w, &in);
}

static const struct sb_want_state *asked(uint16_t peer)
{
    for (uint32_t i = 0; i < w.core->n_wants; i++) {
        if (w.core->wants[i].peer == peer && w.core->wants[i].kind == SB_WANT_LINKS) {
            return &w.core->wants[i];
        }
    }
    return NULL;
}

static void end_turn(int64_t later_ms)
{
    core_world_tick(&w, later_ms);
    core_world_simple(&w, SB_IN_TURN_END);
}

static void give_nothing(uint16_t from)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.from = from;
    in.answered.request = asked(from)->request;
    in.answered.empty = true;
    core_world_step(&w, &in);
}

/* Partner 1 gives nothing of what it is asked for first: when it is asked for the other, in ms. */
static int64_t until_the_other(bool silent)
{
    show(1, branches, 2);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_non_null(asked(1));
    const struct sb_hash never = asked(1)->tip;
    for (int64_t ms = 0; ms < 4 * SB_WANT_RETRY_MAX_MS; ms += STEP_MS) {
        const struct sb_want_state *want = asked(1);
        if (want != NULL && !sb_hash_eq(&want->tip, &never)) {
            return ms;
        }
        if (want != NULL && !silent) {
            give_nothing(1);
        }
        end_turn(STEP_MS);
    }
    fail_msg("it was never asked for");
    return 0;
}

static void test_branches_one_without_an_answer_does_not_pause_another(void **state)
{
    (void)state;
    assert_in_range(until_the_other(false), STEP_MS, 2 * STEP_MS);
}

static void test_branches_one_that_is_met_with_silence_does_not_pause_another(void **state)
{
    (void)state;
    assert_in_range(until_the_other(true), SB_WANT_TIMEOUT_MS, SB_WANT_TIMEOUT_MS + STEP_MS);
}

static void test_branches_each_is_asked_for_more_and_more_rarely(void **state)
{
    (void)state;
    unsigned questions = 0;
    show(1, branches, 2);
    for (int64_t ms = 0; ms < SB_WANT_RETRY_MAX_MS; ms += STEP_MS) {
        end_turn(STEP_MS);
        if (asked(1) != NULL) {
            questions++;
            give_nothing(1);
        }
    }
    assert_in_range(questions, 8, 12); /* after 0, 1, 3, 7, 15 seconds */
}

/* Whether partner 1, which answers each question late and with nothing, leaves a turn to partner 2.
 * It shows so many branches, others after each answer where it is `fickle`. */
static void leaves_a_turn(size_t n, bool fickle)
{
    show(1, branches, n);
    core_world_simple(&w, SB_IN_TURN_END);
    show(2, &other, 1);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_null(asked(2));
    for (size_t i = 1; i <= 2 && asked(2) == NULL; i++) {
        assert_non_null(asked(1));
        end_turn(SB_WANT_IMPATIENT_MS - STEP_MS);
        if (fickle) {
            show(1, &branches[i * n], n);
        }
        give_nothing(1);
        core_world_simple(&w, SB_IN_TURN_END);
    }
    assert_non_null(asked(2));
}

static void test_branches_that_nobody_gives_leave_a_turn_to_others(void **state)
{
    (void)state;
    leaves_a_turn(BRANCHES, false);
}

static void test_branches_that_are_ever_new_leave_a_turn_to_others(void **state)
{
    (void)state;
    leaves_a_turn(BRANCHES / 3, true);
}

/* It ends one of its two connections instead of answering. */
static void test_branches_of_one_that_hangs_up_leave_a_turn_to_others(void **state)
{
    (void)state;
    struct sb_hello hello = {.partnership = w.options.partnership, .organisation = w.origins[1]};
    struct sb_input in = {.type = SB_IN_HELLO}, gone = {.type = SB_IN_SESSION_GONE};
    memset(hello.boot_nonce.b, 1, sizeof hello.boot_nonce.b);
    in.hello.from = 1;
    in.hello.route = (struct sb_route){SB_ROUTE_SESSION, 9};
    in.hello.hello = &hello;
    in.hello.same_partnership = true;
    core_world_step(&w, &in);
    show(1, branches, 2);
    core_world_simple(&w, SB_IN_TURN_END);
    show(2, &other, 1);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_non_null(asked(1));
    assert_null(asked(2));
    struct sb_input down = {.type = SB_IN_LINK_DOWN};
    down.link.partner = 1;
    down.link.text = "";
    gone.session_gone.session = 9;
    core_world_step(&w, asked(1)->route.kind == SB_ROUTE_SESSION ? &gone : &down);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_non_null(asked(2));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_branches_one_without_an_answer_does_not_pause_another),
        T(test_branches_one_that_is_met_with_silence_does_not_pause_another),
        T(test_branches_each_is_asked_for_more_and_more_rarely),
        T(test_branches_that_nobody_gives_leave_a_turn_to_others),
        T(test_branches_that_are_ever_new_leave_a_turn_to_others),
        T(test_branches_of_one_that_hangs_up_leave_a_turn_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
