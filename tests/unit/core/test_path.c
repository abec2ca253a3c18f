/* A fork whose longer branch leaves what is held far below our tip, and answers that bring little
 * of it at a time. Partner 1 plays a server of the branch; what it says may be wrong. */
#include "tests/unit/core/core_world.h"

#include <string.h>

enum { LENGTH = 64, OURS = 60, LEAVES = 20, STRAYS = 5, PAGE = 4, BOOT = 1 };

static struct core_world w;
static struct core_history trunk, branch, stray;
static uint64_t counter;
static size_t branch_held;   /* how far we have the branch */
static uint32_t last_credit; /* of the last question */

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&trunk, &w, 3, (struct sb_epoch){1, 5}, LENGTH, NULL, 0);
    core_history_make(&branch, &w, 3, trunk.epoch, LENGTH, &trunk, LEAVES);
    core_history_make(&stray, &w, 3, trunk.epoch, LENGTH, &trunk, STRAYS);
    core_world_segment(&w, 2, &trunk, 1, OURS);
    core_world_commit(&w);
    core_world_greet(&w, 1, BOOT);
    counter = 0;
    branch_held = LEAVES;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void end_turn(void)
{
    core_world_simple(&w, SB_IN_TURN_END);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_WANT, 0);
    if (e == NULL && w.core->stage.anything) {
        core_world_commit(&w);
        e = core_world_effect(&w, SB_FX_WANT, 0);
    }
    last_credit = e == NULL ? last_credit : e->partner.credit;
}

static void show(const struct core_history *h, size_t seq)
{
    struct sb_head head = core_history_head(h, seq);
    core_world_frontier(&w, 1, BOOT, ++counter, true, 3, &head, SB_HEAD_AHEAD);
    end_turn();
}

static const struct sb_want_state *asked(void)
{
    for (uint32_t i = 0; i < w.core->n_wants; i++) {
        if (w.core->wants[i].kind == SB_WANT_LINKS) {
            return &w.core->wants[i];
        }
    }
    return NULL;
}

/* Is that link of the branch, or of the trunk, here? */
static bool is_held(const struct core_history *h, size_t seq)
{
    size_t to = h == &trunk ? OURS : h == &branch ? branch_held : STRAYS;
    return seq <= to;
}

/* One frame of an answer: links first..last, those that we hold cut off as the shell does. */
static void frame(uint32_t request, const struct core_history *h, size_t first, size_t last)
{
    struct sb_checkpoint checkpoint = core_history_checkpoint(h, last);
    struct sb_segment segment = {
        .origin = w.origins[3], .epoch = h->epoch, .checkpoints = &checkpoint, .n_checkpoints = 1};
    struct sb_input in = {.type = SB_IN_SEGMENT};
    in.segment = (struct sb_in_segment){
        .from = 1, .request = request, .origin = 3, .segment = &segment, .notes = h->notes};
    for (; first <= last && is_held(h, first); first++) {
        in.segment.held_to.n = first;
    }
    if (first <= last) {
        segment.items = &h->items[first - 1];
        segment.hashes = &h->hashes[first - 1];
        segment.n = last - first + 1;
        in.segment.notes = &h->notes[first - 1];
        in.segment.prev = h->items[first - 1].link.prev;
        in.segment.prev_held = first == 1 || is_held(h, first - 1);
    }
    core_world_step(&w, &in);
    if (h == &branch && core_world_count(&w, SB_FX_APPEND) > 0) {
        branch_held = last;
    }
}

static void end_answer(uint32_t request, bool empty)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.from = 1;
    in.answered.request = request;
    in.answered.empty = empty;
    core_world_step(&w, &in);
    end_turn();
}

/* Answers as a server that holds the branch: so many frames of a page each, or to the tip. */
static void serve(size_t frames)
{
    const struct sb_want_state want = *asked();
    size_t seq = want.from.n, to = LENGTH;
    for (; frames > 0 && seq <= to; frames--, seq += PAGE) {
        frame(want.request, &branch, seq, seq + PAGE - 1 < to ? seq + PAGE - 1 : to);
    }
    end_answer(want.request, false);
}

/* Serves until the branch is here; how many answers that took without any pause between them. */
static unsigned serve_all(size_t frames)
{
    unsigned answers = 0;
    while (branch_held < LENGTH) {
        assert_non_null(asked());
        assert_true(answers++ < 64);
        serve(frames);
    }
    assert_null(asked());
    return answers;
}

/* What is shared below the fork, and our own of it, is more than an answer brings. */
static void test_path_leads_to_a_branch_however_little_an_answer_brings(void **state)
{
    (void)state;
    show(&branch, LENGTH);
    assert_int_equal(asked()->from.n, OURS + 1);
    assert_in_range(serve_all(1), (LENGTH - LEAVES) / PAGE, 30);
}

static void test_path_leads_to_a_branch_in_a_few_long_answers(void **state)
{
    (void)state;
    show(&branch, LENGTH);
    assert_in_range(serve_all(LENGTH), 2, 8);
}

/* A newer head goes on where the older one was, also where it comes in the middle of an answer. */
static void test_path_is_kept_while_the_branch_grows(void **state)
{
    (void)state;
    size_t shown = LENGTH - 20;
    show(&branch, shown);
    for (unsigned answers = 0; branch_held < shown; answers++) {
        assert_true(answers < 64);
        assert_non_null(asked());
        const struct sb_want_state want = *asked();
        if (shown < LENGTH) {
            show(&branch, ++shown);
        }
        size_t last = want.from.n + PAGE - 1;
        frame(want.request, &branch, want.from.n, last < shown ? last : shown);
        end_answer(want.request, false);
    }
    assert_in_range(shown, LENGTH - 5, LENGTH - 1); /* it grew with every answer */
}

/* On the way down little is asked for; then as much as there is. */
static void test_path_down_is_asked_for_in_small_answers(void **state)
{
    (void)state;
    show(&branch, LENGTH);
    assert_int_equal(last_credit, SB_WANT_CREDIT);
    while (asked()->from.n > LEAVES + 1) {
        serve(1);
        assert_int_equal(last_credit, SB_PACED_CREDIT);
    }
    serve(1);
    assert_int_equal(last_credit, SB_WANT_CREDIT);
}

/* The rest of an answer that did not connect leads nowhere, above all not up again. */
static void test_path_goes_down_from_the_beginning_of_an_answer(void **state)
{
    (void)state;
    show(&branch, LENGTH);
    serve(1);
    assert_int_equal(asked()->from.n, OURS);
    serve(3);
    assert_int_equal(asked()->from.n, OURS - 2);
}

/* It answers from higher up than it was asked, every time. */
static void test_path_is_not_followed_to_where_nobody_was_asked(void **state)
{
    (void)state;
    show(&branch, LENGTH);
    serve(1);
    serve(1);
    for (int64_t pause_ms = SB_WANT_RETRY_MS; pause_ms < SB_WANT_RETRY_MAX_MS; pause_ms *= 2) {
        const struct sb_want_state want = *asked();
        assert_true(want.from.n < OURS);
        frame(want.request, &branch, want.from.n + 1, LENGTH);
        end_answer(want.request, false);
        assert_null(asked());
        core_world_tick(&w, pause_ms);
        core_world_simple(&w, SB_IN_TURN_END);
    }
    serve_all(1);
}

/* Questions without a pause that one gets to whose answers lead down and up, and never on. */
static unsigned answers_of_a_liar(void)
{
    unsigned answers = 0;
    show(&branch, LENGTH);
    for (; asked() != NULL; answers++) {
        const struct sb_want_state want = *asked();
        assert_true(answers < 4096);
        size_t from = want.from.n;
        bool up = from <= OURS && (answers % 2 == 1 || from <= STRAYS + 1);
        frame(want.request, up ? &trunk : &stray, from, from);
        end_answer(want.request, false);
    }
    return answers;
}

static void test_path_of_a_liar_ends_in_a_pause(void **state)
{
    (void)state;
    assert_in_range(answers_of_a_liar(), 40, 8 * LENGTH);
    core_world_tick(&w, SB_WANT_RETRY_MAX_MS);
    core_world_simple(&w, SB_IN_TURN_END);
    serve_all(1); /* once it says the truth */
}

/* What is here already, again and again. */
static void test_path_that_leads_to_what_is_held_alone_is_paused(void **state)
{
    (void)state;
    show(&branch, LENGTH);
    const struct sb_want_state want = *asked();
    for (int i = 0; i < 3; i++) {
        frame(want.request, &trunk, 10, OURS);
    }
    assert_false(asked()->progress);
    end_answer(want.request, false);
    assert_null(asked());
}

/* Another head of the same epoch is not misled by an answer about this one. */
static void test_path_of_one_head_says_nothing_of_another(void **state)
{
    (void)state;
    struct sb_head heads[2] = {core_history_head(&branch, LENGTH), core_history_head(&stray, 50)};
    enum sb_head_state states[2] = {SB_HEAD_AHEAD, SB_HEAD_AHEAD};
    struct sb_origin_heads of = {.origin = w.origins[3], .heads = heads, .n_heads = 2};
    struct sb_frontier frontier = {
        .node = w.origins[1], .counter = 1, .full = true, .origins = &of, .n_origins = 1};
    uint16_t origin = 3;
    memset(frontier.boot_nonce.b, BOOT, sizeof frontier.boot_nonce.b);
    struct sb_input in = {.type = SB_IN_FRONTIER};
    in.frontier = (struct sb_in_frontier){1, {SB_ROUTE_LINK, 1}, &frontier, states, &origin};
    core_world_step(&w, &in);
    core_world_simple(&w, SB_IN_TURN_END);
    unsigned strays = 0;
    for (int i = 0; i < 24 && branch_held < LENGTH; i++) {
        assert_non_null(asked());
        const struct sb_want_state want = *asked();
        if (sb_hash_eq(&want.tip, &stray.hashes[49])) {
            assert_int_equal(want.from.n, 50);
            end_answer(want.request, true); /* it never gives that one */
            strays++;
        } else {
            serve(2);
            core_world_tick(&w, SB_WANT_RETRY_MS);
            core_world_simple(&w, SB_IN_TURN_END);
        }
    }
    assert_int_equal(branch_held, LENGTH);
    assert_in_range(strays, 2, 8);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_path_leads_to_a_branch_however_little_an_answer_brings),
        T(test_path_leads_to_a_branch_in_a_few_long_answers),
        T(test_path_is_kept_while_the_branch_grows),
        T(test_path_down_is_asked_for_in_small_answers),
        T(test_path_goes_down_from_the_beginning_of_an_answer),
        T(test_path_is_not_followed_to_where_nobody_was_asked),
        T(test_path_of_a_liar_ends_in_a_pause),
        T(test_path_that_leads_to_what_is_held_alone_is_paused),
        T(test_path_of_one_head_says_nothing_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
