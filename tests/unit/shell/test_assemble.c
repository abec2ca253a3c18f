/* Broadcasts become a batch when, and only when, all of it has come in one row. */
#include "daemon/shell/assemble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PUBLISHER = 3, ORIGIN = 4, BODY = 100 };

static struct sb_assembly all;
static struct sb_arena arena;
static uint8_t frame[4096]; /* what the broadcasts borrow: overwritten after each */

static int open_assembly(void **state)
{
    (void)state;
    memset(&all, 0, sizeof all);
    sb_arena_init(&arena, (size_t)8 << 20);
    return 0;
}

static int close_assembly(void **state)
{
    (void)state;
    sb_assembly_fini(&all);
    sb_arena_fini(&arena);
    assert_int_equal(all.bytes, 0);
    return 0;
}

/* Event `seq` of the batch that ends at `end`; its bytes are gone when the next one comes. */
static bool add_of(uint16_t publisher, uint32_t epoch, uint64_t seq, uint64_t end, bool starts,
                   struct sb_events *out)
{
    struct sb_broadcast b = {.checkpoint = {.seq = {end}}};
    struct sb_org *audience = (struct sb_org *)(void *)(frame + 2048);
    memset(frame, (int)seq, sizeof frame);
    memset(audience, 0, sizeof *audience);
    memcpy(audience->s, "GM0384", 7);
    b.checkpoint.hash.b[0] = (uint8_t)end;
    b.item.link.epoch.counter = epoch;
    b.item.link.seq.n = seq;
    b.item.link.audience = (struct sb_audience){audience, 1};
    b.item.link_bytes = (struct sb_bytes){frame, 200};
    b.item.salt = (const struct sb_salt *)(frame + 300);
    b.item.body = (struct sb_bytes){frame + 400, BODY};
    bool complete = sb_assembly_add(&all, publisher, ORIGIN, &b, starts, &arena, out);
    memset(frame, 0xee, sizeof frame);
    return complete;
}

static bool add(uint64_t seq, uint64_t end, bool starts, struct sb_events *out)
{
    return add_of(PUBLISHER, 1, seq, end, starts, out);
}

static void test_assembly_gives_a_batch_with_copies_when_its_last_event_comes(void **state)
{
    (void)state;
    struct sb_events e;
    assert_false(add(5, 7, true, &e));
    assert_false(add(6, 7, false, &e));
    assert_true(add(7, 7, false, &e));
    assert_int_equal(e.n_items, 3);
    assert_int_equal(e.n_checkpoints, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_true(e.items[i].link.seq.n == 5 + i);
        assert_int_equal(e.items[i].link_bytes.p[199], 5 + i);
        assert_int_equal(e.items[i].salt->b[31], 5 + i);
        assert_int_equal(e.items[i].body.p[BODY - 1], 5 + i);
        assert_string_equal(e.items[i].link.audience.orgs[0].s, "GM0384");
    }
    sb_assembly_begin_turn(&all);
    assert_true(add(8, 8, true, &e)); /* and the next one begins anew */
    assert_int_equal(e.n_items, 1);
}

static void test_assembly_drops_what_it_has_at_a_gap(void **state)
{
    (void)state;
    struct sb_events e;
    assert_false(add(5, 8, true, &e));
    assert_false(add(7, 8, false, &e));
    assert_false(add(8, 8, false, &e));
    assert_int_equal(all.bytes, 0);
}

static void test_assembly_begins_only_where_it_may(void **state)
{
    (void)state;
    struct sb_events e;
    assert_false(add(5, 5, false, &e));
    assert_false(add(6, 5, true, &e)); /* above its own checkpoint */
    assert_int_equal(all.bytes, 0);
}

static void test_assembly_does_not_mix_batches_of_two_checkpoints(void **state)
{
    (void)state;
    struct sb_events e;
    assert_false(add(5, 7, true, &e));
    assert_false(add(6, 6, false, &e));
    assert_int_equal(all.bytes, 0);
}

static void test_assembly_keeps_histories_and_publishers_apart(void **state)
{
    (void)state;
    struct sb_events e;
    assert_false(add_of(1, 1, 5, 6, true, &e));
    assert_false(add_of(1, 2, 5, 6, true, &e));
    assert_false(add_of(2, 1, 5, 6, true, &e));
    assert_true(add_of(1, 1, 6, 6, false, &e));
    assert_true(add_of(1, 2, 6, 6, false, &e));
    assert_true(add_of(2, 1, 6, 6, false, &e));
}

static void test_assembly_of_one_publisher_has_bounds(void **state)
{
    (void)state;
    struct sb_events e;
    for (uint32_t epoch = 1; epoch <= 100; epoch++) {
        assert_false(add_of(1, epoch, 5, 6, true, &e));
    }
    size_t one = all.bytes / SB_ASSEMBLERS_PER_PUBLISHER;
    assert_true(one > 0 && one < 4096); /* the older ones made place */
    assert_false(add_of(1, 1, 6, 6, false, &e));
    assert_true(add_of(1, 100, 6, 6, false, &e));
    for (uint64_t seq = 5; seq <= 5 + SB_BATCH_EVENTS_MAX; seq++) {
        assert_false(add(seq, 1 << 20, seq == 5, &e));
        assert_true(all.bytes <= SB_ASSEMBLIES_BYTES_MAX);
    }
    assert_true(all.bytes < (size_t)SB_ASSEMBLERS_PER_PUBLISHER * 4096); /* dropped at the limit */
}

int main(void)
{
#define ASSEMBLY_TEST(name) cmocka_unit_test_setup_teardown(name, open_assembly, close_assembly)
    const struct CMUnitTest tests[] = {
        ASSEMBLY_TEST(test_assembly_gives_a_batch_with_copies_when_its_last_event_comes),
        ASSEMBLY_TEST(test_assembly_drops_what_it_has_at_a_gap),
        ASSEMBLY_TEST(test_assembly_begins_only_where_it_may),
        ASSEMBLY_TEST(test_assembly_does_not_mix_batches_of_two_checkpoints),
        ASSEMBLY_TEST(test_assembly_keeps_histories_and_publishers_apart),
        ASSEMBLY_TEST(test_assembly_of_one_publisher_has_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
