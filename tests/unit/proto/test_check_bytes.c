/* Submissions that did not come from our JSON: whatever bytes a client may send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/sign.h"
#include "tests/unit/proto/submission.h"

/* topic "custom/x" and Custom {content_type "a/b"} */
#define TOPIC                                                                                      \
    "\x0a\x08"                                                                                     \
    "custom/x"
#define CONTENT                                                                                    \
    "\x8a\x01\x05\x0a\x03"                                                                         \
    "a/b"
#define TWICE   "the topic or the content is there twice; write each once"
#define DAEMONS "time and publisher are written by the daemon; leave them out"
#define NO_BODY                                                                                    \
    "the bytes are not a Body of this version of samenbus, or a hash in it has not 32 bytes"

static enum sb_code check_bytes(const void *p, size_t n, char text[static 512])
{
    /* exactly as large as they are, so that a read beyond their end is seen by the sanitizer */
    uint8_t *bytes = malloc(n == 0 ? 1 : n);
    memcpy(bytes, p, n);
    enum sb_code code =
        sb_submission_check((struct sb_bytes){bytes, n}, submission_arena(), text, 512);
    free(bytes);
    return code;
}

static const struct {
    const char *bytes;
    size_t n;
    enum sb_code code;
    const char *sentence;
} cases[] = {
#define CASE(bytes) bytes, sizeof bytes - 1
    {CASE(TOPIC CONTENT), SB_CODE_OK, ""},
    {CASE(CONTENT TOPIC), SB_CODE_OK, ""},
    {CASE(TOPIC TOPIC CONTENT), SB_CODE_INVALID_BODY, TWICE},
    {CASE(TOPIC CONTENT CONTENT), SB_CODE_INVALID_BODY, TWICE},
    {CASE(TOPIC CONTENT "\x6a\x00"), SB_CODE_INVALID_BODY, TWICE}, /* withdrawal = 13 */
    {CASE(TOPIC CONTENT "\x10\x00"), SB_CODE_INVALID_BODY, DAEMONS},
    {CASE(TOPIC CONTENT "\x1a\x00"), SB_CODE_INVALID_BODY, DAEMONS},
    {CASE(""), SB_CODE_INVALID_TOPIC, NULL},
    {CASE(TOPIC), SB_CODE_INVALID_BODY,
     "no content; write one of agendaItem, proposal, position, withdrawal, closing, "
     "notification, acknowledgement, custom"},
    {CASE(TOPIC "\x82\x02\x00"), SB_CODE_INVALID_BODY, /* erasure = 32 */
     "erasure: the daemon itself writes this; leave it out"},
    {CASE(TOPIC "\xf2\x01\x00"), SB_CODE_INVALID_BODY, /* epoch_start = 30 */
     "epochStart: the daemon itself writes this; leave it out"},
    {CASE(TOPIC CONTENT "\x28\x01"), SB_CODE_MALFORMED,
     "field 5 is not known to this version of samenbus"},
    {CASE(TOPIC "\x8a\x01\x07\x0a\x03"
                "a/b"
                "\x18\x01"),
     SB_CODE_MALFORMED, "custom: field 3 is not known to this version of samenbus"},
    {CASE(TOPIC CONTENT "\xff"), SB_CODE_MALFORMED, "the bytes are not a Body"},
    {CASE("\x0a\x09"
          "custom/x"),
     SB_CODE_MALFORMED, "the bytes are not a Body"},
    {CASE("\x0b"), SB_CODE_MALFORMED, "the bytes are not a Body"},
    {CASE("\x08\x01" CONTENT), SB_CODE_MALFORMED, NO_BODY}, /* a topic that is a number */
    {CASE(TOPIC "\x8a\x01\x05\x0a\x03"
                "a\xff"
                "b"),
     SB_CODE_MALFORMED, NO_BODY},
    {CASE(TOPIC "\x8a\x01\x05\x0a\x03"
                "a\x00"
                "b"),
     SB_CODE_MALFORMED, NO_BODY},
    {CASE(TOPIC "\x8a\x01\x05\x0a\x04"
                "a/b"),
     SB_CODE_MALFORMED, NO_BODY},
    /* an unknown field twice is unknown, not "the topic or the content" */
    {CASE(TOPIC CONTENT "\x28\x01\x28\x01"), SB_CODE_MALFORMED,
     "field 5 is not known to this version of samenbus"},
    /* agenda item of kind 99 */
    {CASE("\x0a\x08"
          "agenda/x"
          "\x52\x28\x0a\x24" UUID_A "\x10\x63"),
     SB_CODE_INVALID_BODY,
     "agendaItem.kind: 99 is not known; write one of meeting, item, deadline, forward_agenda"},
    /* and of kind -1, as a varint of ten bytes */
    {CASE("\x0a\x08"
          "agenda/x"
          "\x52\x31\x0a\x24" UUID_A "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     SB_CODE_INVALID_BODY,
     "agendaItem.kind: -1 is not known; write one of meeting, item, deadline, forward_agenda"},
    /* and of kind 2^32 + 2, which protobuf-c would read as 2 */
    {CASE("\x0a\x08"
          "agenda/x"
          "\x52\x2c\x0a\x24" UUID_A "\x10\x82\x80\x80\x80\x10"),
     SB_CODE_MALFORMED, NO_BODY},
#undef CASE
};

static void test_bytes_get_their_code_and_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512] = "x";
        enum sb_code code = check_bytes(cases[i].bytes, cases[i].n, text);
        if (cases[i].sentence != NULL) {
            assert_string_equal(text, cases[i].sentence);
        }
        assert_int_equal(code, cases[i].code);
    }
}

/* Every way to cut or change one byte of every example: no crash, and a sentence whenever there is
 * a refusal. */
static void test_bytes_that_are_damaged_are_judged(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t e = 0; submission_examples[e] != NULL; e++) {
        struct read_result r = read_json(submission_examples[e]);
        size_t n = r.submission.body.n;
        uint8_t *copy = malloc(n);
        for (size_t i = 0; i < 2 * n; i++) {
            char text[512];
            memcpy(copy, r.submission.body.p, n);
            copy[i / 2] ^= (uint8_t)(i % 2 == 0 ? 0x80 : 1);
            enum sb_code code = check_bytes(copy, i % 2 == 0 ? n : i / 2, text);
            assert_int_equal(code == SB_CODE_OK, text[0] == '\0');
            refused += code != SB_CODE_OK;
        }
        free(copy);
    }
    assert_true(refused > 500);
}

/* A body must still fit when time and publisher have been added. */
static void test_bytes_are_bounded(void **state)
{
    (void)state;
    static uint8_t body[70000];
    static const uint8_t topic[] = TOPIC "\x8a\x01";
    char text[512];
    const size_t largest = SB_BODY_MAX - 113;
    for (size_t n = largest; n <= largest + 1; n++) {
        size_t at = sizeof topic - 1, data = n - at - 3 - 5 - 4;
        memcpy(body, topic, at);
        size_t content = data + 5 + 4;
        const uint8_t head[] = {(uint8_t)(content | 0x80),
                                (uint8_t)(content >> 7 | 0x80),
                                (uint8_t)(content >> 14),
                                0x0a,
                                3,
                                'a',
                                '/',
                                'b',
                                0x12,
                                (uint8_t)(data | 0x80),
                                (uint8_t)(data >> 7 | 0x80),
                                (uint8_t)(data >> 14)};
        memcpy(body + at, head, sizeof head);
        enum sb_code code = check_bytes(body, n, text);
        assert_string_equal(
            text, n == largest
                      ? ""
                      : "the event has 65424 bytes; at most 65423, besides time and publisher");
        assert_int_equal(code, n == largest ? SB_CODE_OK : SB_CODE_TOO_LARGE);
    }
}

/* The text is cut where the caller has no more room, never overrun. */
static void test_bytes_refusal_fits_its_caller(void **state)
{
    (void)state;
    for (size_t cap = 1; cap < 40; cap++) {
        char *text = malloc(cap);
        enum sb_code code = sb_submission_check((struct sb_bytes){(const uint8_t *)TOPIC, 10},
                                                submission_arena(), text, cap);
        assert_int_equal(code, SB_CODE_INVALID_BODY);
        assert_int_equal(strlen(text), cap - 1);
        free(text);
    }
}

/* A turn may check thousands: none of them leaves anything in its arena, however little room. */
static void test_bytes_leave_the_arena_as_it_was(void **state)
{
    (void)state;
    struct read_result r = read_json(submission_examples[0]);
    struct sb_arena arena;
    size_t refused = 0;
    char text[512];
    for (size_t cap = 0; cap < 3000; cap += 50) {
        sb_arena_init(&arena, cap);
        (void)sb_arena_alloc(&arena, cap / 3);
        enum sb_code code = sb_submission_check(r.submission.body, &arena, text, sizeof text);
        assert_int_equal(arena.used, cap / 3);
        if (code != SB_CODE_OK) {
            assert_int_equal(code, SB_CODE_TOO_LARGE);
            refused++;
        }
        sb_arena_fini(&arena);
    }
    assert_in_range(refused, 5, 55);
    assert_string_equal(text, "");
}

static int set_up(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_get_their_code_and_sentence),
        cmocka_unit_test(test_bytes_that_are_damaged_are_judged),
        cmocka_unit_test(test_bytes_are_bounded),
        cmocka_unit_test(test_bytes_leave_the_arena_as_it_was),
        cmocka_unit_test(test_bytes_refusal_fits_its_caller),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
