/* Embargo through a whole node on a real store: what is kept is for nobody but ourselves, goes out
 * at its time and not before, once, whatever clocks, restarts and retries do. */
#include <stdio.h>

#include "daemon/shell/node_internal.h"
#include "proto/embargo.h"
#include "proto/rekey.h"
#include "tests/unit/shell/node_talk.h"

enum { HOUR_MS = 3600 * 1000 };

static const char id_text[] = "01930000-0000-7000-8000-000000000077";
static struct node_world *world;

static int open_world(void **state)
{
    *state = world = world_new("GM0384", "GM0451");
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    return 0;
}

/* An item of `until_ms` from now on; `more` may be another field of the event, and a comma. */
static struct sb_submission item_of(const char *item_id, int64_t until_ms, const char *more)
{
    char json[600], until[SB_TIME_TEXT_MAX];
    sb_time_format(until, (struct sb_time){world->now.wall.ms + until_ms});
    snprintf(json, sizeof json,
             "{\"id\":\"%s\",\"topic\":\"agenda/wonen\",%s\"agendaItem\":{\"itemId\":\"%s\","
             "\"kind\":\"item\",\"title\":\"CANARY\",\"disclosure\":\"embargoed\","
             "\"embargoUntil\":\"%s\"}}",
             id_text, more, item_id, until);
    return world_submission(world, json);
}

static struct sb_submission item(int64_t until_ms, const char *more)
{
    return item_of(id_text, until_ms, more);
}

static struct sb_result publish(struct sb_submission s)
{
    struct sb_message m = world_publish(5, &s, 1), heard;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    return heard.results.items[0];
}

static void pass(int64_t mono_ms, int64_t wall_ms)
{
    world->now.mono_ms += mono_ms;
    world->now.wall.ms += wall_ms;
    world_turn(world, NULL, 0);
}

/* Time goes by as it does: no faster than a turn a second. */
static void live(int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        pass(1000 - 1, 1000 - 1);
    }
}

static bool find(const struct sb_uuid *id, struct sb_record *out)
{
    assert_int_equal(sb_store_refresh(world->store, NULL), SB_OK);
    return sb_store_find_id(world->store, 0, id, 0, out, NULL) == SB_OK;
}

static bool is_published(struct sb_record *out)
{
    struct sb_uuid id;
    assert_true(sb_uuid_parse(&id, id_text, strlen(id_text)));
    return find(&id, out);
}

static void test_embargo_is_kept_for_ourselves_and_ends_at_its_time(void **state)
{
    (void)state;
    struct sb_record r;
    struct sb_uuid id, hold;
    struct sb_body_head head;
    assert_int_equal(publish(item(20 * 1000, "\"audience\":[\"GM0384\",\"GM0451\"],")).code,
                     SB_CODE_OK);
    assert_true(sb_uuid_parse(&id, id_text, strlen(id_text)));
    hold = sb_embargo_hold_id(&id);
    assert_true(find(&hold, &r));
    assert_int_equal(r.item.link.kind, SB_KIND_RESTRICTED);
    assert_int_equal(r.item.link.audience.n, 1);
    assert_string_equal(r.item.link.audience.orgs[0].s, "GM0384");
    live(19);
    assert_false(is_published(&r));
    live(2);
    assert_true(is_published(&r));
    assert_int_equal(r.item.link.audience.n, 2);
    assert_true(sb_body_head_read(&head, r.item.body));
    assert_int_equal(head.content, SB_CONTENT_AGENDA_ITEM);
    assert_memory_equal(head.publisher.p, "operator", head.publisher.n);
    assert_non_null(memmem(head.content_bytes.p, head.content_bytes.n, "CANARY", 6));
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    sb_core_offsets(sb_node_core(world->node), &last, by_class);
    live(5);
    struct sb_offset later;
    sb_core_offsets(sb_node_core(world->node), &later, by_class);
    assert_int_equal(later.n, last.n); /* once */
}

static void test_embargo_does_not_believe_a_clock_that_was_just_moved(void **state)
{
    (void)state;
    struct sb_record r;
    assert_int_equal(publish(item(2 * HOUR_MS, "")).code, SB_CODE_OK);
    live(2);
    pass(10, 3 * HOUR_MS); /* somebody sets the clock forward */
    live(5);
    assert_false(is_published(&r));
    pass(10, -3 * HOUR_MS); /* and back */
    live(20);
    assert_false(is_published(&r));
    pass(10, 3 * HOUR_MS); /* a machine that slept for three hours */
    live(12);
    assert_true(is_published(&r));
}

static void test_embargo_answers_a_retry_like_the_first_time(void **state)
{
    (void)state;
    struct sb_record r;
    struct sb_submission s = item(10 * 1000, "");
    struct sb_result first = publish(s);
    assert_false(first.duplicate);
    struct sb_result again = publish(s);
    assert_int_equal(again.code, SB_CODE_OK);
    assert_true(again.duplicate);
    assert_int_equal(again.seq.n, first.seq.n);
    live(15);
    assert_true(is_published(&r));
    again = publish(s);
    assert_int_equal(again.code, SB_CODE_OK);
    assert_true(again.duplicate);
    assert_int_equal(publish(item(HOUR_MS, "")).code, SB_CODE_ID_CONFLICT);
}

static void test_embargo_is_ended_early_by_the_event_without_it(void **state)
{
    (void)state;
    char json[400];
    struct sb_record r;
    assert_int_equal(publish(item(HOUR_MS, "")).code, SB_CODE_OK);
    snprintf(json, sizeof json,
             "{\"id\":\"%s\",\"topic\":\"agenda/wonen\",\"agendaItem\":{\"itemId\":\"%s\","
             "\"kind\":\"item\",\"title\":\"changed\"}}",
             id_text, id_text);
    assert_int_equal(publish(world_submission(world, json)).code, SB_CODE_OK);
    assert_true(is_published(&r));
    struct sb_offset before, after, by_class[SB_CLASS_COUNT];
    sb_core_offsets(sb_node_core(world->node), &before, by_class);
    pass(HOUR_MS, HOUR_MS);
    live(15);
    sb_core_offsets(sb_node_core(world->node), &after, by_class);
    assert_int_equal(after.n, before.n);
}

static void
test_embargo_in_the_past_or_to_a_stranger_is_refused_with_what_would_be_right(void **state)
{
    (void)state;
    struct sb_result r = publish(item(-1000, ""));
    assert_int_equal(r.code, SB_CODE_INVALID_BODY);
    assert_non_null(strstr(r.text, "agendaItem.embargoUntil: 2023-"));
    assert_non_null(strstr(r.text, "lies in the past; give a later time"));
    r = publish(item(HOUR_MS, "\"audience\":[\"GM0384\",\"GM9999\"],"));
    assert_int_equal(r.code, SB_CODE_INVALID_BODY);
    assert_non_null(strstr(r.text, "no partner here"));
}

/* Only the daemon makes what it publishes by itself: a client's copy of it is a custom event. */
static void test_embargo_cannot_be_made_by_a_client(void **state)
{
    (void)state;
    struct sb_record r;
    struct sb_embargo e = {.until = {world->now.wall.ms + 5000}};
    struct sb_submission s = item(5000, "");
    e.id = s.id;
    e.publisher = (struct sb_bytes){(const uint8_t *)"x", 1};
    e.submission = s.body;
    s.body = sb_embargo_hold(&e, &world->arena);
    s.id = sb_embargo_hold_id(&s.id);
    s.audience = (struct sb_audience){(const struct sb_org[]){{"GM0384"}}, 1};
    assert_int_equal(publish(s).code, SB_CODE_OK);
    live(15);
    assert_false(is_published(&r));
}

/* ---- erased */

static enum sb_code erase(void)
{
    struct sb_erase_item item = {.origin = {"GM0384"}};
    struct sb_message m = {.type = SB_MSG_ERASE, .request = 6}, heard;
    assert_true(sb_uuid_parse(&item.id, id_text, strlen(id_text)));
    m.erase = (struct sb_erase){"AVG", &item, 1};
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    return heard.results.items[0].code;
}

/* The list of erasures has a line for the item alone: not one more for what is kept of it. */
static struct sb_erasure listed_alone(void)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 7}, heard;
    m.query.erasures = true;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_ERASURES, 0, &heard));
    assert_true(heard.erasures.end);
    assert_int_equal(heard.erasures.n_items, 1);
    struct sb_uuid id;
    assert_true(sb_uuid_parse(&id, id_text, strlen(id_text)));
    assert_true(sb_uuid_eq(&heard.erasures.items[0].id, &id));
    return heard.erasures.items[0];
}

static bool hold_has_body(void)
{
    struct sb_uuid id;
    struct sb_record r;
    assert_true(sb_uuid_parse(&id, id_text, strlen(id_text)));
    id = sb_embargo_hold_id(&id);
    assert_true(find(&id, &r));
    return r.item.salt != NULL;
}

static void test_embargo_of_an_erased_item_leaves_nothing_of_it(void **state)
{
    (void)state;
    struct sb_record r;
    assert_int_equal(publish(item(10 * 1000, "")).code, SB_CODE_OK);
    live(15);
    assert_true(is_published(&r));
    assert_true(hold_has_body());
    assert_int_equal(erase(), SB_CODE_OK);
    assert_true(is_published(&r));
    assert_null(r.item.salt);
    assert_false(hold_has_body());
    assert_int_equal(listed_alone().n_holders, 2);
}

static void test_embargo_of_an_item_that_is_erased_before_its_time_never_ends(void **state)
{
    (void)state;
    struct sb_record r;
    assert_int_equal(erase(), SB_CODE_UNKNOWN_EVENT);
    assert_int_equal(publish(item(10 * 1000, "")).code, SB_CODE_OK);
    assert_int_equal(erase(), SB_CODE_OK);
    assert_false(hold_has_body());
    assert_int_equal(publish(item(10 * 1000, "")).code, SB_CODE_ERASED);
    struct sb_erasure e = listed_alone(); /* nobody else was ever given it */
    assert_int_equal(e.n_holders, 1);
    assert_string_equal(e.holders[0].organisation.s, "GM0384");
    live(90);
    assert_false(is_published(&r));
    assert_int_equal(world->node->embargoes.n, 0);
    assert_false(world->node->embargoes.overdue);
}

/* What is left to the next start calls for no turn of this one. */
static void test_embargo_that_has_ended_keeps_no_stopping_daemon_awake(void **state)
{
    (void)state;
    struct sb_record r;
    assert_int_equal(publish(item(10 * 1000, "")).code, SB_CODE_OK);
    sb_node_shutdown(world->node);
    live(15);
    assert_false(is_published(&r));
    assert_true(sb_node_deadline(world->node) > world->now.mono_ms);
}

/* ---- many */

enum { PLACES = SB_EMBARGOES_MAX };

static struct sb_uuid id_of(unsigned number)
{
    char text[SB_UUID_TEXT_MAX + 8];
    struct sb_uuid id;
    snprintf(text, sizeof text, "01930000-0000-7000-8000-%012u", number);
    assert_true(sb_uuid_parse(&id, text, strlen(text)));
    return id;
}

/* Publishes `n` items in one turn, numbered from `first`; answers how many were taken. */
static size_t seal(unsigned first, size_t n, int64_t until_ms)
{
    struct sb_submission *items = calloc(n, sizeof *items);
    struct sb_message m, heard;
    size_t taken = 0;
    assert_non_null(items);
    for (size_t i = 0; i < n; i++) {
        char text[SB_UUID_TEXT_MAX];
        const struct sb_uuid id = id_of(first + (unsigned)i);
        sb_uuid_format(text, &id);
        items[i] = item_of(text, until_ms, "");
        items[i].id = id;
    }
    m = world_publish(first, items, n);
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.n_items, n);
    for (size_t i = 0; i < n; i++) {
        bool ok = heard.results.items[i].code == SB_CODE_OK;
        assert_true(ok || heard.results.items[i].code == SB_CODE_TOO_LARGE);
        taken += ok;
    }
    sb_arena_reset(&world->arena);
    free(items);
    return taken;
}

static size_t count_published(unsigned first, size_t n)
{
    struct sb_record r;
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const struct sb_uuid id = id_of(first + (unsigned)i);
        found += find(&id, &r);
    }
    return found;
}

/* The turns that it asks for at once. */
static void work_off(void)
{
    while (sb_node_deadline(world->node) <= world->now.mono_ms) {
        world_turn(world, NULL, 0);
    }
}

static void restart(const struct world_keys *keys)
{
    world_stop(world);
    world_start(world, "GM0384", "GM0451", 0, keys);
    world_turn(world, NULL, 0);
}

/* One turn takes no more than there are places: whoever was answered "ok" is published. */
static void test_embargo_takes_no_more_in_a_turn_than_there_are_places(void **state)
{
    (void)state;
    assert_int_equal(seal(1, PLACES - 1, 60 * 1000), PLACES - 1);
    assert_int_equal(seal(2000, 10, 60 * 1000), 1);
    assert_int_equal(seal(3000, 1, 60 * 1000), 0);
    live(65);
    work_off();
    assert_int_equal(count_published(1, PLACES - 1), PLACES - 1);
    assert_int_equal(count_published(2000, 10), 1);
    live(1);
    assert_int_equal(world->node->embargoes.n, 0);
    assert_int_equal(seal(3000, 1, 60 * 1000), 1);
}

/* As many as a history that came back may have: all of them, each at its time. */
static void test_embargo_of_more_than_there_are_places_ends_in_parts(void **state)
{
    (void)state;
    enum { MORE = 600 };
    assert_int_equal(seal(10000, MORE, 200 * 1000), MORE);
    world_turn(world, NULL, 0);
    world->node->embargoes.n = 0; /* as if these had come from elsewhere */
    assert_int_equal(seal(20000, PLACES, 100 * 1000), PLACES);
    restart(&(const struct world_keys){0});
    live(5);
    assert_int_equal(world->node->embargoes.n, PLACES);
    assert_int_equal(seal(30000, 1, HOUR_MS), 0);
    live(90);
    assert_int_equal(count_published(20000, PLACES), 0);
    live(6);
    work_off();
    live(2); /* it has read the log anew, for those that had no place */
    work_off();
    assert_int_equal(count_published(20000, PLACES), PLACES);
    assert_int_equal(count_published(10000, MORE), 0);
    assert_false(world->node->embargoes.overdue);
    live(105);
    work_off();
    assert_int_equal(count_published(10000, MORE), MORE);
    assert_int_equal(world->node->embargoes.n, 0);
    assert_false(world->node->embargoes.overdue);
}

static void test_embargo_of_an_erased_item_takes_no_place(void **state)
{
    (void)state;
    assert_int_equal(publish(item(HOUR_MS, "")).code, SB_CODE_OK);
    assert_int_equal(seal(1000, PLACES - 1, HOUR_MS), PLACES - 1);
    assert_int_equal(seal(3000, 1, HOUR_MS), 0);
    assert_int_equal(erase(), SB_CODE_OK);
    live(2);
    assert_int_equal(seal(3000, 2, HOUR_MS), 1);
}

/* Whoever stole the key had our own daemon keep as many as there can be; then it was replaced. */
static void test_embargo_that_a_replaced_key_kept_takes_no_place(void **state)
{
    (void)state;
    const struct sb_sign_seed old = world_seed("GM0384"), new = world_seed("GM0384 anew");
    struct sb_chain_info chain;
    uint32_t at = 0;
    world_fill(world, 1, 1);
    assert_true(sb_core_next_chain(sb_node_core(world->node), 0, &at, &chain));
    const struct sb_rekey_tip tip = {chain.epoch, chain.tip.seq, chain.tip.hash};
    const struct sb_rekey rekey = {.partnership = "duoplus",
                                   .organisation = world_org("GM0384"),
                                   .old_key = sb_sign_public_of(&old),
                                   .sign_key = sb_sign_public_of(&new),
                                   .tips = &tip,
                                   .n_tips = 1};
    assert_int_equal(seal(1000, PLACES, HOUR_MS), PLACES);
    const struct world_keys keys = {.own = &new, .rekeys = &rekey, .n_rekeys = 1};
    restart(&keys);
    live(2);
    assert_int_equal(seal(5000, 1, 60 * 1000), 1);
    restart(&keys);
    live(70);
    assert_int_equal(count_published(5000, 1), 1);
    assert_int_equal(world->node->embargoes.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_embargo_is_kept_for_ourselves_and_ends_at_its_time,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_does_not_believe_a_clock_that_was_just_moved,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_answers_a_retry_like_the_first_time,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_is_ended_early_by_the_event_without_it,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(
            test_embargo_in_the_past_or_to_a_stranger_is_refused_with_what_would_be_right,
            open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_takes_no_more_in_a_turn_than_there_are_places,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_of_more_than_there_are_places_ends_in_parts,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_of_an_erased_item_takes_no_place, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_embargo_that_a_replaced_key_kept_takes_no_place,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_that_has_ended_keeps_no_stopping_daemon_awake,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_cannot_be_made_by_a_client, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_embargo_of_an_erased_item_leaves_nothing_of_it,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(
            test_embargo_of_an_item_that_is_erased_before_its_time_never_ends, open_world,
            close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
