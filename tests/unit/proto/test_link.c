/* The link's bytes: one vector computed apart, round trips, and one refusal per law. */
#include "proto/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct sb_org TWO[] = {{"GM0437"}, {"GM0451"}};

static struct sb_link example(void)
{
    struct sb_link link = {.partnership = sb_partnership_hash("duoplus"),
                           .origin = {"GM0384"},
                           .epoch = {3, 0x9f1c2ab700000001},
                           .seq = {2},
                           .kind = SB_KIND_RESTRICTED,
                           .audience = {TWO, 2},
                           .body_len = 600};
    memset(link.prev.b, 7, sizeof link.prev.b);
    memset(link.commitment.b, 9, sizeof link.commitment.b);
    for (uint8_t i = 0; i < 16; i++) {
        link.id.b[i] = i;
    }
    return link;
}

static void assert_hash(struct sb_hash hash, const char *expected)
{
    char text[65];
    sb_hex_encode(text, hash.b, sizeof hash.b);
    assert_string_equal(text, expected);
}

/* The expected values are Python's hashlib over bytes laid out by hand. */
static void test_hashes_are_those_computed_apart(void **state)
{
    struct sb_link link = example();
    struct sb_salt salt;
    const struct sb_bytes body = {(const uint8_t *)"body", 4};
    (void)state;
    memset(salt.b, 5, sizeof salt.b);
    assert_hash(sb_partnership_hash("duoplus"),
                "be04cc7bbbb9d3c94e5277cd377103d2f6750d351e65580956556ac83bdc6a2e");
    assert_hash(sb_link_hash(&link),
                "a90e1213cbf93c019786a5c68fe2ccf56074a0abb45934f9e0a44c27b11b6130");
    assert_hash(sb_commitment(&salt, body),
                "4752a043a5a94d426026b2868e3a586ef42193bc008ac733d082f836719e56c2");
    assert_true(sb_epoch_tag(body) == 0xd955ab8999323bd8);
}

static void test_link_decode_gives_what_was_encoded(void **state)
{
    struct sb_link link = example(), back;
    struct sb_org orgs[SB_AUDIENCE_MAX];
    uint8_t bytes[SB_LINK_MAX], again[SB_LINK_MAX];
    (void)state;
    size_t n = sb_link_encode(bytes, &link);
    assert_int_equal(n, 160);
    assert_true(sb_link_decode(&back, orgs, bytes, n));
    assert_int_equal(sb_link_encode(again, &back), n);
    assert_memory_equal(again, bytes, n);
    assert_true(back.seq.n == 2 && back.body_len == 600 && back.audience.n == 2);
    assert_string_equal(back.audience.orgs[1].s, "GM0451");
}

static void test_link_sizes_are_those_of_the_limits(void **state)
{
    struct sb_org orgs[SB_AUDIENCE_MAX] = {{{0}}};
    struct sb_link link = example(), back;
    uint8_t bytes[SB_LINK_MAX];
    (void)state;
    for (size_t i = 0; i < SB_AUDIENCE_MAX; i++) {
        memset(orgs[i].s, 'A', SB_ORG_MAX);
        orgs[i].s[30] = (char)('A' + i / 8);
        orgs[i].s[31] = (char)('A' + i % 8);
    }
    link.origin = orgs[0];
    link.audience = (struct sb_audience){orgs, SB_AUDIENCE_MAX};
    assert_int_equal(sb_link_encode(bytes, &link), SB_LINK_MAX);
    assert_true(sb_link_decode(&back, orgs, bytes, SB_LINK_MAX));
    link = example();
    link.kind = SB_KIND_OPEN;
    link.audience.n = 0;
    link.origin = (struct sb_org){"AB"};
    assert_int_equal(sb_link_encode(bytes, &link), SB_LINK_MIN);
}

static void test_link_decode_refuses_every_other_length(void **state)
{
    struct sb_link link = example(), back;
    struct sb_org orgs[SB_AUDIENCE_MAX];
    uint8_t bytes[SB_LINK_MAX + 1] = {0};
    (void)state;
    size_t n = sb_link_encode(bytes, &link);
    for (size_t length = 0; length <= n + 1; length++) {
        assert_int_equal(sb_link_decode(&back, orgs, bytes, length), length == n);
    }
}

enum {
    AT_VERSION = 0,
    AT_ORIGIN_LENGTH = 33,
    AT_COUNTER = 40,
    AT_SEQ = 52,
    AT_PREV = 60,
    AT_KIND = 92,
    AT_AUDIENCE = 109,
    AT_FIRST_ORG = 111,
    AT_SECOND_ORG = 118,
    AT_BODY_LENGTH = 124,
};

/* The example with n bytes at `at` replaced must be refused. */
static void expect_refused(size_t at, const void *bytes, size_t n)
{
    struct sb_link link = example(), back;
    struct sb_org orgs[SB_AUDIENCE_MAX];
    uint8_t encoded[SB_LINK_MAX];
    size_t length = sb_link_encode(encoded, &link);
    assert_true(sb_link_decode(&back, orgs, encoded, length));
    assert_memory_not_equal(encoded + at, bytes, n);
    memcpy(encoded + at, bytes, n);
    assert_false(sb_link_decode(&back, orgs, encoded, length));
}

static void test_link_decode_refuses_what_encode_would_not_write(void **state)
{
    static const uint8_t zero[32], seq_one[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    (void)state;
    expect_refused(AT_VERSION, "\x02", 1);
    expect_refused(AT_ORIGIN_LENGTH, "\x07", 1);
    expect_refused(AT_ORIGIN_LENGTH + 1, "g", 1);
    expect_refused(AT_COUNTER, zero, 4);
    expect_refused(AT_SEQ, zero, 8);
    expect_refused(AT_SEQ, seq_one, 8); /* the first has no prev */
    expect_refused(AT_PREV, zero, 32);  /* and all others have one */
    expect_refused(AT_KIND, "\x00", 1);
    expect_refused(AT_KIND, "\x01", 1); /* an audience, but not restricted */
    expect_refused(AT_KIND, "\x02", 1);
    expect_refused(AT_KIND, "\x04", 1);
    expect_refused(AT_AUDIENCE, "\x41", 1);
    expect_refused(AT_FIRST_ORG, "GM0451", 6);  /* twice the same */
    expect_refused(AT_SECOND_ORG, "GM0384", 6); /* descending */
    expect_refused(AT_BODY_LENGTH, "\x00\x01\x00\x01", 4);
}

static void test_link_decode_refuses_restricted_without_audience(void **state)
{
    struct sb_link link = example(), back;
    struct sb_org orgs[SB_AUDIENCE_MAX];
    uint8_t bytes[SB_LINK_MAX];
    (void)state;
    link.kind = SB_KIND_OPEN;
    link.audience.n = 0;
    size_t n = sb_link_encode(bytes, &link);
    assert_true(sb_link_decode(&back, orgs, bytes, n));
    bytes[AT_KIND] = SB_KIND_RESTRICTED;
    assert_false(sb_link_decode(&back, orgs, bytes, n));
}

static void test_link_entitles_origin_audience_and_all_where_there_is_none(void **state)
{
    struct sb_link link = example();
    (void)state;
    assert_true(sb_link_entitles(&link, &(struct sb_org){"GM0384"}));
    assert_true(sb_link_entitles(&link, &(struct sb_org){"GM0437"}));
    assert_true(sb_link_entitles(&link, &(struct sb_org){"GM0451"}));
    assert_false(sb_link_entitles(&link, &(struct sb_org){"GM0736"}));
    link.audience.n = 0;
    assert_true(sb_link_entitles(&link, &(struct sb_org){"GM0736"}));
}

static void test_audience_normalise_sorts_and_drops_doubles(void **state)
{
    struct sb_org orgs[] = {{"GM0451"}, {"GM0384"}, {"GM0451"}, {"GM0437"}, {"GM0384"}};
    (void)state;
    assert_int_equal(sb_audience_normalise(orgs, 5), 3);
    assert_string_equal(orgs[0].s, "GM0384");
    assert_string_equal(orgs[1].s, "GM0437");
    assert_string_equal(orgs[2].s, "GM0451");
    assert_int_equal(sb_audience_normalise(orgs, 3), 3);
    assert_int_equal(sb_audience_normalise(orgs, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_are_those_computed_apart),
        cmocka_unit_test(test_link_decode_gives_what_was_encoded),
        cmocka_unit_test(test_link_sizes_are_those_of_the_limits),
        cmocka_unit_test(test_link_decode_refuses_every_other_length),
        cmocka_unit_test(test_link_decode_refuses_what_encode_would_not_write),
        cmocka_unit_test(test_link_decode_refuses_restricted_without_audience),
        cmocka_unit_test(test_link_entitles_origin_audience_and_all_where_there_is_none),
        cmocka_unit_test(test_audience_normalise_sorts_and_drops_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
