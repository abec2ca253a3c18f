/* Since when partners showed an event: remembered within bounds, and never said too exactly. */
#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/holder.h"
#include "daemon/core/sighting.h"
#include "tests/unit/core/core_world.h"

enum { PEER = 1, MANY = 4 * SB_SIGHTINGS_PER_PEER };

static struct core_world w;
static uint64_t counter;

static int set_up(void **state)
{
    (void)state;
    counter = 0;
    core_world_init(&w);
    core_world_greet(&w, PEER, 1);
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_commit(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

/* The first one is full. */
static void show(uint64_t seq, uint64_t bodies)
{
    const struct sb_chain *k = &w.core->chains[w.core->open];
    struct sb_head head = {k->epoch, k->tip, {bodies}};
    head.checkpoint.seq.n = seq;
    memcpy(head.checkpoint.hash.b, &seq, sizeof seq);
    w.now.wall.ms += 1000;
    counter++;
    core_world_frontier(&w, PEER, 1, counter, counter == 1, 0, seq == 0 ? NULL : &head,
                        SB_HEAD_HELD);
}

static struct sb_holder ask(uint64_t seq)
{
    struct sb_holder h = {.entitled = true};
    sb_core_holder(w.core, PEER, 0, w.core->chains[w.core->open].epoch, 0, (struct sb_seq){seq},
                   &h);
    return h;
}

static void test_sighting_is_unknown_before_a_frontier(void **state)
{
    (void)state;
    struct sb_holder h = ask(2);
    assert_int_equal(h.links, SB_HOLDING_UNKNOWN);
    assert_int_equal(h.bodies, SB_HOLDING_UNKNOWN);
}

static void test_sighting_of_the_first_frontier_may_be_late(void **state)
{
    (void)state;
    show(2, 1);
    struct sb_time first = w.now.wall;
    show(2, 2);
    struct sb_holder h = ask(2);
    assert_int_equal(h.links, SB_HOLDING_YES);
    assert_true(h.links_earlier);
    assert_int_equal(h.links_since.ms, first.ms);
    assert_int_equal(h.bodies, SB_HOLDING_YES);
    assert_false(h.bodies_earlier);
    assert_int_equal(h.bodies_since.ms, first.ms + 1000);
}

static void test_sighting_of_news_is_exact(void **state)
{
    (void)state;
    show(0, 0);
    assert_int_equal(ask(2).links, SB_HOLDING_NO);
    show(2, 1);
    struct sb_holder h = ask(2);
    assert_false(h.links_earlier);
    assert_int_equal(h.links_since.ms, w.now.wall.ms);
    assert_int_equal(h.bodies, SB_HOLDING_NO);
}

static void test_sighting_is_forgotten_with_what_is_no_longer_shown(void **state)
{
    (void)state;
    show(0, 0);
    show(2, 2);
    show(1, 1);
    assert_int_equal(ask(2).links, SB_HOLDING_NO);
    show(2, 2);
    assert_int_equal(ask(2).links_since.ms, w.now.wall.ms);
}

static void test_sightings_are_bounded_and_old_ones_coarse(void **state)
{
    (void)state;
    show(0, 0);
    struct sb_time begin = w.now.wall;
    for (uint64_t i = 1; i <= MANY; i++) {
        show(i, i);
        assert_true(w.core->peers[PEER].n_sightings <= SB_SIGHTINGS_PER_PEER);
    }
    struct sb_time before = {0};
    for (uint64_t i = 1; i <= MANY; i++) {
        struct sb_holder h = ask(i);
        int64_t exact = begin.ms + (int64_t)i * 1000;
        assert_int_equal(h.links, SB_HOLDING_YES);
        assert_true(h.links_since.ms >= exact && h.links_since.ms >= before.ms);
        assert_true(h.links_since.ms == exact || h.links_earlier);
        before = h.links_since;
    }
    assert_false(ask(MANY).links_earlier);
}

/* A thief's branch of the epoch is aside here; the partner, who has not been told, has that alone.
 */
static void test_sighting_of_a_branch_aside_is_none_of_what_counts(void **state)
{
    (void)state;
    struct core_history other;
    const struct sb_epoch epoch = w.core->chains[w.core->open].epoch;
    core_history_make(&other, &w, 0, epoch, 4, NULL, 0);
    core_world_segment(&w, PEER, &other, 1, 4);
    core_world_commit(&w);
    w.core->chains[sb_history_find(w.core, 0, epoch, 1)].aside = true;
    struct sb_head head = core_history_head(&other, 4);
    head.bodies.n = 4;
    core_world_frontier(&w, PEER, 1, 1, true, 0, &head, SB_HEAD_HELD);
    assert_int_equal(ask(2).links, SB_HOLDING_NO);
    struct sb_holder h = {.entitled = true};
    sb_core_holder(w.core, PEER, 0, epoch, 1, (struct sb_seq){2}, &h);
    assert_int_equal(h.links, SB_HOLDING_YES);
    assert_true(h.links_earlier);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_sighting_is_unknown_before_a_frontier),
        T(test_sighting_of_the_first_frontier_may_be_late),
        T(test_sighting_of_news_is_exact),
        T(test_sighting_is_forgotten_with_what_is_no_longer_shown),
        T(test_sighting_of_a_branch_aside_is_none_of_what_counts),
        T(test_sightings_are_bounded_and_old_ones_coarse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
