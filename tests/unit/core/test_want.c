/* Requests to partners, and answers to theirs. */
#include <string.h>

#include "tests/unit/core/core_world.h"

static struct core_world w;
static struct core_history one;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&one, &w, 3, (struct sb_epoch){1, 5}, 40, NULL, 0);
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

static void show(uint16_t peer, uint64_t counter, size_t seq)
{
    struct sb_head head = core_history_head(&one, seq);
    core_world_frontier(&w, peer, 1, counter, true, 3, &head, SB_HEAD_AHEAD);
}

static void show_two(const struct core_history *a, size_t seq_a, const struct core_history *b,
                     size_t seq_b)
{
    struct sb_head heads[2] = {core_history_head(a, seq_a), core_history_head(b, seq_b)};
    enum sb_head_state states[2] = {SB_HEAD_AHEAD, SB_HEAD_AHEAD};
    struct sb_origin_heads of = {.origin = w.origins[3], .heads = heads, .n_heads = 2};
    struct sb_frontier frontier = {
        .node = w.origins[1], .counter = 1, .full = true, .origins = &of, .n_origins = 1};
    uint16_t origin = 3;
    memset(frontier.boot_nonce.b, 1, sizeof frontier.boot_nonce.b);
    struct sb_input in = {.type = SB_IN_FRONTIER};
    in.frontier = (struct sb_in_frontier){1, {SB_ROUTE_LINK, 1}, &frontier, states, &origin};
    core_world_step(&w, &in);
}

/* Ends the turn; the one WANT that it sent, or NULL. */
static const struct sb_effect *wanted(void)
{
    core_world_simple(&w, SB_IN_TURN_END);
    assert_true(core_world_count(&w, SB_FX_WANT) <= 1);
    return core_world_effect(&w, SB_FX_WANT, 0);
}

static void answer(uint32_t request, bool empty)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.request = request;
    for (uint32_t i = 0; i < w.core->n_wants; i++) {
        if (w.core->wants[i].request == request) {
            in.answered.from = w.core->wants[i].peer;
        }
    }
    in.answered.empty = empty;
    core_world_step(&w, &in);
}

static void test_want_asks_one_partner_at_a_time_for_an_epoch(void **state)
{
    (void)state;
    show(1, 1, 8);
    const struct sb_effect *e = wanted();
    assert_non_null(e);
    assert_int_equal(e->partner.partner, 1);
    assert_int_equal(e->partner.from.n, 1);
    assert_int_equal(e->partner.to.n, 8);
    assert_memory_equal(e->partner.tip.b, one.hashes[7].b, 32);
    show(2, 1, 8);
    assert_null(wanted());
    core_world_tick(&w, 100);
    assert_null(wanted());
}

static void test_want_begins_behind_what_is_held(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 5);
    core_world_commit(&w);
    show(1, 1, 8);
    assert_int_equal(wanted()->partner.from.n, 6);
}

static void test_want_that_times_out_is_given_up_and_that_partner_passed_over(void **state)
{
    (void)state;
    show(1, 1, 8);
    assert_non_null(wanted());
    core_world_tick(&w, SB_WANT_TIMEOUT_MS - 1);
    assert_null(wanted());
    assert_int_equal(w.core->n_wants, 1);
    core_world_tick(&w, 1);
    assert_null(wanted());
    assert_int_equal(w.core->n_wants, 0);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_WANT_TIMED_OUT], 1);
    show(2, 1, 8);
    assert_int_equal(wanted()->partner.partner, 2);
}

static void test_want_is_asked_of_another_when_one_is_silent_for_a_moment(void **state)
{
    (void)state;
    show(1, 1, 8);
    assert_int_equal(wanted()->partner.partner, 1);
    show(2, 1, 8);
    assert_null(wanted());
    core_world_tick(&w, SB_WANT_IMPATIENT_MS - 1);
    assert_null(wanted());
    core_world_tick(&w, 1);
    const struct sb_effect *e = wanted();
    assert_non_null(e);
    assert_int_equal(e->partner.partner, 2);
    core_world_tick(&w, SB_WANT_IMPATIENT_MS);
    assert_null(wanted()); /* both have been asked */
}

static void test_want_answered_with_nothing_pauses_that_partner_longer_and_longer(void **state)
{
    (void)state;
    show(1, 1, 8);
    int64_t pause = SB_WANT_RETRY_MS;
    for (int i = 0; i < 3; i++) {
        const struct sb_effect *e = wanted();
        assert_non_null(e);
        answer(e->partner.request, true);
        core_world_tick(&w, pause - 1);
        assert_null(wanted());
        core_world_tick(&w, 1);
        pause *= 2;
    }
    assert_non_null(wanted());
}

/* It is asked and has nothing, twice: the next pause would be the third one. */
static const struct sb_effect *ask_after_two_pauses(void)
{
    show(1, 1, 8);
    for (int64_t pause = SB_WANT_RETRY_MS; pause <= 2 * SB_WANT_RETRY_MS; pause *= 2) {
        answer(wanted()->partner.request, true);
        core_world_tick(&w, pause);
    }
    return wanted();
}

static void expect_first_pause(void)
{
    assert_null(wanted());
    core_world_tick(&w, SB_WANT_RETRY_MS - 1);
    assert_null(wanted());
    core_world_tick(&w, 1);
    assert_non_null(wanted());
}

static void test_want_that_brought_something_is_followed_by_the_first_pause_again(void **state)
{
    (void)state;
    uint32_t request = ask_after_two_pauses()->partner.request;
    core_world_segment(&w, 1, &one, 1, 4);
    answer(request, false);
    core_world_commit(&w); /* asks, too */
    answer(core_world_asked(&w, SB_WANT_LINKS, 1, &one), true);
    expect_first_pause();
}

static void test_want_that_brought_something_and_times_out_begins_with_the_first_pause(void **state)
{
    (void)state;
    assert_non_null(ask_after_two_pauses());
    core_world_segment(&w, 1, &one, 1, 4);
    core_world_commit(&w);
    core_world_tick(&w, SB_WANT_TIMEOUT_MS);
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_WANT_TIMED_OUT], 1);
    expect_first_pause();
}

/* A relay that answers with what we hold already, again and again, keeps nobody from asking others.
 */
static void test_want_is_not_kept_alive_by_what_we_hold(void **state)
{
    (void)state;
    core_world_segment(&w, 2, &one, 1, 5);
    core_world_commit(&w);
    show(1, 1, 8);
    show(2, 1, 8);
    uint16_t first = wanted()->partner.partner;
    struct sb_segment held = {.origin = w.origins[3], .epoch = one.epoch};
    struct sb_input in = {.type = SB_IN_SEGMENT};
    in.segment.from = first;
    in.segment.origin = 3;
    in.segment.segment = &held;
    in.segment.request = core_world_asked(&w, SB_WANT_LINKS, first, &one);
    const struct sb_effect *next = NULL;
    for (int i = 0; i < 4 && next == NULL; i++) {
        core_world_tick(&w, SB_WANT_TIMEOUT_MS / 2);
        core_world_step(&w, &in);
        next = wanted();
    }
    assert_non_null(next);
    assert_int_not_equal(next->partner.partner, first);
}

/* A link now and then keeps nobody from asking others, for as long as the history is. */
static void test_want_of_one_that_drips_is_asked_of_another(void **state)
{
    (void)state;
    show(1, 1, 40);
    assert_int_equal(wanted()->partner.partner, 1);
    show(2, 1, 40);
    int64_t waited_ms = 0;
    for (size_t seq = 1; seq < 40 && w.core->n_wants < 2; seq += 2) {
        core_world_segment(&w, 1, &one, seq, seq + 1);
        core_world_commit(&w); /* asks, too */
        core_world_tick(&w, SB_WANT_IMPATIENT_MS / 2);
        waited_ms += SB_WANT_IMPATIENT_MS / 2;
    }
    assert_int_equal(w.core->n_wants, 2);
    assert_int_equal(w.core->wants[1].peer, 2);
    assert_in_range(waited_ms, SB_WANT_TIMEOUT_MS, 2 * SB_WANT_TIMEOUT_MS);
}

/* Bodies that it is asked for meanwhile, of the same epoch, are no sign of the links. */
static void test_want_of_links_is_not_kept_alive_by_bodies(void **state)
{
    (void)state;
    one.notes[2].has_body = false;
    core_world_segment(&w, 1, &one, 1, 8);
    core_world_commit(&w);
    show(1, 1, 40);
    assert_int_equal(wanted()->partner.partner, 1);
    show(2, 1, 40);
    assert_null(wanted());
    struct sb_seq seqs[] = {{3}};
    struct sb_input in = {.type = SB_IN_BODIES};
    uint32_t request = core_world_asked(&w, SB_WANT_BODIES, 1, &one);
    assert_int_not_equal(request, 0);
    in.bodies = (struct sb_in_bodies){.from = 1,
                                      .origin = 3,
                                      .epoch = one.epoch,
                                      .seqs = seqs,
                                      .n = 1,
                                      .request = request,
                                      .bytes = 100};
    core_world_step(&w, &in);
    core_world_commit(&w);
    core_world_tick(&w, SB_WANT_IMPATIENT_MS);
    const struct sb_effect *e = wanted();
    assert_non_null(e);
    assert_int_equal(e->partner.partner, 2);
}

/* What a partner broadcasts of an epoch is no answer, as regularly as it comes. */
static void test_want_is_not_kept_alive_by_broadcasts(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 8);
    core_world_commit(&w);
    static struct core_history other;
    core_history_make(&other, &w, 3, one.epoch, 40, &one, 5);
    show_two(&one, 8, &other, 40);
    uint32_t request = wanted()->partner.request;
    w.broadcasts = true;
    for (size_t seq = 9; seq < 40 && w.core->n_wants > 0; seq++) {
        core_world_tick(&w, SB_WANT_TIMEOUT_MS / 10);
        core_world_segment(&w, 1, &one, seq, seq);
        core_world_commit(&w);
        if (w.core->n_wants > 0 && w.core->wants[0].request != request) {
            return; /* asked anew */
        }
    }
    assert_int_equal(sb_core_traces(w.core)[SB_TRACE_WANT_TIMED_OUT], 1);
}

static void test_want_goes_to_another_when_the_way_is_gone(void **state)
{
    (void)state;
    show(1, 1, 8);
    assert_int_equal(wanted()->partner.partner, 1);
    show(2, 1, 8);
    struct sb_input in = {.type = SB_IN_LINK_DOWN};
    in.link.partner = 1;
    in.link.text = "gone";
    core_world_step(&w, &in);
    const struct sb_effect *e = wanted();
    assert_non_null(e);
    assert_int_equal(e->partner.partner, 2);
}

/* Links of partner 1 whose first has none below it here. */
static void step_gap(const struct core_history *h, size_t first, size_t last)
{
    struct sb_input in = {.type = SB_IN_SEGMENT};
    struct sb_segment segment = {.origin = w.origins[3],
                                 .epoch = h->epoch,
                                 .items = &h->items[first - 1],
                                 .n = last - first + 1};
    in.segment.from = 1;
    in.segment.origin = 3;
    in.segment.segment = &segment;
    in.segment.notes = &h->notes[first - 1];
    in.segment.prev = h->items[first - 1].link.prev;
    in.segment.request = core_world_asked(&w, SB_WANT_LINKS, 1, h);
    core_world_step(&w, &in);
}

static void test_want_follows_a_gap_down_in_growing_steps(void **state)
{
    (void)state;
    static struct core_history other;
    core_history_make(&other, &w, 3, (struct sb_epoch){1, 5}, 40, &one, 3);
    core_world_segment(&w, 1, &other, 1, 30);
    core_world_commit(&w);
    show(1, 1, 40); /* on the other branch: what we hold from 4 on is not on its path */
    const struct sb_effect *e = wanted();
    assert_int_equal(e->partner.from.n, 31);
    uint64_t last = 31;
    for (int i = 0; i < 8 && last > 4; i++) {
        uint32_t request = e->partner.request;
        step_gap(&one, last, 40);
        answer(request, false);
        e = wanted();
        assert_non_null(e);
        assert_true(e->partner.from.n < last);
        assert_true(e->partner.from.n == 1 || last - e->partner.from.n == (uint64_t)1 << i);
        last = e->partner.from.n;
    }
    assert_true(last <= 4);
    assert_true(sb_core_traces(w.core)[SB_TRACE_WANT_BACKWARDS] <= 5);
}

/* NULL: that place of it is not being asked for. */
static const struct sb_want_state *asked_for(const struct core_history *h, size_t seq)
{
    for (uint32_t i = 0; i < w.core->n_wants; i++) {
        if (sb_hash_eq(&w.core->wants[i].tip, &h->hashes[seq - 1])) {
            return &w.core->wants[i];
        }
    }
    return NULL;
}

/* The way down to the longer branch is none to the shorter one, which ends before it begins. */
static void test_want_of_a_shorter_branch_begins_before_its_end(void **state)
{
    (void)state;
    static struct core_history longer, shorter;
    core_history_make(&longer, &w, 3, (struct sb_epoch){1, 5}, 38, &one, 25);
    core_history_make(&shorter, &w, 3, (struct sb_epoch){1, 5}, 14, &one, 10);
    core_world_segment(&w, 2, &one, 1, 30);
    core_world_commit(&w);
    show_two(&shorter, 14, &longer, 38);
    const struct sb_effect *e = wanted();
    assert_int_equal(e->partner.from.n, 31);
    uint32_t request = e->partner.request;
    step_gap(&longer, 31, 38);
    answer(request, false);
    core_world_segment(&w, 1, &longer, 20, 38);
    core_world_commit(&w);
    const struct sb_want_state *want = NULL;
    for (int i = 0; i < 4 && (want = asked_for(&shorter, 14)) == NULL; i++) {
        core_world_tick(&w, SB_WANT_RETRY_MAX_MS);
        core_world_simple(&w, SB_IN_TURN_END);
    }
    assert_non_null(want);
    assert_true(want->from.n <= 14);
}

static void test_want_of_bodies_asks_the_origin_first(void **state)
{
    (void)state;
    core_world_greet(&w, 3, 1);
    one.notes[3].has_body = false;
    core_world_segment(&w, 1, &one, 1, 8);
    core_world_commit(&w);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_WANT_BODIES, 0);
    assert_non_null(e);
    assert_int_equal(e->partner.partner, 3);
    assert_int_equal(e->partner.from.n, 4);
    assert_int_equal(e->partner.to.n, 8);
    answer(e->partner.request, true);
    core_world_tick(&w, SB_BODIES_RETRY_MS);
    core_world_simple(&w, SB_IN_TURN_END);
    e = core_world_effect(&w, SB_FX_WANT_BODIES, 0);
    assert_non_null(e);
    assert_int_not_equal(e->partner.partner, 3);
    one.notes[3].has_body = true;
}

static void test_want_is_not_sent_while_the_store_is_full(void **state)
{
    (void)state;
    core_world_segment(&w, 1, &one, 1, 5);
    core_world_fail(&w);
    show(1, 1, 8);
    assert_null(wanted());
    core_world_tick(&w, SB_FULL_RETRY_MS);
    assert_non_null(wanted());
}

static struct sb_input want_from(uint16_t peer, struct sb_want *want, bool held)
{
    struct sb_input in = {.type = SB_IN_WANT};
    in.want.from = peer;
    in.want.origin = 3;
    in.want.route = (struct sb_route){SB_ROUTE_LINK, peer};
    in.want.request = 44;
    in.want.want = want;
    in.want.held = held;
    in.want.seq.n = 8;
    return in;
}

static void test_serve_goes_on_until_the_tip_or_the_credit(void **state)
{
    (void)state;
    struct sb_want want = {w.origins[3], one.epoch, {3}, one.hashes[7], 1000, {8}};
    struct sb_input in = want_from(1, &want, true);
    core_world_step(&w, &in);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_SERVE, 0);
    assert_int_equal(e->partner.from.n, 3);
    assert_int_equal(e->partner.to.n, 8);
    assert_int_equal(e->partner.request, 44);
    struct sb_input served = {.type = SB_IN_SERVED};
    served.served.slot = e->partner.slot;
    served.served.next.n = 5;
    served.served.bytes = 400;
    core_world_step(&w, &served);
    e = core_world_effect(&w, SB_FX_SERVE, 0);
    assert_int_equal(e->partner.from.n, 5);
    assert_int_equal(e->partner.credit, 600);
    served.served.next.n = 7;
    served.served.bytes = 600;
    core_world_step(&w, &served);
    assert_int_equal(w.fx.n, 0);
}

static void test_serve_of_what_is_not_held_answers_empty(void **state)
{
    (void)state;
    struct sb_want want = {w.origins[3], one.epoch, {3}, one.hashes[7], 1000, {8}};
    struct sb_input in = want_from(1, &want, false);
    core_world_step(&w, &in);
    assert_int_equal(core_world_effect(&w, SB_FX_SERVE, 0)->partner.to.n, 0);
    want.from.n = 9; /* beyond its own tip */
    in = want_from(1, &want, true);
    core_world_step(&w, &in);
    assert_int_equal(core_world_effect(&w, SB_FX_SERVE, 0)->partner.to.n, 0);
}

static void test_serve_is_bounded_per_partner_and_fair(void **state)
{
    (void)state;
    struct sb_want want = {w.origins[3], one.epoch, {3}, one.hashes[7], 1000, {8}};
    for (int i = 0; i < SB_SERVES_MAX; i++) {
        struct sb_input in = want_from(1, &want, true);
        core_world_step(&w, &in);
        assert_int_equal(core_world_count(&w, SB_FX_SERVE), 1);
    }
    struct sb_input more = want_from(1, &want, true), other = want_from(2, &want, true);
    core_world_step(&w, &more);
    assert_int_equal(core_world_count(&w, SB_FX_SERVE), 0);
    core_world_step(&w, &other);
    assert_int_equal(core_world_count(&w, SB_FX_SERVE), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_want_asks_one_partner_at_a_time_for_an_epoch),
        T(test_want_begins_behind_what_is_held),
        T(test_want_is_asked_of_another_when_one_is_silent_for_a_moment),
        T(test_want_of_one_that_drips_is_asked_of_another),
        T(test_want_that_times_out_is_given_up_and_that_partner_passed_over),
        T(test_want_answered_with_nothing_pauses_that_partner_longer_and_longer),
        T(test_want_that_brought_something_is_followed_by_the_first_pause_again),
        T(test_want_that_brought_something_and_times_out_begins_with_the_first_pause),
        T(test_want_is_not_kept_alive_by_what_we_hold),
        T(test_want_is_not_kept_alive_by_broadcasts),
        T(test_want_of_links_is_not_kept_alive_by_bodies),
        T(test_want_goes_to_another_when_the_way_is_gone),
        T(test_want_follows_a_gap_down_in_growing_steps),
        T(test_want_of_a_shorter_branch_begins_before_its_end),
        T(test_want_of_bodies_asks_the_origin_first),
        T(test_want_is_not_sent_while_the_store_is_full),
        T(test_serve_goes_on_until_the_tip_or_the_credit),
        T(test_serve_of_what_is_not_held_answers_empty),
        T(test_serve_is_bounded_per_partner_and_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
