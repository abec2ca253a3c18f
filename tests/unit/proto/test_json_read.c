/* What `samenbus publish` reads: every example, every way to write the same, and every refusal with
 * its sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/json.h"
#include "proto/sign.h"
#include "tests/unit/proto/submission.h"

#define CUSTOM  "'topic':'custom/x','custom':{'contentType':'text/plain'}"
#define INVALID SB_CODE_INVALID_BODY

static void test_read_accepts_every_example(void **state)
{
    (void)state;
    for (size_t i = 0; submission_examples[i] != NULL; i++) {
        char text[512];
        assert_int_equal(check_json(submission_examples[i], text), SB_CODE_OK);
        assert_string_equal(text, "");
    }
}

static void test_read_takes_both_ways_of_writing_names(void **state)
{
    (void)state;
    struct read_result camel = read_json(submission_examples[0]);
    struct read_result snake = read_json(
        "{'topic':'agenda/wonen','agenda_item':{'item_id':'" UUID_A "','kind':'meeting',"
        "'title':'Portefeuillehoudersoverleg wonen','body':'portfolio_holders',"
        "'start':'2026-12-10T20:00','end':'2026-12-10T22:00','timezone':'Europe/Amsterdam',"
        "'location':'Raadhuis Diemen','status':'planned',"
        "'participants':['GM0384','GM0437','GM0451'],"
        "'attachments':[{'title':'Agenda','media_type':'application/pdf','size':21329,"
        "'sha256':'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',"
        "'url':'https://diemen.example/agenda.pdf'}],'disclosure':'public'}}");
    assert_int_equal(snake.code, SB_CODE_OK);
    assert_int_equal(snake.submission.body.n, camel.submission.body.n);
    assert_memory_equal(snake.submission.body.p, camel.submission.body.p, camel.submission.body.n);
}

static void test_read_writes_the_fields_that_the_schema_numbers(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "\x0a\x08"
                                   "custom/x"
                                   "\x8a\x01\x0f" /* custom = 17 */
                                   "\x0a\x0a"
                                   "text/plain"
                                   "\x12\x01\xff";
    struct read_result r =
        read_json("{'topic':'custom/x','custom':{'contentType':'text/plain','data':'/w=='}}");
    assert_int_equal(r.code, SB_CODE_OK);
    assert_int_equal(r.submission.body.n, sizeof bytes - 1);
    assert_memory_equal(r.submission.body.p, bytes, sizeof bytes - 1);
}

static void test_read_keeps_the_id_that_is_given(void **state)
{
    (void)state;
    char id[SB_UUID_TEXT_MAX];
    struct read_result r = read_json("{'id':'" UUID_B "'," CUSTOM "}");
    assert_int_equal(r.code, SB_CODE_OK);
    sb_uuid_format(id, &r.submission.id);
    assert_string_equal(id, UUID_B);
}

static void test_read_makes_a_uuidv7_where_there_is_none(void **state)
{
    (void)state;
    struct read_result a = read_json("{" CUSTOM "}"), b = read_json("{'id':null," CUSTOM "}");
    static const uint8_t time[6] = {0x01, 0xa2, 0x07, 0x35, 0xf3, 0x7b};
    assert_int_equal(a.submission.id.b[6] >> 4, 7);
    assert_int_equal(b.submission.id.b[6] >> 4, 7);
    assert_memory_equal(a.submission.id.b, b.submission.id.b, sizeof time);
    assert_false(sb_uuid_eq(&a.submission.id, &b.submission.id));
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof time; i++) {
        ms = ms << 8 | a.submission.id.b[i];
    }
    assert_int_equal(ms, SUBMITTED_AT.ms);
}

static void test_read_sorts_the_audience(void **state)
{
    (void)state;
    struct read_result r = read_json("{'audience':['GM0451','GM0384','GM0451']," CUSTOM "}");
    assert_int_equal(r.code, SB_CODE_OK);
    assert_int_equal(r.submission.audience.n, 2);
    assert_string_equal(r.submission.audience.orgs[0].s, "GM0384");
    assert_string_equal(r.submission.audience.orgs[1].s, "GM0451");
}

static void test_read_takes_null_and_empty_for_absent(void **state)
{
    (void)state;
    struct read_result plain = read_json("{" CUSTOM "}");
    struct read_result empty =
        read_json("{'audience':null,'references':[],'topic':'custom/x','proposal':null,"
                  "'custom':{'contentType':'text/plain','data':''}}");
    assert_int_equal(empty.code, SB_CODE_OK);
    assert_int_equal(empty.submission.audience.n, 0);
    assert_int_equal(empty.submission.body.n, plain.submission.body.n);
    assert_memory_equal(empty.submission.body.p, plain.submission.body.p, plain.submission.body.n);
}

static void test_read_refuses_what_the_schema_does_not_know(void **state)
{
    (void)state;
    expect_refusal("{'topik':'custom/x'}", INVALID, "topik: not known; did you mean topic?");
    expect_refusal("{'Audience':[]}", INVALID, "Audience: not known; did you mean audience?");
    expect_refusal("{'subject':'x'}", INVALID,
                   "subject: not known; write one of id, topic, audience, references and one of "
                   "agendaItem, proposal, position, withdrawal, closing, notification, "
                   "acknowledgement, custom");
    expect_refusal("{'agendaItem':{'titel':'x'}}", INVALID,
                   "agendaItem.titel: not known; did you mean title?");
    expect_refusal("{'agendaItem':{'attachments':[{},{'mime':'x'}]}}", INVALID,
                   "agendaItem.attachments[1].mime: not known; write one of title, mediaType, "
                   "size, sha256, url");
    expect_refusal("{'agendaItem':{'kind':'meating'}}", INVALID,
                   "agendaItem.kind: \"meating\" is not known; did you mean meeting? Write one of "
                   "meeting, item, deadline, forward_agenda");
    expect_refusal("{'agendaItem':{'kind':'unspecified'}}", INVALID,
                   "agendaItem.kind: \"unspecified\" is not known; write one of meeting, item, "
                   "deadline, forward_agenda");
    expect_refusal("{'agendaItem':{'kind':'AGENDA_KIND_MEETING'}}", INVALID,
                   "agendaItem.kind: \"AGENDA_KIND_MEETING\" is not known; write one of meeting, "
                   "item, deadline, forward_agenda");
}

static void test_read_refuses_what_the_daemon_writes(void **state)
{
    (void)state;
    static const char *const names[] = {"time",    "timeMs",     "time_ms", "publisher",
                                        "erasure", "epochStart", "receipt", "keyCertificate"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char json[100], sentence[100];
        (void)snprintf(json, sizeof json, "{'%s':1}", names[i]);
        (void)snprintf(sentence, sizeof sentence, "%s: the daemon itself writes this; leave it out",
                       names[i]);
        expect_refusal(json, INVALID, sentence);
    }
}

static void test_read_refuses_the_wrong_type(void **state)
{
    (void)state;
    expect_refusal("{'topic':5}", INVALID,
                   "topic: a number is not allowed here; write a text in quotes");
    expect_refusal("{'agendaItem':[]}", INVALID,
                   "agendaItem: a list is not allowed here; write an object in { }");
    expect_refusal("{'agendaItem':{'kind':1}}", INVALID,
                   "agendaItem.kind: a number is not allowed here; write one of meeting, item, "
                   "deadline, forward_agenda in quotes");
    expect_refusal("{'agendaItem':{'participants':'GM0384'}}", INVALID,
                   "agendaItem.participants: a text is not allowed here; write a list in [ ]");
    expect_refusal("{'agendaItem':{'participants':[null]}}", INVALID,
                   "agendaItem.participants[0]: null is not allowed here; write a text in quotes");
    expect_refusal("{'notification':{'requiresAcknowledgement':'yes'}}", INVALID,
                   "notification.requiresAcknowledgement: a text is not allowed here; write true "
                   "or false, without quotes");
    expect_refusal("{'proposal':{'weights':[]}}", INVALID,
                   "proposal.weights: a list is not allowed here; write an object {organisation: "
                   "number}");
    expect_refusal("{'custom':{'data':'a'}}", INVALID,
                   "custom.data: not base64; write A-Z, a-z, 0-9, + and /, padded with = to a "
                   "multiple of four characters");
    expect_refusal("{'custom':{'data':7}}", INVALID,
                   "custom.data: a number is not allowed here; write base64 in quotes");
    expect_refusal("{'closing':{'cut':[{'tag':'9f1c'}]}}", INVALID,
                   "closing.cut[0].tag: a text is not allowed here; write 16 hexadecimal digits "
                   "in quotes");
    expect_refusal("{'topic':'custom/\\u0000x'}", INVALID,
                   "topic: the character NUL may not stand in a text");
}

static void test_read_refuses_numbers_out_of_range(void **state)
{
    (void)state;
    static const char uint32[] =
        "proposal.threshold: write a whole number from 0 to 4294967295, without quotes";
    expect_refusal("{'proposal':{'threshold':-1}}", INVALID, uint32);
    expect_refusal("{'proposal':{'threshold':4294967296}}", INVALID, uint32);
    expect_refusal("{'proposal':{'threshold':1.0}}", INVALID, uint32);
    expect_refusal("{'proposal':{'threshold':'2'}}", INVALID, uint32);
    expect_refusal("{'proposal':{'weights':{'GM0384':-1}}}", INVALID,
                   "proposal.weights.GM0384: write a whole number from 0 to 4294967295, without "
                   "quotes");
    expect_refusal("{'agendaItem':{'attachments':[{'size':-1}]}}", INVALID,
                   "agendaItem.attachments[0].size: write a whole number from 0 to "
                   "9223372036854775807, without quotes");
    expect_refusal("{'proposal':{'threshold':99999999999999999999}}", INVALID,
                   "column 45: too big integer near '99999999999999999999'");
}

static void test_read_refuses_a_thing_said_twice(void **state)
{
    (void)state;
    expect_refusal("{'topic':'custom/x','topic':'custom/y'}", INVALID,
                   "column 27: duplicate object key near '\"topic\"'");
    expect_refusal("{'agendaItem':{'itemId':'a','item_id':'b'}}", INVALID,
                   "agendaItem.itemId: given twice, in lowerCamelCase and in snake_case; write it "
                   "once");
    expect_refusal("{'agendaItem':{},'agenda_item':{}}", INVALID,
                   "agendaItem: agendaItem is there already; write exactly one");
    expect_refusal("{'position':{},'custom':{}}", INVALID,
                   "custom: position is there already; write exactly one");
}

static void test_read_refuses_an_envelope_that_is_not_one(void **state)
{
    (void)state;
    expect_refusal("{'topic':'custom/x'}", INVALID,
                   "no content; write id, topic, audience, references and one of agendaItem, "
                   "proposal, position, withdrawal, closing, notification, acknowledgement, "
                   "custom");
    expect_refusal("[]", SB_CODE_MALFORMED, "write one JSON object in { } for each event");
    expect_refusal("'x'", SB_CODE_MALFORMED, "write one JSON object in { } for each event");
    expect_refusal("{'id':'1'," CUSTOM "}", INVALID,
                   "id: not a UUID; write 8-4-4-4-12 hexadecimal digits, or leave it out and one "
                   "is made");
    expect_refusal("{'id':'00000000-0000-0000-0000-000000000000'," CUSTOM "}", INVALID,
                   "id: not a UUID; write 8-4-4-4-12 hexadecimal digits, or leave it out and one "
                   "is made");
    expect_refusal("{'id':7," CUSTOM "}", INVALID,
                   "id: not a UUID; write 8-4-4-4-12 hexadecimal digits, or leave it out and one "
                   "is made");
}

static void test_read_refuses_an_audience_that_is_not_one(void **state)
{
    (void)state;
    char many[2000] = "{'audience':[";
    for (int i = 0; i < 65; i++) {
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "%s'GM%04d'",
                       i == 0 ? "" : ",", i);
    }
    (void)snprintf(many + strlen(many), sizeof many - strlen(many), "]," CUSTOM "}");
    expect_refusal(many, SB_CODE_TOO_LARGE, "audience: 65 organisations; at most 64");
    expect_refusal("{'audience':[]," CUSTOM "}", INVALID,
                   "audience: the list is empty; leave it out for all partners");
    expect_refusal("{'audience':'GM0384'," CUSTOM "}", INVALID,
                   "audience: write a list of organisations in [ ], or leave it out for all "
                   "partners");
    expect_refusal("{'audience':['GM0384','gm0451']," CUSTOM "}", INVALID,
                   "audience[1]: \"gm0451\" is not an organisation id; write 2 to 32 of A-Z, 0-9 "
                   "and -, such as GM0384");
    expect_refusal("{'audience':[7]," CUSTOM "}", INVALID,
                   "audience[0]: \"\" is not an organisation id; write 2 to 32 of A-Z, 0-9 and -, "
                   "such as GM0384");
}

static void expect_not_json(const char *text)
{
    struct read_result r = read_json(text);
    assert_int_equal(r.rc, SB_E_INPUT);
    assert_int_equal(r.code, SB_CODE_MALFORMED);
    assert_int_equal(strncmp(r.err.text, "not JSON: column ", 17), 0);
}

static void test_read_says_when_it_is_not_json(void **state)
{
    (void)state;
    expect_not_json("");
    expect_not_json("hello");
    expect_not_json("{'topic':");
    expect_not_json("{'topic':'custom/x'} {}");
    expect_not_json("{'topic':'\xff'}");
    expect_not_json("{topic:1}");
    expect_not_json("{'a\\u0000b':1}");
}

static void test_read_does_not_follow_nesting(void **state)
{
    (void)state;
    char deep[4001];
    memset(deep, '[', 4000);
    deep[4000] = '\0';
    expect_refusal(deep, SB_CODE_MALFORMED, "nested deeper than 8 brackets");
    assert_int_equal(read_json("{" CUSTOM ",'references':['\\'[[[[[[[[[[']}").code, SB_CODE_OK);
    expect_refusal("{'topic':'[[[[[[[[[['}", INVALID,
                   "no content; write id, topic, audience, references and one of agendaItem, "
                   "proposal, position, withdrawal, closing, notification, acknowledgement, "
                   "custom");
}

static void test_read_refuses_a_line_that_no_event_needs(void **state)
{
    (void)state;
    size_t n = 4 * SB_BODY_MAX + 64 * 1024 + 1;
    char *line = malloc(n + 1);
    memset(line, ' ', n);
    line[n] = '\0';
    expect_refusal(line, SB_CODE_TOO_LARGE,
                   "the line has 327681 bytes; an event has at most 65536");
    free(line);
}

static void test_read_escapes_what_it_repeats(void **state)
{
    (void)state;
    expect_refusal("{'agendaItem':{'kind':'\\u001b[2J\\u202e'}}", INVALID,
                   "agendaItem.kind: \"\\x1b[2J\\u{202e}\" is not known; write one of meeting, "
                   "item, deadline, forward_agenda");
    expect_refusal("{'agendaItem':{'\\u001b[2J':1}}", INVALID,
                   "agendaItem.\\x1b[2J: not known; write one of itemId, kind, title, description, "
                   "body, start, end, timezone, date, location, status, participants, "
                   "attachments, disclosure, embargoUntil, secrecyGround, imposedBy, liftableBy, "
                   "number, parent, portfolioHolder, theme, coEditors, supersedes");
}

static void test_read_says_when_the_arena_is_full(void **state)
{
    (void)state;
    const char *line = quoted(submission_examples[0]);
    for (size_t cap = 0; cap < 600; cap += 7) {
        struct sb_arena arena;
        struct sb_submission out;
        struct sb_err err = {0};
        enum sb_code code;
        sb_arena_init(&arena, cap);
        assert_int_equal(
            sb_json_read_submission(&out, &code, line, strlen(line), SUBMITTED_AT, &arena, &err),
            SB_E_NOMEM);
        assert_string_equal(err.text, "no room for the event");
        sb_arena_fini(&arena);
    }
}

static int set_up(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_accepts_every_example),
        cmocka_unit_test(test_read_takes_both_ways_of_writing_names),
        cmocka_unit_test(test_read_writes_the_fields_that_the_schema_numbers),
        cmocka_unit_test(test_read_keeps_the_id_that_is_given),
        cmocka_unit_test(test_read_makes_a_uuidv7_where_there_is_none),
        cmocka_unit_test(test_read_sorts_the_audience),
        cmocka_unit_test(test_read_takes_null_and_empty_for_absent),
        cmocka_unit_test(test_read_refuses_what_the_schema_does_not_know),
        cmocka_unit_test(test_read_refuses_what_the_daemon_writes),
        cmocka_unit_test(test_read_refuses_the_wrong_type),
        cmocka_unit_test(test_read_refuses_numbers_out_of_range),
        cmocka_unit_test(test_read_refuses_a_thing_said_twice),
        cmocka_unit_test(test_read_refuses_an_envelope_that_is_not_one),
        cmocka_unit_test(test_read_refuses_an_audience_that_is_not_one),
        cmocka_unit_test(test_read_says_when_it_is_not_json),
        cmocka_unit_test(test_read_does_not_follow_nesting),
        cmocka_unit_test(test_read_refuses_a_line_that_no_event_needs),
        cmocka_unit_test(test_read_escapes_what_it_repeats),
        cmocka_unit_test(test_read_says_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
