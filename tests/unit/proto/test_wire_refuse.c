/* Frames that are refused, with the verdict and the sentence for the log; and what is not. */
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/pb_writer.h"
#include "tests/unit/proto/history.h"

static struct sb_arena arena;
static struct history history;
static char why[SB_LABEL_MAX + 1];

static const struct sb_uuid UUID = {{4, 5, 6}};

/* A frame of `type` with these bytes as its message. */
static enum sb_code decode(struct sb_message *out, enum sb_msg_type type, const void *p, size_t n)
{
    uint8_t *frame = malloc(SB_WIRE_HEADER + n);
    assert_non_null(frame);
    memcpy(frame, "SB\x01", 3);
    frame[3] = (uint8_t)type;
    memset(frame + 4, 0, 4);
    memcpy(frame + SB_WIRE_HEADER, p, n);
    enum sb_code code =
        sb_wire_decode(out, (struct sb_bytes){frame, SB_WIRE_HEADER + n}, &arena, why);
    free(frame);
    return code;
}

#define EXPECT(code, type, text, sentence)                                                         \
    do {                                                                                           \
        struct sb_message m_;                                                                      \
        assert_int_equal(decode(&m_, type, text, sizeof(text) - 1), code);                         \
        assert_string_equal(why, sentence);                                                        \
    } while (0)

static void test_decode_refuses_what_is_no_frame(void **state)
{
    static uint8_t large[SB_FRAME_MAX + 1] = "SB\x01\x24";
    struct sb_message m;
    (void)state;
    for (size_t n = 0; n < SB_WIRE_HEADER; n++) {
        assert_int_equal(sb_wire_decode(&m, (struct sb_bytes){large, n}, &arena, why),
                         SB_CODE_MALFORMED);
    }
    assert_int_equal(sb_wire_decode(&m, (struct sb_bytes){large, sizeof large}, &arena, why),
                     SB_CODE_TOO_LARGE);
    assert_int_equal(decode(&m, SB_MSG_CREDIT, "", 0), SB_CODE_OK);
    large[0] = 'X';
    assert_int_equal(sb_wire_decode(&m, (struct sb_bytes){large, 8}, &arena, why),
                     SB_CODE_MALFORMED);
    large[0] = 'S';
    large[2] = 2;
    assert_int_equal(sb_wire_decode(&m, (struct sb_bytes){large, 8}, &arena, why),
                     SB_CODE_MALFORMED);
    assert_string_equal(why, "another version of the protocol");
    EXPECT(SB_CODE_MALFORMED, (enum sb_msg_type)99, "", "an unknown type of message");
}

static void test_decode_says_what_is_wrong(void **state)
{
    (void)state;
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "", "WANT: origin: missing");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x0a\x00", "WANT: origin: not an organisation id");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x0a\x02gm", "WANT: origin: not an organisation id");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x0a\x02GM", "WANT: epoch.counter: missing");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x0a\x02GM\x10\x00", "WANT: epoch.counter: missing");
    EXPECT(SB_CODE_OK, SB_MSG_WANT, "\x0a\x02GM\x10\x01", "");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x08\x01", "WANT: origin: the wrong wire type");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x2a\x01x", "WANT: tip: the wrong number of bytes");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x30\xff\xff\xff\xff\x7f",
           "WANT: credit: more than 32 bits");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT, "\x0a", "WANT: Want: not protobuf");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_HELLO, "\x08\x02",
           "HELLO: version: another value than expected");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_QUERY, "\x08\x01", "QUERY: what: another value than expected");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_VIEW, "\x0a\x01\xff", "VIEW: state: not UTF-8");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_VIEW, "\x0a\x01\x00", "VIEW: state: not UTF-8");
    EXPECT(SB_CODE_TOO_LARGE, SB_MSG_VIEW,
           "\x0a\x21"
           "123456789012345678901234567890123",
           "VIEW: state: the text is too long");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_EVENTS, "\x22\x03\x0a\x01x",
           "EVENTS: link: the layout is not that of a link");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_EVENTS, "\x22\x00", "EVENTS: link: missing");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_EVENTS, "\x2a\x01x", "EVENTS: checkpoints: not a checkpoint");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_SUMMARY_REQUEST, "\x0a\x02GM\x10\x05\x18\x04",
           "SUMMARY_REQUEST: SummaryRequest: a range that ends before it begins");
    EXPECT(SB_CODE_MALFORMED, SB_MSG_WANT_BODIES, "\x22\x01\x80",
           "WANT_BODIES: seqs: a packed number is cut short");
}

static void test_decode_skips_fields_of_tomorrow(void **state)
{
    struct sb_message m;
    (void)state;
    assert_int_equal(decode(&m, SB_MSG_CREDIT,
                            "\x08\x05\xfa\x07\x02hi\x10\x06\x99\x07"
                            "12345678",
                            19),
                     SB_CODE_OK);
    assert_true(m.credit.subscription == 5 && m.credit.credit == 6);
    /* a code of tomorrow is a refusal all the same */
    assert_int_equal(decode(&m, SB_MSG_REFUSAL, "\x08\xe7\x07", 3), SB_CODE_OK);
    assert_int_equal(m.refusal.code, SB_CODE_COUNT);
}

/* `count` times the field, as the message. */
static enum sb_code decode_many(enum sb_msg_type type, uint32_t field, const void *value, size_t n,
                                size_t count)
{
    uint8_t *bytes = malloc(count * (n + 12));
    struct sb_pb_writer w = {.p = bytes};
    struct sb_message m;
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        sb_pb_put_bytes(&w, field, value, n);
    }
    enum sb_code code = decode(&m, type, bytes, w.n);
    free(bytes);
    return code;
}

static void test_decode_bounds_every_count(void **state)
{
    const struct sb_bytes link = history.events.items[0].link_bytes;
    uint8_t item[SB_LINK_MAX + 8];
    struct sb_pb_writer w = {.p = item};
    (void)state;
    sb_pb_put_bytes(&w, 1, link.p, link.n);
    /* what is missing besides is malformed; one more than the limit is seen before that */
    assert_int_equal(decode_many(SB_MSG_EVENTS, 4, item, w.n, SB_BATCH_EVENTS_MAX),
                     SB_CODE_MALFORMED);
    assert_string_equal(why, "EVENTS: origin: missing");
    assert_int_equal(decode_many(SB_MSG_EVENTS, 4, item, w.n, SB_BATCH_EVENTS_MAX + 1),
                     SB_CODE_TOO_LARGE);
    assert_string_equal(why, "EVENTS: items: too many");
    assert_int_equal(decode_many(SB_MSG_PUBLISH, 3, "", 0, SB_PUBLISH_ITEMS_MAX),
                     SB_CODE_MALFORMED);
    assert_int_equal(decode_many(SB_MSG_PUBLISH, 3, "", 0, SB_PUBLISH_ITEMS_MAX + 1),
                     SB_CODE_TOO_LARGE);
    assert_int_equal(decode_many(SB_MSG_FRONTIER, 5, "", 0, SB_ORIGINS_MAX + 1), SB_CODE_TOO_LARGE);
    assert_int_equal(decode_many(SB_MSG_SUBSCRIBE, 6, "agenda/", 7, 256), SB_CODE_OK);
    assert_int_equal(decode_many(SB_MSG_SUBSCRIBE, 6, "agenda/", 7, 257), SB_CODE_TOO_LARGE);
}

static void test_publish_with_too_large_an_audience_is_too_large(void **state)
{
    uint8_t submission[1024];
    struct sb_pb_writer w = {.p = submission};
    struct sb_message m;
    (void)state;
    sb_pb_put_bytes(&w, 1, UUID.b, sizeof UUID.b);
    for (size_t i = 0; i < SB_AUDIENCE_MAX; i++) {
        sb_pb_put_bytes(&w, 2, "GM0437", 6);
    }
    assert_int_equal(decode_many(SB_MSG_PUBLISH, 3, submission, w.n, 1), SB_CODE_OK);
    sb_pb_put_bytes(&w, 2, "GM0437", 6);
    assert_int_equal(decode_many(SB_MSG_PUBLISH, 3, submission, w.n, 1), SB_CODE_TOO_LARGE);
    assert_int_equal(decode(&m, SB_MSG_PUBLISH, "", 0), SB_CODE_OK);
}

static void test_message_that_comes_twice_is_malformed(void **state)
{
    struct sb_message m = {.type = SB_MSG_EVENTS, .events = history.events}, back;
    uint8_t *bytes = malloc(SB_FRAME_MAX);
    struct sb_pb_writer w = {.p = bytes};
    (void)state;
    assert_non_null(bytes);
    struct sb_bytes events = sb_wire_encode(&m, &arena);
    sb_pb_put_bytes(&w, 1, events.p + SB_WIRE_HEADER, events.n - SB_WIRE_HEADER);
    assert_int_equal(decode(&back, SB_MSG_FETCHED, bytes, w.n), SB_CODE_OK);
    sb_pb_put_bytes(&w, 1, events.p + SB_WIRE_HEADER, events.n - SB_WIRE_HEADER);
    assert_int_equal(decode(&back, SB_MSG_FETCHED, bytes, w.n), SB_CODE_MALFORMED);
    assert_string_equal(why, "FETCHED: events: is there twice");
    free(bytes);
}

static void test_seqs_of_a_want_of_bodies_ascend(void **state)
{
    struct sb_seq seqs[] = {{3}, {4}, {4}};
    struct sb_message m = {.type = SB_MSG_WANT_BODIES}, back;
    (void)state;
    m.want_bodies = (struct sb_want_bodies){history.events.origin, history.events.epoch, seqs, 2};
    assert_int_equal(sb_wire_decode(&back, sb_wire_encode(&m, &arena), &arena, why), SB_CODE_OK);
    m.want_bodies.n_seqs = 3;
    assert_int_equal(sb_wire_decode(&back, sb_wire_encode(&m, &arena), &arena, why),
                     SB_CODE_MALFORMED);
}

static void test_enum_beyond_its_type_is_malformed(void **state)
{
    struct sb_message m;
    (void)state;
    assert_int_equal(decode(&m, SB_MSG_REFUSAL, "\x08\x82\x80\x80\x80\x10", 6), SB_CODE_MALFORMED);
    assert_int_equal(decode(&m, SB_MSG_REFUSAL, "\x08\xff\xff\xff\xff\x07", 6), SB_CODE_OK);
    assert_int_equal(decode(&m, SB_MSG_REFUSAL, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11),
                     SB_CODE_OK);
    assert_int_equal(m.refusal.code, SB_CODE_COUNT); /* something newer */
}

static void test_without_room_both_ways_say_so(void **state)
{
    struct sb_message m = {.type = SB_MSG_EVENTS, .events = history.events}, back;
    struct sb_arena small;
    (void)state;
    struct sb_bytes frame = sb_wire_encode(&m, &arena);
    sb_arena_init(&small, 100);
    assert_null(sb_wire_encode(&m, &small).p);
    assert_int_equal(sb_wire_decode(&back, frame, &small, why), SB_CODE_TOO_LARGE);
    assert_string_equal(why, "EVENTS: items: no room to decode it");
    sb_arena_fini(&small);
}

static void test_encode_refuses_more_than_a_frame(void **state)
{
    static const uint8_t large[SB_FRAME_MAX];
    struct sb_submission item = {.id = UUID, .body = {large, SB_FRAME_MAX - 64}};
    struct sb_message m = {.type = SB_MSG_PUBLISH, .publish = {0, 0, &item, 1}};
    (void)state;
    assert_non_null(sb_wire_encode(&m, &arena).p);
    item.body.n = SB_FRAME_MAX - 30;
    assert_null(sb_wire_encode(&m, &arena).p);
}

static void test_message_names(void **state)
{
    (void)state;
    assert_string_equal(sb_msg_name(SB_MSG_HELLO), "HELLO");
    assert_string_equal(sb_msg_name(SB_MSG_SUMMARY_REQUEST), "SUMMARY_REQUEST");
    assert_string_equal(sb_msg_name((enum sb_msg_type)99), "unknown");
}

static int set_up(void **state)
{
    const struct history_plan plan = {.events = 12, .per_checkpoint = 5, .payload = 100};
    (void)state;
    sb_arena_init(&arena, 64 * 1024 * 1024);
    history_init(&history, &plan);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    history_fini(&history);
    sb_arena_fini(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_decode_refuses_what_is_no_frame),
        TEST(test_decode_says_what_is_wrong),
        TEST(test_decode_skips_fields_of_tomorrow),
        TEST(test_decode_bounds_every_count),
        TEST(test_publish_with_too_large_an_audience_is_too_large),
        TEST(test_message_that_comes_twice_is_malformed),
        TEST(test_seqs_of_a_want_of_bodies_ascend),
        TEST(test_enum_beyond_its_type_is_malformed),
        TEST(test_without_room_both_ways_say_so),
        TEST(test_encode_refuses_more_than_a_frame),
        TEST(test_message_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
