/* Two whole nodes on real stores, one of which changes its signing key again and again: rotated,
 * announced, or both. What was signed honestly counts wherever it is loaded; what a thief signed
 * does not, whatever he had vouched for (PROTOCOL §9.3, §9.4). */
#include "daemon/core/core.h"
#include "daemon/shell/certified.h"
#include "proto/certificate.h"
#include "proto/rekey.h"
#include "tests/unit/shell/node_pair.h"

enum { KEYS = 10, A_DAY_MS = 86400000, EVENTS = 3, OF_EPOCH = EVENTS + 1 };

static struct node_world *ours, *theirs; /* GM0384, whose keys change, and GM0437 which dials it */
static struct sb_rekey rekeys[2];
static size_t n_rekeys;
static unsigned published;

static struct sb_sign_seed seed_of(unsigned n)
{
    return (struct sb_sign_seed){{(uint8_t)n, 77}};
}

static struct sb_certificate certify(unsigned old, unsigned new)
{
    const struct sb_hash partnership = sb_partnership_hash("duoplus");
    struct sb_certificate c = {.origin = world_org("GM0384"), .time = {(int64_t) new *A_DAY_MS}};
    struct sb_sign_seed from = seed_of(old), to = seed_of(new);
    sb_certificate_sign(&c, &partnership, &from, &to);
    return c;
}

/* One that names nothing of what the old key signed. */
static void announce(unsigned old, unsigned new)
{
    struct sb_sign_seed from = seed_of(old), to = seed_of(new);
    rekeys[n_rekeys++] = (struct sb_rekey){.organisation = world_org("GM0384"),
                                           .old_key = sb_sign_public_of(&from),
                                           .sign_key = sb_sign_public_of(&to)};
}

static struct node_world *open_empty(void)
{
    struct node_world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    return w;
}

/* The owner, or whoever says so, with key `n`, vouched for by key `by` unless that is 0. */
static void start_ours(struct node_world *w, unsigned n, unsigned by)
{
    static struct sb_certificate certificate;
    const struct sb_sign_seed seed = seed_of(n);
    certificate = certify(by, n);
    const struct world_keys keys = {.own = &seed,
                                    .certificate = by == 0 ? NULL : &certificate,
                                    .rekeys = rekeys,
                                    .n_rekeys = n_rekeys};
    if (w->store == NULL) {
        world_open_with(w, "GM0384", "GM0437", 0, &keys);
    } else {
        world_stop(w);
        world_start(w, "GM0384", "GM0437", 0, &keys);
    }
    world_turn(w, NULL, 0);
}

static void start_theirs(unsigned pinned)
{
    const struct sb_sign_seed seed = seed_of(pinned);
    const struct world_keys keys = {.partner = &seed, .rekeys = rekeys, .n_rekeys = n_rekeys};
    if (theirs->store == NULL) {
        world_open_with(theirs, "GM0437", "GM0384", 0, &keys);
    } else {
        world_stop(theirs);
        world_start(theirs, "GM0437", "GM0384", 0, &keys);
    }
    world_turn(theirs, NULL, 0);
}

static void talk_to(struct node_world *w)
{
    struct sb_net_message up = {.event = SB_NET_LINK_UP, .identity = PARTNER};
    world_turn(theirs, &up, 1);
    pair_talk(theirs, w, false);
}

static void publish(struct node_world *w)
{
    world_fill(w, published + 1, EVENTS);
    published += EVENTS;
}

/* Of the history of GM0384, what counts. */
static uint64_t events_of(struct node_world *w)
{
    struct sb_chain_info chain;
    uint64_t n = 0;
    uint32_t at = 0;
    while (sb_core_next_chain(sb_node_core(w->node), w == ours ? 0 : PARTNER, &at, &chain)) {
        n += chain.tip.seq.n;
    }
    return n;
}

static uint64_t stored_in(struct node_world *w)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    sb_store_offsets(w->store, &last, by_class);
    return last.n;
}

static int open_worlds(void **state)
{
    ours = open_empty();
    theirs = open_empty();
    *state = NULL;
    n_rekeys = 0;
    published = 0;
    return 0;
}

static int close_worlds(void **state)
{
    (void)state;
    world_free(ours);
    world_free(theirs);
    return 0;
}

/* From key `first`, which nobody vouches for, to key `last`, one after the other: partners pin each
 * before the next. */
static void rotate_from(unsigned first, unsigned last)
{
    for (unsigned n = first; n <= last; n++) {
        start_ours(ours, n, n == first ? 0 : n - 1);
        start_theirs(n == first ? n : n - 1);
        publish(ours);
        talk_to(ours);
        start_theirs(n);
    }
}

static void test_keys_rotated_after_an_announcement_all_count(void **state)
{
    (void)state;
    announce(1, 2);
    rotate_from(2, 6);
    assert_int_equal(events_of(theirs), 5 * OF_EPOCH);
    start_ours(ours, 6, 5);
    assert_int_equal(events_of(ours), 5 * OF_EPOCH);
    talk_to(ours);
    start_ours(ours, 6, 0); /* everybody has pinned it */
    assert_int_equal(events_of(ours), 5 * OF_EPOCH);
    assert_int_equal(stored_in(ours), 5 * OF_EPOCH);
    assert_int_equal(stored_in(theirs), 5 * OF_EPOCH);
}

/* The certificate of the first one is nowhere any more: from the newest it goes back to it. */
static void test_keys_are_followed_backwards(void **state)
{
    (void)state;
    announce(1, 2);
    rotate_from(3, 6);
    start_ours(ours, 6, 5);
    start_theirs(6);
    assert_int_equal(events_of(ours), 4 * OF_EPOCH);
    assert_int_equal(events_of(theirs), 4 * OF_EPOCH);
}

/* Nothing was said yet under the newest key, and nothing ever under one in between. */
static void test_keys_that_signed_nothing_lead_on(void **state)
{
    (void)state;
    announce(1, 2);
    rotate_from(2, 3);
    start_ours(ours, 4, 3);
    start_theirs(4);
    assert_int_equal(events_of(theirs), 2 * OF_EPOCH);
    assert_int_equal(events_of(ours), 2 * OF_EPOCH);
    start_ours(ours, 5, 4);
    start_theirs(4);
    publish(ours);
    talk_to(ours);
    start_theirs(5);
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
    start_ours(ours, 5, 4);
    assert_int_equal(events_of(ours), 3 * OF_EPOCH);
}

static void lose_disk(struct node_world *w)
{
    world_close(w);
    memset(w, 0, sizeof *w);
}

/* What lies in the past of heads is compared every now and then. */
static void talk_until_compared(void)
{
    for (unsigned round = 0; round < 8; round++) {
        talk_to(ours);
        ours->now.mono_ms += 4000;
        theirs->now.mono_ms += 4000;
    }
}

/* Every organisation can be rebuilt from its partners, and they from it. */
static void test_keys_rotated_twice_give_everything_back(void **state)
{
    (void)state;
    rotate_from(1, 3);
    lose_disk(ours);
    start_ours(ours, 3, 2);
    talk_until_compared();
    assert_int_equal(events_of(ours), 3 * OF_EPOCH);
    lose_disk(theirs);
    start_theirs(3);
    talk_until_compared();
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
    start_theirs(3);
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
}

/* A key that was followed by others may lie about: it vouches for nobody any more. */
static void test_keys_that_were_followed_vouch_for_no_new_ones(void **state)
{
    (void)state;
    rotate_from(1, 3);
    lose_disk(ours);
    start_ours(ours, 8, 1); /* found */
    publish(ours);
    talk_until_compared();
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
    assert_int_equal(stored_in(theirs), 3 * OF_EPOCH);
}

/* What a start left out is in the store all the same: once a certificate leads to its key it is not
 * taken a second time, and the next start loads it. */
static void test_keys_learnt_late_do_not_bring_anything_twice(void **state)
{
    (void)state;
    announce(1, 2);
    rotate_from(3, 3); /* no start here says who vouched for it */
    start_ours(ours, 4, 3);
    start_theirs(4);
    assert_int_equal(events_of(theirs), 0);
    talk_to(ours);
    assert_int_equal(stored_in(theirs), OF_EPOCH);
    publish(ours);
    talk_to(ours);
    assert_int_equal(stored_in(theirs), 2 * OF_EPOCH);
    start_theirs(4);
    assert_int_equal(events_of(theirs), 2 * OF_EPOCH);
    talk_to(ours);
    assert_int_equal(stored_in(theirs), 2 * OF_EPOCH);
}

/* Who had a key that was rotated to before the key that vouched for it was lost as well. */
static void test_keys_under_a_key_that_was_replaced_afterwards_do_not_count(void **state)
{
    (void)state;
    announce(1, 2);
    rotate_from(2, 2);
    start_ours(ours, 7, 2); /* stolen, with its certificate */
    publish(ours);
    talk_to(ours);
    assert_int_equal(events_of(theirs), 2 * OF_EPOCH);
    announce(2, 3);
    start_theirs(3);
    assert_int_equal(events_of(theirs), 0);
}

/* A thief vouches for a key of his, and that for another. */
static void test_keys_that_a_thief_vouches_for_do_not_count(void **state)
{
    (void)state;
    start_ours(ours, 1, 0);
    start_theirs(1);
    publish(ours);
    talk_to(ours);
    start_ours(ours, 8, 1);
    publish(ours);
    talk_to(ours);
    start_theirs(8); /* somebody believes him and pins it */
    start_ours(ours, 9, 8);
    publish(ours);
    talk_to(ours);
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
    announce(1, 2);
    start_theirs(2);
    assert_int_equal(events_of(theirs), 0);
    talk_to(ours); /* he shows it again */
    assert_int_equal(events_of(theirs), 0);
    assert_int_equal(stored_in(theirs), 3 * OF_EPOCH);
}

/* It goes on under its first key, in an epoch without a certificate: the one that an older epoch
 * has is found all the same at the next start, by who has pinned the second key. */
static void test_keys_of_a_machine_set_back_lead_to_each_other(void **state)
{
    (void)state;
    const struct sb_sign_seed seed = seed_of(1);
    const struct sb_sign_public first = sb_sign_public_of(&seed);
    for (unsigned i = 0; i < 3; i++) {
        start_ours(ours, i == 1 ? 2 : 1, i == 1 ? 1 : 0);
        start_theirs(1);
        publish(ours);
        talk_to(ours);
    }
    start_theirs(2);
    assert_memory_equal(sb_certified_root(theirs->node, PARTNER), &first, sizeof first);
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
}

/* Who has pinned the newest key hears of the certificate between it and the one before, in whose
 * epoch, which is here, stands the one that leads on to the first. */
static void test_keys_learnt_late_lead_on_through_what_is_stored(void **state)
{
    (void)state;
    rotate_from(1, 2);
    start_ours(ours, 1, 0); /* set back for once, unheard */
    publish(ours);
    start_ours(ours, 3, 2);
    start_theirs(3);
    talk_until_compared();
    assert_int_equal(events_of(theirs), 3 * OF_EPOCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_rotated_after_an_announcement_all_count,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_of_a_machine_set_back_lead_to_each_other,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_are_followed_backwards, open_worlds,
                                        close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_that_signed_nothing_lead_on, open_worlds,
                                        close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_rotated_twice_give_everything_back, open_worlds,
                                        close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_that_were_followed_vouch_for_no_new_ones,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_learnt_late_do_not_bring_anything_twice,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_learnt_late_lead_on_through_what_is_stored,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(
            test_keys_under_a_key_that_was_replaced_afterwards_do_not_count, open_worlds,
            close_worlds),
        cmocka_unit_test_setup_teardown(test_keys_that_a_thief_vouches_for_do_not_count,
                                        open_worlds, close_worlds),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
