/* An export for a reader who has more than the file: announcements of keys that were replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/export.h"
#include "tests/unit/proto/history.h"

enum { EVENTS = 12, KEY_AT = 9 + 5 + 1 + sizeof HISTORY_PARTNERSHIP - 1 + 1 + 6 };

static struct history h;
static uint8_t *file;
static size_t file_size;
static struct sb_rekey_tip tip;
static struct sb_rekey rekey; /* of the key that signed the history */

static void take_first(void *context, const struct sb_export_fault *fault)
{
    struct sb_export_fault *first = context;
    if (first->fault == SB_FAULT_NONE) {
        *first = *fault;
    }
}

static struct sb_export_fault verify(const struct sb_export_reader *reader)
{
    struct sb_export_totals totals;
    struct sb_export_fault first = {.fault = SB_FAULT_NONE};
    assert_int_equal(
        sb_export_verify_for(reader, &totals, file, file_size, take_first, &first, NULL), SB_OK);
    return first;
}

static void expect(const struct sb_rekey *given, enum sb_fault fault, uint64_t seq)
{
    const struct sb_export_reader reader = {.rekeys = {given, given != NULL}};
    struct sb_export_fault first = verify(&reader);
    assert_string_equal(sb_fault_name(first.fault), sb_fault_name(fault));
    assert_int_equal(first.seq.n, seq);
}

/* As a partner exports it that has pinned the new key. */
static void replace_key(void)
{
    assert_memory_equal(file + KEY_AT, h.key.b, sizeof h.key.b);
    memset(file + KEY_AT, 7, sizeof h.key.b);
}

static void test_a_named_epoch_is_of_the_key_that_was_replaced(void **state)
{
    (void)state;
    replace_key();
    expect(NULL, SB_FAULT_BAD_KEY, 1);
    expect(&rekey, SB_FAULT_NONE, 0);
}

/* The key had been rotated since: the announcement is of the newest one, and names the epoch. */
static void test_a_named_epoch_may_be_of_an_earlier_key(void **state)
{
    (void)state;
    replace_key();
    rekey.old_key.b[0] ^= 1;
    expect(&rekey, SB_FAULT_NONE, 0);
}

static void test_an_announcement_of_something_else_says_nothing(void **state)
{
    (void)state;
    replace_key();
    struct sb_rekey other = rekey;
    assert_true(sb_org_parse(&other.organisation, "GM0437", 6));
    expect(&other, SB_FAULT_BAD_KEY, 1);
    other = rekey;
    other.partnership[0] = 'D';
    expect(&other, SB_FAULT_BAD_KEY, 1);
    tip.epoch.tag++;
    expect(&rekey, SB_FAULT_BAD_KEY, 1);
}

static void test_what_is_beyond_the_named_end_or_beside_it_is_a_fault(void **state)
{
    (void)state;
    replace_key();
    tip.hash.b[0] ^= 1;
    expect(&rekey, SB_FAULT_BAD_KEY, EVENTS);
    tip.seq.n = EVENTS - 1;
    tip.hash = sb_link_hash_bytes(h.events.items[EVENTS - 2].link_bytes.p,
                                  h.events.items[EVENTS - 2].link_bytes.n);
    expect(&rekey, SB_FAULT_BAD_KEY, EVENTS);
    tip.seq.n = EVENTS + 1; /* this partner has less of it */
    expect(&rekey, SB_FAULT_NONE, 0);
}

/* Its origin signed it, and the history is as sound with it. */
static void test_a_body_that_cannot_be_read_is_history(void **state)
{
    static const uint8_t no_message[] = {0xff, 0xff};
    struct sb_export_reader reader = {.history_alone = false};
    struct sb_item *item = &h.events.items[4];
    (void)state;
    item->body = (struct sb_bytes){no_message, sizeof no_message};
    item->link.body_len = sizeof no_message;
    item->link.commitment = sb_commitment(item->salt, item->body);
    history_relink(&h, 4);
    free(file);
    file = history_export(&h, &file_size);
    assert_int_equal(verify(&reader).fault, SB_FAULT_BAD_BODY);
    reader.history_alone = true;
    assert_int_equal(verify(&reader).fault, SB_FAULT_NONE);
    file[file_size - 1] ^= 1; /* only that is passed over */
    assert_int_equal(verify(&reader).fault, SB_FAULT_BAD_FILE);
}

static int set_up(void **state)
{
    (void)state;
    history_init(&h, &(struct history_plan){.events = EVENTS, .per_checkpoint = 5, .payload = 8});
    file = history_export(&h, &file_size);
    const struct sb_bytes last = h.events.items[EVENTS - 1].link_bytes;
    tip = (struct sb_rekey_tip){h.events.epoch, {EVENTS}, sb_link_hash_bytes(last.p, last.n)};
    rekey = (struct sb_rekey){.partnership = HISTORY_PARTNERSHIP,
                              .organisation = h.events.origin,
                              .old_key = h.key,
                              .tips = &tip,
                              .n_tips = 1};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(file);
    history_fini(&h);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_named_epoch_is_of_the_key_that_was_replaced, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_named_epoch_may_be_of_an_earlier_key, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_announcement_of_something_else_says_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_beyond_the_named_end_or_beside_it_is_a_fault,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_body_that_cannot_be_read_is_history, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
