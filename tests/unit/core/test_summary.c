/* Older epochs that partners list: one takes no room from another, and all of them come. */
#include "tests/unit/core/core_world.h"

#include <string.h>

enum { EPOCHS = 300 };

static struct core_world w;
static struct core_history one;
static struct sb_head epochs[EPOCHS];
static enum sb_head_state states[EPOCHS];

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&one, &w, 3, (struct sb_epoch){1, 5}, 8, NULL, 0);
    core_world_greet(&w, 1, 1);
    core_world_greet(&w, 2, 1);
    for (uint32_t i = 0; i < EPOCHS; i++) {
        struct core_history h;
        core_history_make(&h, &w, 3, (struct sb_epoch){i + 1, 100 + i}, 2, NULL, 0);
        epochs[i] = core_history_head(&h, 2);
        states[i] = SB_HEAD_AHEAD;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

/* What partner 1 lists of the history of 3 and we lack. */
static void summary(uint32_t request)
{
    static struct sb_head missing[EPOCHS];
    struct sb_summary s = {.origin = w.origins[3], .to = UINT32_MAX, .epochs = missing};
    for (size_t i = 0; i < EPOCHS; i++) {
        if (sb_core_branches(w.core, 3, epochs[i].epoch) == 0) {
            missing[s.n_epochs++] = epochs[i];
        }
    }
    struct sb_input in = {.type = SB_IN_SUMMARY};
    in.summary.from = 1;
    in.summary.origin = 3;
    in.summary.route = (struct sb_route){SB_ROUTE_LINK, 1};
    in.summary.summary = &s;
    in.summary.states = states;
    in.summary.request = request;
    core_world_step(&w, &in);
}

static void test_summary_of_one_partner_leaves_room_for_the_heads_of_another(void **state)
{
    (void)state;
    summary(core_world_ask_summary(&w, 1, 3));
    struct sb_head head = core_history_head(&one, 8);
    core_world_frontier(&w, 2, 1, 1, true, 3, &head, SB_HEAD_AHEAD);
    core_world_simple(&w, SB_IN_TURN_END);
    bool asked = false;
    for (size_t i = 0; i < core_world_count(&w, SB_FX_WANT); i++) {
        asked |= core_world_effect(&w, SB_FX_WANT, i)->partner.partner == 2;
    }
    assert_true(asked);
}

/* Takes every epoch that partner 1 is asked for as it would answer; how many it gave. */
static size_t serve(void)
{
    size_t n = 0;
    for (size_t i = 0; i < EPOCHS; i++) {
        for (uint32_t k = 0; k < w.core->n_wants; k++) {
            const struct sb_want_state wanted = w.core->wants[k];
            if (wanted.kind != SB_WANT_LINKS || !sb_epoch_eq(wanted.epoch, epochs[i].epoch)) {
                continue;
            }
            struct core_history h;
            core_history_make(&h, &w, 3, epochs[i].epoch, 2, NULL, 0);
            core_world_segment(&w, 1, &h, 1, 2);
            struct sb_input in = {.type = SB_IN_ANSWERED};
            in.answered.from = 1;
            in.answered.request = wanted.request;
            core_world_step(&w, &in);
            n++;
            break;
        }
    }
    return n;
}

/* Nothing is said by any frontier meanwhile, and no time passes. */
static void
test_summary_longer_than_the_room_for_it_is_asked_for_again_until_all_is_here(void **state)
{
    (void)state;
    summary(core_world_ask_summary(&w, 1, 3));
    core_world_simple(&w, SB_IN_TURN_END);
    for (size_t given = 0, n = 0; given < EPOCHS; given += n) {
        n = serve();
        core_world_commit(&w);
        for (uint32_t k = 0; k < w.core->n_wants; k++) {
            if (w.core->wants[k].kind == SB_WANT_SUMMARY) {
                uint32_t request = w.core->wants[k].request;
                summary(request);
                struct sb_input in = {.type = SB_IN_ANSWERED};
                in.answered.from = 1;
                in.answered.request = request;
                core_world_step(&w, &in);
                core_world_simple(&w, SB_IN_TURN_END);
                n += n == 0 ? serve() : 0;
                break;
            }
        }
        assert_int_not_equal(n, 0);
    }
    assert_int_equal(w.core->origins[3].n_chains, EPOCHS);
    assert_int_equal(w.core->peers[1].n_shown, 0);
    assert_int_equal(w.core->peers[1].n_summaries, 0);
}

/* Partner 1 says hello on a session, beside the connection that we have to it. */
static void greet_by_session(uint32_t session, uint8_t boot)
{
    struct sb_hello hello = {.partnership = w.options.partnership, .organisation = w.origins[1]};
    struct sb_input in = {.type = SB_IN_HELLO};
    memset(hello.boot_nonce.b, boot, sizeof hello.boot_nonce.b);
    in.hello.from = 1;
    in.hello.route = (struct sb_route){SB_ROUTE_SESSION, session};
    in.hello.hello = &hello;
    in.hello.same_partnership = true;
    core_world_step(&w, &in);
}

/* It shows three epochs of 3 that we lack and that are no heads; how often it is asked for them. */
static size_t show_rest(struct sb_route route, uint8_t boot)
{
    struct sb_origin_heads heads = {.origin = w.origins[3], .rest_count = 3, .rest_digest = {{7}}};
    struct sb_frontier frontier = {
        .node = w.origins[1], .counter = 1, .full = true, .origins = &heads, .n_origins = 1};
    uint16_t origin = 3;
    struct sb_input in = {.type = SB_IN_FRONTIER};
    memset(frontier.boot_nonce.b, boot, sizeof frontier.boot_nonce.b);
    in.frontier = (struct sb_in_frontier){1, route, &frontier, NULL, &origin};
    core_world_step(&w, &in);
    core_world_simple(&w, SB_IN_TURN_END);
    return core_world_count(&w, SB_FX_SUMMARY_REQUEST);
}

/* It died with our question, and nothing has told us yet that the connection is gone. */
static void test_summary_is_asked_again_of_a_partner_that_was_started_anew(void **state)
{
    (void)state;
    assert_int_equal(show_rest((struct sb_route){SB_ROUTE_LINK, 1}, 1), 1);
    assert_int_equal(show_rest((struct sb_route){SB_ROUTE_LINK, 1}, 1), 0);
    greet_by_session(9, 2);
    assert_int_equal(show_rest((struct sb_route){SB_ROUTE_SESSION, 9}, 2), 1);
}

static void test_summary_is_asked_again_by_the_connection_that_is_left(void **state)
{
    (void)state;
    greet_by_session(9, 1);
    assert_int_equal(show_rest((struct sb_route){SB_ROUTE_SESSION, 9}, 1), 1);
    struct sb_route asked = core_world_effect(&w, SB_FX_SUMMARY_REQUEST, 0)->partner.route;
    struct sb_input gone = {.type = SB_IN_SESSION_GONE}, down = {.type = SB_IN_LINK_DOWN};
    gone.session_gone.session = 9;
    down.link.partner = 1;
    down.link.text = "";
    core_world_step(&w, asked.kind == SB_ROUTE_SESSION ? &gone : &down);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_SUMMARY_REQUEST), 1);
    struct sb_route now = core_world_effect(&w, SB_FX_SUMMARY_REQUEST, 0)->partner.route;
    assert_int_not_equal(now.kind, asked.kind);
}

/* It answers, and nothing comes of it. How long, in steps of 500 ms, until it is asked again. */
static int64_t wait_for_the_next(void)
{
    int64_t ms = 0;
    const struct sb_effect *e = core_world_effect(&w, SB_FX_SUMMARY_REQUEST, 0);
    struct sb_input in = {.type = SB_IN_ANSWERED};
    assert_non_null(e);
    in.answered.from = 1;
    in.answered.request = e->partner.request;
    core_world_step(&w, &in);
    while (core_world_count(&w, SB_FX_SUMMARY_REQUEST) == 0) {
        core_world_tick(&w, 500);
        core_world_simple(&w, SB_IN_TURN_END);
        ms += 500;
        assert_true(ms <= 2 * SB_COMPARE_RETRY_MAX_MS);
    }
    return ms;
}

/* Hundreds of epochs do not come at once: whoever brings some has more of them. */
static void test_summary_is_asked_again_soon_where_something_came(void **state)
{
    (void)state;
    assert_int_equal(show_rest((struct sb_route){SB_ROUTE_LINK, 1}, 1), 1);
    const int64_t first = wait_for_the_next(), second = wait_for_the_next();
    assert_true(second > first);
    struct core_history h;
    core_history_make(&h, &w, 3, epochs[0].epoch, 2, NULL, 0);
    core_world_segment(&w, 1, &h, 1, 2);
    core_world_commit(&w);
    core_world_tick(&w, 2 * second);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_SUMMARY_REQUEST), 1);
    assert_true(wait_for_the_next() <= first);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_summary_of_one_partner_leaves_room_for_the_heads_of_another),
        T(test_summary_longer_than_the_room_for_it_is_asked_for_again_until_all_is_here),
        T(test_summary_is_asked_again_of_a_partner_that_was_started_anew),
        T(test_summary_is_asked_again_by_the_connection_that_is_left),
        T(test_summary_is_asked_again_soon_where_something_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
