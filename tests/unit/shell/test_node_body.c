/* Bodies of a partner's history: one that nobody can read, signed all the same, is held, given to
 * clients as it is and shown without content, and only the verifier names it; and how many of them
 * one answer holds. */
#include "daemon/store/verify.h"
#include "tests/unit/proto/history.h"
#include "tests/unit/shell/node_talk.h"

enum { PARTNER = 1, UNREADABLE = 3 };

static const char GROUP[] = "\x0b\x0c"; /* a group: no protobuf of ours */

static void give_body(struct sb_item *item, struct sb_bytes body)
{
    item->body = body;
    item->link.body_len = (uint32_t)body.n;
    item->link.commitment = sb_commitment(item->salt, body);
}

/* An epoch of GM0384 under its pinned key, one checkpoint, whose fourth event cannot be read. */
static void make_history(struct history *h, size_t events)
{
    const struct history_plan plan = {.events = events, .per_checkpoint = events, .payload = 10};
    history_init(h, &plan);
    h->seed = world_seed("GM0384");
    h->start.sign_key = sb_sign_public_of(&h->seed);
    struct sb_bytes start = sb_epoch_start_build(&h->start, (struct sb_time){5}, &h->arena);
    give_body(&h->events.items[0], start);
    give_body(&h->events.items[UNREADABLE], (struct sb_bytes){(const uint8_t *)GROUP, 2});
    h->events.epoch.tag = sb_epoch_tag(start);
    for (size_t i = 0; i < plan.events; i++) {
        h->events.items[i].link.epoch = h->events.epoch;
    }
    history_relink(h, 0);
}

static void say_hello(struct node_world *w)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    m.hello.partnership = sb_partnership_hash("duoplus");
    m.hello.organisation = world_org("GM0384");
    m.hello.boot_nonce.b[0] = m.hello.store_id.b[0] = 1;
    world_say(w, PARTNER, &m);
}

/* The partner shows the tip and answers the WANT that follows. */
static void bring(struct node_world *w, const struct history *h, uint64_t counter)
{
    struct sb_head head = {h->events.epoch, h->events.checkpoints[0], {h->events.n_items}};
    struct sb_origin_heads origin = {.origin = h->events.origin, .heads = &head, .n_heads = 1};
    struct sb_message m = {.type = SB_MSG_FRONTIER}, heard;
    m.frontier.node = h->events.origin;
    m.frontier.boot_nonce.b[0] = m.frontier.store_id.b[0] = 1;
    m.frontier.counter = counter;
    m.frontier.full = true;
    m.frontier.origins = &origin;
    m.frontier.n_origins = 1;
    world_say(w, PARTNER, &m);
    assert_true(world_heard(w, SB_MSG_WANT, 0, &heard));
    assert_true(heard.want.tip_seq.n == h->events.n_items);
    m = (struct sb_message){.type = SB_MSG_EVENTS, .request = heard.request, .events = h->events};
    m.events.last = true;
    world_say(w, PARTNER, &m);
}

static void expect_shown(struct node_world *w)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 1}, heard;
    m.subscribe.subscription = 1;
    m.subscribe.credit = 10;
    world_say(w, WORLD_CLIENT, &m);
    for (unsigned turn = 0; turn < 4 && !world_heard(w, SB_MSG_DELIVER, 0, &heard); turn++) {
        world_turn(w, NULL, 0);
    }
    assert_true(world_heard(w, SB_MSG_DELIVER, 0, &heard));
    assert_int_equal(heard.deliver.n_items, 3);
    const struct sb_delivered *last = &heard.deliver.items[2];
    assert_int_equal(last->state, SB_BODY_PRESENT);
    assert_int_equal(last->item.body.n, 2);
    assert_memory_equal(last->item.body.p, GROUP, 2);
    struct sb_bytes line = sb_json_event(last, true, &w->arena);
    assert_non_null(line.p);
    assert_non_null(strstr((const char *)line.p, "\"topic\":null,\"type\":null"));
    assert_non_null(strstr((const char *)line.p, "\"body\":null"));
}

struct found {
    unsigned n;
    enum sb_fault fault;
    struct sb_seq seq;
};

static void take_fault(void *context, const struct sb_export_fault *fault)
{
    struct found *f = context;
    *f = (struct found){f->n + 1, fault->fault, fault->seq};
}

static void test_body_that_cannot_be_read_is_held_and_named_by_the_verifier(void **state)
{
    (void)state;
    struct node_world *w = calloc(1, sizeof *w);
    struct history h;
    struct found found = {0};
    struct sb_store_verifier to = {.context = &found, .on_fault = take_fault};
    struct sb_store_totals totals;
    make_history(&h, 4);
    world_open(w, "GM0437", "GM0384", 0);
    world_turn(w, NULL, 0);
    say_hello(w);
    bring(w, &h, 1);
    expect_shown(w);
    assert_int_equal(w->complaints, 0);
    assert_int_equal(sb_store_verify(w->folder, &to, &totals, NULL), SB_OK);
    assert_true(totals.events == 4);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.fault, SB_FAULT_BAD_BODY);
    assert_true(found.seq.n == 4);
    world_close(w);
    history_fini(&h);
    free(w);
}

/* Both branches of a fork have a body at every seq: twice as many as an answer may list. */
static void test_bodies_of_a_fork_are_no_more_than_an_answer_may_list(void **state)
{
    (void)state;
    struct node_world *w = calloc(1, sizeof *w);
    static struct sb_seq seqs[SB_WANT_BODIES_MAX];
    struct sb_message m = {.type = SB_MSG_WANT_BODIES, .request = 9}, heard;
    struct history h;
    make_history(&h, SB_WANT_BODIES_MAX + 2);
    world_open(w, "GM0437", "GM0384", 0);
    world_turn(w, NULL, 0);
    say_hello(w);
    bring(w, &h, 1);
    for (size_t i = 2; i < h.events.n_items; i++) {
        h.events.items[i].link.id.b[0] ^= 1;
    }
    history_relink(&h, 2);
    bring(w, &h, 2);
    for (size_t i = 0; i < SB_WANT_BODIES_MAX; i++) {
        seqs[i].n = i + 3;
    }
    m.want_bodies =
        (struct sb_want_bodies){h.events.origin, h.events.epoch, seqs, SB_WANT_BODIES_MAX};
    world_say(w, PARTNER, &m);
    assert_true(world_heard(w, SB_MSG_BODIES, 0, &heard));
    assert_int_equal(heard.bodies.n_items, SB_WANT_BODIES_MAX);
    assert_true(heard.bodies.items[1].seq.n == 3); /* of the other branch */
    assert_true(heard.bodies.last);
    world_close(w);
    history_fini(&h);
    free(w);
}

/* What a new node counts against the quota of GM0384 once it has this history. */
static uint64_t count_bytes(const struct history *h)
{
    struct node_world *w = calloc(1, sizeof *w);
    struct sb_chain_info info;
    uint32_t at = 0;
    world_open(w, "GM0437", "GM0384", 0);
    world_turn(w, NULL, 0);
    say_hello(w);
    bring(w, h, 1);
    assert_true(sb_core_next_chain(sb_node_core(w->node), PARTNER, &at, &info));
    assert_true(info.tip.seq.n == h->events.n_items);
    world_close(w);
    free(w);
    return info.bytes;
}

static void test_body_that_comes_behind_its_link_is_counted_with_it(void **state)
{
    (void)state;
    struct history h;
    make_history(&h, 40);
    uint64_t whole = count_bytes(&h);
    for (size_t i = 1; i < h.events.n_items; i++) {
        h.events.items[i].salt = NULL;
        h.events.items[i].body = (struct sb_bytes){NULL, 0};
    }
    assert_true(count_bytes(&h) == whole);
    history_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_that_cannot_be_read_is_held_and_named_by_the_verifier),
        cmocka_unit_test(test_bodies_of_a_fork_are_no_more_than_an_answer_may_list),
        cmocka_unit_test(test_body_that_comes_behind_its_link_is_counted_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
