/* Two whole nodes on real stores that hear each other: catch-up, broadcasts, restricted bodies, and
 * partners that lie about who they are or what they hold. */
#include "daemon/core/plant.h"
#include "tests/unit/shell/node_pair.h"

static struct node_world *ours, *theirs; /* GM0384, which is dialled; GM0437, which dials it */
static bool live;                        /* broadcasts are heard */

static int open_worlds(void **state)
{
    ours = world_new("GM0384", "GM0437");
    theirs = world_new("GM0437", "GM0384");
    *state = NULL;
    live = false;
    return 0;
}

static int close_worlds(void **state)
{
    (void)state;
    sb_plant_set(SB_PLANT_NONE);
    world_free(ours);
    world_free(theirs);
    return 0;
}

static void talk(void)
{
    pair_talk(theirs, ours, live);
}

static void link_up(void)
{
    struct sb_net_message up = {.event = SB_NET_LINK_UP, .identity = PARTNER};
    world_turn(theirs, &up, 1);
    talk();
}

static uint64_t events_of(struct node_world *w)
{
    return sb_node_status(w->node, w->now, &w->arena)->events;
}

static enum sb_body_state state_at(struct node_world *w, uint64_t offset)
{
    struct sb_record record;
    struct sb_offset at;
    bool released;
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    assert_int_equal(
        sb_store_next(w->store, (struct sb_offset){offset}, &at, &released, &record, NULL), SB_OK);
    assert_int_equal(record.state == SB_BODY_PRESENT, record.item.salt != NULL);
    return record.state;
}

static void publish_one(unsigned number, const char *audience)
{
    struct sb_submission item = world_custom(ours, number, "text", audience);
    struct sb_message m = world_publish(number, &item, 1), heard;
    world_say(ours, WORLD_CLIENT, &m);
    assert_true(world_heard(ours, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
}

static void test_partner_catches_up_over_several_pages(void **state)
{
    (void)state;
    world_fill(ours, 1, 1000);
    world_fill(ours, 2001, 1000);
    world_fill(ours, 4001, 1000);
    link_up();
    assert_int_equal(events_of(theirs), 3001);
    struct sb_status *status = sb_node_status(theirs->node, theirs->now, &theirs->arena);
    assert_string_equal(status->peers[0].outgoing.state, "live");
    assert_int_equal(status->lag_events, 0);
    assert_int_equal(ours->complaints + theirs->complaints, 0);
}

static void test_partner_gets_a_page_again_when_it_could_not_be_sent(void **state)
{
    (void)state;
    bool refused = false;
    world_fill(ours, 1, 100);
    struct sb_net_message up = {.event = SB_NET_LINK_UP, .identity = PARTNER};
    world_turn(theirs, &up, 1);
    for (unsigned i = 0; i < 10 && !refused; i++) {
        struct sb_message m;
        pair_pass_on(theirs, ours, live);
        refused = world_heard(ours, SB_MSG_EVENTS, 0, &m);
        for (size_t k = 0; refused && k < ours->out.n; k++) {
            sb_node_unsent(ours->node, &ours->out.items[k]);
        }
        pair_pass_on(refused ? theirs : ours, refused ? ours : theirs, live);
    }
    assert_true(refused);
    assert_int_equal(events_of(theirs), 0);
    ours->now.mono_ms += 1000;
    world_turn(ours, NULL, 0);
    talk();
    assert_int_equal(events_of(theirs), 101);
}

static void test_partner_hears_a_commit_by_broadcast(void **state)
{
    (void)state;
    link_up();
    live = true;
    world_fill(ours, 1, 3);
    pair_pass_on(ours, theirs, live);
    assert_int_equal(events_of(theirs), 4);
}

static void test_partner_believes_nothing_of_a_batch_with_a_gap(void **state)
{
    (void)state;
    struct sb_net_message net[WORLD_FRAMES];
    size_t n = 0;
    link_up();
    world_fill(ours, 1, 3);
    for (size_t i = 0; i < ours->out.n; i++) {
        const struct sb_outgoing *o = &ours->out.items[i];
        if (o->kind == SB_OUT_PUBLISH && memcmp(o->topic.p, "frontier", 8) != 0) {
            net[n++] = (struct sb_net_message){
                .event = SB_NET_PUBLISHED, .identity = PARTNER, .frame = o->frame};
        }
    }
    assert_int_equal(n, 4);
    net[2] = net[3];
    world_turn(theirs, net, 3);
    assert_int_equal(events_of(theirs), 0);
}

static void test_partner_of_the_audience_gets_the_body_and_no_other(void **state)
{
    (void)state;
    publish_one(1, "\"audience\":[\"GM0437\"],");
    publish_one(2, "\"audience\":[\"GM0384\"],");
    publish_one(3, "");
    link_up();
    assert_int_equal(events_of(theirs), 4);
    assert_int_equal(state_at(theirs, 2), SB_BODY_PRESENT);
    assert_int_equal(state_at(theirs, 3), SB_BODY_WITHHELD);
    assert_int_equal(state_at(theirs, 4), SB_BODY_PRESENT);
}

static void test_partner_never_stores_a_body_that_is_not_due_to_it(void **state)
{
    (void)state;
    publish_one(1, "\"audience\":[\"GM0384\"],");
    sb_plant_set(SB_PLANT_SERVE_RESTRICTED); /* the other side's mistake */
    link_up();
    assert_int_equal(events_of(theirs), 2);
    assert_int_equal(state_at(theirs, 2), SB_BODY_WITHHELD);
}

static void greet_as_partner(void)
{
    struct sb_message hello = {.type = SB_MSG_HELLO};
    hello.hello.partnership = sb_partnership_hash("duoplus");
    hello.hello.organisation = world_org("GM0437");
    hello.hello.boot_nonce.b[0] = 1;
    world_say(ours, PARTNER, &hello);
}

static void test_partner_gets_no_body_by_asking_for_it(void **state)
{
    (void)state;
    struct sb_seq seqs[2] = {{2}, {3}};
    struct sb_record record;
    struct sb_message m = {.type = SB_MSG_WANT_BODIES, .request = 4}, heard;
    publish_one(1, "\"audience\":[\"GM0384\"],");
    publish_one(2, "");
    struct sb_submission item = world_custom(ours, 2, "text", "");
    assert_int_equal(sb_store_find_id(ours->store, 0, &item.id, 0, &record, NULL), SB_OK);
    m.want_bodies.origin = world_org("GM0384");
    m.want_bodies.epoch = record.item.link.epoch;
    m.want_bodies.seqs = seqs;
    m.want_bodies.n_seqs = 2;
    world_say(ours, PARTNER, &m);
    assert_false(world_heard(ours, SB_MSG_BODIES, 0, &heard)); /* it has not greeted */
    greet_as_partner();
    world_say(ours, PARTNER, &m);
    assert_true(world_heard(ours, SB_MSG_BODIES, 0, &heard));
    assert_int_equal(heard.request, 4);
    assert_int_equal(heard.bodies.n_items, 1);
    assert_true(heard.bodies.items[0].seq.n == 3);
    assert_true(heard.bodies.last);
}

/* A WANT for all of our only epoch, as a partner that is greeted on SESSION sends it. */
static struct sb_message want_all(void)
{
    struct sb_message m = {.type = SB_MSG_WANT, .request = 6};
    struct sb_submission first = world_custom(ours, 1, "text", "");
    struct sb_record record;
    assert_int_equal(sb_store_refresh(ours->store, NULL), SB_OK);
    assert_int_equal(sb_store_find_id(ours->store, 0, &first.id, 0, &record, NULL), SB_OK);
    m.want.origin = world_org("GM0384");
    m.want.epoch = record.item.link.epoch;
    m.want.from.n = 1;
    m.want.credit = 1 << 20;
    return m;
}

static void test_partner_is_served_links_of_all_and_bodies_that_are_due(void **state)
{
    (void)state;
    struct sb_message heard;
    publish_one(1, "\"audience\":[\"GM0384\"],");
    publish_one(2, "");
    link_up();
    struct sb_message m = want_all();
    struct sb_net_message net = world_request(ours, PARTNER, SESSION, &m);
    world_turn(ours, &net, 1);
    assert_true(world_heard(ours, SB_MSG_EVENTS, 0, &heard));
    assert_int_equal(heard.request, 6);
    assert_int_equal(heard.events.n_items, 3);
    assert_int_equal(heard.events.n_checkpoints, 2);
    assert_true(heard.events.last);
    assert_non_null(heard.events.items[0].salt);
    assert_null(heard.events.items[1].salt);
    assert_int_equal(heard.events.items[1].body.n, 0);
    assert_non_null(heard.events.items[2].salt);
}

/* How many links come for a WANT. */
static size_t served(const struct sb_message *want)
{
    struct sb_message heard;
    struct sb_net_message net = world_request(ours, PARTNER, SESSION, want);
    world_turn(ours, &net, 1);
    assert_true(world_heard(ours, SB_MSG_EVENTS, 0, &heard));
    assert_true(heard.events.last);
    return heard.events.n_items;
}

static void test_partner_is_served_up_to_the_tip_that_it_names(void **state)
{
    (void)state;
    struct sb_submission first = world_custom(ours, 1, "text", "");
    struct sb_record record;
    publish_one(1, "");
    publish_one(2, "");
    link_up();
    struct sb_message m = want_all();
    assert_int_equal(sb_store_find_id(ours->store, 0, &first.id, 0, &record, NULL), SB_OK);
    m.want.tip = sb_link_hash(&record.item.link);
    m.want.tip_seq = record.item.link.seq;
    assert_int_equal(served(&m), 2);
    m.want.tip_seq.n = 0; /* an older node does not say: along the only path */
    assert_int_equal(served(&m), 3);
    m.want.tip_seq.n = 3; /* another link stands there: a tip that is not here */
    assert_int_equal(served(&m), 3);
}

static void test_partner_cuts_off_what_it_holds_of_a_segment(void **state)
{
    (void)state;
    publish_one(1, "");
    publish_one(2, "");
    link_up();
    assert_int_equal(events_of(theirs), 3);
    publish_one(3, "");
    publish_one(4, "");
    struct sb_message m = want_all();
    struct sb_net_message net = world_request(ours, PARTNER, SESSION, &m);
    world_turn(ours, &net, 1);
    pair_pass_on(ours, theirs, live); /* 1 to 5, of which it holds 1 to 3 */
    assert_int_equal(events_of(theirs), 5);
    assert_int_equal(sb_node_status(theirs->node, theirs->now, &theirs->arena)->n_alarms, 0);
    assert_int_equal(theirs->complaints, 0);
}

static void test_partner_that_is_gone_is_not_served(void **state)
{
    (void)state;
    struct sb_message heard;
    publish_one(1, "");
    link_up();
    struct sb_message m = want_all();
    struct sb_net_message net[2] = {world_request(ours, PARTNER, SESSION, &m),
                                    {.event = SB_NET_SESSION_GONE, .session = SESSION}};
    world_turn(ours, net, 2);
    assert_false(world_heard(ours, SB_MSG_EVENTS, 0, &heard));
}

/* A consumer that comes from our daemon to theirs: what it had there it does not get again, though
 * it must go back behind it for what it had not. */
static void test_partner_streams_leave_out_exactly_what_a_cursor_covers(void **state)
{
    (void)state;
    struct sb_record record;
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 1}, heard;
    world_fill(theirs, 900, 1);
    for (unsigned i = 1; i <= 4; i++) {
        publish_one(i, "");
    }
    link_up();
    struct sb_submission second = world_custom(ours, 2, "text", "");
    assert_int_equal(sb_store_find_id(ours->store, 0, &second.id, 0, &record, NULL), SB_OK);
    struct sb_tip tip = {world_org("GM0384"), record.item.link.epoch, record.item.link.seq,
                         sb_link_hash(&record.item.link), false};
    m.subscribe.subscription = 1;
    m.subscribe.cursor = &tip;
    m.subscribe.n_cursor = 1;
    m.subscribe.credit = 100;
    world_say(theirs, WORLD_CLIENT, &m);
    assert_true(world_heard(theirs, SB_MSG_DELIVER, 0, &heard));
    assert_int_equal(heard.deliver.n_items, 3);
    assert_string_equal(heard.deliver.items[0].item.link.origin.s, "GM0437");
    assert_true(heard.deliver.items[1].item.link.seq.n == tip.seq.n + 1);
}

static void test_partner_broadcast_of_a_restricted_event_is_its_link(void **state)
{
    (void)state;
    struct sb_message m;
    publish_one(1, "");
    publish_one(2, "\"audience\":[\"GM0437\"],");
    assert_true(world_heard(ours, SB_MSG_BROADCAST, 0, &m));
    assert_null(m.broadcast.item.salt);
    assert_int_equal(m.broadcast.item.body.n, 0);
    for (size_t i = 0; i < ours->out.n; i++) {
        if (ours->out.items[i].kind == SB_OUT_PUBLISH) {
            assert_memory_equal(ours->out.items[i].topic.p, "link/GM0384", 11);
            break;
        }
    }
}

static void test_partner_is_told_that_an_unknown_origin_is_not_here(void **state)
{
    (void)state;
    struct sb_message m = {.type = SB_MSG_WANT, .request = 7}, heard;
    m.want.origin = world_org("GM9999");
    m.want.epoch.counter = 1;
    m.want.from.n = 1;
    m.want.credit = 1000;
    world_say(ours, PARTNER, &m);
    assert_true(world_heard(ours, SB_MSG_EVENTS, 0, &heard));
    assert_int_equal(heard.request, 7);
    assert_int_equal(heard.events.n_items, 0);
    assert_true(heard.events.last);
}

static void test_partner_may_not_speak_for_another(void **state)
{
    (void)state;
    struct sb_message m = {.type = SB_MSG_HELLO, .request = 8}, heard;
    m.hello.partnership = sb_partnership_hash("duoplus");
    m.hello.organisation = world_org("GM0384");
    world_say(ours, PARTNER, &m);
    assert_true(world_heard(ours, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.request, 8);
    assert_int_equal(ours->complaints, 1);
    assert_string_equal(ours->who, "GM0437");
    struct sb_submission item = world_custom(ours, 1, "text", "");
    m = world_publish(9, &item, 1);
    world_say(ours, PARTNER, &m);
    assert_true(world_heard(ours, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.refusal.code, SB_CODE_NOT_ALLOWED);
    assert_int_equal(events_of(ours), 0);
}

/* A frontier with one head of the partner's own, under `seed`. */
static struct sb_message frontier_of(struct sb_head *head, struct sb_origin_heads *origin,
                                     const char *seed_of)
{
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    struct sb_sign_seed seed = world_seed(seed_of);
    struct sb_chain_ref of = {sb_partnership_hash("duoplus"), world_org("GM0437"), {1, 5}};
    *head = (struct sb_head){.epoch = of.epoch, .checkpoint = {.seq = {9}, .time = {1}}};
    head->checkpoint.hash.b[0] = 1;
    sb_checkpoint_sign(&head->checkpoint, &of, &seed);
    *origin = (struct sb_origin_heads){.origin = of.origin, .heads = head, .n_heads = 1};
    m.frontier.node = of.origin;
    m.frontier.boot_nonce.b[0] = 1;
    m.frontier.counter = 1;
    m.frontier.full = true;
    m.frontier.origins = origin;
    m.frontier.n_origins = 1;
    return m;
}

static void test_partner_head_counts_only_under_its_origins_signature(void **state)
{
    (void)state;
    struct sb_head head;
    struct sb_origin_heads origin;
    struct sb_message heard;
    greet_as_partner();
    struct sb_message m = frontier_of(&head, &origin, "GM0384");
    world_say(ours, PARTNER, &m);
    assert_int_equal(ours->complaints, 1);
    assert_false(world_heard(ours, SB_MSG_WANT, 0, &heard));
    m = frontier_of(&head, &origin, "GM0437");
    m.frontier.counter = 2;
    world_say(ours, PARTNER, &m);
    assert_int_equal(ours->complaints, 1);
    assert_true(world_heard(ours, SB_MSG_WANT, 0, &heard));
    assert_true(heard.want.epoch.tag == 5);
}

static void test_partner_waits_once_for_its_own_history(void **state)
{
    (void)state;
    struct node_world *w = calloc(1, sizeof *w);
    struct sb_message heard;
    world_open(w, "GM0451", "GM0437", 5000);
    struct sb_submission item = world_custom(w, 1, "text", "");
    struct sb_message m = world_publish(1, &item, 1);
    world_say(w, WORLD_CLIENT, &m);
    assert_false(world_heard(w, SB_MSG_RESULTS, 0, &heard));
    assert_true(sb_node_deadline(w->node) > 0);
    w->now.mono_ms += 5000;
    w->now.wall.ms += 5000;
    world_turn(w, NULL, 0);
    assert_true(world_heard(w, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
    world_close(w);
    free(w);
}

int main(void)
{
#define WORLDS_TEST(name) cmocka_unit_test_setup_teardown(name, open_worlds, close_worlds)
    const struct CMUnitTest tests[] = {
        WORLDS_TEST(test_partner_catches_up_over_several_pages),
        WORLDS_TEST(test_partner_gets_a_page_again_when_it_could_not_be_sent),
        WORLDS_TEST(test_partner_hears_a_commit_by_broadcast),
        WORLDS_TEST(test_partner_believes_nothing_of_a_batch_with_a_gap),
        WORLDS_TEST(test_partner_of_the_audience_gets_the_body_and_no_other),
        WORLDS_TEST(test_partner_never_stores_a_body_that_is_not_due_to_it),
        WORLDS_TEST(test_partner_gets_no_body_by_asking_for_it),
        WORLDS_TEST(test_partner_is_served_links_of_all_and_bodies_that_are_due),
        WORLDS_TEST(test_partner_is_served_up_to_the_tip_that_it_names),
        WORLDS_TEST(test_partner_cuts_off_what_it_holds_of_a_segment),
        WORLDS_TEST(test_partner_that_is_gone_is_not_served),
        WORLDS_TEST(test_partner_streams_leave_out_exactly_what_a_cursor_covers),
        WORLDS_TEST(test_partner_broadcast_of_a_restricted_event_is_its_link),
        WORLDS_TEST(test_partner_is_told_that_an_unknown_origin_is_not_here),
        WORLDS_TEST(test_partner_may_not_speak_for_another),
        WORLDS_TEST(test_partner_head_counts_only_under_its_origins_signature),
        WORLDS_TEST(test_partner_waits_once_for_its_own_history),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
