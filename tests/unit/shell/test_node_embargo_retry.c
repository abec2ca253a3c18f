/* The retry of an item under embargo, whoever sends it and however it is encoded: what is the same
 * submission (PROTOCOL §8.4) is told as for any other event. */
#include <stdio.h>

#include "proto/pb_reader.h"
#include "proto/pb_writer.h"
#include "tests/unit/shell/node_talk.h"

enum { FIELDS_MAX = 8, HOUR_MS = 3600 * 1000 };

static struct node_world *world;
static int64_t until_ms; /* a retry is of the same one, whatever the clock says by then */

static int open_world(void **state)
{
    *state = world = world_new("GM0384", "GM0451");
    until_ms = world->now.wall.ms + HOUR_MS;
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    return 0;
}

static struct sb_submission item(const char *title, const char *audience, int64_t later_ms)
{
    char json[600], until[SB_TIME_TEXT_MAX];
    sb_time_format(until, (struct sb_time){until_ms + later_ms});
    snprintf(json, sizeof json,
             "{\"id\":\"01930000-0000-7000-8000-000000000077\",\"topic\":\"agenda/wonen\",%s"
             "\"agendaItem\":{\"itemId\":\"01930000-0000-7000-8000-000000000078\","
             "\"kind\":\"item\",\"title\":\"%s\",\"disclosure\":\"embargoed\","
             "\"embargoUntil\":\"%s\"}}",
             audience, title, until);
    return world_submission(world, json);
}

static struct sb_result publish(struct sb_submission s)
{
    struct sb_message m = world_publish(5, &s, 1), heard;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    return heard.results.items[0];
}

static void expect_first_answer(struct sb_result again, struct sb_result first)
{
    assert_int_equal(again.code, SB_CODE_OK);
    assert_true(again.duplicate);
    assert_int_equal(again.seq.n, first.seq.n);
}

/* Another configuration, in which whoever published has this name. */
static void rename_client(const char *name)
{
    static const char *const topics[] = {"agenda/"};
    static struct sb_node_client client = {.rights = {.publish = topics, .n_publish = 1}};
    const struct sb_node_roster roster = {
        .name = "GM0384", .clients = &client, .n_clients = 1, .quota_bytes = (uint64_t)32 << 20};
    client.name = name;
    assert_int_equal(sb_node_change(world->node, &roster, NULL), SB_OK);
    world_turn(world, NULL, 0);
}

/* The same fields, the last one first. */
static struct sb_bytes turn_round(struct sb_bytes message)
{
    struct sb_pb_reader r, fields[FIELDS_MAX];
    size_t n = 0;
    uint8_t *to = sb_arena_alloc(&world->arena, message.n);
    struct sb_pb_writer w = {.p = to};
    sb_pb_reader_init(&r, message);
    while (sb_pb_next(&r)) {
        assert_true(n < FIELDS_MAX);
        fields[n++] = r;
    }
    while (n-- > 0) {
        if (fields[n].type == SB_PB_BYTES) {
            sb_pb_put_bytes(&w, fields[n].field, fields[n].bytes.p, fields[n].bytes.n);
        } else {
            sb_pb_put_uint(&w, fields[n].field, fields[n].value);
        }
    }
    assert_int_equal(w.n, message.n);
    return (struct sb_bytes){to, w.n};
}

static void test_embargo_retried_by_another_client_is_answered_like_the_first_time(void **state)
{
    (void)state;
    struct sb_result first = publish(item("T", "\"audience\":[\"GM0384\"],", 0));
    rename_client("somebody else");
    expect_first_answer(publish(item("T", "\"audience\":[\"GM0384\"],", 0)), first);
}

static void test_embargo_retried_in_another_encoding_is_answered_like_the_first_time(void **state)
{
    (void)state;
    struct sb_submission s = item("T", "", 0);
    struct sb_result first = publish(s);
    s.body = turn_round(s.body);
    expect_first_answer(publish(s), first);
}

/* What keeps it is for its own organisation, whomever it will be for. */
static void test_embargo_with_another_content_end_or_audience_is_a_conflict(void **state)
{
    (void)state;
    static const char ours[] = "\"audience\":[\"GM0384\"],",
                      theirs[] = "\"audience\":[\"GM0451\"],",
                      both[] = "\"audience\":[\"GM0384\",\"GM0451\"],";
    assert_int_equal(publish(item("T", ours, 0)).code, SB_CODE_OK);
    assert_int_equal(publish(item("U", ours, 0)).code, SB_CODE_ID_CONFLICT);
    assert_int_equal(publish(item("T", ours, HOUR_MS)).code, SB_CODE_ID_CONFLICT);
    assert_int_equal(publish(item("T", theirs, 0)).code, SB_CODE_ID_CONFLICT);
    assert_int_equal(publish(item("T", both, 0)).code, SB_CODE_ID_CONFLICT);
    assert_int_equal(publish(item("T", "", 0)).code, SB_CODE_ID_CONFLICT);
}

/* In one turn: what is only staged under its id ends it before it begins. */
static void test_embargo_behind_an_event_of_its_id_in_one_turn_is_a_conflict(void **state)
{
    (void)state;
    enum sb_code codes[] = {SB_CODE_UNKNOWN_OUTCOME, SB_CODE_UNKNOWN_OUTCOME};
    struct sb_message heard;
    struct sb_submission both[] = {
        world_submission(world,
                         "{\"id\":\"01930000-0000-7000-8000-000000000077\","
                         "\"topic\":\"agenda/wonen\",\"agendaItem\":{\"kind\":\"item\","
                         "\"itemId\":\"01930000-0000-7000-8000-000000000079\",\"title\":\"O\"}}"),
        item("T", "", 0)};
    struct sb_message m = world_publish(5, both, 2);
    world_say(world, WORLD_CLIENT, &m);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t nth = 0; world_heard(world, SB_MSG_RESULTS, nth, &heard); nth++) {
            for (size_t i = 0; i < heard.results.n_items; i++) {
                codes[heard.results.items[i].index] = heard.results.items[i].code;
            }
        }
        world_turn(world, NULL, 0);
    }
    assert_int_equal(codes[0], SB_CODE_OK);
    assert_int_equal(codes[1], SB_CODE_ID_CONFLICT);
}

int main(void)
{
#define RETRY_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        RETRY_TEST(test_embargo_retried_by_another_client_is_answered_like_the_first_time),
        RETRY_TEST(test_embargo_retried_in_another_encoding_is_answered_like_the_first_time),
        RETRY_TEST(test_embargo_with_another_content_end_or_audience_is_a_conflict),
        RETRY_TEST(test_embargo_behind_an_event_of_its_id_in_one_turn_is_a_conflict),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
