/* The verifier of segments: an honest history passes, and each single lie gets its own fault at its
 * own seq. */
#include "proto/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/history.h"

static struct history h;
static struct sb_segment segment;
static struct sb_seq at;

static enum sb_fault verify(const struct sb_events *events, const struct sb_sign_public *key)
{
    struct sb_segment_check check = {h.partnership, &h.key, key, NULL, NULL};
    return sb_segment_verify(&segment, events, &check, &h.arena, &at);
}

static void expect_fault(enum sb_fault fault, uint64_t seq)
{
    assert_string_equal(sb_fault_name(verify(&h.events, NULL)), sb_fault_name(fault));
    assert_true(at.n == seq);
}

/* The history from the item with this index on. */
static struct sb_events tail_from(size_t first)
{
    struct sb_events e = h.events;
    e.items += first;
    e.n_items -= first;
    while (e.n_checkpoints > 0 && e.checkpoints[0].seq.n <= first) {
        e.checkpoints++;
        e.n_checkpoints--;
    }
    return e;
}

static void test_segment_of_an_honest_epoch(void **state)
{
    (void)state;
    expect_fault(SB_FAULT_NONE, 0);
    assert_true(segment.starts_epoch && segment.n == 12 && segment.n_checkpoints == 3);
    assert_memory_equal(segment.start->sign_key.b, h.key.b, sizeof h.key.b);
    struct sb_hash last = sb_link_hash(&h.events.items[11].link);
    assert_true(sb_hash_eq(&segment.hashes[11], &last));
    assert_true(sb_hash_eq(&segment.checkpoints[2].hash, &last));
}

static void test_segment_that_goes_on_needs_the_epochs_key(void **state)
{
    struct sb_events tail = tail_from(5);
    struct sb_sign_public other = {{1}};
    (void)state;
    assert_int_equal(verify(&tail, &h.key), SB_FAULT_NONE);
    assert_false(segment.starts_epoch);
    assert_int_equal(verify(&tail, NULL), SB_FAULT_BAD_EPOCH);
    assert_int_equal(verify(&tail, &other), SB_FAULT_BAD_CHECKPOINT);
    assert_true(at.n == 10);
}

static void test_segment_without_a_body(void **state)
{
    (void)state;
    h.events.items[3].salt = NULL;
    h.events.items[3].body = (struct sb_bytes){0};
    expect_fault(SB_FAULT_NONE, 0);
    h.events.items[0].salt = NULL; /* but the EpochStart must be there */
    h.events.items[0].body = (struct sb_bytes){0};
    expect_fault(SB_FAULT_BAD_EPOCH, 1);
}

static void test_link_of_another_place(void **state)
{
    (void)state;
    h.events.items[6].link.epoch.tag++;
    history_relink(&h, 6);
    expect_fault(SB_FAULT_BAD_LINK, 7);
    h.events.items[6].link.epoch.tag--;
    h.events.items[6].link.origin = (struct sb_org){"GM0451"};
    history_relink(&h, 6);
    expect_fault(SB_FAULT_BAD_LINK, 7);
    h.events.items[6].link.origin = h.events.origin;
    h.events.items[6].link.partnership.b[0]++;
    history_relink(&h, 6);
    expect_fault(SB_FAULT_BAD_LINK, 7);
    h.events.items[6].link.partnership = h.partnership;
    h.events.items[6].link.seq.n = 99;
    history_relink(&h, 6);
    expect_fault(SB_FAULT_BAD_LINK, 7);
    h.events.items[6].link.seq.n = 7;
    history_relink(&h, 6);
    expect_fault(SB_FAULT_NONE, 0);
}

static void test_prev_of_another_link(void **state)
{
    uint8_t bytes[SB_LINK_MAX];
    struct sb_item *item = &h.events.items[6];
    (void)state;
    item->link.prev.b[31] ^= 1;
    item->link_bytes = sb_arena_copy(&h.arena, bytes, sb_link_encode(bytes, &item->link));
    history_relink(&h, 7); /* signed so by the origin itself */
    expect_fault(SB_FAULT_BAD_PREV, 7);
}

static void test_body_that_is_another(void **state)
{
    struct sb_item *item = &h.events.items[6];
    struct sb_bytes body = item->body;
    struct sb_salt salt = *item->salt;
    (void)state;
    item->body.n--;
    expect_fault(SB_FAULT_BAD_BODY, 7);
    uint8_t *changed = (uint8_t *)(uintptr_t)sb_arena_copy(&h.arena, body.p, body.n).p;
    changed[body.n - 1] ^= 1;
    item->body = (struct sb_bytes){changed, body.n};
    expect_fault(SB_FAULT_BAD_COMMITMENT, 7);
    item->body = body;
    salt.b[0] ^= 1;
    item->salt = &salt;
    expect_fault(SB_FAULT_BAD_COMMITMENT, 7);
}

static void test_checkpoints_of_every_wrong_kind(void **state)
{
    struct sb_checkpoint *c = h.events.checkpoints;
    (void)state;
    c[0].signature.b[0] ^= 1;
    expect_fault(SB_FAULT_BAD_CHECKPOINT, 5);
    c[0].signature.b[0] ^= 1;
    c[1].hash.b[0] ^= 1; /* of another link, and signed */
    history_resign(&h);
    expect_fault(SB_FAULT_BAD_CHECKPOINT, 10);
    c[1] = c[0]; /* not ascending */
    expect_fault(SB_FAULT_BAD_CHECKPOINT, 5);
}

static void test_checkpoint_outside_the_segment(void **state)
{
    (void)state;
    struct sb_events tail = tail_from(5);
    tail.checkpoints = h.events.checkpoints; /* begins with the one at 5 */
    tail.n_checkpoints = 3;
    assert_int_equal(verify(&tail, &h.key), SB_FAULT_BAD_CHECKPOINT);
    assert_true(at.n == 5);
    h.events.checkpoints[2].seq.n = 13;
    expect_fault(SB_FAULT_BAD_CHECKPOINT, 13);
}

static void test_links_above_the_last_checkpoint(void **state)
{
    (void)state;
    h.events.n_checkpoints = 2;
    expect_fault(SB_FAULT_NO_CHECKPOINT, 11);
    h.events.n_checkpoints = 0;
    expect_fault(SB_FAULT_NO_CHECKPOINT, 1);
    h.events.n_items = 0;
    expect_fault(SB_FAULT_NO_CHECKPOINT, 0);
}

/* Gives the history another EpochStart: its links carry the tag of `tag_of`, all is signed. */
static void restart(const struct sb_epoch_start *start, const struct sb_epoch_start *tag_of)
{
    const struct sb_time time = {5};
    struct sb_item *first = &h.events.items[0];
    first->body = sb_epoch_start_build(start, time, &h.arena);
    first->link.body_len = (uint32_t)first->body.n;
    first->link.commitment = sb_commitment(first->salt, first->body);
    h.events.epoch.counter = tag_of->counter;
    h.events.epoch.tag = sb_epoch_tag(sb_epoch_start_build(tag_of, time, &h.arena));
    for (size_t i = 0; i < h.events.n_items; i++) {
        h.events.items[i].link.epoch = h.events.epoch;
    }
    history_relink(&h, 0);
}

static void test_epoch_start_that_does_not_give_its_epoch(void **state)
{
    struct sb_epoch_start other = h.start;
    (void)state;
    restart(&h.start, &h.start);
    expect_fault(SB_FAULT_NONE, 0);
    other.nonce[0]++;
    restart(&h.start, &other); /* another tag */
    expect_fault(SB_FAULT_BAD_EPOCH, 1);
    other = h.start;
    other.parents[0].epoch.counter = other.counter; /* not above its parents */
    restart(&other, &other);
    expect_fault(SB_FAULT_BAD_EPOCH, 1);
    other = h.start;
    other.first_commitment.b[0] ^= 1;
    restart(&other, &other);
    expect_fault(SB_FAULT_BAD_EPOCH, 2);
}

static void test_epoch_start_alone(void **state)
{
    (void)state;
    h.events.n_items = 1;
    h.events.n_checkpoints = 1;
    h.events.checkpoints[0].seq.n = 1;
    history_relink(&h, 0);
    expect_fault(SB_FAULT_BAD_EPOCH, 2);
}

/* A fork just behind the start of its epoch, which nobody could take who gets both together. */
static void test_branch_from_the_start_with_another_first_event(void **state)
{
    struct sb_events rest = tail_from(1);
    struct sb_segment_check check = {h.partnership, &h.key, &h.key, NULL,
                                     &h.start.first_commitment};
    (void)state;
    assert_int_equal(sb_segment_verify(&segment, &rest, &check, &h.arena, &at), SB_FAULT_NONE);
    struct sb_hash other = h.start.first_commitment;
    other.b[31] ^= 1;
    check.promised = &other;
    assert_int_equal(sb_segment_verify(&segment, &rest, &check, &h.arena, &at), SB_FAULT_BAD_EPOCH);
    assert_int_equal(at.n, 2);
    rest = tail_from(2); /* it speaks of seq 2 alone */
    assert_int_equal(sb_segment_verify(&segment, &rest, &check, &h.arena, &at), SB_FAULT_NONE);
}

static void test_key_that_is_not_pinned_needs_a_certificate(void **state)
{
    const struct sb_sign_seed old_seed = {{77}}, new_seed = h.seed;
    const struct sb_sign_public old_key = sb_sign_public_of(&old_seed);
    struct sb_segment_check check = {h.partnership, &old_key, NULL, NULL, NULL};
    (void)state;
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at),
                     SB_FAULT_BAD_KEY);
    assert_true(at.n == 1);
    struct sb_epoch_start certified = h.start;
    certified.certified = true;
    certified.certificate.origin = h.events.origin;
    sb_certificate_sign(&certified.certificate, &h.partnership, &old_seed, &new_seed);
    restart(&certified, &certified);
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at), SB_FAULT_NONE);
    assert_memory_equal(segment.start->sign_key.b, h.key.b, sizeof h.key.b);
}

/* Each certificate is valid in itself but for what is said. */
static void test_certificate_that_leads_elsewhere(void **state)
{
    const struct sb_sign_seed old_seed = {{77}}, third_seed = {{78}};
    const struct sb_sign_public old_key = sb_sign_public_of(&old_seed);
    struct sb_segment_check check = {h.partnership, &old_key, NULL, NULL, NULL};
    struct sb_certificate right = {.origin = h.events.origin};
    (void)state;
    sb_certificate_sign(&right, &h.partnership, &old_seed, &h.seed);
    struct sb_certificate wrong[5] = {right, right, right, right, right};
    wrong[0].old_signature.b[0] ^= 1;
    wrong[1].origin = (struct sb_org){"GM0451"};
    sb_certificate_sign(&wrong[1], &h.partnership, &old_seed, &h.seed);
    sb_certificate_sign(&wrong[2], &h.partnership, &third_seed, &h.seed); /* not from the pinned */
    sb_certificate_sign(&wrong[3], &h.partnership, &old_seed, &third_seed);     /* to another */
    sb_certificate_sign(&wrong[4], &(struct sb_hash){{1}}, &old_seed, &h.seed); /* elsewhere */
    for (size_t i = 0; i < 5; i++) {
        struct sb_epoch_start start = h.start;
        start.certified = true;
        start.certificate = wrong[i];
        restart(&start, &start);
        assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at),
                         SB_FAULT_BAD_KEY);
    }
}

/* Just the place that an announcement names, and only where nothing claims to be a signature. */
static void test_end_that_an_announcement_names(void **state)
{
    struct sb_checkpoint *end = &h.events.checkpoints[2], named = *end;
    struct sb_segment_check check = {h.partnership, &h.key, NULL, &named, NULL};
    (void)state;
    memset(&end->signature, 0, sizeof end->signature);
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at), SB_FAULT_NONE);
    named.hash.b[0] ^= 1;
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at),
                     SB_FAULT_BAD_CHECKPOINT);
    named = h.events.checkpoints[1];
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at),
                     SB_FAULT_BAD_CHECKPOINT);
    named = *end;
    end->signature.b[63] = 1;
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &h.arena, &at),
                     SB_FAULT_BAD_CHECKPOINT);
    memset(&end->signature, 0, sizeof end->signature);
    expect_fault(SB_FAULT_BAD_CHECKPOINT, 12); /* and without an announcement it is none */
}

static void test_segment_without_room(void **state)
{
    struct sb_segment_check check = {h.partnership, &h.key, NULL, NULL, NULL};
    struct sb_arena small;
    (void)state;
    sb_arena_init(&small, 64);
    assert_int_equal(sb_segment_verify(&segment, &h.events, &check, &small, &at),
                     SB_FAULT_BAD_FILE);
    sb_arena_fini(&small);
}

static int set_up(void **state)
{
    const struct history_plan plan = {.events = 12, .per_checkpoint = 5, .payload = 20};
    (void)state;
    history_init(&h, &plan);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    history_fini(&h);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_segment_of_an_honest_epoch),
        TEST(test_segment_that_goes_on_needs_the_epochs_key),
        TEST(test_segment_without_a_body),
        TEST(test_link_of_another_place),
        TEST(test_prev_of_another_link),
        TEST(test_body_that_is_another),
        TEST(test_checkpoints_of_every_wrong_kind),
        TEST(test_checkpoint_outside_the_segment),
        TEST(test_links_above_the_last_checkpoint),
        TEST(test_epoch_start_that_does_not_give_its_epoch),
        TEST(test_epoch_start_alone),
        TEST(test_branch_from_the_start_with_another_first_event),
        TEST(test_key_that_is_not_pinned_needs_a_certificate),
        TEST(test_certificate_that_leads_elsewhere),
        TEST(test_end_that_an_announcement_names),
        TEST(test_segment_without_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
