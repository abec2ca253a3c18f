/* Protobuf's encoding as we read it, the pre-scan, and unpacking on its leash. */
#include "proto/unpack.h"

#include <protobuf-c/protobuf-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/limits.h"
#include "proto/pb_reader.h"
#include "proto/pb_writer.h"
#include "proto/prescan.h"

extern const ProtobufCMessageDescriptor samenbus__body__descriptor, samenbus__answer__descriptor,
    samenbus__want_bodies__descriptor, samenbus__events__descriptor;

#define BYTES(text) ((struct sb_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static void test_reader_gives_every_type(void **state)
{
    struct sb_pb_reader r;
    (void)state;
    sb_pb_reader_init(&r, BYTES("\x08\x96\x01"
                                "\x11\x01\x02\x03\x04\x05\x06\x07\x08"
                                "\x1a\x02hi"
                                "\x25\x01\x02\x03\x04"));
    assert_true(sb_pb_next(&r));
    assert_true(r.field == 1 && r.type == SB_PB_VARINT && r.value == 150);
    assert_true(sb_pb_next(&r));
    assert_true(r.field == 2 && r.type == SB_PB_FIXED64 && r.value == 0x0807060504030201);
    assert_true(sb_pb_next(&r));
    assert_true(r.field == 3 && r.type == SB_PB_BYTES && r.bytes.n == 2);
    assert_memory_equal(r.bytes.p, "hi", 2);
    assert_true(sb_pb_next(&r));
    assert_true(r.field == 4 && r.type == SB_PB_FIXED32 && r.value == 0x04030201);
    assert_false(sb_pb_next(&r));
    assert_false(r.failed);
}

static bool readable(struct sb_bytes bytes)
{
    struct sb_pb_reader r;
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_next(&r)) {
    }
    assert_false(sb_pb_next(&r));
    return !r.failed;
}

static void test_reader_refuses_what_is_not_protobuf(void **state)
{
    (void)state;
    assert_true(readable((struct sb_bytes){0}));
    assert_true(readable(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")));
    assert_false(readable(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")));
    assert_false(readable(BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")));
    assert_false(readable(BYTES("\x08\x80"))); /* cut */
    assert_false(readable(BYTES("\x08")));
    assert_false(readable(BYTES("\x0a\x03hi")));
    assert_false(readable(BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")));
    assert_false(readable(BYTES("\x09\x01\x02\x03")));
    assert_false(readable(BYTES("\x0d\x01\x02\x03")));
    assert_false(readable(BYTES("\x0b\x0c")));                     /* a group */
    assert_false(readable(BYTES("\x0e")));                         /* no such type */
    assert_false(readable(BYTES("\x02\x01x")));                    /* field 0 */
    assert_false(readable(BYTES("\x88\x80\x80\x80\x80\x00\x01"))); /* a tag of six bytes */
}

static void test_writer_counts_what_it_writes(void **state)
{
    uint8_t bytes[64];
    struct sb_pb_writer count = {0}, w = {.p = bytes};
    (void)state;
    struct sb_pb_writer *const both[] = {&count, &w};
    for (size_t i = 0; i < 2; i++) {
        sb_pb_put_uint(both[i], 1, 150);
        sb_pb_put_fixed64(both[i], 2, 0x0807060504030201);
        sb_pb_put_bytes(both[i], 3, "hi", 2);
        sb_pb_put_uint(both[i], 4, UINT64_MAX);
    }
    assert_int_equal(count.n, w.n);
    assert_int_equal(w.n, 27);
    assert_memory_equal(bytes,
                        "\x08\x96\x01"
                        "\x11\x01\x02\x03\x04\x05\x06\x07\x08"
                        "\x1a\x02hi"
                        "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                        27);
}

static void test_prescan_follows_the_schema(void **state)
{
    (void)state;
    /* Answer, Status, StatusPeer, StatusDirection: four, the deepest of the schema */
    assert_true(
        sb_prescan(&samenbus__answer__descriptor, BYTES("\x0a\x06\x5a\x04\x1a\x02\x0a\x00")));
    assert_false(
        sb_prescan(&samenbus__answer__descriptor, BYTES("\x0a\x06\x5a\x04\x1a\x02\x0a\x01")));
    /* bytes of an unknown field are not looked into */
    assert_true(sb_prescan(&samenbus__answer__descriptor, BYTES("\x7a\x02\xff\xff")));
}

/* A message of nothing but itself, for no message of the schema is too deep. */
static const ProtobufCMessageDescriptor RECURSIVE;
static const ProtobufCFieldDescriptor ITSELF[] = {{.name = "itself",
                                                   .id = 1,
                                                   .label = PROTOBUF_C_LABEL_NONE,
                                                   .type = PROTOBUF_C_TYPE_MESSAGE,
                                                   .descriptor = &RECURSIVE}};
static const ProtobufCIntRange RANGES[] = {{1, 0}, {0, 1}};
static const ProtobufCMessageDescriptor RECURSIVE = {
    .n_fields = 1, .fields = ITSELF, .n_field_ranges = 1, .field_ranges = RANGES};

static void test_prescan_bounds_depth(void **state)
{
    (void)state;
    assert_true(sb_prescan(&RECURSIVE, BYTES("\x0a\x04\x0a\x02\x0a\x00")));
    assert_false(sb_prescan(&RECURSIVE, BYTES("\x0a\x06\x0a\x04\x0a\x02\x0a\x00")));
}

static void test_prescan_refuses_text_that_is_none(void **state)
{
    (void)state;
    assert_true(sb_prescan(&samenbus__body__descriptor, BYTES("\x0a\x03"
                                                              "a/b")));
    assert_false(sb_prescan(&samenbus__body__descriptor, BYTES("\x0a\x02"
                                                               "a\x00")));
    assert_false(sb_prescan(&samenbus__body__descriptor, BYTES("\x0a\x02"
                                                               "a\xff")));
    /* the title of an agenda item, one level down */
    assert_true(sb_prescan(&samenbus__body__descriptor, BYTES("\x52\x03\x1a\x01"
                                                              "a")));
    assert_false(sb_prescan(&samenbus__body__descriptor, BYTES("\x52\x03\x1a\x01\xff")));
    /* the data of a custom event may be anything */
    assert_true(sb_prescan(&samenbus__body__descriptor, BYTES("\x8a\x01\x03\x12\x01\xff")));
}

static void test_prescan_refuses_another_wire_type(void **state)
{
    (void)state;
    assert_true(sb_prescan(&samenbus__body__descriptor, BYTES("\x10\x01")));
    assert_false(sb_prescan(&samenbus__body__descriptor, BYTES("\x12\x01\x01")));
    assert_false(sb_prescan(&samenbus__body__descriptor, BYTES("\x08\x01")));
    /* numbers packed, single, and cut short */
    assert_true(sb_prescan(&samenbus__want_bodies__descriptor, BYTES("\x22\x02\x01\x02\x20\x03")));
    assert_false(sb_prescan(&samenbus__want_bodies__descriptor, BYTES("\x22\x02\x01\x80")));
}

/* An empty EventItem in Events, an empty agenda item in a Body. */
#define EVENT_ITEM  "\x22\x00"
#define AGENDA_ITEM "\x52\x00"

/* n times the two bytes. */
static struct sb_bytes many(struct sb_arena *arena, const char *field, size_t n)
{
    uint8_t *p = sb_arena_alloc(arena, 2 * n);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        memcpy(p + 2 * i, field, 2);
    }
    return (struct sb_bytes){p, 2 * n};
}

static void test_prescan_bounds_the_number_of_fields(void **state)
{
    struct sb_arena arena;
    (void)state;
    sb_arena_init(&arena, SIZE_MAX);
    assert_true(sb_prescan(&samenbus__events__descriptor, many(&arena, EVENT_ITEM, SB_FIELDS_MAX)));
    assert_false(
        sb_prescan(&samenbus__events__descriptor, many(&arena, EVENT_ITEM, SB_FIELDS_MAX + 1)));
    struct sb_bytes packed = many(&arena, EVENT_ITEM, SB_FIELDS_MAX / 2 + 1);
    memcpy((uint8_t *)(uintptr_t)packed.p, "\x22\x80\x80\x02\x01\x01", 6); /* length 32,768 */
    packed.n = 4 + 32768;
    assert_false(sb_prescan(&samenbus__want_bodies__descriptor, packed));
    sb_arena_fini(&arena);
}

static void test_unpack_takes_no_more_than_its_cap(void **state)
{
    struct sb_arena arena;
    (void)state;
    sb_arena_init(&arena, SIZE_MAX);
    /* protobuf-c makes room for every one of them: 300 bytes out of two */
    struct sb_bytes items = many(&arena, AGENDA_ITEM, SB_FIELDS_MAX);
    size_t before = arena.used;
    assert_null(sb_unpack(&samenbus__body__descriptor, items, &arena));
    assert_true(arena.used - before <= SB_UNPACK_BYTES_MAX);
    sb_arena_fini(&arena);
}

static void test_unpack_takes_no_more_than_the_arena_has(void **state)
{
    const struct sb_bytes few = BYTES(EVENT_ITEM EVENT_ITEM EVENT_ITEM);
    struct sb_arena arena;
    (void)state;
    sb_arena_init(&arena, 64);
    assert_null(sb_unpack(&samenbus__events__descriptor, few, &arena));
    sb_arena_fini(&arena);
    sb_arena_init(&arena, 64 * 1024);
    assert_non_null(sb_unpack(&samenbus__events__descriptor, few, &arena));
    sb_arena_fini(&arena);
}

static void test_unpack_and_pack_keep_unknown_fields(void **state)
{
    const struct sb_bytes bytes = BYTES("\x0a\x03"
                                        "a/b\xfa\x07\x02hi");
    struct sb_arena arena;
    (void)state;
    sb_arena_init(&arena, SIZE_MAX);
    const ProtobufCMessage *m = sb_unpack(&samenbus__body__descriptor, bytes, &arena);
    assert_non_null(m);
    struct sb_bytes again = sb_pack(m, &arena);
    assert_int_equal(again.n, bytes.n);
    assert_memory_equal(again.p, bytes.p, bytes.n);
    assert_null(sb_unpack(&samenbus__body__descriptor,
                          BYTES("\x0a\x04"
                                "a/b"),
                          &arena));
    sb_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_gives_every_type),
        cmocka_unit_test(test_reader_refuses_what_is_not_protobuf),
        cmocka_unit_test(test_writer_counts_what_it_writes),
        cmocka_unit_test(test_prescan_follows_the_schema),
        cmocka_unit_test(test_prescan_bounds_depth),
        cmocka_unit_test(test_prescan_refuses_text_that_is_none),
        cmocka_unit_test(test_prescan_refuses_another_wire_type),
        cmocka_unit_test(test_prescan_bounds_the_number_of_fields),
        cmocka_unit_test(test_unpack_takes_no_more_than_its_cap),
        cmocka_unit_test(test_unpack_takes_no_more_than_the_arena_has),
        cmocka_unit_test(test_unpack_and_pack_keep_unknown_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
