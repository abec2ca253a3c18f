/* A node that was given an announcement (PROTOCOL §9.4), and a partner that brings what the old key
 * signed, beside it and beyond: of that, while the named end is not here. */
#include "daemon/core/core.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "proto/rekey.h"
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 10, NAMED = 7, LACKING = 4, HEADS = 32 };

static struct node_world *world;
static struct history history;
static struct sb_rekey_tip tip;
static struct sb_rekey rekey;
static const struct sb_sign_seed anew = {{5}};

/* Ten links of an epoch, of which the announcement names another seventh. */
static int open_world(void **state)
{
    *state = NULL;
    world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_open(world, "GM0437", "GM0384", 0);
    world_turn(world, NULL, 0);
    world_hello(world);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_free(world);
    history_fini(&history);
    return 0;
}

static void announce(void)
{
    tip = (struct sb_rekey_tip){history.events.epoch, {NAMED}, {{9}}};
    world_announce(world, &history, &anew, &tip, &rekey);
}

static void bring(size_t per_checkpoint)
{
    world_history(&history, EVENTS, per_checkpoint);
    history.events.items[LACKING].salt = NULL; /* it is kept back */
    history.events.items[LACKING].body = (struct sb_bytes){NULL, 0};
    world_show(world, &history, 1);
    world_answer(world, &history, 0, EVENTS);
    announce();
}

/* How many links a client gets; each from 1 on, once. */
static size_t fetch_all(void)
{
    struct sb_message m = {.type = SB_MSG_FETCH, .request = 3}, heard;
    size_t n = 0;
    m.fetch.origin = world_org("GM0384");
    for (unsigned pages = 0; pages < 20; pages++) {
        world_say(world, WORLD_CLIENT, &m);
        assert_true(world_heard(world, SB_MSG_FETCHED, 0, &heard));
        if (heard.fetched.end) {
            return n;
        }
        for (size_t i = 0; i < heard.fetched.events.n_items; i++) {
            assert_int_equal(heard.fetched.events.items[i].link.seq.n, ++n);
        }
        m.fetch = heard.fetched.next;
    }
    fail_msg("the pages do not end");
    return 0;
}

/* What partners ask for below the tip is on the way to what lies beyond it. */
static size_t serve(uint64_t to)
{
    struct sb_message m = {.type = SB_MSG_WANT, .request = 4}, heard;
    size_t n = 0;
    m.want.origin = world_org("GM0384");
    m.want.epoch = history.events.epoch;
    m.want.from.n = 1;
    m.want.tip_seq.n = to;
    m.want.tip = sb_link_hash(&history.events.items[to - 1].link);
    m.want.credit = 100000;
    world_hello(world);
    world_say(world, WORLD_PARTNER, &m);
    for (size_t i = 0; world_heard(world, SB_MSG_EVENTS, i, &heard); i++) {
        n += heard.events.n_items;
    }
    return n;
}

static void test_rekeyed_history_ends_below_the_named_end(void **state)
{
    (void)state;
    bring(2);
    assert_int_equal(fetch_all(), NAMED - 1);
    assert_int_equal(serve(NAMED - 1), NAMED - 1);
    assert_int_equal(serve(EVENTS), 0);
}

static void test_rekeyed_history_ends_where_a_signature_does(void **state)
{
    (void)state;
    bring(4);
    assert_int_equal(fetch_all(), 4);
    assert_int_equal(serve(NAMED - 1), 4);
}

static void test_rekeyed_bodies_beside_what_counts_are_not_missing(void **state)
{
    (void)state;
    bring(2);
    assert_true(sb_store_missing_count(world->store) > 0);
    assert_int_equal(sb_rekeyed_missing(world->node, UINT64_MAX), 0);
}

static struct sb_head head_of(const char *org, uint32_t counter)
{
    const struct sb_sign_seed seed = world_seed(org);
    struct sb_head head = {.epoch = {counter, 77}, .checkpoint = {.seq = {1}, .hash = {{1}}}};
    const struct sb_chain_ref of = {sb_partnership_hash("duoplus"), world_org(org), head.epoch};
    sb_checkpoint_sign(&head.checkpoint, &of, &seed);
    return head;
}

/* Whoever was not given the announcement shows as many as a frontier lists of what the thief did.
 */
static void test_rekeyed_heads_do_not_use_up_what_others_may_cost(void **state)
{
    (void)state;
    world_history(&history, EVENTS, EVENTS);
    announce();
    world_hello(world);
    struct sb_head heads[HEADS], ours = head_of("GM0437", 1);
    for (uint32_t i = 0; i < HEADS; i++) {
        heads[i] = head_of("GM0384", 100 + HEADS - i);
    }
    struct sb_origin_heads origins[] = {
        {.origin = world_org("GM0384"), .heads = heads, .n_heads = HEADS},
        {.origin = world_org("GM0437"), .heads = &ours, .n_heads = 1}};
    struct sb_message m = {.type = SB_MSG_FRONTIER}, heard;
    m.frontier.node = world_org("GM0384");
    m.frontier.boot_nonce.b[0] = m.frontier.store_id.b[0] = 1;
    m.frontier.counter = 1;
    m.frontier.full = true;
    m.frontier.origins = origins;
    m.frontier.n_origins = 2;
    world_say(world, WORLD_PARTNER, &m);
    assert_true(world_heard(world, SB_MSG_WANT, 0, &heard));
    assert_string_equal(heard.want.origin.s, "GM0437");
    assert_false(world_heard(world, SB_MSG_WANT, 1, &heard));
}

/* The core asks for it where nothing else of that origin has room. */
static void test_rekeyed_head_that_is_named_is_told_from_others(void **state)
{
    (void)state;
    enum sb_head_state states[2];
    struct sb_err err = {.rc = SB_OK};
    uint16_t origin;
    bring(2);
    world->node->turn.err = &err; /* as in a turn */
    const struct sb_chain_ref chain = {sb_partnership_hash("duoplus"), world_org("GM0384"),
                                       history.events.epoch};
    struct sb_head heads[2] = {{.epoch = chain.epoch, .checkpoint = {.seq = {NAMED - 1}}},
                               {.epoch = chain.epoch, .checkpoint = {.seq = tip.seq}}};
    heads[0].checkpoint.hash.b[0] = 8;
    heads[1].checkpoint.hash = tip.hash; /* unsigned */
    sb_checkpoint_sign(&heads[0].checkpoint, &chain, &history.seed);
    assert_true(sb_lookup_origin(world->node, &chain.origin, &origin));
    assert_int_equal(sb_lookup_heads(world->node, origin, origin, heads, 2, states), 2);
    assert_int_equal(states[0], SB_HEAD_AHEAD);
    assert_int_equal(states[1], SB_HEAD_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rekeyed_history_ends_below_the_named_end, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_rekeyed_history_ends_where_a_signature_does,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_rekeyed_bodies_beside_what_counts_are_not_missing,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_rekeyed_head_that_is_named_is_told_from_others,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_rekeyed_heads_do_not_use_up_what_others_may_cost,
                                        open_world, close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
