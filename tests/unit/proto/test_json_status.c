/* `status -o json` as a whole line, and any text as a JSON string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/json.h"
#include "tests/unit/proto/submission.h"

static const char *unlisted[] = {"GM0736"};
static struct sb_status_consumer consumer = {"archive", "operator", "stuck", 3, 1000, 1};

static struct sb_status_peer peer = {.id = "GM0451",
                                     .name = "Uithoorn",
                                     .outgoing = {"live", "", 410},
                                     .incoming = {"none", "", -1},
                                     .lag_events = 1,
                                     .lag_seconds = 2,
                                     .their_lag_events = 3,
                                     .their_state = "live",
                                     .their_reason = "",
                                     .over_others = true,
                                     .shows = "agenda/",
                                     .hidden = 4,
                                     .their_shows = "decision/",
                                     .their_hidden = 5,
                                     .their_hidden_topic = "custom/x",
                                     .software = "samenbusd 9",
                                     .clock_known = true,
                                     .clock_offset_ms = -7,
                                     .unlisted = unlisted,
                                     .n_unlisted = 1};

static void test_status_line(void **state)
{
    (void)state;
    struct sb_status_head head = {"GM0384", "3-9f1c2ab7", 12, "2026-11-23T10:00:00.123Z"};
    struct sb_status_alarm alarm = {"fork", "2026-11-23T10:00:00.000Z", "GM0437 \"signed\" two"};
    struct sb_status status = {.organisation = "GM0384",
                               .name = "Diemen",
                               .partnership = "duoplus",
                               .version = "0.1.0",
                               .state = "ready",
                               .reason = "",
                               .store_id = "00ff",
                               .running_digest = "ab",
                               .events = 57,
                               .bytes = 81920,
                               .map_bytes = 1048576,
                               .lag_events = 4,
                               .heads = &head,
                               .n_heads = 1,
                               .peers = &peer,
                               .n_peers = 1,
                               .alarms = &alarm,
                               .n_alarms = 1,
                               .consumers = &consumer,
                               .n_consumers = 1,
                               .max_bytes = 2097152,
                               .room_bytes = 1966080,
                               .full_in_seconds = 86400,
                               .malformed_frames = 5,
                               .denied = 6,
                               .missing_bodies = 7,
                               .commits = UINT64_MAX,
                               .dropped_unknown_origin = 9,
                               .without_effect = 10};
    assert_string_equal(
        sb_json_status(&status, submission_arena()).p,
        quoted("{'organisation':'GM0384','name':'Diemen','partnership':'duoplus',"
               "'version':'0.1.0','state':'ready','reason':'','storeId':'00ff',"
               "'configDigest':{'running':'ab','file':''},"
               "'store':{'events':57,'bytes':81920,'mapBytes':1048576,'maxBytes':2097152,"
               "'roomBytes':1966080,'fullInSeconds':86400},'lagEvents':4,"
               "'heads':[{'origin':'GM0384','epoch':'3-9f1c2ab7','seq':12,"
               "'time':'2026-11-23T10:00:00.123Z'}],"
               "'peers':[{'id':'GM0451','name':'Uithoorn',"
               "'outgoing':{'state':'live','reason':'','lastContactMs':410},"
               "'incoming':{'state':'none','reason':'','lastContactMs':null},"
               "'lagEvents':1,'lagSeconds':2,'theirLagEvents':3,"
               "'theirView':{'state':'live','reason':'','shows':'decision/','hidden':5,"
               "'hiddenTopic':'custom/x'},'overOthers':true,'shows':'agenda/','hidden':4,"
               "'software':'samenbusd 9','clockOffsetMs':-7,'unlisted':['GM0736'],'strangers':[]}],"
               "'alarms':[{'code':'fork','since':'2026-11-23T10:00:00.000Z','text':'GM0437 "
               "\\'signed\\' two'}],'consumers':[{'name':'archive','client':'operator','state':"
               "'stuck','behind':3,'waitingSeconds':1000,'readers':1}],"
               "'counters':{'malformedFrames':5,'denied':6,'missingBodies':7,"
               "'commits':18446744073709551615,'droppedUnknownOrigin':9,'withoutEffect':10}}"));
}

static void test_status_line_of_a_daemon_that_is_alone(void **state)
{
    (void)state;
    struct sb_status status = {.organisation = "GM0384"};
    assert_string_equal(
        sb_json_status(&status, submission_arena()).p,
        quoted("{'organisation':'GM0384','name':null,'partnership':null,'version':null,"
               "'state':null,'reason':null,'storeId':null,'configDigest':{'running':'','file':''},"
               "'store':{'events':0,'bytes':0,'mapBytes':0,'maxBytes':0,'roomBytes':0,"
               "'fullInSeconds':0},'lagEvents':0,'heads':[],'peers':[],"
               "'alarms':[],'consumers':[],'counters':{'malformedFrames':0,'denied':0,"
               "'missingBodies':0,"
               "'commits':0,'droppedUnknownOrigin':0,'withoutEffect':0}}"));
}

static const struct {
    const char *text, *json;
} strings[] = {
    {"", "\"\""},
    {"a/b", "\"a/b\""},
    {"\"\\", "\"\\\"\\\\\""},
    {"\t\n\r\b\f", "\"\\t\\n\\u000d\\u0008\\u000c\""},
    {"\x1b[31m\x7f", "\"\\u001b[31m\\u007f\""},
    {"\xc2\x9b"
     "2J",
     "\"\\u009b2J\""}, /* C1: CSI in one character */
    {"a\xe2\x80\xae"
     "b",
     "\"a\\u202eb\""},                                  /* right-to-left override */
    {"\xe2\x81\xa6\xe2\x81\xa9", "\"\\u2066\\u2069\""}, /* isolates */
    {"\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\""}, /* separators, which JavaScript breaks at */
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9d\x84\x9e", "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9d\x84\x9e\""},
    {"a\xff"
     "b",
     "\"a\\ufffdb\""},
    {"\xc0\xaf", "\"\\ufffd\\ufffd\""},            /* overlong */
    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
    {"\xe2\x82", "\"\\ufffd\\ufffd\""},            /* cut */
};

static void test_string_escapes_what_a_terminal_obeys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        struct sb_bytes text = {(const uint8_t *)strings[i].text, strlen(strings[i].text)};
        struct sb_bytes json = sb_json_string(text, submission_arena());
        assert_string_equal(json.p, strings[i].json);
        assert_int_equal(json.n, strlen(strings[i].json));
    }
}

static void test_string_with_a_nul(void **state)
{
    (void)state;
    struct sb_bytes json =
        sb_json_string((struct sb_bytes){(const uint8_t *)"a\0b", 3}, submission_arena());
    assert_string_equal(json.p, "\"a\\u0000b\"");
}

static void test_string_says_when_the_arena_is_full(void **state)
{
    (void)state;
    static const uint8_t text[100] = {1};
    struct sb_arena arena;
    sb_arena_init(&arena, 300); /* fits the text, not its escapes */
    struct sb_bytes json = sb_json_string((struct sb_bytes){text, sizeof text}, &arena);
    assert_null(json.p);
    assert_int_equal(json.n, 0);
    sb_arena_fini(&arena);
}

/* A line that grows beyond what was expected of it owns the room it grows into. */
static void test_line_that_grows_stays_whole(void **state)
{
    (void)state;
    char text[5001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct sb_status status = {.organisation = text};
    const char *line = (const char *)sb_json_status(&status, submission_arena()).p;
    uint8_t *next = sb_arena_alloc(submission_arena(), sizeof text);
    assert_non_null(next);
    memset(next, 'b', sizeof text);
    assert_null(strstr(line, "bbb"));
    assert_non_null(strstr(line, "aaa\",\"name\":null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_line),
        cmocka_unit_test(test_status_line_of_a_daemon_that_is_alone),
        cmocka_unit_test(test_line_that_grows_stays_whole),
        cmocka_unit_test(test_string_escapes_what_a_terminal_obeys),
        cmocka_unit_test(test_string_with_a_nul),
        cmocka_unit_test(test_string_says_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
