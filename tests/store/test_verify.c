/* A true history verifies; whatever is changed in it or in its indexes is found, and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/verify.h"
#include "tests/store/annals.h"
#include "tests/store/folder.h"
#include "tests/store/scalpel.h"

#include <cmocka.h>

static char path[FOLDER_PATH];

struct findings {
    size_t n;
    struct sb_export_fault items[100];
};

static void take_fault(void *context, const struct sb_export_fault *fault)
{
    struct findings *f = context;
    assert_true(fault->text[0] != '\0');
    f->items[f->n++] = *fault;
}

static struct sb_store_totals verify_with(struct findings *f, const struct sb_rekey *rekeys,
                                          size_t n)
{
    struct sb_store_totals totals;
    struct sb_err err = {0};
    const struct sb_store_verifier to = {
        .context = f, .on_fault = take_fault, .rekeys = {rekeys, n}};
    f->n = 0;
    if (sb_store_verify(path, &to, &totals, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
    return totals;
}

static struct sb_store_totals verify(struct findings *f)
{
    return verify_with(f, NULL, 0);
}

static int setup(void **state)
{
    (void)state;
    folder_fresh(path);
    annals_write(path);
    return 0;
}

static void test_verify_finds_nothing_in_a_true_history(void **state)
{
    (void)state;
    struct findings f;
    struct sb_store_totals totals = verify(&f);
    if (f.n > 0) {
        fail_msg("%s %s seq %d", sb_fault_name(f.items[0].fault), f.items[0].text,
                 (int)f.items[0].seq.n);
    }
    assert_int_equal(totals.faults, 0);
    assert_int_equal(totals.events, ANNALS_EVENTS);
    assert_int_equal(totals.epochs, ANNALS_EPOCHS);
    assert_int_equal(totals.origins, ANNALS_ORIGINS);
    assert_string_equal(totals.organisation.s, "GM0384");
}

static void test_verify_runs_beside_a_daemon(void **state)
{
    (void)state;
    struct sb_store *store;
    struct sb_store_options options = annals_options(path);
    assert_int_equal(sb_store_open(&store, &options, NULL), SB_OK);
    pid_t child = fork();
    if (child == 0) {
        struct findings f = {0};
        struct sb_store_totals totals;
        const struct sb_store_verifier to = {.context = &f, .on_fault = take_fault};
        enum sb_rc rc = sb_store_verify(path, &to, &totals, NULL);
        _exit(rc == SB_OK && totals.faults == 0 && totals.events == ANNALS_EVENTS ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    sb_store_close(store);
}

/* Where things stand in the value of an event (record.c). */
enum {
    AT_CLASS = 1,
    AT_STATE = 2,
    AT_COMMITTED = 28,
    AT_PREVIOUS = 36,
    AT_PREV = 44,
    AT_COMMITMENT = 96,
    AT_SALT = 129,
    DEFERRED = 0x80
};

struct damage {
    const char *tree;
    size_t entry, at; /* at == DELETE: the entry is removed */
    uint8_t bits;
    enum sb_fault fault;
    const char *origin; /* of the first fault; "": of the whole */
    uint64_t seq;
};

static const size_t DELETE = SIZE_MAX;

static const struct damage DAMAGES[] = {
    {"log", 2, AT_PREV, 1, SB_FAULT_BAD_PREV, "GM0384", 3},
    {"log", 2, AT_COMMITMENT, 1, SB_FAULT_BAD_COMMITMENT, "GM0384", 3},
    {"log", 2, AT_SALT, 1, SB_FAULT_BAD_COMMITMENT, "GM0384", 3},
    {"log", 0, AT_SALT + 40, 1, SB_FAULT_BAD_COMMITMENT, "GM0384", 1},
    {"log", 2, AT_PREVIOUS + 7, 1, SB_FAULT_BAD_INDEX, "GM0384", 3},
    {"log", 2, AT_CLASS, 1, SB_FAULT_BAD_INDEX, "GM0384", 3},
    {"log", 2, 0, 0x40, SB_FAULT_BAD_LINK, "", 0},
    {"log", 7, AT_STATE, SB_BODY_MISSING ^ SB_BODY_WITHHELD, SB_FAULT_BAD_INDEX, "GM0437", 2},
    {"log", 9, AT_STATE, DEFERRED, SB_FAULT_BAD_INDEX, "GM0437", 4},
    {"log", 2, AT_STATE, DEFERRED, SB_FAULT_BAD_INDEX, "GM0384", 3}, /* and never released */
    {"log", 2, DELETE, 0, SB_FAULT_BAD_LINK, "", 0},
    {"log", 20, 8, 1, SB_FAULT_BAD_INDEX, "GM0437", 5},
    {"checkpoints", 1, 60, 1, SB_FAULT_BAD_CHECKPOINT, "GM0384", 6},
    {"checkpoints", 1, 20, 1, SB_FAULT_BAD_CHECKPOINT, "GM0384", 6},
    {"checkpoints", 1, DELETE, 0, SB_FAULT_NO_CHECKPOINT, "GM0384", 4},
    {"ids", 3, 0, 1, SB_FAULT_BAD_INDEX, "GM0384", 4},
    {"ids", 3, DELETE, 0, SB_FAULT_BAD_INDEX, "GM0384", 4},
    {"places", 0, 0, 1, SB_FAULT_BAD_INDEX, "GM0384", 1},
    {"places", 0, DELETE, 0, SB_FAULT_BAD_INDEX, "GM0384", 1},
    {"missing", 0, DELETE, 0, SB_FAULT_BAD_INDEX, "GM0437", 2},
    {"said", 0, 0, 1, SB_FAULT_BAD_INDEX, "GM0437", 4}, /* another content */
    {"said", 0, 8, 1, SB_FAULT_BAD_INDEX, "GM0437", 4}, /* another day */
    {"said", 0, DELETE, 0, SB_FAULT_BAD_INDEX, "GM0437", 4},
    {"young", 0, 24, 1, SB_FAULT_BAD_INDEX, "GM0384", 2}, /* another content */
    {"young", 0, 32, 1, SB_FAULT_BAD_INDEX, "GM0384", 2}, /* another day */
    {"young", 0, DELETE, 0, SB_FAULT_BAD_INDEX, "GM0384", 2},
    {"chains", 0, 7, 1, SB_FAULT_BAD_INDEX, "GM0384", 6},            /* base */
    {"chains", 0, 30, 1, SB_FAULT_BAD_INDEX, "GM0384", 6},           /* tip */
    {"chains", 0, 10 + 112, 1, SB_FAULT_BAD_INDEX, "GM0384", 6},     /* bodies */
    {"chains", 0, 10 + 112 + 8, 1, SB_FAULT_BAD_INDEX, "GM0384", 6}, /* bytes */
    {"chains", 0, 10 + 112 + 13, 1, SB_FAULT_BAD_INDEX, "GM0384", 6},
    {"chains", 0, 10 + 112 + 16, 1, SB_FAULT_BAD_KEY, "GM0384", 1},
    {"chains", 1, 10 + 112 + 16 + 32 + 1, 1, SB_FAULT_BAD_INDEX, "GM0384", 1}, /* parents */
    {"chains", 2, 7, 1, SB_FAULT_BAD_INDEX, "", 0},                            /* the account */
    {"chains", 3, 10 + 112 + 7, 2, SB_FAULT_BAD_INDEX, "GM0437", 7},           /* bodies */
    {"chains", 3, DELETE, 0, SB_FAULT_BAD_KEY, "GM0437", 1},
    {"chains", 4, 9, 1, SB_FAULT_BAD_INDEX, "GM0437", 4}, /* base branch */
    {"chains", 4, 10 + 112 + 7, 4, SB_FAULT_BAD_INDEX, "GM0437",
     5}, /* bodies that its base lacks */
};

static void put_consumer(const char *key, size_t n)
{
    scalpel_put(path, "consumers", (struct sb_bytes){(const uint8_t *)key, n},
                (struct sb_bytes){(const uint8_t *)"1", 1});
}

/* The daemon goes on without it; its reader is told that there is none. */
static void test_verify_names_a_consumer_whose_name_cannot_be(void **state)
{
    static const struct {
        const char *name;
        size_t n;
    } cases[] = {
        {"mailmailmailmailmailmailmailmailmailmailmailmailmailmailmailmailm", 65},
        {"ma\0il", 5},
    };
    struct findings f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup(state);
        put_consumer("archive", 7);
        put_consumer("zoo", 3);
        assert_int_equal(verify(&f).faults, 0);
        put_consumer(cases[i].name, cases[i].n);
        assert_int_equal(verify(&f).faults, 1);
        assert_int_equal(f.items[0].fault, SB_FAULT_BAD_INDEX);
        assert_non_null(strstr(f.items[0].text, "consumer"));
    }
}

static void damage(const struct damage *d)
{
    if (d->at == DELETE) {
        scalpel_delete(path, d->tree, d->entry);
    } else {
        scalpel_flip(path, d->tree, d->entry, d->at, d->bits);
    }
}

static void test_verify_names_what_was_changed(void **state)
{
    (void)state;
    struct findings f;
    for (size_t i = 0; i < sizeof DAMAGES / sizeof *DAMAGES; i++) {
        const struct damage *d = &DAMAGES[i];
        folder_fresh(path);
        annals_write(path);
        damage(d);
        struct sb_store_totals totals = verify(&f);
        assert_true(totals.faults >= f.n);
        const struct sb_export_fault *first = &f.items[0];
        if (f.n == 0 || first->fault != d->fault || first->seq.n != d->seq ||
            strcmp(first->origin.s, d->origin) != 0) {
            fail_msg("damage %zu (%s %zu): %zu faults, first %s %s:%d %s", i, d->tree, d->entry,
                     f.n, sb_fault_name(first->fault), first->origin.s, (int)first->seq.n,
                     first->text);
        }
    }
}

/* Whoever can write the file, and has no key of a partner, can put a history of it there that is
 * right in all but that nobody signed it. */
static void test_verify_finds_a_history_that_nobody_signed(void **state)
{
    struct findings f;
    (void)state;
    folder_fresh(path);
    annals_write_forged(path);
    struct sb_store_totals totals = verify(&f);
    assert_true(totals.faults > 0 && totals.bare == 3 && totals.announced == 0);
    assert_int_equal(f.items[0].fault, SB_FAULT_BAD_CHECKPOINT);
    assert_string_equal(f.items[0].origin.s, "GM0437");
    assert_int_equal(f.items[0].seq.n, 5);
    assert_non_null(strstr(f.items[0].text, "--rekey FILE"));
}

/* What an announcement of GM0384 says that names this end. */
static struct sb_rekey announce(const struct sb_chain_row *row, struct sb_rekey_tip *tip)
{
    struct sb_rekey r = {.partnership = "duoplus", .tips = tip, .n_tips = 1};
    *tip = (struct sb_rekey_tip){row->epoch, row->tip.seq, row->tip.hash};
    assert_true(sb_org_parse(&r.organisation, "GM0384", 6));
    return r;
}

/* Only the one that names just this link of this chain speaks for it, however many others there
 * are. */
static void test_verify_takes_an_end_without_a_signature_where_one_names_it(void **state)
{
    struct findings f;
    struct sb_rekey_tip tips[5];
    struct sb_rekey all[5];
    (void)state;
    folder_fresh(path);
    annals_write(path);
    const struct sb_chain_row row = annals_unsign(path, 6);
    for (size_t i = 0; i < 5; i++) {
        all[i] = announce(&row, &tips[i]);
    }
    assert_true(sb_org_parse(&all[0].organisation, "GM0437", 6));
    tips[1].epoch.tag++;
    tips[2].seq.n++;
    tips[3].hash.b[31] ^= 1;
    all[4].partnership[0] = 'D';
    struct sb_store_totals totals = verify_with(&f, all, 5);
    assert_true(totals.faults > 0 && totals.bare == 1 && totals.announced == 0);
    assert_int_equal(f.items[0].fault, SB_FAULT_BAD_CHECKPOINT);
    assert_int_equal(f.items[0].seq.n, 6);
    all[4] = announce(&row, &tips[4]);
    totals = verify_with(&f, all, 5);
    assert_true(totals.faults == 0 && totals.bare == 0 && totals.announced == 1);
    scalpel_flip(path, "checkpoints", 1, 20, 1);
    totals = verify_with(&f, all, 5);
    assert_true(totals.announced == 0 && f.items[0].fault == SB_FAULT_BAD_CHECKPOINT);
}

/* It speaks for the end alone: what is unsigned below that stays a fault. */
static void test_verify_takes_nothing_unsigned_below_a_named_end(void **state)
{
    struct findings f;
    struct sb_rekey_tip tip;
    (void)state;
    folder_fresh(path);
    annals_write(path);
    const struct sb_chain_row row = annals_unsign(path, 6);
    const struct sb_rekey r = announce(&row, &tip);
    (void)annals_unsign(path, 3);
    struct sb_store_totals totals = verify_with(&f, &r, 1);
    assert_true(totals.bare == 1 && totals.announced == 1);
    assert_int_equal(f.items[0].fault, SB_FAULT_BAD_CHECKPOINT);
    assert_int_equal(f.items[0].seq.n, 3);
}

/* An origin may sign the start of an epoch twice, with another salt, and everybody takes both. */
static void test_verify_takes_a_second_start_of_an_epoch(void **state)
{
    struct findings f;
    (void)state;
    for (unsigned base = 1; base <= 2; base++) {
        folder_fresh(path);
        annals_write_begun_twice(path, base, true);
        struct sb_store_totals totals = verify(&f);
        if (f.n > 0) {
            fail_msg("from seq %u: %s at %d: %s", base, sb_fault_name(f.items[0].fault),
                     (int)f.items[0].seq.n, f.items[0].text);
        }
        assert_int_equal(totals.faults, 0);
        assert_int_equal(totals.events, ANNALS_EVENTS + 6 - base);
        assert_int_equal(totals.epochs, ANNALS_EPOCHS + 1);
    }
}

/* What nobody would take from a partner is no sound history in a store. */
static void test_verify_finds_a_broken_promise_in_every_branch(void **state)
{
    struct findings f;
    (void)state;
    for (unsigned base = 1; base <= 2; base++) {
        folder_fresh(path);
        annals_write_begun_twice(path, base, false);
        assert_int_equal(verify(&f).faults, 1);
        assert_int_equal(f.items[0].fault, SB_FAULT_BAD_EPOCH);
        assert_string_equal(f.items[0].origin.s, "GM0451");
        assert_int_equal(f.items[0].seq.n, 2);
    }
}

/* Its origin signed just these bytes. Where they are others it is a fault as everywhere. */
static void test_verify_takes_a_body_that_cannot_be_read(void **state)
{
    struct findings f;
    (void)state;
    folder_fresh(path);
    annals_write_unreadable(path);
    struct sb_store_totals totals = verify(&f);
    assert_true(totals.faults == 0 && totals.unreadable == 1);
    scalpel_flip(path, "log", 23, scalpel_size(path, "log", 23) - 1, 1);
    totals = verify(&f);
    assert_true(totals.faults == 1 && totals.unreadable == 0);
    assert_int_equal(f.items[0].fault, SB_FAULT_BAD_COMMITMENT);
}

static void test_verify_finds_what_nobody_put_there(void **state)
{
    (void)state;
    struct findings f;
    static const char *const trees[] = {"ids", "places", "missing", "checkpoints", "young"};
    for (size_t i = 0; i < 5; i++) {
        uint64_t key[3] = {0x0100, 77, 77}, value = 3;
        size_t n = i == 0 ? 20 : i >= 3 ? 8 : 24;
        folder_fresh(path);
        annals_write(path);
        scalpel_put(path, trees[i], (struct sb_bytes){(const uint8_t *)key, n},
                    (struct sb_bytes){(const uint8_t *)&value, sizeof value});
        verify(&f);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.items[0].fault, SB_FAULT_BAD_INDEX);
        assert_memory_equal(f.items[0].text, trees[i], strlen(trees[i]));
    }
}

/* Every byte of an event's entry is vouched for, save when it came here and whether streams pass
 * it over, which are nobody's business but ours. */
static void test_verify_finds_every_changed_byte_of_an_event(void **state)
{
    (void)state;
    struct findings f;
    size_t n = scalpel_size(path, "log", 2);
    for (size_t at = 0; at < n; at++) {
        if (at >= AT_COMMITTED && at < AT_PREVIOUS) {
            continue;
        }
        scalpel_flip(path, "log", 2, at, 0x21);
        verify(&f);
        if (f.n == 0) {
            fail_msg("byte %zu of %zu", at, n);
        }
        scalpel_flip(path, "log", 2, at, 0x21);
    }
    verify(&f);
    assert_int_equal(f.n, 0);
}

static void test_verify_says_when_there_is_no_store(void **state)
{
    (void)state;
    struct sb_store_totals totals;
    struct sb_err err = {0};
    const struct sb_store_verifier to = {.on_fault = take_fault};
    folder_fresh(path);
    assert_int_equal(sb_store_verify(path, &to, &totals, &err), SB_E_NOTFOUND);
    assert_non_null(strstr(err.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_verify_finds_nothing_in_a_true_history, setup),
        cmocka_unit_test_setup(test_verify_runs_beside_a_daemon, setup),
        cmocka_unit_test(test_verify_names_what_was_changed),
        cmocka_unit_test(test_verify_names_a_consumer_whose_name_cannot_be),
        cmocka_unit_test(test_verify_finds_a_history_that_nobody_signed),
        cmocka_unit_test(test_verify_takes_an_end_without_a_signature_where_one_names_it),
        cmocka_unit_test(test_verify_takes_nothing_unsigned_below_a_named_end),
        cmocka_unit_test(test_verify_takes_a_second_start_of_an_epoch),
        cmocka_unit_test(test_verify_finds_a_broken_promise_in_every_branch),
        cmocka_unit_test(test_verify_takes_a_body_that_cannot_be_read),
        cmocka_unit_test(test_verify_finds_what_nobody_put_there),
        cmocka_unit_test_setup(test_verify_finds_every_changed_byte_of_an_event, setup),
        cmocka_unit_test(test_verify_says_when_there_is_no_store),
    };
    if (!sb_crypto_init()) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
