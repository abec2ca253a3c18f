/* What has been erased stays erased through damage and repair, and a verification misses it where
 * the store has forgotten it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/copy.h"
#include "daemon/store/erasing.h"
#include "daemon/store/repair.h"
#include "daemon/store/verify.h"
#include "tests/store/annals.h"
#include "tests/store/folder.h"
#include "tests/store/scalpel.h"

#include <cmocka.h>

enum {
    AT_STATE = 2,
    RECEIPTS_LOG = 6, /* entries behind the Erasure */
    ERASED_TO_MISSING = SB_BODY_ERASED ^ SB_BODY_MISSING,
    EXPIRED_TO_MISSING = SB_BODY_EXPIRED ^ SB_BODY_MISSING
};

static char path[FOLDER_PATH], into[FOLDER_PATH + 16], aside[FOLDER_PATH + 16];

static void remove_one(const char *folder)
{
    static const char *const names[] = {"/data.mdb", "/lock.mdb", "/lock-samenbus", ""};
    char name[FOLDER_PATH + 64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(name, sizeof name, "%s%s", folder, names[i]);
        remove(name);
    }
}

static int set_up(void **state)
{
    (void)state;
    folder_fresh(path);
    snprintf(into, sizeof into, "%s.new", path);
    snprintf(aside, sizeof aside, "%s.old", path);
    remove_one(into);
    remove_one(aside);
    annals_write_erased(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_one(into);
    remove_one(aside);
    return 0;
}

static void take_fault(void *context, const struct sb_export_fault *fault)
{
    char *first = context;
    if (first != NULL && first[0] == '\0') {
        snprintf(first, SB_LABEL_MAX + 1, "%s", fault->text);
    }
}

/* The first fault; "": none. */
static const char *verify(void)
{
    static char first[SB_LABEL_MAX + 1];
    struct sb_store_totals totals;
    const struct sb_store_verifier to = {.on_fault = take_fault, .context = first};
    first[0] = '\0';
    assert_int_equal(sb_store_verify(path, &to, &totals, NULL), SB_OK);
    assert_int_equal(totals.faults > 0, first[0] != '\0');
    return first;
}

static void repair(void)
{
    struct sb_store_repaired done;
    struct sb_err err = {0};
    const struct sb_store_repair to = {.on_left_out = take_fault};
    if (sb_store_repair(path, into, aside, &to, &done, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
    remove_one(aside);
}

struct kept {
    struct sb_erased rows[4];
    size_t n, receipts, erased, expired, missing;
};

static void count_receipts(struct sb_store *store, struct kept *k, const struct sb_erased *e)
{
    struct sb_time time;
    for (uint16_t by = 0; by < 2; by++) {
        k->receipts += sb_store_find_receipt(store, e->origin, &e->event, by, &time, NULL) == SB_OK;
    }
}

static struct kept look(void)
{
    struct kept k = {.n = 0};
    struct sb_store *store;
    struct sb_store_options options = annals_options(path);
    struct sb_erased e = {.origin = 0};
    struct sb_offset last, by_class[SB_CLASS_COUNT], found;
    options.read_only = true;
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
    while (sb_store_next_erased(store, e.origin, &e.event, &e, NULL) == SB_OK) {
        assert_true(k.n < 4);
        k.rows[k.n++] = e;
        count_receipts(store, &k, &e);
    }
    sb_store_offsets(store, &last, by_class);
    for (struct sb_offset at = {1}; at.n <= last.n; at.n++) {
        struct sb_record r;
        bool released;
        assert_int_equal(sb_store_next(store, at, &found, &released, &r, NULL), SB_OK);
        k.erased += !released && r.state == SB_BODY_ERASED;
        k.expired += !released && r.state == SB_BODY_EXPIRED;
    }
    k.missing = sb_store_missing_count(store);
    sb_store_close(store);
    return k;
}

static void assert_same_rows(const struct kept *a, const struct kept *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_memory_equal(&a->rows[i].event, &b->rows[i].event, sizeof a->rows[i].event);
        assert_memory_equal(&a->rows[i].by, &b->rows[i].by, sizeof a->rows[i].by);
        assert_int_equal(a->rows[i].since.ms, b->rows[i].since.ms);
    }
}

static void test_repair_keeps_what_was_erased_and_confirmed(void **state)
{
    (void)state;
    assert_string_equal(verify(), "");
    struct kept before = look();
    assert_int_equal(before.n, 2);
    assert_int_equal(before.receipts, 2);
    scalpel_flip(path, "chains", 2, 7, 1); /* the account */
    assert_string_not_equal(verify(), "");
    repair();
    assert_string_equal(verify(), "");
    struct kept after = look();
    assert_same_rows(&before, &after);
    assert_int_equal(after.receipts, 2);
    assert_int_equal(after.erased, 1);
    assert_int_equal(after.expired, 1);
    for (size_t i = 0; i < after.n; i++) { /* the new file never had the bytes */
        bool expiry = sb_uuid_is_zero(&after.rows[i].by);
        assert_int_equal(after.rows[i].state, expiry ? SB_ERASING_GONE : SB_ERASING_DONE);
    }
}

/* Its row is the Erasure's word; the word is in the log as well. */
static void test_verify_misses_the_row_of_what_is_erased_and_repair_writes_it_anew(void **state)
{
    (void)state;
    struct kept before = look();
    size_t erased = sb_uuid_is_zero(&before.rows[0].by) ? 1 : 0;
    scalpel_delete(path, "erased", erased);
    assert_string_equal(verify(), "it is erased, and not among what has been erased");
    repair();
    assert_string_equal(verify(), "");
    struct kept after = look();
    assert_int_equal(after.n, 2);
    assert_memory_equal(&after.rows[erased].by, &before.rows[erased].by, 16);
    assert_int_equal(after.erased, 1);
    assert_int_equal(after.rows[erased].state, SB_ERASING_GONE); /* confirmed once more */
}

static void test_repair_never_asks_for_the_body_of_what_was_erased(void **state)
{
    (void)state;
    struct kept before = look();
    scalpel_flip(path, "log", 3, AT_STATE, ERASED_TO_MISSING);
    scalpel_flip(path, "log", 4, AT_STATE, EXPIRED_TO_MISSING);
    assert_string_not_equal(verify(), "");
    repair();
    assert_string_equal(verify(), "");
    struct kept after = look();
    assert_same_rows(&before, &after);
    assert_int_equal(after.missing, before.missing);
    assert_int_equal(after.erased, 1);
    assert_int_equal(after.expired, 1);
}

static void test_verify_finds_an_erasure_that_cannot_be_read(void **state)
{
    (void)state;
    static const uint8_t key[2 + 16] = {0, 0, 7}, half[3] = {1};
    scalpel_put(path, "erased", (struct sb_bytes){key, sizeof key},
                (struct sb_bytes){half, sizeof half});
    assert_string_equal(verify(), "the erasures cannot be read to their end");
    repair();
    assert_string_equal(verify(), "");
    assert_int_equal(look().n, 2);
}

/* Each shown confirmation is one that its organisation signed: one that somebody wrote into the
 * store, or another time of it, is found, and does not survive a repair. */
static void test_verify_finds_a_confirmation_that_nobody_said(void **state)
{
    (void)state;
    static const uint8_t key[2 + 16 + 2] = {0, 0, 7, [19] = 1}, time[8] = {1};
    static const char never[] = "is gone is shown as confirmed by somebody who never said so";
    scalpel_put(path, "receipts", (struct sb_bytes){key, sizeof key},
                (struct sb_bytes){time, sizeof time});
    assert_non_null(strstr(verify(), never));
    repair();
    assert_string_equal(verify(), "");
    assert_int_equal(look().receipts, 2);
    assert_int_equal(scalpel_count(path, "receipts"), 2);
    scalpel_flip(path, "receipts", 1, 7, 1);
    assert_non_null(strstr(verify(), never));
}

static void test_repair_finds_confirmations_in_the_log(void **state)
{
    (void)state;
    scalpel_delete(path, "receipts", 0);
    scalpel_delete(path, "receipts", 0);
    scalpel_flip(path, "chains", 2, 7, 1); /* there is something to be repaired */
    assert_int_equal(look().receipts, 0);
    repair();
    assert_string_equal(verify(), "");
    assert_int_equal(look().receipts, 2);
}

/* Nothing is left that says why it has no body: then it counts as expired here, so that nobody
 * brings it back, until its Erasure comes from a partner and counts for what it is. */
static void test_repair_keeps_what_is_erased_though_nothing_else_says_so(void **state)
{
    (void)state;
    size_t last = scalpel_count(path, "log") - 1 - RECEIPTS_LOG; /* the Erasure */
    scalpel_flip(path, "log", last, scalpel_size(path, "log", last) - 1, 1);
    scalpel_delete(path, "erased", 0);
    scalpel_delete(path, "erased", 0);
    assert_int_equal(look().n, 0);
    assert_string_not_equal(verify(), "");
    repair();
    assert_string_equal(verify(), "");
    struct kept after = look();
    assert_int_equal(after.erased, 0);
    assert_int_equal(after.expired, 2);
    assert_int_equal(after.n, 2);
    for (size_t i = 0; i < after.n; i++) {
        assert_true(sb_uuid_is_zero(&after.rows[i].by));
        assert_true(after.rows[i].since.ms > 0);
    }
}

/* What a daemon kept and did nothing about: its body had come without its link. */
static void test_verify_finds_an_erasure_that_was_taken_in_vain(void **state)
{
    (void)state;
    folder_fresh(path);
    annals_write_erasure(path);
    assert_int_equal(look().n, 0);
    assert_string_equal(verify(), "what it erases is not among what has been erased");
    repair();
    assert_string_equal(verify(), "");
    struct kept after = look();
    assert_int_equal(after.n, 1);
    assert_int_equal(after.erased, 1);
    assert_int_equal(after.receipts, 2);
}

static void test_verify_finds_a_confirmation_that_does_not_count(void **state)
{
    (void)state;
    scalpel_delete(path, "receipts", 0);
    assert_string_equal(verify(), "what it confirms is not shown as confirmed");
    repair();
    assert_string_equal(verify(), "");
    assert_int_equal(look().receipts, 2);
}

static void write_format_1(void)
{
    static const uint8_t format[4] = {0, 0, 0, 1};
    folder_fresh(path);
    annals_write_erasure(path);
    assert_int_equal(look().n, 0);
    scalpel_drop(path, "erased");
    scalpel_drop(path, "erasing");
    scalpel_drop(path, "receipts");
    scalpel_put(path, "meta", (struct sb_bytes){(const uint8_t *)"format", 6},
                (struct sb_bytes){format, sizeof format});
}

/* A daemon of 0.1 kept what it did not understand. */
static void test_open_acts_on_the_erasures_of_a_store_of_format_1(void **state)
{
    struct sb_store *store;
    struct sb_store_options options = annals_options(path);
    (void)state;
    write_format_1();
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
    sb_store_close(store);
    struct kept after = look();
    assert_int_equal(after.n, 1);
    assert_int_equal(after.erased, 1);
    assert_int_equal(after.rows[0].state, SB_ERASING_IN_FILES);
    assert_int_equal(after.receipts, 2);
    assert_string_equal(verify(), "");
}

/* Wherever there is no more room for it, that is what it says, and not that it is damaged. */
static void test_open_of_a_full_store_of_format_1_says_that_it_is_full(void **state)
{
    enum { PAGE = 4096 };
    struct sb_store *store;
    struct stat data;
    struct sb_store_options options = annals_options(path);
    char name[FOLDER_PATH + 16];
    enum sb_rc rc = SB_E_FULL;
    unsigned full = 0;
    (void)state;
    write_format_1();
    assert_int_equal(sb_store_copy(path, into, NULL), SB_OK); /* without free pages */
    remove_one(path);
    assert_int_equal(rename(into, path), 0);
    snprintf(name, sizeof name, "%s/data.mdb", path);
    assert_int_equal(stat(name, &data), 0);
    options.max_size = (uint64_t)data.st_size;
    for (; rc == SB_E_FULL; options.max_size += PAGE, full++) {
        struct sb_err err = {0};
        rc = sb_store_open(&store, &options, &err);
        if (rc != SB_OK && (rc != SB_E_FULL || strstr(err.text, "store.max_size") == NULL)) {
            fail_msg("with %u pages more: %s", full, err.text);
        }
    }
    sb_store_close(store);
    assert_true(full > 4);
    assert_int_equal(look().erased, 1);
    assert_string_equal(verify(), "");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_repair_keeps_what_was_erased_and_confirmed),
        T(test_verify_misses_the_row_of_what_is_erased_and_repair_writes_it_anew),
        T(test_repair_never_asks_for_the_body_of_what_was_erased),
        T(test_verify_finds_an_erasure_that_cannot_be_read),
        T(test_verify_finds_a_confirmation_that_nobody_said),
        T(test_repair_finds_confirmations_in_the_log),
        T(test_repair_keeps_what_is_erased_though_nothing_else_says_so),
        T(test_verify_finds_an_erasure_that_was_taken_in_vain),
        T(test_verify_finds_a_confirmation_that_does_not_count),
        T(test_open_acts_on_the_erasures_of_a_store_of_format_1),
        T(test_open_of_a_full_store_of_format_1_says_that_it_is_full),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
