/* Conformance of stores: what was erased is not read any more, whatever was known of it before, and
 * a compaction changes nothing that is read. */
#include "tests/store/conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/erasing.h"

static const struct sb_uuid ERASURE = {{7}}, NOBODY;

static struct sb_bytes ground(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

/* The scribe remembers what must be read from now on. */
static void forget(struct scribe *s, size_t event, enum sb_body_state state)
{
    struct sb_record *r = &s->events[event].record;
    r->state = state;
    r->item.salt = NULL;
    r->item.body = (struct sb_bytes){0};
    r->item.erased = state == SB_BODY_ERASED;
}

static void put(struct scribe *s, size_t event, const struct sb_uuid *by, const char *why)
{
    const struct sb_record *r = &s->events[event].record;
    sb_store_put_erased(s->txn, &(struct sb_erased){.origin = r->origin,
                                                    .event = r->item.link.id,
                                                    .by = *by,
                                                    .since = s->now,
                                                    .ground = ground(why)});
}

static void assert_row(struct scribe *s, size_t event, const struct sb_uuid *by,
                       enum sb_erasing state, const char *why)
{
    const struct sb_record *r = &s->events[event].record;
    struct sb_erased found;
    assert_int_equal(sb_store_find_erased(s->store, r->origin, &r->item.link.id, &found, NULL),
                     SB_OK);
    assert_int_equal(found.state, state);
    assert_int_equal(found.origin, r->origin);
    assert_true(sb_uuid_eq(&found.event, &r->item.link.id) && sb_uuid_eq(&found.by, by));
    assert_int_equal(found.ground.n, strlen(why));
    assert_memory_equal(found.ground.p, why, found.ground.n);
}

static void compact(struct scribe *s)
{
    struct sb_err err = {0};
    assert_int_equal(sb_store_compact(s->store, &err), SB_OK);
    assert_true(sb_store_compacting(s->store));
    enum sb_rc rc = SB_E_AGAIN;
    while (rc == SB_E_AGAIN) {
        rc = sb_store_compact_step(s->store, &err);
    }
    assert_int_equal(rc, SB_OK);
    assert_false(sb_store_compacting(s->store));
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
}

static void test_put_erased_drops_every_copy(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0437", 1);
    scribe_begin(s);
    size_t system = scribe_append(s, chain, SB_KIND_SYSTEM, SB_BODY_PRESENT);
    size_t first = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    size_t second = scribe_append_id(s, chain, &s->events[first].record.item.link.id);
    size_t missing = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_MISSING);
    size_t withheld = scribe_append(s, chain, SB_KIND_RESTRICTED, SB_BODY_WITHHELD);
    size_t kept = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_begin(s);
    size_t staged = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    put(s, first, &ERASURE, "AVG");
    put(s, missing, &ERASURE, "");
    put(s, withheld, &ERASURE, "");
    put(s, system, &ERASURE, "");
    put(s, staged, &ERASURE, "in the same turn");
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    forget(s, first, SB_BODY_ERASED);
    forget(s, second, SB_BODY_ERASED);
    forget(s, missing, SB_BODY_ERASED);
    forget(s, staged, SB_BODY_ERASED);
    scribe_check(s);
    assert_row(s, first, &ERASURE, SB_ERASING_IN_FILES, "AVG");
    assert_row(s, staged, &ERASURE, SB_ERASING_IN_FILES, "in the same turn");
    assert_row(s, missing, &ERASURE, SB_ERASING_GONE, "");
    assert_row(s, withheld, &ERASURE, SB_ERASING_GONE, "");
    assert_int_equal(sb_store_missing_count(s->store), 0);
    assert_int_equal(sb_store_erasing_count(s->store), 5);
    struct sb_erased none;
    assert_int_equal(sb_store_find_erased(s->store, s->events[kept].record.origin,
                                          &s->events[kept].record.item.link.id, &none, NULL),
                     SB_E_NOTFOUND);
}

static void test_put_erased_again_changes_nothing_but_an_expiry(void **state)
{
    struct scribe *s = *state;
    const struct sb_uuid other = {{8}};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    size_t a = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    size_t b = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_begin(s);
    put(s, a, &ERASURE, "the first");
    put(s, b, &NOBODY, "its time is up");
    scribe_commit(s);
    forget(s, a, SB_BODY_ERASED);
    forget(s, b, SB_BODY_EXPIRED);
    scribe_check(s);
    assert_row(s, b, &NOBODY, SB_ERASING_IN_FILES, "its time is up");
    compact(s);
    assert_row(s, a, &ERASURE, SB_ERASING_GONE, "the first");
    assert_row(s, b, &NOBODY, SB_ERASING_DONE, "its time is up");
    scribe_begin(s);
    put(s, a, &other, "the second");
    put(s, a, &NOBODY, "expired");
    put(s, b, &other, "erased after all");
    scribe_commit(s);
    forget(s, b, SB_BODY_ERASED);
    scribe_check(s);
    assert_row(s, a, &ERASURE, SB_ERASING_GONE, "the first");
    assert_row(s, b, &other, SB_ERASING_GONE, "erased after all");
    scribe_begin(s);
    sb_store_end_erasing(s->txn, 0, &s->events[a].record.item.link.id);
    sb_store_end_erasing(s->txn, 0, &s->events[b].record.item.link.id);
    scribe_commit(s);
    assert_row(s, a, &ERASURE, SB_ERASING_DONE, "the first");
    assert_int_equal(sb_store_erasing_count(s->store), 0);
}

/* In the place of one that does not count any more, and to be confirmed like it. */
static void test_put_erased_instead_takes_the_place_of_another(void **state)
{
    struct scribe *s = *state;
    const struct sb_uuid other = {{8}};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    size_t a = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_MISSING);
    put(s, a, &ERASURE, "in vain");
    forget(s, a, SB_BODY_ERASED);
    const struct sb_uuid id = s->events[a].record.item.link.id;
    sb_store_end_erasing(s->txn, 0, &id);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    assert_row(s, a, &ERASURE, SB_ERASING_DONE, "in vain");
    scribe_begin(s);
    sb_store_put_erased(s->txn, &(struct sb_erased){.event = id,
                                                    .by = other,
                                                    .since = s->now,
                                                    .instead = true,
                                                    .ground = ground("by its owner")});
    scribe_commit(s);
    scribe_check(s);
    assert_row(s, a, &other, SB_ERASING_GONE, "by its owner");
}

/* By what the transaction has: what it ended it takes up again, and what it confirmed it does not.
 */
static void test_erased_is_confirmed_after_all_but_once(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    size_t a = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_MISSING);
    size_t b = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_MISSING);
    put(s, a, &ERASURE, "erased");
    put(s, b, &NOBODY, "its time is up");
    forget(s, a, SB_BODY_ERASED);
    forget(s, b, SB_BODY_EXPIRED);
    const struct sb_uuid id = s->events[a].record.item.link.id,
                         expired = s->events[b].record.item.link.id;
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_begin(s);
    sb_store_end_erasing(s->txn, 0, &id);
    sb_store_end_erasing(s->txn, 0, &expired);
    sb_store_confirm_again(s->txn, 0, &id);
    sb_store_confirm_again(s->txn, 0, &expired);
    scribe_commit(s);
    assert_row(s, a, &ERASURE, SB_ERASING_GONE, "erased");
    assert_row(s, b, &NOBODY, SB_ERASING_DONE, "its time is up");
    scribe_begin(s);
    sb_store_put_receipt(s->txn, 0, &id, 0, s->now);
    sb_store_end_erasing(s->txn, 0, &id);
    sb_store_confirm_again(s->txn, 0, &id);
    scribe_commit(s);
    assert_row(s, a, &ERASURE, SB_ERASING_DONE, "erased");
}

/* What comes with a known id later is another event, that the caller knows to be erased. */
static void test_erased_is_known_before_its_event(void **state)
{
    struct scribe *s = *state;
    const struct sb_uuid id = {{42}};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    struct sb_erased found;
    scribe_begin(s);
    sb_store_put_erased(s->txn, &(struct sb_erased){.event = id, .by = ERASURE, .since = s->now});
    scribe_commit(s);
    assert_int_equal(sb_store_find_erased(s->store, 0, &id, &found, NULL), SB_OK);
    assert_int_equal(found.state, SB_ERASING_GONE);
    scribe_begin(s);
    scribe_append_id(s, chain, &id);
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    scribe_check(s);
}

static void test_erasures_are_listed_in_order(void **state)
{
    struct scribe *s = *state;
    unsigned chains[2] = {scribe_chain(s, "GM0384", 1), scribe_chain(s, "GM0437", 1)};
    scribe_begin(s);
    for (int i = 0; i < 20; i++) {
        size_t e = scribe_append(s, chains[i % 2], SB_KIND_OPEN, SB_BODY_PRESENT);
        put(s, e, &ERASURE, "x");
        forget(s, e, SB_BODY_ERASED);
        if (i % 4 == 0) {
            const struct sb_record *r = &s->events[e].record;
            sb_store_end_erasing(s->txn, r->origin, &r->item.link.id);
        }
    }
    scribe_checkpoint(s, chains[0]);
    scribe_checkpoint(s, chains[1]);
    scribe_commit(s);
    struct sb_erased e = {0}, before;
    for (int i = 0; i < 20; i++) {
        before = e;
        assert_int_equal(sb_store_next_erased(s->store, e.origin, &e.event, &e, NULL), SB_OK);
        assert_true(i == 0 || e.origin > before.origin ||
                    memcmp(e.event.b, before.event.b, sizeof e.event.b) > 0);
    }
    assert_int_equal(sb_store_next_erased(s->store, e.origin, &e.event, &e, NULL), SB_E_NOTFOUND);
    e = (struct sb_erased){0};
    for (int i = 0; i < 15; i++) {
        assert_int_equal(sb_store_next_erasing(s->store, e.origin, &e.event, &e, NULL), SB_OK);
    }
    assert_int_equal(sb_store_next_erasing(s->store, e.origin, &e.event, &e, NULL), SB_E_NOTFOUND);
}

static void test_receipts_are_kept_by_who_gave_them(void **state)
{
    struct scribe *s = *state;
    const struct sb_uuid id = {{9}};
    struct sb_time time = {0};
    scribe_begin(s);
    sb_store_put_receipt(s->txn, 3, &id, 2, (struct sb_time){1234});
    sb_store_put_receipt(s->txn, 3, &id, 2, (struct sb_time){5678}); /* the first one counts */
    scribe_commit(s);
    assert_int_equal(sb_store_find_receipt(s->store, 3, &id, 2, &time, NULL), SB_OK);
    assert_int_equal(time.ms, 1234);
    assert_int_equal(sb_store_find_receipt(s->store, 3, &id, 1, &time, NULL), SB_E_NOTFOUND);
    assert_int_equal(sb_store_find_receipt(s->store, 2, &id, 2, &time, NULL), SB_E_NOTFOUND);
}

/* The store is written while it is compacted, and read as ever; nothing of that is lost, and what
 * is erased meanwhile is not gone yet. */
static void test_compaction_takes_along_what_is_written_meanwhile(void **state)
{
    struct scribe *s = *state;
    struct sb_err err = {0};
    unsigned chain = scribe_chain(s, "GM0384", 1), other = scribe_chain(s, "GM0437", 1);
    scribe_begin(s);
    for (int i = 0; i < 200; i++) {
        scribe_append(s, chain, SB_KIND_OPEN, i % 9 == 5 ? SB_BODY_MISSING : SB_BODY_PRESENT);
    }
    scribe_checkpoint(s, chain);
    put(s, 10, &ERASURE, "before");
    scribe_commit(s);
    forget(s, 10, SB_BODY_ERASED);
    assert_int_equal(sb_store_compact(s->store, &err), SB_OK);
    enum sb_rc rc = SB_E_AGAIN;
    for (int i = 0; rc == SB_E_AGAIN; i++) {
        scribe_begin(s);
        scribe_append(s, other, SB_KIND_RESTRICTED, SB_BODY_PRESENT);
        if (i == 0) {
            scribe_body(s, 5);
            scribe_release(s, 5);
            put(s, 11, &ERASURE, "meanwhile");
        }
        scribe_checkpoint(s, other);
        scribe_commit(s);
        if (i == 0) {
            forget(s, 11, SB_BODY_ERASED);
        }
        scribe_check(s);
        rc = sb_store_compact_step(s->store, &err);
        assert_true(i < 1000000);
    }
    assert_int_equal(rc, SB_OK);
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    scribe_check(s);
    assert_row(s, 10, &ERASURE, SB_ERASING_GONE, "before");
    assert_row(s, 11, &ERASURE, SB_ERASING_IN_FILES, "meanwhile");
    scribe_close(s);
    scribe_open(s);
    scribe_check(s);
    compact(s);
    scribe_check(s);
    assert_row(s, 11, &ERASURE, SB_ERASING_GONE, "meanwhile");
}

/* What ends with its process was never there. */
static void test_compaction_that_does_not_end_changes_nothing(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    size_t e = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    put(s, e, &ERASURE, "AVG");
    scribe_checkpoint(s, chain);
    scribe_commit(s);
    forget(s, e, SB_BODY_ERASED);
    assert_int_equal(sb_store_compact(s->store, NULL), SB_OK);
    scribe_close(s);
    scribe_open(s);
    scribe_check(s);
    assert_row(s, e, &ERASURE, SB_ERASING_IN_FILES, "AVG");
    compact(s);
    scribe_check(s);
    assert_row(s, e, &ERASURE, SB_ERASING_GONE, "AVG");
}

static void test_full_store_erases_all_the_same(void **state)
{
    struct scribe *s = *state;
    struct sb_err err = {0};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_close(s);
    s->options.max_size = 3 * 1024 * 1024;
    conformance_medium->limit(s->options.path, 2 * 1024 * 1024);
    scribe_open(s);
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
    assert_int_equal(rc, SB_E_FULL);
    struct sb_store *store = s->store;
    memcpy(s, before, sizeof *s);
    s->store = store;
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    scribe_begin(s);
    sb_store_use_reserve(s->txn, true);
    scribe_append(s, chain, SB_KIND_SYSTEM, SB_BODY_PRESENT);
    scribe_checkpoint(s, chain);
    for (size_t e = 3; e < 60; e++) {
        put(s, e, &ERASURE, "in spite of all");
        forget(s, e, SB_BODY_ERASED);
    }
    scribe_commit(s);
    scribe_check(s);
    test_free(before);
}

int conformance_run_erase(void)
{
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_put_erased_drops_every_copy),
        CONFORMANCE_TEST(test_put_erased_again_changes_nothing_but_an_expiry),
        CONFORMANCE_TEST(test_put_erased_instead_takes_the_place_of_another),
        CONFORMANCE_TEST(test_erased_is_confirmed_after_all_but_once),
        CONFORMANCE_TEST(test_erased_is_known_before_its_event),
        CONFORMANCE_TEST(test_erasures_are_listed_in_order),
        CONFORMANCE_TEST(test_receipts_are_kept_by_who_gave_them),
        CONFORMANCE_TEST(test_compaction_takes_along_what_is_written_meanwhile),
        CONFORMANCE_TEST(test_compaction_that_does_not_end_changes_nothing),
        CONFORMANCE_TEST(test_full_store_erases_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
