/* Of an epoch of which an announcement names the end: once that is here, every other branch goes
 * aside. */
#include "tests/unit/core/core_world.h"

enum { THIEF = 0, NAMED = 1 };

static struct core_world w;
static struct core_history thief, named;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_history_make(&named, &w, 1, (struct sb_epoch){1, 5}, 8, NULL, 0);
    core_history_make(&thief, &w, 1, (struct sb_epoch){1, 5}, 8, &named, 3);
    core_world_segment(&w, 1, &thief, 1, 6);
    core_world_commit(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static bool is_aside(uint16_t branch)
{
    struct sb_chain_info info;
    assert_true(sb_core_find_chain(w.core, 1, named.epoch, branch, &info));
    return info.aside;
}

static void bring_end(void)
{
    w.final = true;
    core_world_segment(&w, 2, &named, 4, 8);
}

static void test_final_sets_the_others_aside(void **state)
{
    (void)state;
    struct sb_head heads[SB_HEADS_MAX];
    struct sb_core_rest rest;
    uint16_t branch;
    assert_false(sb_core_find_final(w.core, 1, named.epoch, &branch));
    bring_end();
    core_world_commit(&w);
    assert_true(is_aside(THIEF));
    assert_false(is_aside(NAMED));
    assert_true(sb_core_find_final(w.core, 1, named.epoch, &branch));
    assert_int_equal(branch, NAMED);
    assert_int_equal(sb_core_heads(w.core, 1, SB_HEADS_MAX, heads, &rest), 1);
    assert_memory_equal(heads[0].checkpoint.hash.b, named.hashes[7].b, sizeof named.hashes[7].b);
    assert_int_equal(rest.count, 0);
    assert_int_equal(w.core->origins[1].events, 8); /* with what it grew from */
}

static void test_final_that_is_not_committed_changes_nothing(void **state)
{
    (void)state;
    uint16_t branch;
    bring_end();
    core_world_fail(&w);
    assert_false(is_aside(THIEF));
    assert_false(sb_core_find_final(w.core, 1, named.epoch, &branch));
    assert_int_equal(w.core->origins[1].events, 6);
}

static void test_final_leaves_nothing_of_the_others_lacking(void **state)
{
    (void)state;
    struct sb_head more = core_history_head(&thief, 8);
    core_world_greet(&w, 2, 1);
    core_world_frontier(&w, 2, 1, 1, true, 1, &more, SB_HEAD_AHEAD);
    assert_int_equal(sb_core_lag(w.core), 2);
    bring_end();
    core_world_commit(&w);
    assert_int_equal(sb_core_lag(w.core), 0);
}

static void test_final_that_is_loaded_is_the_same(void **state)
{
    (void)state;
    struct sb_chain_info rows[2];
    uint16_t branch;
    bring_end();
    core_world_commit(&w);
    for (uint16_t b = THIEF; b <= NAMED; b++) {
        assert_true(sb_core_find_chain(w.core, 1, named.epoch, b, &rows[b]));
        rows[b].final = b == NAMED;
        rows[b].n_parents = 0;
    }
    core_world_fini(&w);
    core_world_init(&w);
    assert_true(sb_core_load(w.core, &rows[THIEF]) && sb_core_load(w.core, &rows[NAMED]));
    sb_core_loaded(w.core);
    assert_true(sb_core_find_final(w.core, 1, named.epoch, &branch) && branch == NAMED);
    assert_true(is_aside(THIEF) && !is_aside(NAMED));
    assert_int_equal(w.core->origins[1].events, 8);
}

/* Loaded where the end is not here: the thief's went beyond it, and lacks bodies from seq 2 on. */
static void load_aside(void)
{
    struct sb_chain_info beyond;
    assert_true(sb_core_find_chain(w.core, 1, named.epoch, THIEF, &beyond));
    beyond.aside = true;
    beyond.bodies.n = 1;
    beyond.n_parents = 0;
    core_world_fini(&w);
    core_world_init(&w);
    assert_true(sb_core_load(w.core, &beyond));
    sb_core_loaded(w.core);
}

/* All that is here of what the named epoch shares is in the branch aside: its first three. */
static void test_links_below_two_branches_count_once(void **state)
{
    (void)state;
    struct core_history other, third;
    struct sb_head heads[SB_HEADS_MAX];
    struct sb_core_rest rest;
    load_aside();
    assert_int_equal(w.core->origins[1].events, 0);
    core_history_make(&other, &w, 1, named.epoch, 4, &named, 2);
    core_world_segment(&w, 1, &other, 3, 4);
    core_world_commit(&w);
    assert_int_equal(w.core->origins[1].events, 4);
    core_world_segment(&w, 2, &named, 4, 6);
    core_world_commit(&w);
    assert_int_equal(w.core->origins[1].events, 3 + 2 + 3);
    core_history_make(&third, &w, 1, named.epoch, 2, &named, 1);
    core_world_segment(&w, 1, &third, 2, 2);
    core_world_commit(&w);
    assert_int_equal(w.core->origins[1].events, 3 + 2 + 3 + 1);
    (void)sb_core_heads(w.core, 1, 0, heads, &rest);
    assert_int_equal(rest.count, 3);
    assert_int_equal(rest.events, 3 + 2 + 3 + 1);
    w.final = true;
    core_world_segment(&w, 2, &named, 7, 8);
    core_world_commit(&w);
    assert_int_equal(w.core->origins[1].events, 8);
    (void)sb_core_heads(w.core, 1, 0, heads, &rest);
    assert_int_equal(rest.count, 1);
    assert_int_equal(rest.events, 8);
}

static void test_bodies_below_what_counts_are_asked_for(void **state)
{
    (void)state;
    load_aside();
    core_world_greet(&w, 2, 1);
    core_world_pass(&w, 1000);
    assert_int_equal(core_world_count(&w, SB_FX_WANT_BODIES), 0);
    core_world_segment(&w, 2, &named, 4, 6);
    core_world_commit(&w);
    const struct sb_effect *e = core_world_effect(&w, SB_FX_WANT_BODIES, 0);
    assert_non_null(e);
    assert_int_equal(e->partner.branch, THIEF);
    assert_int_equal(e->partner.from.n, 2);
    assert_int_equal(e->partner.to.n, 3); /* where that left it */
}

/* ---- room */

/* As many branches of its epoch as its owner may have: the thief's first one, and others on it. */
static void load_as_many_as_there_can_be(bool settled)
{
    struct sb_chain_info row;
    assert_true(sb_core_find_chain(w.core, 1, named.epoch, THIEF, &row));
    row.n_parents = 0;
    row.bytes = w.options.quota_bytes / SB_CHAINS_PER_ORIGIN;
    core_world_fini(&w);
    core_world_init(&w);
    for (uint32_t b = 0; b < SB_CHAINS_PER_ORIGIN; b++) {
        row.branch = (uint16_t)b;
        row.final = settled && b == NAMED;
        row.aside = settled && b != NAMED;
        row.base.n = b == 0 ? 1 : 4;
        assert_true(sb_core_load(w.core, &row));
        row.tip.hash.b[0] ^= 1;
        row.tip.hash.b[1 + b % 31]++;
    }
    sb_core_loaded(w.core);
    w.core->recovering = w.core->settling = false;
}

/* What counts under the new key. */
static bool takes_an_epoch(void)
{
    struct core_history next;
    struct sb_chain_info info;
    w.final = false;
    core_history_make(&next, &w, 1, (struct sb_epoch){2, 9}, 4, NULL, 0);
    core_world_segment(&w, 1, &next, 1, 4);
    core_world_commit(&w);
    return sb_core_find_chain(w.core, 1, next.epoch, 0, &info);
}

static void test_final_leaves_its_owner_the_room_that_the_others_had(void **state)
{
    (void)state;
    load_as_many_as_there_can_be(true);
    assert_true(takes_an_epoch());
    assert_false(w.core->origins[1].over_quota);
}

/* The thief has filled it before the end came. */
static void test_final_has_room_among_as_many_as_there_can_be(void **state)
{
    (void)state;
    uint16_t branch;
    load_as_many_as_there_can_be(false);
    assert_false(takes_an_epoch());
    bring_end();
    core_world_commit(&w);
    assert_true(sb_core_find_final(w.core, 1, named.epoch, &branch));
    assert_false(w.core->origins[1].over_quota);
    assert_true(takes_an_epoch());
}

/* The thief's one branch has taken so many bytes before the end came. */
static void load_with_bytes(uint64_t bytes)
{
    struct sb_chain_info row;
    assert_true(sb_core_find_chain(w.core, 1, named.epoch, THIEF, &row));
    row.n_parents = 0;
    row.bytes = bytes;
    core_world_fini(&w);
    core_world_init(&w);
    assert_true(sb_core_load(w.core, &row));
    sb_core_loaded(w.core);
    w.core->recovering = w.core->settling = false;
}

static void show_end(void)
{
    struct sb_head head = core_history_head(&named, 8);
    core_world_greet(&w, 2, 1);
    core_world_frontier(&w, 2, 1, 1, true, 1, &head, SB_HEAD_END);
}

static bool asks_for_end(void)
{
    core_world_simple(&w, SB_IN_TURN_END);
    return core_world_asked(&w, SB_WANT_LINKS, 2, &named) != 0;
}

/* Part of the way to the end, which does not say yet that it leads there. */
static bool takes_part_of_the_way(void)
{
    struct sb_chain_info info;
    core_world_segment(&w, 2, &named, 4, 6);
    core_world_commit(&w);
    return sb_core_find_chain(w.core, 1, named.epoch,
                              (uint16_t)(sb_core_branches(w.core, 1, named.epoch) - 1), &info) &&
           sb_hash_eq(&info.tip.hash, &named.hashes[5]);
}

static void comes_in_parts(void)
{
    assert_false(takes_an_epoch());
    assert_true(w.core->origins[1].over_quota);
    show_end();
    assert_true(asks_for_end());
    assert_true(takes_part_of_the_way());
    w.final = true;
    core_world_segment(&w, 2, &named, 7, 8);
    core_world_commit(&w);
    assert_false(w.core->origins[1].over_quota);
    assert_true(takes_an_epoch());
}

static void test_final_is_reached_in_parts_where_a_thief_has_taken_all_bytes(void **state)
{
    (void)state;
    load_with_bytes(w.options.quota_bytes);
    comes_in_parts();
}

static void test_final_is_reached_in_parts_where_a_thief_has_taken_all_chains(void **state)
{
    (void)state;
    load_as_many_as_there_can_be(false);
    comes_in_parts();
}

/* Nobody can tell whether an answer leads there before it does. */
static void test_final_is_not_asked_for_beyond_twice_the_room(void **state)
{
    (void)state;
    load_with_bytes(2 * w.options.quota_bytes - 3 * 200 + 2);
    show_end();
    assert_true(asks_for_end());
    assert_false(takes_part_of_the_way());
    load_with_bytes(2 * w.options.quota_bytes - 3 * 200);
    show_end();
    assert_true(asks_for_end());
    assert_true(takes_part_of_the_way());
}

static void test_final_gives_room_to_what_was_asked_for_alone(void **state)
{
    (void)state;
    load_with_bytes(w.options.quota_bytes);
    show_end();
    assert_true(asks_for_end());
    w.broadcasts = true;
    assert_false(takes_part_of_the_way());
}

/* Another head of a history that has no room is not asked for. */
static void test_final_alone_is_asked_for_beyond_the_room(void **state)
{
    (void)state;
    struct sb_head head = core_history_head(&named, 8);
    load_with_bytes(w.options.quota_bytes);
    assert_false(takes_an_epoch());
    core_world_greet(&w, 2, 1);
    core_world_frontier(&w, 2, 1, 1, true, 1, &head, SB_HEAD_AHEAD);
    assert_false(asks_for_end());
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_final_sets_the_others_aside),
        T(test_final_that_is_not_committed_changes_nothing),
        T(test_final_leaves_nothing_of_the_others_lacking),
        T(test_final_that_is_loaded_is_the_same),
        T(test_links_below_two_branches_count_once),
        T(test_bodies_below_what_counts_are_asked_for),
        T(test_final_leaves_its_owner_the_room_that_the_others_had),
        T(test_final_has_room_among_as_many_as_there_can_be),
        T(test_final_is_reached_in_parts_where_a_thief_has_taken_all_bytes),
        T(test_final_is_reached_in_parts_where_a_thief_has_taken_all_chains),
        T(test_final_is_not_asked_for_beyond_twice_the_room),
        T(test_final_gives_room_to_what_was_asked_for_alone),
        T(test_final_alone_is_asked_for_beyond_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
