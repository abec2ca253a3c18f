/* Conformance of stores: what is written is read, and found. */
#include "tests/store/conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_reads_show_the_state_before_until_refreshed(void **state)
{
    struct scribe *s = *state;
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    size_t event = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    struct sb_place place = scribe_place(s, event);
    struct sb_record record;
    assert_int_equal(sb_store_at(s->store, &place, &record, NULL), SB_E_NOTFOUND);
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_OK);
    assert_int_equal(sb_store_at(s->store, &place, &record, NULL), SB_E_NOTFOUND);
    sb_store_offsets(s->store, &last, by_class);
    assert_int_equal(last.n, 0);
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    scribe_check(s);
}

static void test_commits_follow_each_other_without_a_refresh(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    for (int i = 0; i < 3; i++) {
        scribe_begin(s);
        struct sb_place tip = scribe_tip(s, chain);
        sb_store_expect_tip(s->txn, &tip, &s->chains[chain].tip);
        scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
        scribe_checkpoint(s, chain);
        assert_int_equal(sb_store_commit(s->txn, NULL), SB_OK);
    }
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    scribe_check(s);
}

static void test_nothing_stays_of_what_was_not_committed(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    struct scribe *before = test_malloc(sizeof *before);
    memcpy(before, s, sizeof *before);
    for (int crash = 0; crash < 2; crash++) {
        scribe_begin(s);
        scribe_append(s, chain, SB_KIND_RESTRICTED, SB_BODY_MISSING);
        scribe_checkpoint(s, chain);
        if (crash) {
            scribe_close(s);
            scribe_open(s);
        } else {
            sb_store_abort(s->txn);
            assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
        }
        before->store = s->store;
        memcpy(s, before, sizeof *s);
        scribe_check(s);
    }
    test_free(before);
}

static const enum sb_body_state STATES[] = {SB_BODY_PRESENT, SB_BODY_PRESENT, SB_BODY_MISSING,
                                            SB_BODY_WITHHELD, SB_BODY_ERASED};

/* One random operation in the open transaction. */
static void scribble(struct scribe *s)
{
    unsigned what = scribe_random(s, 20);
    size_t event = s->n_events == 0 ? 0 : scribe_random(s, (unsigned)s->n_events);
    if (what == 0 && s->n_events > 0) {
        scribe_append_id(s, s->events[event].chain, &s->events[event].record.item.link.id);
    } else if (what <= 2 && s->n_events > 0 && s->events[event].record.state == SB_BODY_MISSING) {
        scribe_body(s, event);
        scribe_release(s, event);
    } else {
        unsigned chain = scribe_random(s, (unsigned)s->n_chains);
        for (unsigned n = 1 + scribe_random(s, 4); n > 0; n--) {
            scribe_append(s, chain, (enum sb_kind)(1 + scribe_random(s, 3)),
                          STATES[scribe_random(s, sizeof STATES / sizeof *STATES)]);
        }
    }
}

/* Many origins, epochs and a fork, interleaved in every way; bodies that come later; crashes. */
static void test_everything_written_at_random_is_read_back(void **state)
{
    struct scribe *s = *state;
    static const char *const names[] = {"GM0384", "GM0437", "GM0451"};
    for (uint32_t i = 0; i < 6; i++) {
        scribe_chain(s, names[i % 3], 1 + i / 3);
    }
    for (int turn = 0; turn < 60; turn++) {
        scribe_begin(s);
        for (unsigned n = scribe_random(s, 12); n > 0; n--) {
            scribble(s);
        }
        for (unsigned chain = 0; chain < s->n_chains; chain++) {
            if (s->chains[chain].seq.n >= s->chains[chain].row.base.n) {
                scribe_checkpoint(s, chain);
            }
        }
        scribe_commit(s);
        if (turn == 20) {
            scribe_branch(s, 1, (struct sb_seq){s->chains[1].seq.n - 2});
        }
        if (turn % 10 == 9) {
            scribe_check(s);
            scribe_close(s);
            scribe_open(s);
        }
    }
    assert_true(s->n_events > 300 && s->n_log > s->n_events);
    scribe_check(s);
}

static bool count_two(void *context, const struct sb_chain_row *row)
{
    unsigned *n = context;
    assert_int_equal(row->epoch.counter, ++*n);
    return *n < 2;
}

/* So many epochs, of an event each. */
static void write_epochs(struct scribe *s, uint32_t n)
{
    scribe_begin(s);
    for (uint32_t i = 1; i <= n; i++) {
        scribe_append(s, scribe_chain(s, "GM0384", i), SB_KIND_OPEN, SB_BODY_PRESENT);
        scribe_checkpoint(s, i - 1);
    }
    scribe_commit(s);
}

static void test_chains_stop_when_told(void **state)
{
    struct scribe *s = *state;
    write_epochs(s, 3);
    unsigned n = 0;
    assert_int_equal(sb_store_chains(s->store, count_two, &n, NULL), SB_OK);
    assert_int_equal(n, 2);
}

struct look_up {
    struct sb_store *store;
    unsigned n;
};

static bool look_for_nothing(void *context, const struct sb_chain_row *row)
{
    static const struct sb_hash nowhere;
    struct look_up *l = context;
    uint16_t branch;
    assert_int_equal(row->epoch.counter, ++l->n);
    assert_int_equal(sb_store_find_link(l->store, row->origin, row->epoch, row->tip.seq, &nowhere,
                                        &branch, NULL),
                     SB_E_NOTFOUND);
    return true;
}

static void test_chains_go_on_whatever_is_read_meanwhile(void **state)
{
    struct scribe *s = *state;
    write_epochs(s, 4);
    struct look_up l = {s->store, 0};
    assert_int_equal(sb_store_chains(s->store, look_for_nothing, &l, NULL), SB_OK);
    assert_int_equal(l.n, 4);
}

/* ---- finding */

static void test_find_id_counts_the_contents_of_an_id(void **state)
{
    struct scribe *s = *state;
    struct sb_record record;
    unsigned a = scribe_chain(s, "GM0384", 1), b = scribe_chain(s, "GM0437", 1);
    scribe_begin(s);
    size_t first = scribe_append(s, a, SB_KIND_OPEN, SB_BODY_PRESENT);
    struct sb_uuid id = s->events[first].record.item.link.id;
    size_t elsewhere = scribe_append_id(s, b, &id);
    size_t second = scribe_append_id(s, a, &id);
    scribe_checkpoint(s, a);
    scribe_checkpoint(s, b);
    scribe_commit(s);
    scribe_begin(s);
    size_t third = scribe_append_id(s, a, &id);
    scribe_checkpoint(s, a);
    scribe_commit(s);
    const size_t expected[] = {first, second, third};
    for (unsigned nth = 0; nth < 3; nth++) {
        assert_int_equal(sb_store_find_id(s->store, 0, &id, nth, &record, NULL), SB_OK);
        scribe_same(s, expected[nth], &record);
    }
    assert_int_equal(sb_store_find_id(s->store, 0, &id, 3, &record, NULL), SB_E_NOTFOUND);
    assert_int_equal(sb_store_find_id(s->store, 1, &id, 0, &record, NULL), SB_OK);
    scribe_same(s, elsewhere, &record);
    assert_int_equal(sb_store_find_id(s->store, 1, &id, 1, &record, NULL), SB_E_NOTFOUND);
}

/* All ids with two contents, looking at `budget` ids at a time. */
static size_t find_doubles(struct scribe *s, size_t budget, struct sb_uuid *ids, uint16_t *origins)
{
    struct sb_uuid id = {{0}};
    uint16_t origin = 0;
    size_t n = 0, left = budget;
    while (sb_store_next_double(s->store, &origin, &id, &left, NULL) == SB_OK) {
        if (left > 0) {
            assert_true(n < 3);
            ids[n] = id;
            origins[n++] = origin;
        }
        left = left == 0 ? budget : left;
    }
    return n;
}

static void test_next_double_finds_ids_with_two_contents(void **state)
{
    struct scribe *s = *state;
    struct sb_uuid found[3];
    uint16_t origins[3];
    unsigned a = scribe_chain(s, "GM0384", 1), b = scribe_chain(s, "GM0437", 1);
    assert_int_equal(find_doubles(s, 100, found, origins), 0);
    scribe_begin(s);
    size_t first = scribe_append(s, a, SB_KIND_OPEN, SB_BODY_PRESENT);
    size_t theirs = scribe_append(s, b, SB_KIND_OPEN, SB_BODY_PRESENT);
    for (size_t i = 0; i < 5; i++) {
        scribe_append(s, a, SB_KIND_OPEN, SB_BODY_PRESENT);
    }
    struct sb_uuid ours_id = s->events[first].record.item.link.id;
    struct sb_uuid their_id = s->events[theirs].record.item.link.id;
    scribe_append_id(s, a, &ours_id);
    scribe_append_id(s, a, &ours_id);
    scribe_append_id(s, b, &their_id);
    scribe_append_id(s, b, &ours_id);
    scribe_checkpoint(s, a);
    scribe_checkpoint(s, b);
    scribe_commit(s);
    for (size_t budget = 1; budget < 12; budget++) {
        assert_int_equal(find_doubles(s, budget, found, origins), 2);
        assert_true(origins[0] == 0 && sb_uuid_eq(&found[0], &ours_id));
        assert_true(origins[1] == 1 && sb_uuid_eq(&found[1], &their_id));
    }
}

static void test_find_link_looks_through_all_branches(void **state)
{
    struct scribe *s = *state;
    uint16_t branch = 99;
    unsigned a = scribe_chain(s, "GM0437", 1);
    scribe_begin(s);
    for (int i = 0; i < 5; i++) {
        scribe_append(s, a, SB_KIND_OPEN, SB_BODY_PRESENT);
    }
    scribe_checkpoint(s, a);
    scribe_commit(s);
    unsigned b = scribe_branch(s, a, (struct sb_seq){4});
    scribe_begin(s);
    size_t forked = scribe_append(s, b, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, b);
    scribe_commit(s);
    scribe_check(s);
    struct sb_place place = scribe_place(s, forked);
    struct sb_hash hash = s->events[forked].hash;
    assert_int_equal(sb_store_find_link(s->store, 1, place.epoch, place.seq, &hash, &branch, NULL),
                     SB_OK);
    assert_int_equal(branch, 1);
    hash.b[0] ^= 1;
    assert_int_equal(sb_store_find_link(s->store, 1, place.epoch, place.seq, &hash, &branch, NULL),
                     SB_E_NOTFOUND);
    place.epoch.tag++;
    assert_int_equal(sb_store_find_link(s->store, 1, place.epoch, place.seq,
                                        &s->events[forked].hash, &branch, NULL),
                     SB_E_NOTFOUND);
}

static void test_next_goes_on_from_anywhere(void **state)
{
    struct scribe *s = *state;
    static const uint64_t walk[] = {1, 2, 3, 7, 8, 4, 5, 5, 1, 9, 10};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    for (int i = 0; i < 10; i++) {
        scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    }
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
        struct sb_record record;
        struct sb_offset at, from = {walk[i]};
        bool released;
        assert_int_equal(sb_store_next(s->store, from, &at, &released, &record, NULL), SB_OK);
        assert_int_equal(at.n, walk[i]);
        scribe_same(s, walk[i] - 1, &record);
        if (i % 3 == 1) {
            assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
        }
    }
}

static void test_since_finds_the_first_offset_not_before_a_time(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    struct sb_offset out;
    scribe_begin(s);
    int64_t start = s->now.ms;
    for (int i = 0; i < 4; i++) {
        s->now.ms = start + 100 * i;
        size_t event = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_MISSING);
        s->now = s->events[event].record.committed;
        if (i == 1) {
            scribe_body(s, event);
            scribe_release(s, event); /* offset 3: committed at an unknown time after 2 */
        }
    }
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    const struct {
        int64_t after_ms;
        uint64_t expected;
    } cases[] = {{-1000, 1}, {50, 2}, {150, 3}, {250, 5}, {350, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_time since = {start + cases[i].after_ms};
        assert_int_equal(sb_store_since(s->store, since, &out, NULL), SB_OK);
        assert_int_equal(out.n, cases[i].expected);
    }
    assert_int_equal(sb_store_since(s->store, s->events[3].record.committed, &out, NULL), SB_OK);
    assert_int_equal(out.n, 5);
}

int conformance_run_read(void)
{
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_reads_show_the_state_before_until_refreshed),
        CONFORMANCE_TEST(test_commits_follow_each_other_without_a_refresh),
        CONFORMANCE_TEST(test_nothing_stays_of_what_was_not_committed),
        CONFORMANCE_TEST(test_everything_written_at_random_is_read_back),
        CONFORMANCE_TEST(test_chains_stop_when_told),
        CONFORMANCE_TEST(test_chains_go_on_whatever_is_read_meanwhile),
        CONFORMANCE_TEST(test_find_id_counts_the_contents_of_an_id),
        CONFORMANCE_TEST(test_next_double_finds_ids_with_two_contents),
        CONFORMANCE_TEST(test_find_link_looks_through_all_branches),
        CONFORMANCE_TEST(test_next_goes_on_from_anywhere),
        CONFORMANCE_TEST(test_since_finds_the_first_offset_not_before_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
