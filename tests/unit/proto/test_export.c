/* The export file: an honest one is without fault, one flipped bit anywhere is found and named, and
 * no cut passes. */
#include "proto/export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/history.h"

enum { FAULTS_KEPT = 100 };

struct found {
    struct sb_export_fault faults[FAULTS_KEPT];
    size_t n;
    struct sb_export_totals totals;
};

static struct history h;
static uint8_t *file;
static size_t file_size;

static void keep(void *context, const struct sb_export_fault *fault)
{
    struct found *f = context;
    assert_true(f->n < FAULTS_KEPT);
    f->faults[f->n++] = *fault;
}

static void verify(struct found *f, const uint8_t *bytes, size_t n)
{
    /* exactly as large as said, so that the sanitizer sees a read beyond the end */
    uint8_t *copy = malloc(n == 0 ? 1 : n);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    f->n = 0;
    assert_int_equal(sb_export_verify(&f->totals, copy, n, keep, f, NULL), SB_OK);
    free(copy);
}

static void test_export_of_an_honest_history(void **state)
{
    struct found f;
    (void)state;
    verify(&f, file, file_size);
    assert_int_equal(f.n, 0);
    assert_true(f.totals.events == 12 && f.totals.epochs == 1 && f.totals.faults == 0);
    assert_string_equal(f.totals.header.partnership, HISTORY_PARTNERSHIP);
    assert_string_equal(f.totals.header.origin.s, "GM0384");
    assert_memory_equal(f.totals.header.sign_key.b, h.key.b, sizeof h.key.b);
}

/* One bit flips in the record of event 7: which one, and what is said of it? */
static void expect_first(const struct found *f, enum sb_fault fault, uint64_t seq)
{
    assert_true(f->n > 0);
    assert_string_equal(sb_fault_name(f->faults[0].fault), sb_fault_name(fault));
    assert_true(f->faults[0].seq.n == seq);
    assert_true(strlen(f->faults[0].text) > 0);
}

static size_t find(const void *needle, size_t n)
{
    const uint8_t *p = memmem(file, file_size, needle, n);
    assert_non_null(p);
    return (size_t)(p - file);
}

static void test_a_changed_byte_is_named_to_its_event(void **state)
{
    const struct sb_item *item = &h.events.items[6];
    size_t link = find(item->link_bytes.p, item->link_bytes.n);
    size_t body = link + item->link_bytes.n + 1 + 32;
    const struct {
        size_t at;
        enum sb_fault fault;
    } cases[] = {
        {link, SB_FAULT_BAD_LINK},                                /* its version */
        {link + 1, SB_FAULT_BAD_LINK},                            /* the partnership */
        {link + 60, SB_FAULT_BAD_PREV},                           /* prev */
        {link + item->link_bytes.n - 1, SB_FAULT_BAD_COMMITMENT}, /* the commitment */
        {link + item->link_bytes.n, SB_FAULT_BAD_BODY},           /* the flag */
        {body - 1, SB_FAULT_BAD_COMMITMENT},                      /* the salt */
        {body, SB_FAULT_BAD_COMMITMENT},
        {body + item->body.n - 1, SB_FAULT_BAD_COMMITMENT},
    };
    struct found f;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        file[cases[i].at] ^= 1;
        verify(&f, file, file_size);
        expect_first(&f, cases[i].fault, 7);
        file[cases[i].at] ^= 1;
    }
}

static void test_any_flipped_bit_is_found(void **state)
{
    struct found f;
    (void)state;
    for (size_t bit = 0; bit < 8 * file_size; bit++) {
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        verify(&f, file, file_size);
        if (f.n == 0) {
            fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
        }
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_any_cut_is_found(void **state)
{
    struct found f;
    (void)state;
    for (size_t n = 0; n < file_size; n++) {
        verify(&f, file, n);
        assert_true(f.n > 0);
    }
    uint8_t *longer = calloc(1, file_size + 5);
    assert_non_null(longer);
    memcpy(longer, file, file_size);
    verify(&f, longer, file_size + 1);
    expect_first(&f, SB_FAULT_BAD_FILE, 13);
    verify(&f, longer, file_size + 5);
    expect_first(&f, SB_FAULT_BAD_FILE, 13);
    free(longer);
}

/* Writes `events` by these pages, and verifies the file. */
static void verify_pages(struct found *f, const struct sb_events *pages, size_t n, uint64_t events)
{
    struct sb_export_header header = {HISTORY_PARTNERSHIP, h.events.origin, h.key};
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);
    assert_non_null(to);
    assert_int_equal(sb_export_begin(to, &header, NULL), SB_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sb_export_events(to, &pages[i], NULL), SB_OK);
    }
    assert_int_equal(sb_export_end(to, events, NULL), SB_OK);
    assert_int_equal(fclose(to), 0);
    verify(f, (const uint8_t *)out, size);
    free(out);
}

static void test_bodies_withheld_and_erased_are_no_fault(void **state)
{
    struct found f;
    (void)state;
    h.events.items[2].salt = NULL;
    h.events.items[2].body = (struct sb_bytes){0};
    h.events.items[3].salt = NULL;
    h.events.items[3].body = (struct sb_bytes){0};
    h.events.items[3].erased = true;
    verify_pages(&f, &h.events, 1, 12);
    assert_int_equal(f.n, 0);
    h.events.items[0].salt = NULL;
    verify_pages(&f, &h.events, 1, 12);
    expect_first(&f, SB_FAULT_BAD_EPOCH, 1);
}

static void test_both_branches_of_a_fork_are_history(void **state)
{
    struct sb_events pages[2] = {h.events, h.events};
    struct sb_item items[12];
    struct sb_checkpoint checkpoints[3];
    struct found f;
    (void)state;
    memcpy(items, h.events.items, sizeof items);
    memcpy(checkpoints, h.events.checkpoints, sizeof checkpoints);
    h.events.items[6].link.id.b[15] ^= 1; /* the other branch begins at 7, below checkpoint 10 */
    history_relink(&h, 6);
    pages[1].items += 6;
    pages[1].n_items -= 6;
    pages[1].checkpoints++;
    pages[1].n_checkpoints--;
    pages[0].items = items;
    pages[0].checkpoints = checkpoints;
    verify_pages(&f, pages, 2, 18);
    assert_int_equal(f.n, 0);
    assert_true(f.totals.events == 18 && f.totals.epochs == 1);
    verify_pages(&f, pages, 1, 18); /* a branch that was left out, but counted */
    expect_first(&f, SB_FAULT_BAD_FILE, 13);
}

static void test_links_without_checkpoint(void **state)
{
    struct found f;
    (void)state;
    h.events.n_checkpoints = 2;
    verify_pages(&f, &h.events, 1, 12);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_NO_CHECKPOINT, 11);
}

static void test_an_event_that_comes_twice(void **state)
{
    struct sb_events pages[2] = {h.events, h.events};
    struct found f;
    (void)state;
    pages[1].items += 6;
    pages[1].n_items = 1;
    pages[1].n_checkpoints = 0;
    verify_pages(&f, pages, 2, 13);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_BAD_LINK, 7);
}

static void test_an_event_left_out(void **state)
{
    struct sb_events pages[2] = {h.events, h.events};
    struct found f;
    (void)state;
    pages[0].n_items = 5;
    pages[1].items += 6;
    pages[1].n_items -= 6;
    pages[1].checkpoints++;
    pages[1].n_checkpoints--;
    verify_pages(&f, pages, 2, 11);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_BAD_PREV, 7);
}

/* The origin itself left event 6 out, and linked and signed the rest to event 5. */
static void test_a_seq_left_out_by_the_origin(void **state)
{
    struct sb_events pages[2] = {h.events, h.events};
    struct sb_item six = h.events.items[5];
    struct found f;
    (void)state;
    h.events.items[5] = h.events.items[4];
    history_relink(&h, 6);
    h.events.items[5] = six;
    pages[0].n_items = 5;
    pages[1].items += 6;
    pages[1].n_items -= 6;
    pages[1].checkpoints++;
    pages[1].n_checkpoints--;
    verify_pages(&f, pages, 2, 11);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_BAD_PREV, 7);
}

static void test_a_checkpoint_of_another_seq(void **state)
{
    struct found f;
    (void)state;
    h.events.checkpoints[1].seq.n = 11; /* with the hash of the link at 10 */
    history_resign(&h);
    verify_pages(&f, &h.events, 1, 12);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_BAD_CHECKPOINT, 11);
}

static void test_a_body_behind_the_flag_that_says_none(void **state)
{
    const struct sb_item *item = &h.events.items[6];
    size_t flag = find(item->link_bytes.p, item->link_bytes.n) + item->link_bytes.n;
    struct found f;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        file[flag] = (uint8_t) "ne"[i];
        verify(&f, file, file_size);
        assert_int_equal(f.n, 1);
        expect_first(&f, SB_FAULT_BAD_BODY, 7);
    }
}

static void test_another_first_event_than_the_start_announced(void **state)
{
    struct sb_item *item = &h.events.items[1];
    struct found f;
    (void)state;
    item->salt = h.events.items[5].salt;
    item->link.commitment = sb_commitment(item->salt, item->body);
    history_relink(&h, 1);
    verify_pages(&f, &h.events, 1, 12);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_BAD_EPOCH, 2);
}

static void test_a_body_that_is_no_body(void **state)
{
    struct sb_item *item = &h.events.items[6];
    struct found f;
    (void)state;
    item->body = (struct sb_bytes){(const uint8_t *)"\xff\xff", 2};
    item->link.body_len = 2;
    item->link.commitment = sb_commitment(item->salt, item->body);
    history_relink(&h, 6);
    verify_pages(&f, &h.events, 1, 12);
    assert_int_equal(f.n, 1);
    expect_first(&f, SB_FAULT_BAD_BODY, 7);
}

static void test_another_pinned_key(void **state)
{
    struct found f;
    (void)state;
    h.key.b[0] ^= 1;
    verify_pages(&f, &h.events, 1, 12);
    expect_first(&f, SB_FAULT_BAD_KEY, 1);
    /* and all that its key would have to sign */
    assert_string_equal(sb_fault_name(f.faults[1].fault), "bad_checkpoint");
    assert_int_equal(f.n, 1 + 3 + 1);
}

static int set_up(void **state)
{
    const struct history_plan plan = {.events = 12, .per_checkpoint = 5, .payload = 20};
    (void)state;
    history_init(&h, &plan);
    file = history_export(&h, &file_size);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(file);
    history_fini(&h);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_export_of_an_honest_history),
        TEST(test_a_changed_byte_is_named_to_its_event),
        TEST(test_any_flipped_bit_is_found),
        TEST(test_any_cut_is_found),
        TEST(test_bodies_withheld_and_erased_are_no_fault),
        TEST(test_both_branches_of_a_fork_are_history),
        TEST(test_links_without_checkpoint),
        TEST(test_an_event_that_comes_twice),
        TEST(test_an_event_left_out),
        TEST(test_a_seq_left_out_by_the_origin),
        TEST(test_a_checkpoint_of_another_seq),
        TEST(test_a_body_behind_the_flag_that_says_none),
        TEST(test_another_first_event_than_the_start_announced),
        TEST(test_a_body_that_is_no_body),
        TEST(test_another_pinned_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
