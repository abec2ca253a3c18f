/* The simulator's disk is a store like any other, and has the faults that its world asks for.
 * Linked with tests/sim/disk*.c in front of the archives: the daemon's store is not in here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/disk.h"
#include "tests/store/conformance.h"

#include <cmocka.h>

static const char PATH[] = "the-disk";
static struct sb_disk_image *image;

static void fresh(char path[static CONFORMANCE_PATH])
{
    sb_disk_lose(sb_disk_at(PATH));
    sb_disk_set_capacity(sb_disk_at(PATH), 0);
    snprintf(path, CONFORMANCE_PATH, "%s", PATH);
}

static void limit(const char *path, uint64_t bytes)
{
    sb_disk_set_capacity(sb_disk_at(path), bytes);
}

static void backup(const char *path)
{
    sb_disk_image_free(image);
    image = sb_disk_snapshot(sb_disk_at(path));
}

static void restore(const char *path)
{
    sb_disk_restore(sb_disk_at(path), image);
}

/* ---- faults */

static void append(struct scribe *s)
{
    if (s->n_chains == 0) {
        scribe_chain(s, "GM0384", 1);
    }
    scribe_begin(s);
    scribe_append(s, 0, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, 0);
}

/* Closes and opens; the store must be as in `s`, or, where given, as in `before`. */
static void crash(struct scribe *s, const struct scribe *before)
{
    scribe_close(s);
    if (before != NULL) {
        memcpy(s, before, sizeof *s);
    }
    scribe_open(s);
    scribe_check(s);
}

static void test_fail_commit_keeps_nothing_or_all(void **state)
{
    struct scribe *s = *state;
    struct scribe *before = test_malloc(sizeof *before);
    const struct {
        enum sb_rc rc;
        bool kept;
    } faults[] = {{SB_E_FULL, false}, {SB_E_IO, false}, {SB_E_IO, true}};
    append(s);
    scribe_commit(s);
    for (size_t i = 0; i < 3; i++) {
        memcpy(before, s, sizeof *before);
        sb_disk_fail_commit(sb_disk_at(PATH), faults[i].rc, faults[i].kept);
        append(s);
        assert_int_equal(sb_store_commit(s->txn, NULL), faults[i].rc);
        crash(s, faults[i].kept ? NULL : before);
        append(s);
        scribe_commit(s);
        scribe_check(s);
    }
    test_free(before);
}

static void test_fail_commit_waits_for_one_that_changes_something(void **state)
{
    struct scribe *s = *state;
    sb_disk_fail_commit(sb_disk_at(PATH), SB_E_FULL, false);
    scribe_begin(s);
    scribe_commit(s);
    append(s);
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_E_FULL);
}

static void test_snapshot_has_all_that_is_durable_and_no_more(void **state)
{
    struct scribe *s = *state;
    struct scribe *before = test_malloc(sizeof *before);
    append(s);
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_OK); /* not refreshed */
    memcpy(before, s, sizeof *before);
    append(s);
    backup(PATH);
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_OK);
    scribe_close(s);
    restore(PATH);
    memcpy(s, before, sizeof *s);
    scribe_open(s);
    scribe_check(s);
    test_free(before);
}

static void test_lose_under_a_daemon_is_noticed(void **state)
{
    struct scribe *s = *state;
    append(s);
    scribe_commit(s);
    sb_disk_lose(sb_disk_at(PATH));
    assert_int_equal(sb_disk_bytes(sb_disk_at(PATH)), 0);
    append(s);
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_E_CHANGED);
}

static void test_contains_finds_bodies_and_salts(void **state)
{
    struct scribe *s = *state;
    append(s);
    const struct scribe_event *event = &s->events[0];
    struct sb_bytes salt = {event->salt.b, sizeof event->salt.b};
    struct sb_bytes middle = {event->body + 3, 20};
    assert_true(event->record.item.body.n > 23);
    assert_false(sb_disk_contains(sb_disk_at(PATH), salt));
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_OK);
    for (int refreshed = 0; refreshed < 2; refreshed++) {
        assert_true(sb_disk_contains(sb_disk_at(PATH), salt));
        assert_true(sb_disk_contains(sb_disk_at(PATH), middle));
        assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    }
    sb_disk_lose(sb_disk_at(PATH));
    assert_false(sb_disk_contains(sb_disk_at(PATH), salt));
}

int main(void)
{
    static const struct conformance_medium medium = {fresh, limit, backup, restore};
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_fail_commit_keeps_nothing_or_all),
        CONFORMANCE_TEST(test_fail_commit_waits_for_one_that_changes_something),
        CONFORMANCE_TEST(test_snapshot_has_all_that_is_durable_and_no_more),
        CONFORMANCE_TEST(test_lose_under_a_daemon_is_noticed),
        CONFORMANCE_TEST(test_contains_finds_bodies_and_salts),
    };
    int failed = conformance_run(&medium);
    failed += cmocka_run_group_tests(tests, NULL, NULL);
    sb_disk_image_free(image);
    sb_disk_forget_all();
    return failed;
}
