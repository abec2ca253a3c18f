/* Whoever has much to ask for, or does not answer, leaves the others their turn. */
#include "tests/unit/core/core_world.h"

#include <string.h>

enum { EPOCHS = 60, STEP_MS = 100, LONG_MS = 60000 };

static struct core_world w;
static struct core_history many[EPOCHS], other;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    for (uint32_t i = 0; i < EPOCHS; i++) {
        core_history_make(&many[i], &w, 2, (struct sb_epoch){i + 1, 100 + i}, 3, NULL, 0);
    }
    core_history_make(&other, &w, 3, (struct sb_epoch){1, 5}, 3, NULL, 0);
    for (uint16_t peer = 1; peer <= 3; peer++) {
        core_world_greet(&w, peer, 1);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void answer(uint16_t from, uint32_t request, bool empty)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.from = from;
    in.answered.request = request;
    in.answered.empty = empty;
    core_world_step(&w, &in);
}

static bool is_asked(uint16_t peer, uint16_t origin)
{
    for (uint32_t i = 0; i < w.core->n_wants; i++) {
        if (w.core->wants[i].peer == peer && w.core->wants[i].origin == origin) {
            return true;
        }
    }
    return false;
}

static unsigned count_asked(uint16_t peer)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < w.core->n_wants; i++) {
        n += w.core->wants[i].peer == peer;
    }
    return n;
}

/* Everybody but partner 2 says that it has nothing. */
static void answer_all(void)
{
    struct sb_want_state asked[4 * SB_WANTS_MAX];
    uint32_t n = w.core->n_wants;
    memcpy(asked, w.core->wants, n * sizeof *asked);
    for (uint32_t i = 0; i < n; i++) {
        if (asked[i].peer != 2) {
            answer(asked[i].peer, asked[i].request, true);
        }
    }
}

static void take(const struct core_history *h, bool whole)
{
    struct core_history lacking = *h;
    lacking.notes[2].has_body = whole;
    core_world_segment(&w, 1, &lacking, 1, 3);
    core_world_commit(&w);
}

/* Partner 2 has given its epochs to 1 and is silent; nobody has the bodies. */
static void test_fair_bodies_of_one_do_not_wait_for_those_of_another(void **state)
{
    (void)state;
    for (int i = 0; i < EPOCHS; i++) {
        take(&many[i], false);
    }
    take(&other, false);
    int64_t waited_ms = 0, longest_ms = 0;
    for (int64_t ms = 0; ms < LONG_MS; ms += STEP_MS) {
        waited_ms = is_asked(1, 3) ? 0 : waited_ms + STEP_MS;
        longest_ms = waited_ms > longest_ms ? waited_ms : longest_ms;
        answer_all();
        core_world_tick(&w, STEP_MS);
        core_world_simple(&w, SB_IN_TURN_END);
        assert_true(ms < 2 * SB_WANT_TIMEOUT_MS || count_asked(2) <= 1);
    }
    assert_in_range(longest_ms, STEP_MS,
                    SB_BODIES_RETRY_MAX_MS + SB_WANT_IMPATIENT_MS + 10 * STEP_MS);
}

static void test_fair_epochs_of_one_leave_a_turn_to_another(void **state)
{
    (void)state;
    struct sb_head heads[EPOCHS];
    enum sb_head_state states[EPOCHS];
    for (int i = 0; i < EPOCHS; i++) {
        heads[i] = core_history_head(&many[i], 3);
        states[i] = SB_HEAD_AHEAD;
    }
    struct sb_summary summary = {
        .origin = w.origins[2], .to = UINT32_MAX, .epochs = heads, .n_epochs = EPOCHS};
    struct sb_input in = {.type = SB_IN_SUMMARY};
    in.summary.from = 1;
    in.summary.origin = 2;
    in.summary.route = (struct sb_route){SB_ROUTE_LINK, 1};
    in.summary.request = core_world_ask_summary(&w, 1, 2);
    in.summary.summary = &summary;
    in.summary.states = states;
    core_world_step(&w, &in);
    answer(1, in.summary.request, false);
    core_world_simple(&w, SB_IN_TURN_END);
    struct sb_head head = core_history_head(&other, 3);
    core_world_frontier(&w, 1, 1, 1, true, 3, &head, SB_HEAD_AHEAD);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(count_asked(1), SB_WANTS_MAX);
    int answers = 0;
    for (; answers < EPOCHS && !is_asked(1, 3); answers++) {
        answer(1, w.core->wants[0].request, true);
        core_world_simple(&w, SB_IN_TURN_END);
    }
    assert_in_range(answers, 1, 3 * CORE_WORLD_ORIGINS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_fair_bodies_of_one_do_not_wait_for_those_of_another),
        T(test_fair_epochs_of_one_leave_a_turn_to_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
