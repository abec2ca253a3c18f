/* Bodies of a partner's history: one that nobody can read, signed all the same, is held, given to
 * clients as it is and shown without content, and only the verifier names it; and how many of them
 * one answer holds. */
#include "daemon/store/verify.h"
#include "tests/unit/shell/node_history.h"

enum { UNREADABLE = 3 };

static const char GROUP[] = "\x0b\x0c"; /* a group: no protobuf of ours */

/* An epoch of GM0384, one checkpoint, whose fourth event cannot be read. */
static void make_history(struct history *h, size_t events)
{
    world_history(h, events, events);
    world_give_body(&h->events.items[UNREADABLE], (struct sb_bytes){(const uint8_t *)GROUP, 2});
    history_relink(h, 0);
}

static void bring(struct node_world *w, const struct history *h, uint64_t counter)
{
    world_show(w, h, counter);
    world_answer(w, h, 0, h->events.n_items);
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

static void test_body_that_cannot_be_read_is_held_and_counted_by_the_verifier(void **state)
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
    world_hello(w);
    bring(w, &h, 1);
    expect_shown(w);
    assert_int_equal(w->complaints, 0);
    assert_int_equal(sb_store_verify(w->folder, &to, &totals, NULL), SB_OK);
    assert_true(totals.events == 4);
    assert_int_equal(found.n, 0); /* its origin signed just these bytes */
    assert_true(totals.unreadable == 1);
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
    world_hello(w);
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
    world_say(w, WORLD_PARTNER, &m);
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
    world_hello(w);
    bring(w, h, 1);
    assert_true(sb_core_next_chain(sb_node_core(w->node), WORLD_PARTNER, &at, &info));
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
        cmocka_unit_test(test_body_that_cannot_be_read_is_held_and_counted_by_the_verifier),
        cmocka_unit_test(test_bodies_of_a_fork_are_no_more_than_an_answer_may_list),
        cmocka_unit_test(test_body_that_comes_behind_its_link_is_counted_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
