/* A commit that failed leaves the core's durable tables byte for byte as they were. */
#include "daemon/core/erasure.h"
#include "tests/unit/core/core_world.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 8 }; /* entries behind the used ones: what was staged there must be gone too */

static struct core_world w;

struct tables {
    struct sb_chain *chains;
    struct sb_parent *parents;
    uint32_t *buckets;
    struct sb_origin_state *origins;
    uint32_t n_chains, n_parents;
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    bool has_open;
    uint32_t open;
};

static void *copy(const void *p, size_t n)
{
    void *to = malloc(n);
    assert_non_null(to);
    memcpy(to, p, n);
    return to;
}

static struct tables take_tables(void)
{
    const struct sb_core *c = w.core;
    struct tables t = {
        .chains = copy(c->chains, (c->n_chains + SPARE) * sizeof *c->chains),
        .parents = copy(c->parents, (c->n_parents + SPARE) * sizeof *c->parents),
        .buckets = copy(c->buckets, SB_BUCKETS * sizeof *c->buckets),
        .origins = copy(c->origins, c->o.n_origins * sizeof *c->origins),
        .n_chains = c->n_chains,
        .n_parents = c->n_parents,
        .last = c->last,
        .has_open = c->has_open,
        .open = c->open,
    };
    memcpy(t.by_class, c->by_class, sizeof t.by_class);
    return t;
}

static void assert_tables(struct tables *t)
{
    const struct sb_core *c = w.core;
    assert_int_equal(c->n_chains, t->n_chains);
    assert_int_equal(c->n_parents, t->n_parents);
    assert_memory_equal(c->chains, t->chains, (c->n_chains + SPARE) * sizeof *c->chains);
    assert_memory_equal(c->parents, t->parents, (c->n_parents + SPARE) * sizeof *c->parents);
    assert_memory_equal(c->buckets, t->buckets, SB_BUCKETS * sizeof *c->buckets);
    assert_memory_equal(c->origins, t->origins, c->o.n_origins * sizeof *c->origins);
    assert_int_equal(c->last.n, t->last.n);
    assert_memory_equal(c->by_class, t->by_class, sizeof t->by_class);
    assert_int_equal(c->has_open, t->has_open);
    if (t->has_open) {
        assert_int_equal(c->open, t->open);
    }
    assert_false(c->stage.anything);
    assert_int_equal(c->stage.n_events, 0);
    assert_int_equal(c->stage.n_born, 0);
    assert_int_equal(c->stage.last.n, c->last.n);
    assert_memory_equal(c->stage.by_class, c->by_class, sizeof c->by_class);
    free(t->chains);
    free(t->parents);
    free(t->buckets);
    free(t->origins);
}

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

static void test_failed_commit_undoes_the_first_epoch(void **state)
{
    (void)state;
    struct tables before = take_tables();
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_fail(&w);
    assert_tables(&before);
}

static void test_failed_commit_undoes_events_of_an_open_epoch(void **state)
{
    (void)state;
    struct sb_input a = core_world_publish(1), b = core_world_publish(2);
    core_world_submit(&w, &a);
    core_world_commit(&w);
    struct tables before = take_tables();
    core_world_submit(&w, &b);
    core_world_fail(&w);
    assert_tables(&before);
    core_world_tick(&w, SB_FULL_RETRY_MS);
    core_world_submit(&w, &b);
    assert_int_equal(core_world_effect(&w, SB_FX_APPEND, 0)->append.own->seq.n, 3);
}

static void test_failed_commit_undoes_an_epoch_with_parents(void **state)
{
    (void)state;
    struct sb_input a = core_world_publish(1), b = core_world_publish(2);
    core_world_submit(&w, &a);
    core_world_commit(&w);
    core_world_tick(&w, SB_EPOCH_IDLE_MS + 1);
    struct tables before = take_tables();
    assert_false(before.has_open);
    core_world_step(&w, &b);
    assert_int_equal(core_world_effect(&w, SB_FX_OPEN_EPOCH, 0)->open_epoch.n_parents, 1);
    core_world_start_epoch(&w);
    core_world_step(&w, &b);
    core_world_fail(&w);
    assert_tables(&before);
}

static void test_failed_commit_undoes_segments_of_new_and_known_epochs(void **state)
{
    (void)state;
    struct core_history known, new, next;
    core_history_make(&known, &w, 1, (struct sb_epoch){1, 5}, 6, NULL, 0);
    core_history_make(&new, &w, 2, (struct sb_epoch){1, 6}, 3, NULL, 0);
    core_history_make(&next, &w, 1, (struct sb_epoch){2, 7}, 2, NULL, 0);
    next.start.n_parents = 1;
    next.start.parents[0] = (struct sb_parent){known.epoch, {6}, known.hashes[5]};
    core_world_segment(&w, 1, &known, 1, 3);
    core_world_commit(&w);
    struct tables before = take_tables();
    core_world_segment(&w, 1, &known, 4, 6);
    core_world_segment(&w, 1, &new, 1, 3);
    core_world_segment(&w, 2, &next, 1, 2);
    assert_int_equal(w.core->stage.n_touches, 3);
    core_world_fail(&w);
    assert_tables(&before);
}

/* What it was refused for was never here: it may have been lost since where it came from. */
static void test_failed_commit_makes_a_refusal_by_quota_void(void **state)
{
    (void)state;
    struct core_history h;
    w.options.quota_bytes = 700;
    core_world_again(&w);
    core_world_greet(&w, 1, 1);
    core_history_make(&h, &w, 1, (struct sb_epoch){1, 5}, 8, NULL, 0);
    core_world_segment(&w, 1, &h, 1, 3);
    core_world_segment(&w, 1, &h, 4, 8);
    assert_true(w.core->origins[1].over_quota);
    core_world_fail(&w);
    struct sb_head head = core_history_head(&h, 3);
    core_world_frontier(&w, 1, 1, 2, true, 1, &head, SB_HEAD_AHEAD);
    core_world_tick(&w, SB_FULL_RETRY_MS);
    core_world_simple(&w, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&w, SB_FX_WANT), 1);
    core_world_tick(&w, SB_FULL_RETRY_MS);
    core_world_segment(&w, 1, &h, 1, 3);
    core_world_commit(&w);
    assert_false(w.core->origins[1].over_quota);
    core_world_segment(&w, 1, &h, 4, 8);
    assert_true(w.core->origins[1].over_quota);
    assert_false(w.core->origins[1].quota_void);
}

static void test_failed_commit_undoes_a_fork(void **state)
{
    (void)state;
    struct core_history one, other;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    core_history_make(&other, &w, 1, (struct sb_epoch){1, 5}, 4, &one, 2);
    core_world_segment(&w, 1, &one, 1, 4);
    core_world_commit(&w);
    struct tables before = take_tables();
    core_world_segment(&w, 2, &other, 3, 4);
    assert_int_equal(w.core->stage.n_born, 1);
    core_world_fail(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ALARM), 1); /* of the store, not of a fork */
    assert_int_equal(core_world_effect(&w, SB_FX_ALARM, 0)->alarm.code, SB_ALARM_STORE_FULL);
    assert_tables(&before);
}

static void test_failed_commit_undoes_bodies_and_releases(void **state)
{
    (void)state;
    struct core_history h;
    core_history_make(&h, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    h.notes[1].has_body = false;
    core_world_segment(&w, 1, &h, 1, 4);
    core_world_commit(&w);
    struct tables before = take_tables();
    struct sb_seq seqs[] = {{2}};
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies =
        (struct sb_in_bodies){.from = 1, .origin = 1, .epoch = h.epoch, .seqs = seqs, .n = 1};
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_RELEASE), 1);
    core_world_fail(&w);
    assert_tables(&before);
}

/* A full store takes no bodies for a while, but for one that says what is to be forgotten. */
static void test_failed_commit_keeps_no_late_erasure_waiting(void **state)
{
    (void)state;
    struct core_history h;
    core_history_make(&h, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    h.notes[2].has_body = false;
    core_world_segment(&w, 1, &h, 1, 4);
    core_world_commit(&w);
    struct sb_input publish = core_world_publish(1);
    core_world_submit(&w, &publish);
    core_world_fail(&w);
    struct sb_seq seqs[] = {{3}};
    struct sb_item_note note = {.erases = false};
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies = (struct sb_in_bodies){
        .from = 1, .origin = 1, .epoch = h.epoch, .seqs = seqs, .n = 1, .notes = &note};
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_BODIES), 0);
    note.erases = true;
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_BODIES), 1);
    assert_int_equal(core_world_count(&w, SB_FX_ERASE), 1);
    assert_int_equal(core_world_effect(&w, SB_FX_ERASE, 0)->append.item, 0);
}

/* What waited behind it, which may be very much, is released when there is room again. */
static void test_failed_commit_keeps_releases_waiting(void **state)
{
    (void)state;
    struct core_history h;
    core_history_make(&h, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    h.notes[1].has_body = false;
    core_world_segment(&w, 1, &h, 1, 4);
    core_world_commit(&w);
    core_world_fail(&w);
    struct sb_seq seqs[] = {{2}};
    struct sb_item_note note = {.erases = true};
    struct sb_input in = {.type = SB_IN_BODIES};
    in.bodies = (struct sb_in_bodies){
        .from = 1, .origin = 1, .epoch = h.epoch, .seqs = seqs, .n = 1, .notes = &note};
    core_world_step(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_PUT_BODIES), 1);
    assert_int_equal(core_world_count(&w, SB_FX_RELEASE), 0);
    core_world_commit(&w);
    core_world_fail(&w);
    core_world_tick(&w, 1);
    assert_int_equal(core_world_count(&w, SB_FX_RELEASE), 0);
    core_world_tick(&w, 2 * SB_FULL_RETRY_MS);
    assert_int_equal(core_world_count(&w, SB_FX_RELEASE), 1);
}

/* What failed beside others is tried alone; and what others were asked for at the same time waits
 * until it has been. */
static void test_failed_commit_tries_an_erasure_alone(void **state)
{
    (void)state;
    struct core_history one, other;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    core_history_make(&other, &w, 2, (struct sb_epoch){1, 6}, 3, NULL, 0);
    one.notes[2].erases = true;
    core_world_segment(&w, 2, &other, 1, 3);
    core_world_fail(&w);
    core_world_tick(&w, 2 * SB_FULL_RETRY_MS);
    core_world_segment(&w, 1, &one, 1, 4);
    core_world_segment(&w, 2, &other, 1, 3);
    assert_int_equal(w.core->stage.n_events, 7);
    core_world_fail(&w);
    assert_false(sb_erasure_waits(w.core)); /* nobody knows whether it was what had no room */
    core_world_segment(&w, 1, &one, 1, 4);
    assert_int_equal(w.core->stage.n_events, 4);
    core_world_fail(&w);
    assert_true(sb_erasure_waits(w.core));
    core_world_tick(&w, SB_FULL_RETRY_MS);
    core_world_segment(&w, 2, &other, 1, 3);
    core_world_segment(&w, 1, &one, 1, 4);
    assert_int_equal(w.core->stage.n_events, 4);
    core_world_commit(&w);
    core_world_segment(&w, 2, &other, 1, 3);
    assert_int_equal(w.core->stage.n_events, 3);
}

static void test_failed_commit_forgets_ids_so_that_a_retry_is_new(void **state)
{
    (void)state;
    struct sb_input in = core_world_publish(1);
    core_world_submit(&w, &in);
    core_world_fail(&w);
    core_world_tick(&w, SB_FULL_RETRY_MS);
    core_world_submit(&w, &in);
    assert_int_equal(core_world_count(&w, SB_FX_DEFER), 0);
    core_world_commit(&w);
    assert_int_equal(core_world_count(&w, SB_FX_ACK), 1);
    assert_int_equal(core_world_effect(&w, SB_FX_ACK, 0)->ack.seq.n, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_failed_commit_undoes_the_first_epoch),
        T(test_failed_commit_undoes_events_of_an_open_epoch),
        T(test_failed_commit_undoes_an_epoch_with_parents),
        T(test_failed_commit_undoes_segments_of_new_and_known_epochs),
        T(test_failed_commit_makes_a_refusal_by_quota_void),
        T(test_failed_commit_undoes_a_fork),
        T(test_failed_commit_undoes_bodies_and_releases),
        T(test_failed_commit_keeps_no_late_erasure_waiting),
        T(test_failed_commit_keeps_releases_waiting),
        T(test_failed_commit_tries_an_erasure_alone),
        T(test_failed_commit_forgets_ids_so_that_a_retry_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
