/* What is said of missing bodies holds for what was looked at: between the look, at the end of a
 * round, and the turn that hears of it, another round may take more links in, without their bodies.
 */
#include "daemon/shell/node_internal.h"
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 5, LATE = 3 }; /* items of the history; the body of LATE comes late */

static struct node_world *w;
static struct history h;

static int set_up(void **state)
{
    (void)state;
    w = world_new("GM0437", "GM0384");
    world_history(&h, EVENTS, EVENTS);
    struct sb_item whole = h.events.items[LATE];
    h.events.items[LATE].salt = NULL;
    h.events.items[LATE].body = (struct sb_bytes){NULL, 0};
    world_hello(w);
    world_show(w, &h, 1);
    world_answer(w, &h, 0, EVENTS);
    h.events.items[LATE] = whole;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_free(w);
    history_fini(&h);
    return 0;
}

/* Into the store alone, as by an Erasure of it or by what another branch brings. */
static void put_late(void)
{
    struct sb_store_txn *txn;
    const struct sb_place place = {WORLD_PARTNER, 0, h.events.epoch, {LATE + 1}};
    assert_int_equal(sb_store_begin(w->store, &txn, NULL), SB_OK);
    sb_store_put_body(txn, &place, h.events.items[LATE].salt, h.events.items[LATE].body);
    assert_int_equal(sb_store_commit(txn, NULL), SB_OK);
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
}

static const struct sb_fate *find_news(void)
{
    for (size_t i = 0; i < w->node->n_outcomes; i++) {
        if (w->node->outcomes[i].in.type == SB_IN_BODIES) {
            return &w->node->outcomes[i];
        }
    }
    return NULL;
}

static void test_nothing_is_missing_up_to_where_it_was_looked_for(void **state)
{
    struct sb_message heard, none = {.type = SB_MSG_BODIES};
    (void)state;
    assert_true(world_heard(w, SB_MSG_WANT_BODIES, 0, &heard));
    put_late();
    none.request = heard.request;
    none.bodies = (struct sb_bodies){
        .origin = h.events.origin, .epoch = h.events.epoch, .last = true}; /* nobody has it */
    world_say(w, WORLD_PARTNER, &none);
    for (int i = 0; i < 100 && find_news() == NULL; i++) {
        w->now.mono_ms += 1000;
        world_turn(w, NULL, 0);
    }
    assert_non_null(find_news());
    assert_int_equal(find_news()->in.bodies.next_missing.n, EVENTS + 1);
    world_turn(w, NULL, 0);
    struct sb_chain_info chain;
    assert_true(sb_core_find_chain(w->node->core, WORLD_PARTNER, h.events.epoch, 0, &chain));
    assert_int_equal(chain.bodies.n, EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_missing_up_to_where_it_was_looked_for,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
