/* Erasures and Receipts whose links came without their bodies: they do what they would have done
 * with them, once the bodies come, and count for no more. */
#include <errno.h>
#include <fcntl.h>

#include "daemon/core/internal.h"
#include "daemon/shell/node_internal.h"
#include "daemon/store/erasing.h"
#include "proto/erasure.h"
#include "proto/rekey.h"
#include "tests/unit/shell/file_limit.h"
#include "tests/unit/shell/node_history.h"

enum { LARGE = 60 * 1024 };
enum { EVENTS = 5, ERASED = 3, SAYS = 4 }; /* items of the history: the last one says something */

static struct node_world *w;
static struct history h;
static bool disk_full;

/* In the system's place: a disk that keeps what it was asked for, until it is full. */
int fallocate(int fd, int mode, off_t from, off_t n)
{
    (void)fd, (void)mode, (void)from, (void)n;
    errno = ENOSPC;
    return disk_full ? -1 : 0;
}

/* A history of GM0384, all but the last of whose bodies have come. */
static void bring(struct sb_bytes body)
{
    struct sb_item *says;
    world_history(&h, EVENTS, EVENTS);
    says = &h.events.items[SAYS];
    says->link.kind = SB_KIND_SYSTEM;
    world_give_body(says, body);
    history_relink(&h, 0);
    const struct sb_item whole = *says;
    says->salt = NULL;
    says->body = (struct sb_bytes){NULL, 0};
    world_hello(w);
    world_show(w, &h, 1);
    world_answer(w, &h, 0, EVENTS);
    *says = whole;
}

static struct sb_body_item body_of(size_t i)
{
    const struct sb_item *item = &h.events.items[i];
    return (struct sb_body_item){.seq = item->link.seq,
                                 .link_hash = sb_link_hash(&item->link),
                                 .salt = item->salt,
                                 .body = item->body};
}

/* In a message that nobody waits for: whoever asked has forgotten it. */
static void give_bodies(struct sb_body_item *items, size_t n)
{
    struct sb_message m = {.type = SB_MSG_BODIES, .request = 77};
    m.bodies = (struct sb_bodies){.origin = h.events.origin,
                                  .epoch = h.events.epoch,
                                  .items = items,
                                  .n_items = n,
                                  .last = true};
    world_say(w, WORLD_PARTNER, &m);
}

static struct sb_bytes erasure(const char *origin, const struct sb_uuid *event)
{
    const struct sb_erasure_said said = {world_org(origin), *event, {(const uint8_t *)"AVG", 3}};
    return sb_erasure_build(&said, w->now.wall, &w->arena);
}

static struct sb_bytes receipt(const struct sb_uuid *event)
{
    const struct sb_receipt_said said = {.erasure_origin = world_org("GM0437"),
                                         .origin = world_org("GM0437"),
                                         .erasure = {{8}},
                                         .event = *event,
                                         .time = {1234}};
    return sb_receipt_build(&said, w->now.wall, &w->arena);
}

static enum sb_body_state state_of(size_t i)
{
    struct sb_record r;
    assert_int_equal(
        sb_store_find_id(w->store, WORLD_PARTNER, &h.events.items[i].link.id, 0, &r, NULL), SB_OK);
    return r.state;
}

/* Ids of a history are made of its numbers, so that they are known before. */
static struct sb_uuid id_of(size_t i)
{
    struct history other;
    world_history(&other, EVENTS, EVENTS);
    struct sb_uuid id = other.events.items[i].link.id;
    history_fini(&other);
    return id;
}

static int set_up(void **state)
{
    (void)state;
    disk_full = false;
    memset(&h, 0, sizeof h);
    w = world_new("GM0437", "GM0384");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_free(w);
    history_fini(&h);
    return 0;
}

static void test_erasure_whose_body_comes_alone_erases(void **state)
{
    struct sb_erased row;
    const struct sb_uuid id = id_of(ERASED);
    (void)state;
    bring(erasure("GM0384", &id));
    assert_int_equal(state_of(SAYS), SB_BODY_MISSING);
    assert_int_equal(state_of(ERASED), SB_BODY_PRESENT);
    struct sb_body_item late = body_of(SAYS);
    give_bodies(&late, 1);
    assert_int_equal(state_of(SAYS), SB_BODY_PRESENT);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
    assert_int_equal(sb_store_find_erased(w->store, WORLD_PARTNER, &id, &row, NULL), SB_OK);
    assert_true(sb_uuid_eq(&row.by, &h.events.items[SAYS].link.id));
    assert_int_equal(row.state, SB_ERASING_IN_FILES);
}

static void test_erasure_of_another_whose_body_comes_alone_does_nothing(void **state)
{
    struct sb_erased row;
    struct sb_message m;
    (void)state;
    world_fill(w, 1, 1);
    assert_true(world_heard(w, SB_MSG_RESULTS, 0, &m));
    struct sb_submission own = world_custom(w, 1, "text", "");
    bring(erasure("GM0437", &own.id));
    struct sb_body_item late = body_of(SAYS);
    give_bodies(&late, 1);
    assert_int_equal(state_of(SAYS), SB_BODY_PRESENT);
    for (uint16_t origin = 0; origin <= WORLD_PARTNER; origin++) {
        assert_int_equal(sb_store_find_erased(w->store, origin, &own.id, &row, NULL),
                         SB_E_NOTFOUND);
    }
}

static void test_receipt_whose_body_comes_alone_counts(void **state)
{
    const struct sb_uuid event = {{7}};
    struct sb_time time;
    (void)state;
    bring(receipt(&event));
    assert_int_equal(sb_store_find_receipt(w->store, 0, &event, WORLD_PARTNER, &time, NULL),
                     SB_E_NOTFOUND);
    struct sb_body_item late = body_of(SAYS);
    give_bodies(&late, 1);
    assert_int_equal(sb_store_find_receipt(w->store, 0, &event, WORLD_PARTNER, &time, NULL), SB_OK);
    assert_int_equal(time.ms, 1234);
}

/* The announcement of a new key ends the history below what says it. */
static void test_erasure_that_does_not_count_is_not_taken_later(void **state)
{
    struct sb_erased row;
    const struct sb_uuid id = id_of(ERASED);
    struct sb_sign_seed seed = world_seed("new");
    (void)state;
    bring(erasure("GM0384", &id));
    const struct sb_link *last = &h.events.items[ERASED].link;
    const struct sb_rekey_tip tip = {h.events.epoch, last->seq, sb_link_hash(last)};
    const struct sb_rekey rekey = {.partnership = "duoplus",
                                   .organisation = world_org("GM0384"),
                                   .old_key = h.start.sign_key,
                                   .sign_key = sb_sign_public_of(&seed),
                                   .tips = &tip,
                                   .n_tips = 1};
    const struct world_keys keys = {.partner = &seed, .rekeys = &rekey, .n_rekeys = 1};
    sb_node_free(w->node);
    sb_signer_free(w->signer);
    world_start(w, "GM0437", "GM0384", 0, &keys);
    world_turn(w, NULL, 0);
    world_hello(w);
    struct sb_body_item late = body_of(SAYS);
    give_bodies(&late, 1);
    assert_int_equal(state_of(SAYS), SB_BODY_MISSING);
    assert_int_equal(state_of(ERASED), SB_BODY_PRESENT);
    assert_int_equal(sb_store_find_erased(w->store, WORLD_PARTNER, &id, &row, NULL), SB_E_NOTFOUND);
}

/* A daemon before this one takes the body and does nothing. */
static void take_in_vain(const struct sb_uuid *id)
{
    struct sb_store_txn *txn;
    bring(erasure("GM0384", id));
    sb_node_free(w->node);
    sb_signer_free(w->signer);
    const struct sb_place place = {WORLD_PARTNER, 0, h.events.epoch, {EVENTS}};
    const struct sb_item *late = &h.events.items[SAYS];
    assert_int_equal(sb_store_begin(w->store, &txn, NULL), SB_OK);
    sb_store_put_body(txn, &place, late->salt, late->body);
    assert_int_equal(sb_store_commit(txn, NULL), SB_OK);
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    assert_int_equal(state_of(ERASED), SB_BODY_PRESENT);
}

/* The next start does it. */
static void test_erasure_that_was_taken_in_vain_erases_at_the_next_start(void **state)
{
    struct sb_erased row;
    const struct world_keys keys = {.own = NULL};
    const struct sb_uuid id = id_of(ERASED);
    (void)state;
    take_in_vain(&id);
    world_start(w, "GM0437", "GM0384", 0, &keys);
    world_turn(w, NULL, 0);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
    assert_int_equal(sb_store_find_erased(w->store, WORLD_PARTNER, &id, &row, NULL), SB_OK);
    assert_true(sb_uuid_eq(&row.by, &h.events.items[SAYS].link.id));
}

/* Or a later turn of that run, where the disk is full; it is not tried all the time. */
static void test_erasure_that_was_taken_in_vain_erases_when_there_is_room(void **state)
{
    const struct world_keys keys = {.own = NULL};
    const struct sb_uuid id = id_of(ERASED);
    (void)state;
    take_in_vain(&id);
    limit_files(2 * 4096);
    world_start(w, "GM0437", "GM0384", 0, &keys);
    world_turn(w, NULL, 0);
    assert_true(sb_core_is_full(w->node->core));
    world_turn(w, NULL, 0);
    assert_in_range(sb_node_deadline(w->node), w->now.mono_ms + 1, w->now.mono_ms + 2000);
    limit_files(RLIM_INFINITY);
    world_turn(w, NULL, 0);
    assert_int_equal(state_of(ERASED), SB_BODY_PRESENT);
    w->now.mono_ms += 2000;
    world_turn(w, NULL, 0);
    world_turn(w, NULL, 0);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
    assert_true(sb_node_deadline(w->node) > w->now.mono_ms);
}

/* It takes along what nobody could verify it without, and nothing else, however short, of which
 * there may be much; that is missing then, and comes later. */
static void test_erasure_comes_into_a_full_store_with_the_start_of_its_epoch_alone(void **state)
{
    const struct sb_uuid id = id_of(ERASED), event = {{7}};
    struct sb_time time;
    (void)state;
    world_history(&h, EVENTS, EVENTS);
    h.events.items[SAYS].link.kind = h.events.items[2].link.kind = SB_KIND_SYSTEM;
    h.events.items[2].link.audience.n = 0;
    world_give_body(&h.events.items[2], receipt(&event));
    world_give_body(&h.events.items[SAYS], erasure("GM0384", &id));
    history_relink(&h, 0);
    world_hello(w);
    world_show(w, &h, 1);
    w->node->core->full = true;
    world_answer(w, &h, 0, EVENTS);
    assert_int_equal(state_of(0), SB_BODY_PRESENT);
    assert_int_equal(state_of(1), SB_BODY_MISSING);
    assert_int_equal(state_of(2), SB_BODY_MISSING);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
    assert_int_equal(state_of(SAYS), SB_BODY_PRESENT);
    struct sb_body_item late[] = {body_of(1), body_of(2)};
    give_bodies(late, 2);
    assert_int_equal(state_of(1), SB_BODY_PRESENT);
    assert_int_equal(state_of(2), SB_BODY_PRESENT);
    assert_int_equal(sb_store_find_receipt(w->store, 0, &event, WORLD_PARTNER, &time, NULL), SB_OK);
}

/* A publish that fails beside it does not keep it waiting. */
static void test_erasure_that_was_taken_in_vain_does_not_wait_for_others(void **state)
{
    enum { MANY = 300 };
    static struct sb_submission items[MANY];
    const struct world_keys keys = {.own = NULL};
    const struct sb_uuid id = id_of(ERASED);
    struct sb_message heard;
    (void)state;
    take_in_vain(&id);
    for (unsigned i = 0; i < MANY; i++) {
        items[i] = world_custom(w, i, "text", "");
    }
    struct sb_message m = world_publish(3, items, MANY);
    world_start(w, "GM0437", "GM0384", 0, &keys);
    disk_full = true;
    world_say(w, WORLD_CLIENT, &m);
    assert_true(world_heard(w, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_STORE_FULL);
    assert_int_equal(state_of(ERASED), SB_BODY_PRESENT);
    world_turn(w, NULL, 0);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
}

static struct sb_bytes large_body(uint8_t fill)
{
    uint8_t *bytes = sb_arena_alloc(&w->arena, LARGE);
    assert_non_null(bytes);
    memset(bytes, fill, LARGE);
    return (struct sb_bytes){bytes, LARGE};
}

/* A history whose last item erases, with large bodies before it; the start says what comes first.
 */
static void make_large(void)
{
    const struct sb_uuid id = id_of(ERASED);
    world_history(&h, EVENTS, EVENTS);
    world_give_body(&h.events.items[2], large_body(2));
    world_give_body(&h.events.items[ERASED], large_body(ERASED));
    h.events.items[SAYS].link.kind = SB_KIND_SYSTEM;
    world_give_body(&h.events.items[SAYS], erasure("GM0384", &id));
    history_relink(&h, 0);
}

/* Nobody knows yet that the disk is full: what is large finds it out, and takes no reserve. */
static void test_erasure_takes_no_large_body_into_the_reserve(void **state)
{
    (void)state;
    make_large();
    world_hello(w);
    world_show(w, &h, 1);
    disk_full = true;
    world_answer(w, &h, 0, EVENTS);
    assert_true(sb_core_is_full(w->node->core));
    w->now.mono_ms += 2000;
    world_turn(w, NULL, 0);
    world_answer(w, &h, 0, EVENTS);
    assert_int_equal(state_of(2), SB_BODY_MISSING);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
    assert_int_equal(state_of(SAYS), SB_BODY_PRESENT);
}

/* The same of bodies that come behind their links. */
static void test_late_erasure_takes_no_large_body_into_the_reserve(void **state)
{
    (void)state;
    make_large();
    struct sb_item whole[EVENTS];
    memcpy(whole, h.events.items, sizeof whole);
    for (size_t i = 1; i < EVENTS; i++) {
        h.events.items[i].salt = NULL;
        h.events.items[i].body = (struct sb_bytes){NULL, 0};
    }
    world_hello(w);
    world_show(w, &h, 1);
    world_answer(w, &h, 0, EVENTS);
    memcpy(h.events.items, whole, sizeof whole);
    disk_full = true;
    struct sb_body_item late[] = {body_of(2), body_of(ERASED), body_of(SAYS)};
    give_bodies(late, 3);
    assert_true(sb_core_is_full(w->node->core));
    assert_int_equal(state_of(SAYS), SB_BODY_MISSING);
    give_bodies(late, 3);
    assert_int_equal(state_of(2), SB_BODY_MISSING);
    assert_int_equal(state_of(SAYS), SB_BODY_PRESENT);
    assert_int_equal(state_of(ERASED), SB_BODY_ERASED);
}

/* Whoever asks is answered also where the message has no place to wait for another commit. */
static void test_erase_that_cannot_wait_is_answered(void **state)
{
    (void)state;
    struct sb_message m = {.type = SB_MSG_ERASE, .request = 9}, heard;
    struct sb_erase_item items[2];
    world_fill(w, 1, 2);
    for (unsigned i = 0; i < 2; i++) {
        items[i] = (struct sb_erase_item){world_org("GM0437"), world_custom(w, i + 1, "", "").id};
    }
    m.erase = (struct sb_erase){.ground = "AVG", .items = items, .n_items = 2};
    const size_t waiting = w->node->held.n;
    w->node->held.n = SB_PENDING_PUBLISHES_MAX;
    limit_files(2 * 4096);
    world_say(w, WORLD_CLIENT, &m);
    limit_files(RLIM_INFINITY);
    w->node->held.n = waiting;
    assert_true(world_heard(w, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.request, 9);
    assert_int_equal(heard.results.n_items, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(heard.results.items[i].code, SB_CODE_UNKNOWN_OUTCOME);
    }
}

/* Our own history has reached its quota, so that no receipt can be said: what is behind the one
 * that waits is done all the same, and nobody looks for it fifty times a second. */
static void test_receipt_that_cannot_be_said_holds_up_nothing_else(void **state)
{
    enum { FIRST = 1 };
    struct sb_store_txn *txn;
    struct sb_erased row;
    struct sb_time time;
    const struct sb_uuid first = id_of(FIRST), behind = id_of(ERASED);
    (void)state;
    bring(erasure("GM0384", &first));
    w->node->core->o.quota_bytes = 0;
    struct sb_body_item late = body_of(SAYS);
    give_bodies(&late, 1);
    assert_int_equal(sb_store_begin(w->store, &txn, NULL), SB_OK);
    const struct sb_erased gone = {.origin = WORLD_PARTNER, .event = behind, .since = w->now.wall};
    sb_store_put_erased(txn, &gone);
    assert_int_equal(sb_store_commit(txn, NULL), SB_OK);
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    assert_true(memcmp(first.b, behind.b, sizeof first.b) < 0);
    bool done = false;
    for (int i = 0; i < 1000000 && !done; i++) { /* the compaction takes its time */
        w->now.mono_ms += 1000;
        world_turn(w, NULL, 0);
        assert_int_equal(sb_store_find_erased(w->store, WORLD_PARTNER, &behind, &row, NULL), SB_OK);
        done = row.state == SB_ERASING_DONE;
    }
    assert_true(done);
    assert_int_equal(sb_store_find_erased(w->store, WORLD_PARTNER, &first, &row, NULL), SB_OK);
    assert_int_equal(row.state, SB_ERASING_GONE);
    assert_int_equal(sb_store_find_receipt(w->store, WORLD_PARTNER, &first, 0, &time, NULL),
                     SB_E_NOTFOUND);
    assert_true(sb_erasure_deadline(w->node) > w->now.mono_ms + SB_COMPACT_LOOK_MS);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_receipt_that_cannot_be_said_holds_up_nothing_else),
        T(test_erasure_whose_body_comes_alone_erases),
        T(test_erasure_of_another_whose_body_comes_alone_does_nothing),
        T(test_receipt_whose_body_comes_alone_counts),
        T(test_erasure_that_does_not_count_is_not_taken_later),
        T(test_erasure_that_was_taken_in_vain_erases_at_the_next_start),
        T(test_erasure_that_was_taken_in_vain_erases_when_there_is_room),
        T(test_erasure_that_was_taken_in_vain_does_not_wait_for_others),
        T(test_erasure_comes_into_a_full_store_with_the_start_of_its_epoch_alone),
        T(test_erasure_takes_no_large_body_into_the_reserve),
        T(test_late_erasure_takes_no_large_body_into_the_reserve),
        T(test_erase_that_cannot_wait_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
