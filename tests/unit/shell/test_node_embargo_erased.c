/* An item under embargo and its Erasure that come together, or the Erasure first: nothing of what
 * kept the item stays, and nobody waits for it. */
#include "daemon/shell/embargo.h"
#include "daemon/shell/node_internal.h"
#include "daemon/store/erasing.h"
#include "proto/embargo.h"
#include "proto/erasure.h"
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 4, EARLIER = 2, LATER = 3, HOUR_MS = 3600 * 1000 };

static const char id_text[] = "01930000-0000-7000-8000-000000000077";
static const struct sb_org us[] = {{"GM0384"}};
static struct node_world *w;
static struct history h; /* of ourselves, which a partner gives back */

static int set_up(void **state)
{
    (void)state;
    memset(&h, 0, sizeof h);
    w = world_new("GM0384", "GM0437");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_free(w);
    history_fini(&h);
    return 0;
}

static struct sb_uuid item_id(void)
{
    struct sb_uuid id;
    assert_true(sb_uuid_parse(&id, id_text, strlen(id_text)));
    return id;
}

static struct sb_uuid hold_id(void)
{
    const struct sb_uuid id = item_id();
    return sb_embargo_hold_id(&id);
}

static void make_hold(struct sb_item *item)
{
    item->link.kind = SB_KIND_RESTRICTED;
    item->link.id = hold_id();
    item->link.audience = (struct sb_audience){us, 1};
    item->salt = NULL;
    item->body = (struct sb_bytes){NULL, 0};
}

static void make_erasure(struct sb_item *item)
{
    const struct sb_erasure_said said = {us[0], item_id(), {(const uint8_t *)"AVG", 3}};
    item->link.kind = SB_KIND_SYSTEM;
    item->link.audience.n = 0;
    world_give_body(item, sb_erasure_build(&said, w->now.wall, &h.arena));
}

/* Of a time that our store, an older backup, does not know: without the body, which only we had. */
static void make_history(size_t hold, size_t erasure, size_t per_checkpoint)
{
    world_history_of(&h, EVENTS, per_checkpoint, 0);
    make_hold(&h.events.items[hold]);
    make_erasure(&h.events.items[erasure]);
    history_relink(&h, 0);
}

static void show(void)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    m.hello.partnership = sb_partnership_hash("duoplus");
    m.hello.organisation = world_org("GM0437");
    m.hello.boot_nonce.b[0] = m.hello.store_id.b[0] = 1;
    world_say(w, WORLD_PARTNER, &m);
    world_show_as(w, &h, 1, world_org("GM0437"));
}

static enum sb_body_state state_of_hold(void)
{
    const struct sb_uuid id = hold_id();
    struct sb_record r;
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    assert_int_equal(sb_store_find_id(w->store, 0, &id, 0, &r, NULL), SB_OK);
    return r.state;
}

static size_t count_listed(void)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 7}, heard;
    m.query.erasures = true;
    world_say(w, WORLD_CLIENT, &m);
    assert_true(world_heard(w, SB_MSG_ERASURES, 0, &heard));
    assert_true(heard.erasures.end);
    return heard.erasures.n_items;
}

static void expect_nothing_of_it(void)
{
    assert_int_equal(state_of_hold(), SB_BODY_ERASED);
    assert_int_equal(sb_store_missing_count(w->store), 0);
    assert_int_equal(count_listed(), 1);
}

static void test_erasure_beside_what_it_erases_leaves_nothing_missing(void **state)
{
    (void)state;
    make_history(EARLIER, LATER, EVENTS);
    show();
    world_answer(w, &h, 0, EVENTS);
    expect_nothing_of_it();
}

static void test_erasure_before_what_it_erases_leaves_nothing_missing(void **state)
{
    (void)state;
    make_history(LATER, EARLIER, EVENTS);
    show();
    world_answer(w, &h, 0, EVENTS);
    expect_nothing_of_it();
}

/* What it may still erase keeps nothing going, and no partner is waited for. */
static void test_erasure_that_came_earlier_leaves_nothing_missing(void **state)
{
    struct sb_erased row;
    const struct sb_uuid hold = hold_id();
    (void)state;
    make_history(LATER, EARLIER, 1);
    sb_node_expect_receipts(w->node, HOUR_MS);
    h.events.n_items--; /* nobody has shown the last yet */
    h.events.n_checkpoints--;
    show();
    world_answer(w, &h, 0, EARLIER + 1);
    assert_int_equal(count_listed(), 1);
    w->now.mono_ms += SB_ERASING_LOOK_MS;
    world_turn(w, NULL, 0);
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    assert_int_equal(sb_store_find_erased(w->store, 0, &hold, &row, NULL), SB_OK);
    assert_int_equal(row.state, SB_ERASING_DONE);
    w->now.mono_ms += 2 * HOUR_MS;
    w->now.wall.ms += 2 * HOUR_MS;
    world_turn(w, NULL, 0);
    assert_int_equal(w->node->erasing.overdue.told, 1);
    h.events.n_items++;
    h.events.n_checkpoints++;
    world_show_as(w, &h, 2, world_org("GM0437"));
    world_answer(w, &h, LATER, 1);
    expect_nothing_of_it();
}

/* A daemon before this one erased the item alone: the next start does the rest. */
static void test_erasure_that_left_what_kept_its_item_takes_it_along_at_the_next_start(void **state)
{
    const struct world_keys keys = {.own = NULL};
    struct sb_store_txn *txn;
    (void)state;
    make_history(EARLIER, LATER, EVENTS);
    struct sb_item *says = &h.events.items[LATER];
    const struct sb_item whole = *says;
    says->salt = NULL;
    says->body = (struct sb_bytes){NULL, 0};
    show();
    world_answer(w, &h, 0, EVENTS);
    assert_int_equal(sb_store_missing_count(w->store), 2);
    world_stop(w);
    const struct sb_place place = {0, 0, h.events.epoch, {LATER + 1}};
    const struct sb_erased row = {.event = item_id(), .by = whole.link.id, .since = w->now.wall};
    assert_int_equal(sb_store_begin(w->store, &txn, NULL), SB_OK);
    sb_store_put_body(txn, &place, whole.salt, whole.body);
    sb_store_put_erased(txn, &row);
    assert_int_equal(sb_store_commit(txn, NULL), SB_OK);
    assert_int_equal(state_of_hold(), SB_BODY_MISSING);
    world_start(w, "GM0384", "GM0437", 0, &keys);
    world_turn(w, NULL, 0);
    expect_nothing_of_it();
}

/* A client's publish is staged, and what comes of our own history erases it in the same turn. */
static void test_erasure_in_the_turn_of_the_publish_leaves_nothing_of_it(void **state)
{
    char json[400], until[SB_TIME_TEXT_MAX];
    struct sb_message heard;
    (void)state;
    world_history_of(&h, EVENTS, EVENTS, 0);
    make_erasure(&h.events.items[LATER]);
    history_relink(&h, 0);
    world_fill(w, 1, 1);
    show();
    assert_true(world_heard(w, SB_MSG_WANT, 0, &heard));
    struct sb_message events = {
        .type = SB_MSG_EVENTS, .request = heard.request, .events = h.events};
    sb_time_format(until, (struct sb_time){w->now.wall.ms + HOUR_MS});
    snprintf(json, sizeof json,
             "{\"id\":\"%s\",\"topic\":\"agenda/wonen\",\"agendaItem\":{\"itemId\":\"%s\","
             "\"kind\":\"item\",\"title\":\"CANARY\",\"disclosure\":\"embargoed\","
             "\"embargoUntil\":\"%s\"}}",
             id_text, id_text, until);
    struct sb_submission s = world_submission(w, json);
    struct sb_message publish = world_publish(5, &s, 1);
    events.events.last = true;
    const struct sb_net_message both[] = {
        world_request(w, WORLD_CLIENT, WORLD_SESSION, &publish),
        world_request(w, WORLD_PARTNER, WORLD_SESSION + 1, &events)};
    world_turn(w, both, 2);
    expect_nothing_of_it();
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_erasure_beside_what_it_erases_leaves_nothing_missing),
        T(test_erasure_before_what_it_erases_leaves_nothing_missing),
        T(test_erasure_that_came_earlier_leaves_nothing_missing),
        T(test_erasure_that_left_what_kept_its_item_takes_it_along_at_the_next_start),
        T(test_erasure_in_the_turn_of_the_publish_leaves_nothing_of_it),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
