/* Conformance of stores: transactions that fail, and what is left of them. */
#include "daemon/store/consumers.h"
#include "tests/store/conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void begin_and_append(struct scribe *s, unsigned chain)
{
    scribe_begin(s);
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
}

/* Commits, which must fail with `rc` and leave everything as in `before`. */
static void commit_fails(struct scribe *s, const struct scribe *before, enum sb_rc rc)
{
    struct sb_err err = {0};
    assert_int_equal(sb_store_commit(s->txn, &err), rc);
    assert_int_equal(err.rc, rc);
    assert_non_null(strstr(err.text, s->options.path));
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    struct sb_store *store = s->store;
    memcpy(s, before, sizeof *s);
    s->store = store;
    scribe_check(s);
}

static void test_expect_tip_fails_the_turn_when_another(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    struct sb_place tip = scribe_tip(s, chain);
    const struct sb_hash none = {0};
    scribe_begin(s);
    sb_store_expect_tip(s->txn, &tip, &none); /* seq 0: not there */
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    struct scribe *before = test_malloc(sizeof *before);
    memcpy(before, s, sizeof *before);
    struct sb_place right = scribe_tip(s, chain);
    struct sb_hash hash = s->chains[chain].tip, wrong = hash;
    wrong.b[31] ^= 1;
    struct sb_place later = right;
    later.seq.n++;
    const struct {
        const struct sb_place *place;
        const struct sb_hash *hash;
    } cases[] = {{&tip, &none}, {&right, &wrong}, {&later, &hash}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scribe_begin(s);
        sb_store_expect_tip(s->txn, cases[i].place, cases[i].hash);
        scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
        commit_fails(s, before, SB_E_CHANGED);
    }
    scribe_begin(s);
    sb_store_expect_tip(s->txn, &right, &hash);
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_check(s);
    test_free(before);
}

static void test_put_event_fails_the_turn_when_the_offset_is_taken(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    begin_and_append(s, chain);
    scribe_commit(s);
    struct scribe *before = test_malloc(sizeof *before);
    memcpy(before, s, sizeof *before);
    s->n_log--;
    begin_and_append(s, chain);
    commit_fails(s, before, SB_E_CHANGED);
    test_free(before);
}

/* What belongs to a link that is not there means that the store is broken: go on with nothing. */
static void test_commit_fails_when_a_link_is_not_there(void **state)
{
    struct scribe *s = *state;
    struct scribe *before = test_malloc(sizeof *before);
    unsigned chain = scribe_chain(s, "GM0384", 1);
    begin_and_append(s, chain);
    scribe_commit(s);
    memcpy(before, s, sizeof *before);
    struct sb_place place = scribe_tip(s, chain);
    place.seq.n += 2;
    struct sb_checkpoint checkpoint = {.seq = place.seq};
    static const struct sb_salt salt;
    const enum sb_rc expected[] = {SB_E_IO, SB_E_IO, SB_E_CHANGED};
    for (int i = 0; i < 3; i++) {
        begin_and_append(s, chain);
        if (i == 0) {
            sb_store_put_checkpoint(s->txn, &place, &checkpoint);
        } else if (i == 1) {
            sb_store_put_body(s->txn, &place, &salt, (struct sb_bytes){salt.b, 4});
        } else {
            sb_store_put_release(s->txn, (struct sb_offset){3}, &place);
        }
        commit_fails(s, before, expected[i]);
    }
    test_free(before);
}

/* Two partners may bring the same body in one turn. */
static void test_put_body_changes_nothing_when_it_is_here(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    size_t missing = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_MISSING);
    size_t withheld = scribe_append(s, chain, SB_KIND_RESTRICTED, SB_BODY_WITHHELD);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_begin(s);
    scribe_body(s, missing);
    struct sb_place place = scribe_place(s, missing);
    static const struct sb_salt another;
    sb_store_put_body(s->txn, &place, &another, s->events[missing].record.item.body);
    place = scribe_place(s, withheld);
    sb_store_put_body(s->txn, &place, &another, (struct sb_bytes){another.b, 4});
    scribe_commit(s);
    scribe_check(s);
}

static void test_commit_refuses_when_the_files_were_replaced(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    begin_and_append(s, chain);
    scribe_commit(s);
    struct scribe *old = test_malloc(sizeof *old), *before = test_malloc(sizeof *before);
    memcpy(old, s, sizeof *old);
    struct sb_uuid id = sb_store_id(s->store);
    scribe_close(s);
    conformance_medium->backup(s->options.path);
    scribe_open(s);
    begin_and_append(s, chain);
    scribe_commit(s);
    memcpy(before, s, sizeof *before);
    conformance_medium->restore(s->options.path);
    begin_and_append(s, chain);
    commit_fails(s, before, SB_E_CHANGED); /* and reads on from the files that it opened */
    scribe_close(s);
    memcpy(s, old, sizeof *s);
    scribe_open(s);
    scribe_check(s);
    struct sb_uuid again = sb_store_id(s->store);
    assert_true(sb_uuid_eq(&id, &again));
    test_free(old);
    test_free(before);
}

static void test_full_store_reads_and_keeps_small_things(void **state)
{
    struct scribe *s = *state;
    struct sb_err err = {0};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_close(s);
    s->options.max_size = 3 * 1024 * 1024;
    conformance_medium->limit(s->options.path, 2 * 1024 * 1024);
    scribe_open(s);
    static const struct sb_bytes cursor = {(const uint8_t *)"1", 1};
    scribe_begin(s);
    sb_store_put_consumer(s->txn, "mail", cursor);
    scribe_commit(s);
    struct scribe *before = test_malloc(sizeof *before);
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK) {
        memcpy(before, s, sizeof *before);
        scribe_begin(s);
        for (int i = 0; i < 50; i++) {
            scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
        }
        scribe_checkpoint(s, chain);
        rc = sb_store_commit(s->txn, &err);
    }
    if (rc != SB_E_FULL) {
        fail_msg("%s", err.text);
    }
    assert_true(before->n_events >= 500);
    struct sb_store *store = s->store;
    memcpy(s, before, sizeof *s);
    s->store = store;
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    scribe_check(s);
    scribe_begin(s);
    s->chains[chain].row.bytes = 12345;
    sb_store_put_chain(s->txn, &s->chains[chain].row);
    scribe_commit(s);
    scribe_check(s);
    for (int i = 0; i < 500; i++) { /* acknowledgements go on, however many */
        scribe_begin(s);
        sb_store_put_consumer(s->txn, "mail", cursor);
        scribe_commit(s);
    }
    test_free(before);
}

int conformance_run_fail(void)
{
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_expect_tip_fails_the_turn_when_another),
        CONFORMANCE_TEST(test_put_event_fails_the_turn_when_the_offset_is_taken),
        CONFORMANCE_TEST(test_commit_fails_when_a_link_is_not_there),
        CONFORMANCE_TEST(test_put_body_changes_nothing_when_it_is_here),
        CONFORMANCE_TEST(test_commit_refuses_when_the_files_were_replaced),
        CONFORMANCE_TEST(test_full_store_reads_and_keeps_small_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
