/* A frontier at the limits of the protocol fits a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/shell/outbox.h"
#include "proto/wire.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 };

static struct sb_head heads[SB_ORIGINS_MAX][SB_HEADS_MAX];
static struct sb_origin_heads origins[SB_ORIGINS_MAX];

/* Every number as large as it can be: nothing is encoded in more bytes. */
static struct sb_frontier fill(size_t n_heads)
{
    struct sb_frontier f = {.counter = UINT64_MAX,
                            .full = true,
                            .origins = origins,
                            .n_origins = SB_ORIGINS_MAX,
                            .time = {-1}};
    memset(&f.boot_nonce, 1, sizeof f.boot_nonce);
    memset(&f.store_id, 1, sizeof f.store_id);
    memset(f.node.s, 'A', SB_ORG_MAX);
    memset(f.offsets, 0xff, sizeof f.offsets);
    memset(heads, 0xff, sizeof heads);
    memset(origins, 0xff, sizeof origins);
    for (size_t i = 0; i < SB_ORIGINS_MAX; i++) {
        memset(&origins[i].origin, 0, sizeof origins[i].origin);
        memset(&origins[i].certificate, 0, sizeof origins[i].certificate);
        memset(origins[i].origin.s, 'A', SB_ORG_MAX);
        origins[i].heads = heads[i];
        origins[i].n_heads = n_heads;
        origins[i].rest_whole = true;
    }
    return f;
}

static size_t encoded(const struct sb_frontier *f)
{
    struct sb_message m = {.type = SB_MSG_FRONTIER, .frontier = *f};
    struct sb_arena arena;
    sb_arena_init(&arena, ARENA_BYTES);
    struct sb_bytes frame = sb_wire_encode(&m, &arena);
    size_t n = frame.p == NULL ? 0 : frame.n;
    sb_arena_fini(&arena);
    return n;
}

/* As many of each as there is room for. */
static size_t cut(struct sb_frontier *f, size_t max)
{
    size_t each = sb_greet_room(f, max);
    for (size_t i = 0; i < f->n_origins; i++) {
        f->origins[i].n_heads = f->origins[i].n_heads < each ? f->origins[i].n_heads : each;
    }
    return each;
}

static void test_frontier_that_fits_has_room_for_all_heads(void **state)
{
    (void)state;
    struct sb_frontier f = fill(SB_HEADS_MAX / 2);
    assert_int_equal(cut(&f, SB_FRAME_MAX), SB_HEADS_MAX);
    assert_in_range(encoded(&f), 1, SB_FRAME_MAX);
    f.n_origins = 200;
    f.origins[0].n_heads = SB_HEADS_MAX;
    assert_int_equal(cut(&f, SB_FRAME_MAX), SB_HEADS_MAX);
}

static void test_frontier_that_is_too_large_has_room_for_as_many_of_each(void **state)
{
    (void)state;
    struct sb_frontier f = fill(SB_HEADS_MAX);
    assert_int_equal(encoded(&f), 0);
    f.origins[7].n_heads = 3;
    assert_in_range(cut(&f, SB_FRAME_MAX), SB_HEADS_MAX / 2, SB_HEADS_MAX - 1);
    assert_int_equal(f.origins[7].n_heads, 3);
    assert_in_range(encoded(&f), 1, SB_FRAME_MAX);
    assert_int_equal(cut(&f, SB_BROADCAST_MAX), 1);
    assert_in_range(encoded(&f), 1, SB_BROADCAST_MAX);
}

static void test_frontier_with_certificates_fits_a_frame(void **state)
{
    (void)state;
    struct sb_frontier f = fill(SB_HEADS_MAX);
    for (size_t i = 0; i < SB_ORIGINS_MAX; i++) {
        memset(&origins[i].certificate, 0xff, sizeof origins[i].certificate);
        origins[i].certificate.origin = origins[i].origin;
    }
    assert_in_range(cut(&f, SB_FRAME_MAX), 1, SB_HEADS_MAX / 2);
    assert_in_range(encoded(&f), 1, SB_FRAME_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frontier_that_fits_has_room_for_all_heads),
        cmocka_unit_test(test_frontier_that_is_too_large_has_room_for_as_many_of_each),
        cmocka_unit_test(test_frontier_with_certificates_fits_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
