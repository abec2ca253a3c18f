/* Changes of consumers are answered when they are durable and not before; cursors never go back. */
#include <string.h>

#include "daemon/core/cursor.h"
#include "tests/unit/core/core_world.h"

enum { SESSION = 7, SLOT = 3 };

static struct core_world w;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static void change(uint16_t client, uint32_t request, bool changes, enum sb_code verdict)
{
    struct sb_input in = {.type = SB_IN_CONSUME};
    in.consume = (struct sb_in_consume){client, SLOT, SESSION, request, changes, verdict, "why"};
    core_world_step(&w, &in);
}

static void expect_answer(size_t nth, uint32_t request, enum sb_code code)
{
    const struct sb_effect *e = core_world_effect(&w, SB_FX_CONSUMED, nth);
    assert_non_null(e);
    assert_int_equal(e->consume.session, SESSION);
    assert_int_equal(e->consume.request, request);
    assert_int_equal(e->consume.code, code);
}

static void test_consumer_is_answered_after_the_commit(void **state)
{
    (void)state;
    change(CORE_WORLD_CLIENT, 1, true, SB_CODE_OK);
    assert_int_equal(core_world_count(&w, SB_FX_CONSUMED), 0);
    assert_int_equal(core_world_effect(&w, SB_FX_PUT_CONSUMER, 0)->consume.slot, SLOT);
    change(CORE_WORLD_CLIENT, 2, false, SB_CODE_OK); /* what it found is not durable yet */
    assert_int_equal(core_world_count(&w, SB_FX_CONSUMED), 0);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_CONSUMER), 0);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_CONSUMED), 2);
    expect_answer(0, 1, SB_CODE_OK);
    expect_answer(1, 2, SB_CODE_OK);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_CONSUMED), 0);
}

static void test_consumer_is_answered_at_once_when_nothing_changes(void **state)
{
    (void)state;
    change(CORE_WORLD_CLIENT, 1, false, SB_CODE_OK);
    expect_answer(0, 1, SB_CODE_OK);
}

static void test_consumer_hears_of_a_full_store(void **state)
{
    (void)state;
    change(CORE_WORLD_CLIENT, 1, true, SB_CODE_OK);
    core_world_fail(&w);
    expect_answer(0, 1, SB_CODE_STORE_FULL);
    /* A cursor that finds room says nothing about room for events. */
    change(CORE_WORLD_CLIENT, 2, true, SB_CODE_OK);
    core_world_commit(&w);
    expect_answer(0, 2, SB_CODE_OK);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 0);
    assert_true(w.core->full);
}

static void test_consumer_is_refused_without_rights_or_for_what_was_found(void **state)
{
    (void)state;
    change(CORE_WORLD_STRANGER, 1, true, SB_CODE_OK);
    expect_answer(0, 1, SB_CODE_NOT_ALLOWED);
    change(CORE_WORLD_CLIENT, 2, true, SB_CODE_UNKNOWN_CONSUMER);
    expect_answer(0, 2, SB_CODE_UNKNOWN_CONSUMER);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_CONSUMER), 0);
}

static void test_consumer_changes_of_a_turn_are_bounded(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SB_CONSUMES_MAX; i++) {
        change(CORE_WORLD_CLIENT, i, true, SB_CODE_OK);
    }
    change(CORE_WORLD_CLIENT, 9999, true, SB_CODE_OK);
    expect_answer(0, 9999, SB_CODE_TOO_LARGE);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_CONSUMED), SB_CONSUMES_MAX);
}

/* ---- cursors: branch 0 has 8 links of an epoch of GM0437, branch 1 leaves it behind the fourth */

static struct core_history trunk, branch;
static struct sb_tip room[SB_CURSOR_TIPS_MAX + 1];

static bool find(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *out)
{
    (void)context;
    assert_int_equal(origin, 1);
    if (!sb_epoch_eq(tip->epoch, trunk.epoch)) {
        return false;
    }
    for (uint16_t b = 0; b < 2; b++) {
        const struct core_history *h = b == 0 ? &trunk : &branch;
        size_t base = b == 0 ? 0 : 4;
        for (size_t i = base; i < h->n; i++) {
            if (h->items[i].link.seq.n == tip->seq.n && sb_hash_eq(&h->hashes[i], &tip->hash)) {
                *out = b;
                return true;
            }
        }
    }
    return false;
}

static struct sb_cursor_tips fork_world(void)
{
    struct sb_epoch epoch = {1, 0x77};
    core_history_make(&trunk, &w, 1, epoch, 8, NULL, 0);
    core_history_make(&branch, &w, 1, epoch, 8, &trunk, 4);
    core_world_segment(&w, 1, &trunk, 1, 8);
    core_world_commit(&w);
    core_world_segment(&w, 1, &branch, 5, 8);
    core_world_commit(&w);
    return (struct sb_cursor_tips){.find = find, .tips = room, .cap = SB_CURSOR_TIPS_MAX + 1};
}

static struct sb_tip tip_of(const struct core_history *h, size_t seq)
{
    struct sb_tip tip = {.origin = w.origins[1], .epoch = h->epoch, .hash = h->hashes[seq - 1]};
    tip.seq.n = seq;
    return tip;
}

static bool take(struct sb_cursor_tips *cursor, const struct core_history *h, size_t seq)
{
    struct sb_tip tip = tip_of(h, seq);
    return sb_core_cursor_take(w.core, cursor, &tip);
}

static void test_cursor_moves_up_and_never_back(void **state)
{
    (void)state;
    struct sb_cursor_tips cursor = fork_world();
    assert_true(take(&cursor, &trunk, 3));
    assert_true(take(&cursor, &trunk, 6));
    assert_int_equal(cursor.n, 1);
    assert_int_equal(cursor.tips[0].seq.n, 6);
    assert_false(take(&cursor, &trunk, 6));
    assert_false(take(&cursor, &trunk, 2));
    assert_int_equal(cursor.tips[0].seq.n, 6);
}

static void test_cursor_keeps_a_tip_of_every_branch(void **state)
{
    (void)state;
    struct sb_cursor_tips cursor = fork_world();
    assert_true(take(&cursor, &trunk, 8));
    assert_true(take(&cursor, &branch, 6));
    assert_int_equal(cursor.n, 2);
    assert_true(take(&cursor, &branch, 7));
    assert_int_equal(cursor.n, 2);
    assert_false(take(&cursor, &branch, 5));
    assert_false(take(&cursor, &trunk, 4)); /* on both paths */
    assert_int_equal(cursor.n, 2);
}

static void test_cursor_keeps_what_is_not_here_beside_the_rest(void **state)
{
    (void)state;
    struct sb_cursor_tips cursor = fork_world();
    struct sb_tip elsewhere = tip_of(&trunk, 8);
    elsewhere.seq.n = 20;
    elsewhere.hash.b[0] ^= 1;
    assert_true(sb_core_cursor_take(w.core, &cursor, &elsewhere));
    assert_false(sb_core_cursor_take(w.core, &cursor, &elsewhere));
    assert_true(take(&cursor, &trunk, 8));
    assert_int_equal(cursor.n, 2);
}

static void test_cursor_drops_the_oldest_epoch_when_it_is_full(void **state)
{
    (void)state;
    struct sb_cursor_tips cursor = fork_world();
    for (uint32_t i = 0; i < SB_CURSOR_TIPS_MAX + 5; i++) {
        struct sb_tip tip = {.origin = w.origins[1], .epoch = {100 + i, i}, .seq = {1}};
        tip.hash.b[0] = 1;
        assert_true(sb_core_cursor_take(w.core, &cursor, &tip));
    }
    assert_int_equal(cursor.n, SB_CURSOR_TIPS_MAX);
    assert_int_equal(cursor.tips[0].epoch.counter, 105);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_consumer_is_answered_after_the_commit),
        TEST(test_consumer_is_answered_at_once_when_nothing_changes),
        TEST(test_consumer_hears_of_a_full_store),
        TEST(test_consumer_is_refused_without_rights_or_for_what_was_found),
        TEST(test_consumer_changes_of_a_turn_are_bounded),
        TEST(test_cursor_moves_up_and_never_back),
        TEST(test_cursor_keeps_a_tip_of_every_branch),
        TEST(test_cursor_keeps_what_is_not_here_beside_the_rest),
        TEST(test_cursor_drops_the_oldest_epoch_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
