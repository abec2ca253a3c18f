/* An id that was used twice, for different audiences, and then erased: whoever may have had one of
 * the two confirms, whichever came first. */
#include "daemon/shell/node_internal.h"
#include "daemon/store/erasing.h"
#include "proto/erasure.h"
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 6, THEIRS = 1, SAYS = 4, OURS = 5 }; /* items of the history */

static struct node_world *w;
static struct history h;
static uint32_t request;

/* THEIRS is for its origin alone, SAYS erases it, and OURS has its id and is for everybody. */
static int set_up(void **state)
{
    (void)state;
    w = world_new("GM0437", "GM0384");
    world_history(&h, EVENTS, 1);
    struct sb_item *items = h.events.items;
    const struct sb_erasure_said said = {
        world_org("GM0384"), items[THEIRS].link.id, {(const uint8_t *)"AVG", 3}};
    items[THEIRS].link.kind = SB_KIND_RESTRICTED;
    items[THEIRS].link.audience = (struct sb_audience){&h.events.origin, 1};
    items[THEIRS].salt = NULL;
    items[THEIRS].body = (struct sb_bytes){NULL, 0};
    items[SAYS].link.kind = SB_KIND_SYSTEM;
    world_give_body(&items[SAYS], sb_erasure_build(&said, w->now.wall, &w->arena));
    items[OURS].link.id = items[THEIRS].link.id;
    history_relink(&h, 0);
    world_hello(w);
    world_show(w, &h, 1);
    struct sb_message heard;
    assert_true(world_heard(w, SB_MSG_WANT, 0, &heard));
    request = heard.request;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_free(w);
    history_fini(&h);
    return 0;
}

/* Items from `first` to before `end`, which ends with a checkpoint. */
static void bring(size_t first, size_t end)
{
    struct sb_message m = {.type = SB_MSG_EVENTS, .request = request, .events = h.events};
    size_t from = 0, to = 0;
    while (h.events.checkpoints[from].seq.n <= first) {
        from++;
    }
    for (to = from; to < h.events.n_checkpoints && h.events.checkpoints[to].seq.n <= end; to++) {
    }
    m.events.items += first;
    m.events.n_items = end - first;
    m.events.checkpoints += from;
    m.events.n_checkpoints = to - from;
    m.events.last = end == EVENTS;
    world_say(w, WORLD_PARTNER, &m);
}

static void pass(int turns)
{
    for (int i = 0; i < turns; i++) {
        w->now.mono_ms += SB_ERASING_LOOK_MS;
        w->now.wall.ms += SB_ERASING_LOOK_MS;
        world_turn(w, NULL, 0);
    }
}

static bool confirmed(void)
{
    struct sb_time time;
    return sb_store_find_receipt(w->store, WORLD_PARTNER, &h.events.items[THEIRS].link.id, 0, &time,
                                 NULL) == SB_OK;
}

static void check_state(enum sb_erasing state)
{
    struct sb_erased row;
    assert_int_equal(
        sb_store_find_erased(w->store, WORLD_PARTNER, &h.events.items[THEIRS].link.id, &row, NULL),
        SB_OK);
    assert_int_equal(row.state, state);
}

static void test_one_that_comes_after_all_was_done_is_confirmed(void **state)
{
    (void)state;
    bring(0, OURS);
    pass(3);
    check_state(SB_ERASING_DONE);
    assert_false(confirmed());
    bring(OURS, EVENTS);
    pass(3);
    assert_true(confirmed());
    check_state(SB_ERASING_DONE);
}

/* In the very turn that finds nothing left to do for the one that was here. */
static void test_one_that_comes_while_all_is_done_is_confirmed(void **state)
{
    (void)state;
    bring(0, OURS);
    w->now.mono_ms += SB_ERASING_LOOK_MS;
    bring(OURS, EVENTS);
    pass(3);
    assert_true(confirmed());
}

static void test_one_that_comes_with_the_others_is_confirmed(void **state)
{
    (void)state;
    bring(0, EVENTS);
    check_state(SB_ERASING_IN_FILES);
    for (int i = 0; i < 1000000 && !confirmed(); i++) { /* the compaction takes its time */
        pass(1);
    }
    assert_true(confirmed());
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_one_that_comes_after_all_was_done_is_confirmed),
        T(test_one_that_comes_while_all_is_done_is_confirmed),
        T(test_one_that_comes_with_the_others_is_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
