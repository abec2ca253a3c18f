/* A damaged history becomes a sound store again: what is left out is as little as can be, the
 * damaged store is kept, and a sound one is not touched by what a wrong copy says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/consumers.h"
#include "daemon/store/repair.h"
#include "daemon/store/verify.h"
#include "tests/store/annals.h"
#include "tests/store/folder.h"
#include "tests/store/scalpel.h"

#include <cmocka.h>

enum {
    AT_STATE = 2,
    AT_PREV = 44,
    AT_COMMITMENT = 96,
    AT_SALT = 129,
    ROW_TIP = 30,
    NAMES_BYTES = 256,
};

static char path[FOLDER_PATH], into[FOLDER_PATH + 16], aside[FOLDER_PATH + 16];
static unsigned n_left_out;
static struct sb_export_fault left_out;
static struct sb_rekeys given; /* announcements of new keys */

static void take_left_out(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    left_out = *fault;
    n_left_out++;
}

static void remove_one(const char *folder)
{
    static const char *const names[] = {"/data.mdb", "/lock.mdb", "/lock-samenbus", ""};
    char name[FOLDER_PATH + 64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(name, sizeof name, "%s%s", folder, names[i]);
        remove(name);
    }
}

static void remove_others(void)
{
    remove_one(into);
    remove_one(aside);
}

static int set_up(void **state)
{
    (void)state;
    folder_fresh(path);
    snprintf(into, sizeof into, "%s.new", path);
    snprintf(aside, sizeof aside, "%s.old", path);
    remove_others();
    annals_write(path);
    n_left_out = 0;
    given.n = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_others();
    return 0;
}

static struct sb_store_repaired repair(void)
{
    struct sb_store_repaired done;
    struct sb_err err = {0};
    const struct sb_store_repair to = {.on_left_out = take_left_out, .rekeys = given};
    if (sb_store_repair(path, into, aside, &to, &done, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(access(aside, F_OK), 0);
    assert_int_not_equal(access(into, F_OK), 0);
    return done;
}

static void ignore(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    (void)fault;
}

static struct sb_store_totals verify(const char *store)
{
    struct sb_store_totals totals;
    const struct sb_store_verifier to = {.on_fault = ignore, .rekeys = given};
    assert_int_equal(sb_store_verify(store, &to, &totals, NULL), SB_OK);
    return totals;
}

struct damage {
    const char *tree;
    size_t entry, at; /* at == SIZE_MAX: deleted */
    uint8_t bits;
    uint64_t events, bodies; /* kept; bodies left out of them */
    const char *origin;      /* of what is told; "": nothing is */
    uint64_t from;
};

/* GM0384's epoch 1 has checkpoints over 3 and 6, see annals.h. */
static const struct damage DAMAGES[] = {
    {"log", 4, AT_PREV, 1, 17, 0, "GM0384", 4},       /* a link: back to the checkpoint before */
    {"log", 4, AT_COMMITMENT, 1, 17, 0, "GM0384", 4}, /* part of the link, too */
    {"log", 4, AT_SALT, 1, 20, 1, "", 0},             /* a body */
    {"log", 4, AT_SALT + 40, 1, 20, 1, "", 0},        /* the same */
    {"log", 4, 0, 0x40, 17, 0, "GM0384", 4},          /* not even an event any more */
    {"log", 4, SIZE_MAX, 0, 17, 0, "GM0384", 4},      /* gone */
    {"log", 0, AT_SALT + 40, 1, 14, 0, "GM0384", 1},  /* an EpochStart: its epoch */
    {"log", 20, 8, 1, 20, 0, "", 0},                  /* a release */
    {"checkpoints", 0, 60, 1, 20, 0, "", 0},          /* a later one covers the same */
    {"checkpoints", 1, 60, 1, 17, 0, "GM0384", 4},    /* the last one of its epoch */
    {"ids", 3, SIZE_MAX, 0, 20, 0, "", 0},            /* indexes are made anew */
    {"missing", 0, SIZE_MAX, 0, 20, 0, "", 0},
    {"chains", 0, ROW_TIP, 1, 20, 0, "", 0},
    {"chains", 0, SIZE_MAX, 0, 20, 0, "", 0},
    {"chains", 2, 7, 1, 20, 0, "", 0},            /* the account */
    {"chains", 0, 10 + 112 + 8, 1, 20, 0, "", 0}, /* bytes */
    {"log", 2, AT_STATE, 0x80, 20, 0, "", 0},     /* passed over for ever */
};

static void test_repair_leaves_out_what_is_damaged_alone(void **state)
{
    for (size_t i = 0; i < sizeof DAMAGES / sizeof *DAMAGES; i++) {
        const struct damage *d = &DAMAGES[i];
        set_up(state);
        if (d->at == SIZE_MAX) {
            scalpel_delete(path, d->tree, d->entry);
        } else {
            scalpel_flip(path, d->tree, d->entry, d->at, d->bits);
        }
        struct sb_store_repaired done = repair();
        struct sb_store_totals totals = verify(path);
        if (totals.faults != 0 || totals.events != d->events || done.events != d->events ||
            done.bodies != d->bodies) {
            fail_msg("damage %zu: %d events kept, %d expected, %d bodies left out", i,
                     (int)done.events, (int)d->events, (int)done.bodies);
        }
        assert_int_equal(n_left_out, d->origin[0] != '\0');
        if (n_left_out > 0) {
            assert_string_equal(left_out.origin.s, d->origin);
            assert_int_equal(left_out.seq.n, d->from);
        }
        assert_true(verify(aside).faults > 0); /* as it was */
    }
}

static struct sb_store *looked_into;

/* Its base lacks the body of seq 2: nothing of the branch, which begins at 4, is given before. */
static bool look_at_branch(void *context, const struct sb_chain_row *row)
{
    struct sb_place place = {row->origin, row->branch, row->epoch, row->base};
    struct sb_record record;
    for (; row->branch != 0 && place.seq.n <= row->tip.seq.n; place.seq.n++) {
        assert_int_equal(sb_store_at(looked_into, &place, &record, NULL), SB_OK);
        assert_true(record.deferred && record.state == SB_BODY_PRESENT);
    }
    assert_true(row->branch == 0 || row->bodies.n == 1);
    *(unsigned *)context += row->branch != 0;
    return true;
}

static void put_consumer(const char *name, size_t n)
{
    const struct sb_bytes key = {(const uint8_t *)name, n};
    scalpel_put(path, "consumers", key, key);
}

static bool join_name(void *context, const char *name, struct sb_bytes value)
{
    char *all = context;
    size_t n = strlen(all);
    assert_true(name != NULL && strlen(name) == value.n);
    snprintf(all + n, NAMES_BYTES - n, "%s", name);
    return true;
}

/* Also those behind it. */
static void test_repair_leaves_out_a_consumer_whose_name_cannot_be(void **state)
{
    char names[NAMES_BYTES] = "";
    struct sb_store *store;
    struct sb_store_options options = annals_options(path);
    (void)state;
    put_consumer("archive", 7);
    put_consumer("archive\0s", 9);
    put_consumer("zoo", 3);
    struct sb_store_repaired done = repair();
    assert_true(done.left_out == 0 && done.events == ANNALS_EVENTS);
    assert_int_equal(n_left_out, 1);
    assert_true(left_out.origin.s[0] == '\0' && strstr(left_out.text, "consumer") != NULL);
    assert_int_equal(verify(path).faults, 0);
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
    assert_int_equal(sb_store_consumers(store, join_name, names, NULL), SB_OK);
    assert_string_equal(names, "archivezoo");
    sb_store_close(store);
}

/* What was missing before is missing still, what came late has come; nothing came of it all. */
static void test_repair_of_a_sound_store_keeps_everything(void **state)
{
    (void)state;
    struct sb_store_options options = annals_options(path);
    struct sb_store_repaired done = repair();
    assert_int_equal(done.events, ANNALS_EVENTS);
    assert_int_equal(done.epochs, ANNALS_EPOCHS);
    assert_int_equal(done.left_out, 0);
    assert_int_equal(verify(path).faults, 0);
    struct sb_store *store;
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
    assert_int_equal(sb_store_missing_count(store), 1);
    looked_into = store;
    unsigned branches = 0;
    assert_int_equal(sb_store_chains(store, look_at_branch, &branches, NULL), SB_OK);
    assert_int_equal(branches, 1);
    sb_store_close(store);
}

/* Nothing of a partner stays that nobody signed; what is whole of others does. */
static void test_repair_leaves_out_what_nobody_signed(void **state)
{
    (void)state;
    folder_fresh(path);
    annals_write_forged(path);
    struct sb_store_repaired done = repair();
    assert_int_equal(done.events, 11);
    assert_int_equal(done.epochs, 2);
    assert_true(n_left_out > 0);
    assert_string_equal(left_out.origin.s, "GM0437");
    struct sb_store_totals totals = verify(path);
    assert_true(totals.faults == 0 && totals.origins == 1);
}

/* An end without a signature stays where an announcement names it. Where none does, what it alone
 * covers is fetched anew. */
static void test_repair_keeps_an_end_that_is_announced(void **state)
{
    for (size_t n = 0; n < 2; n++) {
        set_up(state);
        const struct sb_chain_row row = annals_unsign(path, 6);
        const struct sb_rekey_tip tip = {row.epoch, row.tip.seq, row.tip.hash};
        struct sb_rekey rekey = {.partnership = "duoplus", .tips = &tip, .n_tips = 1};
        assert_true(sb_org_parse(&rekey.organisation, "GM0384", 6));
        given = (struct sb_rekeys){&rekey, n};
        struct sb_store_repaired done = repair();
        struct sb_store_totals totals = verify(path);
        assert_true(totals.faults == 0 && totals.announced == n);
        assert_int_equal(done.events, n == 1 ? ANNALS_EVENTS : ANNALS_EVENTS - 3);
        assert_int_equal(n_left_out, 1 - n);
        assert_true(n == 1 || left_out.seq.n == 4);
    }
    given.n = 0;
}

static bool count_branches(void *context, const struct sb_chain_row *row)
{
    unsigned *branches = context;
    branches[row->branch]++;
    return true;
}

/* Both sides of it stay, and nothing is fetched that would come back the same. */
static void test_repair_keeps_a_second_start_of_an_epoch(void **state)
{
    for (unsigned base = 1; base <= 2; base++) {
        set_up(state);
        folder_fresh(path);
        annals_write_begun_twice(path, base, true);
        struct sb_store_repaired done = repair();
        assert_int_equal(done.events, ANNALS_EVENTS + 6 - base);
        assert_int_equal(done.left_out, 0);
        assert_int_equal(n_left_out, 0);
        assert_int_equal(verify(path).faults, 0);
    }
}

/* A branch that no partner would take is left out; those behind it get its number, so that none
 * is missing. */
static void test_repair_leaves_out_a_broken_promise(void **state)
{
    struct sb_store_options options = annals_options(path);
    for (unsigned base = 1; base <= 2; base++) {
        unsigned branches[4] = {0};
        struct sb_store *store;
        set_up(state);
        folder_fresh(path);
        annals_write_begun_twice(path, base, false);
        struct sb_store_repaired done = repair();
        assert_int_equal(done.events, ANNALS_EVENTS + 3);
        assert_int_equal(done.left_out, 3 - base);
        assert_int_equal(n_left_out, 1);
        assert_string_equal(left_out.origin.s, "GM0451");
        assert_int_equal(left_out.seq.n, base);
        assert_non_null(strstr(left_out.text, "promises"));
        assert_int_equal(verify(path).faults, 0);
        assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
        assert_int_equal(sb_store_chains(store, count_branches, branches, NULL), SB_OK);
        sb_store_close(store);
        assert_int_equal(branches[0], ANNALS_EPOCHS + 1);
        assert_int_equal(branches[1], 2); /* GM0437's and the one that stood behind it */
        assert_int_equal(branches[2], 0);
    }
}

/* It would come back the same, for ever. */
static void test_repair_keeps_a_body_that_cannot_be_read(void **state)
{
    (void)state;
    folder_fresh(path);
    annals_write_unreadable(path);
    struct sb_store_repaired done = repair();
    assert_true(done.bodies == 0 && done.left_out == 0 && done.events == ANNALS_EVENTS + 3);
    struct sb_store_totals totals = verify(path);
    assert_true(totals.faults == 0 && totals.unreadable == 1);
}

static void test_repair_refuses_beside_a_daemon(void **state)
{
    (void)state;
    struct sb_store *store;
    struct sb_store_repaired done;
    struct sb_store_options options = annals_options(path);
    struct sb_err err = {0};
    const struct sb_store_repair to = {.on_left_out = take_left_out};
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
    assert_int_equal(sb_store_repair(path, into, aside, &to, &done, &err), SB_E_BUSY);
    sb_store_close(store);
    assert_int_not_equal(access(aside, F_OK), 0);
}

static ino_t folder_of(const char *name)
{
    struct stat at = {0};
    (void)stat(name, &at);
    return at.st_ino;
}

static enum sb_rc repair_as(const char *store, const char *set_aside)
{
    struct sb_store_repaired done;
    struct sb_err err = {0};
    const struct sb_store_repair to = {.on_left_out = take_left_out};
    enum sb_rc rc = sb_store_repair(store, into, set_aside, &to, &done, &err);
    assert_true(rc == SB_OK || !done.replaced);
    assert_true(rc == SB_OK || err.text[0] != '\0');
    return rc;
}

/* The damaged store has its own name until it has the other one: whatever is left by the name of
 * the copy is the copy. */
static void test_repair_that_cannot_set_it_aside_leaves_the_damaged_store(void **state)
{
    (void)state;
    char too_long[FOLDER_PATH + 512], itself[FOLDER_PATH + 8];
    snprintf(too_long, sizeof too_long, "%s.%0300d", path, 0);
    snprintf(itself, sizeof itself, "%s/.", path);
    scalpel_flip(path, "log", 4, AT_PREV, 1);
    ino_t damaged = folder_of(path);
    assert_int_equal(repair_as(path, too_long), SB_E_IO);
    assert_int_equal(folder_of(path), damaged);
    assert_int_equal(verify(into).faults, 0);
    remove_one(into);
    assert_int_equal(repair_as(itself, aside), SB_E_IO); /* a name that cannot be exchanged */
    assert_int_equal(folder_of(path), damaged);
    assert_int_equal(verify(into).faults, 0);
    assert_int_not_equal(access(aside, F_OK), 0);
    assert_true(verify(path).faults > 0);
}

/* Bits anywhere in the log: the result verifies, whatever was hit. */
static void test_repair_verifies_after_any_flip_of_the_log(void **state)
{
    for (size_t i = 0; i < 60; i++) {
        set_up(state);
        size_t entry = i % ANNALS_LOG, n = scalpel_size(path, "log", entry);
        scalpel_flip(path, "log", entry, i * 37 % n, (uint8_t)(1 << i % 8));
        repair();
        assert_int_equal(verify(path).faults, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_repair_of_a_sound_store_keeps_everything, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_repair_leaves_out_what_is_damaged_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_repair_leaves_out_what_nobody_signed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_repair_keeps_an_end_that_is_announced, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_repair_keeps_a_second_start_of_an_epoch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_repair_leaves_out_a_broken_promise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repair_keeps_a_body_that_cannot_be_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_repair_refuses_beside_a_daemon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repair_leaves_out_a_consumer_whose_name_cannot_be,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_repair_that_cannot_set_it_aside_leaves_the_damaged_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repair_verifies_after_any_flip_of_the_log, set_up,
                                        tear_down),
    };
    if (!sb_crypto_init()) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
