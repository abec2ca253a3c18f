/* Items under embargo are asked for their meaning like all others: when they are taken in, and
 * again when their time has come. */
#include <stdio.h>

#include "daemon/shell/node_internal.h"
#include "proto/embargo.h"
#include "tests/unit/shell/node_talk.h"

#define ID(n) "01930000-0000-7000-8000-00000000000" #n
#define ITEM  ID(9)

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

/* An edit of the one item; `until_ms` 0: without embargo. */
static struct sb_submission item(const char *id, const char *supersedes, int64_t until_ms)
{
    char json[700], until[SB_TIME_TEXT_MAX], embargo[120] = "";
    if (until_ms > 0) {
        sb_time_format(until, (struct sb_time){world->now.wall.ms + until_ms});
        snprintf(embargo, sizeof embargo, ",\"disclosure\":\"embargoed\",\"embargoUntil\":\"%s\"",
                 until);
    }
    snprintf(json, sizeof json,
             "{\"id\":\"%s\",\"topic\":\"agenda/wonen\",\"agendaItem\":{\"itemId\":\"" ITEM
             "\",\"kind\":\"item\",\"title\":\"T\"%s%s}}",
             id, supersedes, embargo);
    return world_submission(world, json);
}

#define EDITS(n) ",\"supersedes\":[\"GM0384/" ID(n) "\"]"

static struct sb_result publish(struct sb_submission s)
{
    struct sb_message m = world_publish(5, &s, 1), heard;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    return heard.results.items[0];
}

static void live(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        world->now.mono_ms += 999;
        world->now.wall.ms += 999;
        world_turn(world, NULL, 0);
    }
}

static bool is_here(const char *id_text, bool held)
{
    struct sb_uuid id;
    struct sb_record r;
    assert_true(sb_uuid_parse(&id, id_text, strlen(id_text)));
    id = held ? sb_embargo_hold_id(&id) : id;
    assert_int_equal(sb_store_refresh(world->store, NULL), SB_OK);
    return sb_store_find_id(world->store, 0, &id, 0, &r, NULL) == SB_OK;
}

static const char *alarm_text(const char *code)
{
    const struct sb_status *s = sb_node_status(world->node, world->now, &world->arena);
    for (size_t i = 0; i < s->n_alarms; i++) {
        if (strcmp(s->alarms[i].code, code) == 0) {
            return s->alarms[i].text;
        }
    }
    return NULL;
}

static void test_embargo_is_refused_where_its_item_would_have_no_effect(void **state)
{
    (void)state;
    assert_int_equal(publish(item(ID(1), "", 0)).code, SB_CODE_OK);
    struct sb_result plain = publish(item(ID(2), "", 0));
    char text[SB_NODE_TEXT_MAX];
    snprintf(text, sizeof text, "%s", plain.text);
    assert_int_equal(plain.code, SB_CODE_INVALID_BODY);
    struct sb_result r = publish(item(ID(2), "", 20 * 1000));
    assert_int_equal(r.code, SB_CODE_INVALID_BODY);
    assert_string_equal(r.text, text);
    assert_non_null(strstr(text, "itemId: this item exists"));
    assert_false(is_here(ID(2), true));
    r = publish(item(ID(2), EDITS(8), 20 * 1000));
    assert_int_equal(r.code, SB_CODE_INVALID_BODY);
    assert_int_equal(publish(item(ID(2), EDITS(1), 20 * 1000)).code, SB_CODE_OK);
    assert_true(is_here(ID(2), true));
    live(25);
    assert_true(is_here(ID(2), false));
    assert_null(alarm_text("embargo_without_effect"));
}

/* What is said earlier in the same PUBLISH counts. */
static void test_embargo_is_checked_by_what_its_publish_says_before_it(void **state)
{
    (void)state;
    struct sb_submission both[] = {item(ID(1), "", 0), item(ID(2), EDITS(1), 20 * 1000)};
    struct sb_message m = world_publish(5, both, 2), heard;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
    assert_int_equal(heard.results.items[1].code, SB_CODE_OK);
}

static void edit_meanwhile(void)
{
    assert_int_equal(publish(item(ID(1), "", 0)).code, SB_CODE_OK);
    assert_int_equal(publish(item(ID(2), EDITS(1), 20 * 1000)).code, SB_CODE_OK);
    assert_int_equal(publish(item(ID(3), EDITS(1), 0)).code, SB_CODE_OK);
    live(25);
    assert_false(is_here(ID(2), false));
    const char *text = alarm_text("embargo_without_effect");
    assert_non_null(text);
    assert_non_null(strstr(text, "GM0384/" ID(2) ": its embargo has ended"));
    assert_non_null(strstr(text, "publish under this id what is right, or erase it."));
    assert_non_null(strstr(text, "the item has been edited since; name"));
}

static void test_embargo_of_what_was_edited_meanwhile_waits_and_is_named(void **state)
{
    (void)state;
    edit_meanwhile();
    struct sb_result again = publish(item(ID(2), EDITS(1), 20 * 1000));
    assert_int_equal(again.code, SB_CODE_ID_CONFLICT); /* the time is another: no retry */
    assert_int_equal(publish(item(ID(2), EDITS(3), 0)).code, SB_CODE_OK);
    live(3);
    assert_null(alarm_text("embargo_without_effect"));
    assert_true(is_here(ID(2), false));
}

static void test_embargo_of_what_was_edited_meanwhile_ends_where_it_is_erased(void **state)
{
    (void)state;
    edit_meanwhile();
    struct sb_erase_item erased = {.origin = {"GM0384"}};
    struct sb_message m = {.type = SB_MSG_ERASE, .request = 6}, heard;
    assert_true(sb_uuid_parse(&erased.id, ID(2), strlen(ID(2))));
    m.erase = (struct sb_erase){"AVG", &erased, 1};
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
    live(3);
    assert_null(alarm_text("embargo_without_effect"));
    assert_false(is_here(ID(2), false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_embargo_is_refused_where_its_item_would_have_no_effect,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_embargo_is_checked_by_what_its_publish_says_before_it,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(
            test_embargo_of_what_was_edited_meanwhile_waits_and_is_named, open_world, close_world),
        cmocka_unit_test_setup_teardown(
            test_embargo_of_what_was_edited_meanwhile_ends_where_it_is_erased, open_world,
            close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
