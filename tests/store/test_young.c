/* The youngest entries of the index of what was said stand in a tree of their own: whoever asks
 * does not notice, nor does a crash, an erasure or a compaction. The test build lets a few entries
 * come before they go, so that all of it happens here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/erasing.h"
#include "daemon/store/said.h"
#include "daemon/store/verify.h"
#include "tests/store/folder.h"
#include "tests/store/scalpel.h"
#include "tests/store/scribe.h"

#include <cmocka.h>

enum { MAP_SIZE = 64 * 1024 * 1024, ROUNDS = 12, OLD = 200 };

static int setup(void **state)
{
    char path[FOLDER_PATH];
    folder_fresh(path);
    struct scribe *s = scribe_new(path, MAP_SIZE);
    scribe_chain(s, "GM0384", 1);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    scribe_free(*state);
    return 0;
}

/* Some commits of some events; here and there one whose body comes a while later. */
static void write_some(struct scribe *s, size_t n)
{
    size_t end = s->n_events + n, late = SIZE_MAX;
    while (s->n_events < end) {
        scribe_begin(s);
        for (unsigned i = scribe_random(s, 9) + 1; i > 0; i--) {
            size_t event = scribe_append(s, 0, SB_KIND_OPEN,
                                         late == SIZE_MAX ? SB_BODY_MISSING : SB_BODY_PRESENT);
            late = late == SIZE_MAX ? event : late;
        }
        if (late + 100 < s->n_events || s->n_events >= end) {
            scribe_body(s, late);
            late = SIZE_MAX;
        }
        scribe_checkpoint(s, 0);
        scribe_commit(s);
    }
}

static void pass_over(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    (void)fault;
}

/* Of the closed store: many, for what the scribe writes is signed by nobody. */
static uint64_t count_faults(const struct scribe *s)
{
    struct sb_store_totals totals;
    const struct sb_store_verifier to = {.on_fault = pass_over};
    assert_int_equal(sb_store_verify(s->options.path, &to, &totals, NULL), SB_OK);
    return totals.faults;
}

/* As many faults has it with an index that was made anew. */
static void expect_sound_index(const struct scribe *s)
{
    uint64_t n, faults = count_faults(s);
    folder_backup(s->options.path);
    assert_int_equal(sb_store_rebuild_said(s->options.path, NULL, NULL, &n, NULL), SB_OK);
    assert_int_equal(count_faults(s), faults);
    folder_restore(s->options.path);
}

static size_t young(const struct scribe *s)
{
    return scalpel_count(s->options.path, "young");
}

static void reopen(struct scribe *s)
{
    scribe_close(s);
    expect_sound_index(s);
    scribe_open(s);
    scribe_check(s);
}

static void test_young_entries_are_found_after_every_commit(void **state)
{
    struct scribe *s = *state;
    for (int i = 0; i < 60; i++) {
        write_some(s, 6);
        scribe_check(s);
    }
}

/* The files are those that a crash leaves: nothing is written when a store is closed. Each round
 * meets another part of the way of an entry. */
static void test_young_entries_survive_a_crash(void **state)
{
    struct scribe *s = *state;
    size_t seen = 0;
    for (int i = 0; i < ROUNDS; i++) {
        write_some(s, 20 + scribe_random(s, 50));
        scribe_close(s);
        expect_sound_index(s);
        seen += young(s) > 0;
        scribe_open(s);
        scribe_check(s);
    }
    assert_int_equal(seen, ROUNDS);
    scribe_close(s);
    assert_true(scalpel_count(s->options.path, "said") > 100);
    assert_true(young(s) < 120);
    scribe_open(s);
}

/* Rounds of something written, and of something staged that comes to nothing. */
static void write_and_abort(struct scribe *s, void (*stage)(struct scribe *s))
{
    struct scribe *before = test_malloc(sizeof *before);
    for (int i = 0; i < ROUNDS; i++) {
        write_some(s, 20);
        memcpy(before, s, sizeof *before);
        scribe_begin(s);
        stage(s);
        sb_store_abort(s->txn);
        memcpy(s, before, sizeof *s);
        scribe_check(s);
    }
    test_free(before);
}

static void stage_events(struct scribe *s)
{
    for (int k = 0; k < 40; k++) {
        scribe_append(s, 0, SB_KIND_OPEN, SB_BODY_PRESENT);
    }
}

static void stage_erasures(struct scribe *s)
{
    for (size_t at = 0; at < s->n_events; at += 2) {
        scribe_erase(s, at);
    }
}

static void test_young_entries_of_an_abort_are_forgotten(void **state)
{
    struct scribe *s = *state;
    write_and_abort(s, stage_events);
    reopen(s);
}

/* Of all ages: still to go, in both trees, in the index alone. */
static void test_erasing_takes_entries_of_all_ages(void **state)
{
    struct scribe *s = *state;
    write_some(s, OLD);
    for (size_t i = 0; i < OLD; i += 5) {
        scribe_begin(s);
        for (size_t at = i % 40; at < s->n_events; at += 40) {
            scribe_erase(s, at);
        }
        scribe_append(s, 0, SB_KIND_OPEN, SB_BODY_PRESENT);
        scribe_checkpoint(s, 0);
        scribe_commit(s);
        scribe_check(s);
    }
    reopen(s);
    write_some(s, OLD); /* nothing of it goes to the index now */
    scribe_check(s);
}

static void test_an_erasure_that_is_aborted_takes_nothing(void **state)
{
    struct scribe *s = *state;
    write_and_abort(s, stage_erasures);
    write_some(s, OLD); /* those that were not erased go to the index */
    reopen(s);
}

/* What came and what went meanwhile is in the new file, and goes on from there. */
static void test_compaction_takes_the_young_entries_along(void **state)
{
    struct scribe *s = *state;
    write_some(s, OLD);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(sb_store_compact(s->store, NULL), SB_OK);
        write_some(s, 30 + scribe_random(s, 30));
        scribe_begin(s);
        for (size_t at = (size_t)i; at < s->n_events; at += 19) {
            scribe_erase(s, at);
        }
        scribe_commit(s);
        enum sb_rc rc = SB_E_AGAIN;
        while (rc == SB_E_AGAIN) {
            rc = sb_store_compact_step(s->store, NULL);
        }
        assert_int_equal(rc, SB_OK);
        scribe_check(s);
        write_some(s, 10);
        scribe_check(s);
    }
    reopen(s);
}

static void test_verify_misses_and_finds_young_entries(void **state)
{
    struct scribe *s = *state;
    write_some(s, OLD);
    scribe_close(s);
    size_t n = young(s), size = scalpel_size(s->options.path, "young", n - 1);
    uint64_t faults = count_faults(s);
    for (int i = 0; i < 4; i++) {
        folder_backup(s->options.path);
        if (i < 2) { /* another content, another kind of subject */
            scalpel_flip(s->options.path, "young", n - 1, i == 0 ? size - 9 : 0, i == 0 ? 1 : 0x80);
        } else if (i == 2) {
            scalpel_delete(s->options.path, "young", n - 1);
        } else { /* cut short */
            uint64_t key = 9999;
            scalpel_put(s->options.path, "young",
                        (struct sb_bytes){(const uint8_t *)&key, sizeof key},
                        (struct sb_bytes){(const uint8_t *)"\1none", 5});
        }
        assert_true(count_faults(s) > faults);
        folder_restore(s->options.path);
        assert_int_equal(count_faults(s), faults);
    }
    scribe_open(s);
}

/* A daemon does not begin with it, and making the index anew mends it. */
static void test_young_entries_that_cannot_be_read_are_damage(void **state)
{
    struct scribe *s = *state;
    struct sb_err err = {0};
    uint64_t n;
    write_some(s, OLD);
    scribe_close(s);
    scalpel_flip(s->options.path, "young", 1, 0, 0x80);
    assert_int_equal(sb_store_open(&s->store, &s->options, &err), SB_OK);
    assert_int_equal(sb_store_refresh(s->store, &err), SB_E_CORRUPT);
    assert_non_null(strstr(err.text, "read its index: it is damaged"));
    sb_store_close(s->store);
    assert_int_equal(sb_store_rebuild_said(s->options.path, NULL, NULL, &n, NULL), SB_OK);
    assert_int_equal(young(s), 0);
    assert_int_equal(scalpel_count(s->options.path, "said"), n);
    expect_sound_index(s);
    scribe_open(s);
    scribe_check(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_young_entries_are_found_after_every_commit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_young_entries_survive_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_young_entries_of_an_abort_are_forgotten, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_erasing_takes_entries_of_all_ages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_erasure_that_is_aborted_takes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_compaction_takes_the_young_entries_along, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_verify_misses_and_finds_young_entries, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_young_entries_that_cannot_be_read_are_damage, setup,
                                        teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
