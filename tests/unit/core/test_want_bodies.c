/* Requests for bodies: of whom, how long one is waited for, and who is asked next. */
#include "tests/unit/core/core_world.h"

#include <string.h>

enum { LINKS = 40, TAKEN = 12, STEP_MS = 100, BODY_BYTES = 100 };

static struct core_world w;
static struct core_history one;

/* Of the origin 3, which nobody can be asked: a relay gave the first links without bodies. */
static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&one, &w, 3, (struct sb_epoch){1, 5}, LINKS, NULL, 0);
    for (size_t i = 1; i < TAKEN; i++) {
        one.notes[i].has_body = false;
    }
    core_world_greet(&w, 1, 1);
    core_world_greet(&w, 2, 1);
    core_world_segment(&w, 1, &one, 1, TAKEN);
    core_world_commit(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static uint32_t asked(uint16_t peer)
{
    return core_world_asked(&w, SB_WANT_BODIES, peer, &one);
}

/* One body of these links from `peer`, in answer to what it was asked; then the commit. */
static void give(uint16_t peer, uint64_t seq)
{
    struct sb_seq seqs[] = {{seq}};
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies = (struct sb_in_bodies){.from = peer,
                                      .origin = 3,
                                      .epoch = one.epoch,
                                      .seqs = seqs,
                                      .n = 1,
                                      .next_missing = {seq + 1},
                                      .request = asked(peer),
                                      .bytes = BODY_BYTES};
    core_world_step(&w, &in);
}

static void end_answer(uint16_t peer, bool empty)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.from = peer;
    in.answered.request = asked(peer);
    in.answered.empty = empty;
    core_world_step(&w, &in);
}

static void pass(int64_t ms)
{
    core_world_tick(&w, ms);
    core_world_simple(&w, SB_IN_TURN_END);
}

static void test_bodies_are_asked_of_another_when_one_is_silent_for_a_moment(void **state)
{
    (void)state;
    assert_int_not_equal(asked(1), 0);
    pass(SB_WANT_IMPATIENT_MS - 1);
    assert_int_equal(asked(2), 0);
    pass(1);
    assert_int_not_equal(asked(2), 0);
}

static void test_bodies_are_asked_of_another_while_broadcasts_of_their_epoch_come(void **state)
{
    (void)state;
    assert_int_not_equal(asked(1), 0);
    w.broadcasts = true;
    int64_t ms = 0;
    for (size_t seq = TAKEN + 1; seq <= LINKS && asked(2) == 0; seq++) {
        core_world_tick(&w, STEP_MS);
        core_world_segment(&w, 1, &one, seq, seq);
        core_world_commit(&w);
        ms += STEP_MS;
    }
    assert_int_equal(ms, SB_WANT_IMPATIENT_MS);
}

/* One body now and then, and never the last: nobody else would be asked for as long as it likes. */
static void test_bodies_of_one_that_drips_are_asked_of_another(void **state)
{
    (void)state;
    int64_t ms = 0;
    for (uint64_t seq = 2; seq < TAKEN && asked(2) == 0; seq++) {
        give(1, seq);
        core_world_commit(&w);
        pass(SB_WANT_TIMEOUT_MS - STEP_MS);
        ms += SB_WANT_TIMEOUT_MS - STEP_MS;
    }
    assert_in_range(ms, SB_WANT_TIMEOUT_MS, 2 * SB_WANT_TIMEOUT_MS);
}

static void test_bodies_are_asked_for_again_at_once_of_who_gave_some(void **state)
{
    (void)state;
    for (uint64_t seq = 2; seq <= TAKEN; seq++) {
        uint32_t before = asked(1);
        assert_int_not_equal(before, 0);
        assert_int_equal(asked(2), 0);
        give(1, seq);
        end_answer(1, false);
        assert_int_equal(asked(1), 0);
        core_world_commit(&w);
    }
    assert_int_equal(w.core->n_wants, 0); /* none is missing */
}

/* The round begins anew at its origin, whose place in it is the first. */
static void test_bodies_are_asked_for_again_at_once_of_their_origin(void **state)
{
    (void)state;
    core_world_greet(&w, 3, 1);
    end_answer(1, true);
    core_world_simple(&w, SB_IN_TURN_END);
    end_answer(2, true);
    for (int i = 0; i < 20 && asked(3) == 0; i++) {
        pass(STEP_MS);
    }
    assert_int_not_equal(asked(3), 0);
    give(3, 2);
    end_answer(3, false);
    core_world_commit(&w);
    assert_int_not_equal(asked(3), 0);
}

/* What comes too slowly for its size leaves the turn to the next. */
static void test_bodies_are_not_asked_for_again_first_of_who_is_slow(void **state)
{
    (void)state;
    pass(SB_WANT_IMPATIENT_MS - STEP_MS);
    give(1, 2);
    core_world_commit(&w);
    pass(2 * STEP_MS);
    assert_int_equal(asked(2), 0);
    end_answer(1, false);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(asked(1), 0);
    assert_int_not_equal(asked(2), 0);
}

/* An answer without any is followed by the next one's, and a pause once all have been asked. */
static void test_bodies_that_nobody_has_are_asked_for_after_a_pause(void **state)
{
    (void)state;
    end_answer(1, true);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(asked(1), 0);
    end_answer(2, true);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(w.core->n_wants, 0);
    pass(SB_BODIES_RETRY_MS - 1);
    assert_int_equal(w.core->n_wants, 0);
    pass(1);
    assert_int_not_equal(asked(1), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_bodies_are_asked_of_another_when_one_is_silent_for_a_moment),
        T(test_bodies_are_asked_of_another_while_broadcasts_of_their_epoch_come),
        T(test_bodies_of_one_that_drips_are_asked_of_another),
        T(test_bodies_are_asked_for_again_at_once_of_who_gave_some),
        T(test_bodies_are_asked_for_again_at_once_of_their_origin),
        T(test_bodies_are_not_asked_for_again_first_of_who_is_slow),
        T(test_bodies_that_nobody_has_are_asked_for_after_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
