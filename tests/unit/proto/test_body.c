/* Bodies: their head, their seal, when two say the same, and the start of an epoch. */
#include "proto/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/history.h"

#define BYTES(text) ((struct sb_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static struct sb_arena arena;

static const struct sb_time AT = {1795428000123};

static void test_head_of_a_sealed_submission(void **state)
{
    struct sb_body_head head;
    (void)state;
    struct sb_bytes submission = history_submission(100, &arena);
    struct sb_bytes body = sb_body_seal(submission, AT, "operator", &arena);
    assert_memory_equal(body.p, submission.p, submission.n);
    assert_true(sb_body_head_read(&head, body));
    assert_true(head.time.ms == AT.ms);
    assert_int_equal(head.content, SB_CONTENT_CUSTOM);
    assert_int_equal(head.topic.n, 12);
    assert_memory_equal(head.topic.p, "agenda/wonen", 12);
    assert_int_equal(head.publisher.n, 8);
    assert_memory_equal(head.publisher.p, "operator", 8);
    assert_true(sb_body_well_formed(body));
}

static void test_head_of_a_content_of_tomorrow_is_none(void **state)
{
    struct sb_body_head head;
    (void)state;
    assert_true(sb_body_head_read(&head, BYTES("\x10\x05\x92\x01\x02\x0a\x00")));
    assert_int_equal(head.content, SB_CONTENT_NONE);
    assert_true(head.time.ms == 5);
}

static void test_head_read_refuses_what_is_no_body(void **state)
{
    struct sb_body_head head;
    (void)state;
    assert_false(sb_body_head_read(&head, BYTES("\x0a\x05"
                                                "a/b")));
    assert_false(sb_body_head_read(&head, BYTES("\x0a\x01\xff")));
    assert_false(sb_body_head_read(&head, BYTES("\x08\x01")));
    assert_false(sb_body_head_read(&head, BYTES("\x12\x01x")));
    assert_false(sb_body_head_read(&head, BYTES("\x50\x01")));
    /* two contents, alike or not */
    assert_false(sb_body_head_read(&head, BYTES("\x52\x00\x52\x00")));
    assert_false(sb_body_head_read(&head, BYTES("\x52\x00\x5a\x00")));
}

static void test_well_formed_looks_into_the_content(void **state)
{
    (void)state;
    assert_true(sb_body_well_formed(BYTES("\x52\x03\x1a\x01"
                                          "a")));
    assert_false(sb_body_well_formed(BYTES("\x52\x03\x1a\x01\xff")));
    assert_false(sb_body_well_formed(BYTES("\x52\x00\x52\x00")));
    /* EpochStart.nonce of one byte; a certificate twice; a counter of 33 bits */
    assert_false(sb_body_well_formed(BYTES("\xf2\x01\x03\x1a\x01x")));
    assert_true(sb_body_well_formed(BYTES("\xf2\x01\x02\x32\x00")));
    assert_false(sb_body_well_formed(BYTES("\xf2\x01\x04\x32\x00\x32\x00")));
    assert_true(sb_body_well_formed(BYTES("\xf2\x01\x06\x08\xff\xff\xff\xff\x0f")));
    assert_false(sb_body_well_formed(BYTES("\xf2\x01\x06\x08\x80\x80\x80\x80\x10")));
    static uint8_t large[SB_BODY_MAX + 1];
    memcpy(large, "\xfa\x07\xfb\xff\x03", 5); /* an unknown field to the end */
    assert_true(sb_body_well_formed((struct sb_bytes){large, SB_BODY_MAX}));
    large[2] = 0xfc;
    assert_false(sb_body_well_formed((struct sb_bytes){large, SB_BODY_MAX + 1}));
}

static void test_seal_refuses_what_grows_too_large(void **state)
{
    static const uint8_t large[SB_BODY_MAX];
    (void)state;
    assert_non_null(sb_body_seal((struct sb_bytes){large, SB_BODY_MAX - 7}, AT, "", &arena).p);
    assert_null(sb_body_seal((struct sb_bytes){large, SB_BODY_MAX - 6}, AT, "", &arena).p);
    assert_null(sb_body_seal((struct sb_bytes){large, SIZE_MAX}, AT, "", &arena).p);
}

static void test_same_submission_byte_for_byte(void **state)
{
    (void)state;
    struct sb_bytes a = history_submission(100, &arena), b = history_submission(101, &arena);
    struct sb_bytes body = sb_body_seal(a, AT, "operator", &arena);
    assert_true(sb_body_same_submission(body, a, &arena));
    assert_false(sb_body_same_submission(body, b, &arena));
    assert_true(sb_body_same_submission(sb_body_seal(a, AT, "", &arena), a, &arena));
}

static void test_same_submission_in_another_encoding(void **state)
{
    (void)state;
    /* topic a/b and a custom event of type t: in this order, in the other, and with another type */
    struct sb_bytes a = BYTES("\x0a\x03"
                              "a/b\x8a\x01\x03\x0a\x01t");
    struct sb_bytes b = BYTES("\x8a\x01\x03\x0a\x01t\x0a\x03"
                              "a/b");
    struct sb_bytes c = BYTES("\x8a\x01\x03\x0a\x01u\x0a\x03"
                              "a/b");
    struct sb_bytes body = sb_body_seal(a, AT, "operator", &arena);
    size_t used = arena.used;
    assert_true(sb_body_same_submission(body, b, &arena));
    assert_false(sb_body_same_submission(body, c, &arena));
    assert_int_equal(arena.used, used);
}

static void test_same_submission_when_one_begins_like_the_other(void **state)
{
    (void)state;
    struct sb_bytes a = BYTES("\x0a\x03"
                              "a/b\x8a\x01\x03\x0a\x01t");
    struct sb_bytes topic_only = BYTES("\x0a\x03"
                                       "a/b");
    struct sb_bytes body = sb_body_seal(a, AT, "operator", &arena);
    assert_false(sb_body_same_submission(body, topic_only, &arena));
    assert_false(sb_body_same_submission(body, (struct sb_bytes){0}, &arena));
    assert_false(sb_body_same_submission(topic_only, a, &arena));
}

static struct sb_epoch_start start_example(void)
{
    struct sb_epoch_start s = {.counter = 9, .n_parents = SB_PARENTS_MAX};
    for (uint32_t i = 0; i < SB_PARENTS_MAX; i++) {
        s.parents[i] = (struct sb_parent){{8, i}, {i + 1}, {{(uint8_t)i}}};
    }
    memset(s.nonce, 1, sizeof s.nonce);
    memset(s.sign_key.b, 2, sizeof s.sign_key.b);
    memset(s.first_commitment.b, 3, sizeof s.first_commitment.b);
    return s;
}

static void test_epoch_start_read_gives_what_was_built(void **state)
{
    struct sb_epoch_start s = start_example(), back;
    (void)state;
    s.certified = true;
    s.certificate = (struct sb_certificate){.origin = {"GM0384"},
                                            .old_key = {{4}},
                                            .new_key = {{5}},
                                            .time = {6},
                                            .old_signature = {{7}},
                                            .new_signature = {{8}}};
    struct sb_bytes body = sb_epoch_start_build(&s, AT, &arena);
    assert_true(sb_epoch_start_read(&back, body, &arena));
    assert_true(back.counter == 9 && back.n_parents == SB_PARENTS_MAX && back.certified);
    assert_true(sb_epoch_eq(back.parents[15].epoch, s.parents[15].epoch));
    assert_true(back.parents[15].seq.n == 16);
    assert_true(sb_hash_eq(&back.parents[15].hash, &s.parents[15].hash));
    assert_memory_equal(back.nonce, s.nonce, sizeof s.nonce);
    assert_memory_equal(back.sign_key.b, s.sign_key.b, sizeof s.sign_key.b);
    assert_true(sb_hash_eq(&back.first_commitment, &s.first_commitment));
    assert_true(sb_org_eq(&back.certificate.origin, &s.certificate.origin));
    assert_memory_equal(back.certificate.new_key.b, s.certificate.new_key.b, 32);
    assert_memory_equal(back.certificate.old_signature.b, s.certificate.old_signature.b, 64);
    assert_true(back.certificate.time.ms == 6);
}

static bool start_ok(const struct sb_epoch_start *s)
{
    struct sb_epoch_start back;
    return sb_epoch_start_read(&back, sb_epoch_start_build(s, AT, &arena), &arena);
}

static void test_epoch_start_read_refuses_what_cannot_be(void **state)
{
    struct sb_epoch_start s = start_example(), back;
    (void)state;
    assert_true(start_ok(&s));
    s.parents[3].epoch.counter = 9; /* not below the epoch's own */
    assert_false(start_ok(&s));
    s = start_example();
    s.parents[3].seq.n = 0;
    assert_false(start_ok(&s));
    s = start_example();
    s.n_parents = 0;
    assert_true(start_ok(&s));
    s.counter = 0;
    assert_false(start_ok(&s));
    assert_false(sb_epoch_start_read(
        &back, sb_body_seal(history_submission(1, &arena), AT, "", &arena), &arena));
    s = start_example();
    s.certified = true; /* by nobody */
    assert_false(start_ok(&s));
    struct sb_bytes body = sb_epoch_start_build(&(struct sb_epoch_start){.counter = 9}, AT, &arena);
    assert_true(sb_epoch_start_read(&back, body, &arena));
    assert_false(sb_epoch_start_read(&back, sb_body_seal(body, AT, "operator", &arena), &arena));
}

static int set_up(void **state)
{
    (void)state;
    sb_arena_init(&arena, 16 * 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_arena_fini(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_head_of_a_sealed_submission),
        TEST(test_head_of_a_content_of_tomorrow_is_none),
        TEST(test_head_read_refuses_what_is_no_body),
        TEST(test_well_formed_looks_into_the_content),
        TEST(test_seal_refuses_what_grows_too_large),
        TEST(test_same_submission_byte_for_byte),
        TEST(test_same_submission_in_another_encoding),
        TEST(test_same_submission_when_one_begins_like_the_other),
        TEST(test_epoch_start_read_gives_what_was_built),
        TEST(test_epoch_start_read_refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
