/* The lines that scripts read: one event, one result. Whole lines are compared, for the order of
 * their keys is promised. */
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

#define PLACE                                                                                      \
    "{'origin':'GM0384','epoch':'3-9f1c2ab7','seq':12,'offset':57,'id':'" UUID_B "','time':"
#define SENT    "'2026-11-23T10:00:00.123Z'"
#define COVERED "'2026-11-23T10:00:01.000Z'"

static const struct sb_salt salt;

/* An event at the place that PLACE says, with the body that these bytes are; NULL: none. */
static struct sb_delivered event_of(const struct sb_bytes *body)
{
    struct sb_delivered e = {
        .offset = {57}, .state = SB_BODY_PRESENT, .checkpoint_time = {1795428001000}};
    assert_true(sb_org_parse(&e.item.link.origin, "GM0384", 6));
    assert_true(sb_uuid_parse(&e.item.link.id, UUID_B, 36));
    e.item.link.epoch = (struct sb_epoch){3, 0x9f1c2ab7deadbeef};
    e.item.link.seq = (struct sb_seq){12};
    if (body != NULL) {
        e.item.salt = &salt;
        e.item.body = *body;
    }
    return e;
}

static struct sb_bytes seal(const char *json, const char *publisher)
{
    struct read_result r = read_json(json);
    assert_int_equal(r.code, SB_CODE_OK);
    return sb_body_seal(r.submission.body, SUBMITTED_AT, publisher, submission_arena());
}

static void expect_line(const struct sb_delivered *e, bool with_body, const char *line)
{
    struct sb_bytes found = sb_json_event(e, with_body, submission_arena());
    assert_non_null(found.p);
    assert_string_equal(found.p, quoted(line));
    assert_int_equal(found.n, strlen(line));
}

static void test_event_line_has_the_keys_in_order(void **state)
{
    (void)state;
    struct sb_bytes body = seal(submission_examples[2], "operator");
    struct sb_delivered e = event_of(&body);
    expect_line(&e, true,
                PLACE SENT ",'topic':'decision/duoplus','type':'position','audience':[],"
                           "'state':'present','publisher':'operator','body':{'decision':"
                           "'GM0384/" UUID_A "','revision':'GM0384/" UUID_B "','value':"
                           "'in_favour','kind':'consent','body':'council','dateTaken':"
                           "'2015-01-08','reference':'Z-15-0012'}}");
    expect_line(&e, false,
                PLACE SENT ",'topic':'decision/duoplus','type':'position','audience':[],"
                           "'state':'present','publisher':'operator','body':null}");
}

static void test_event_line_without_a_body_is_the_checkpoints(void **state)
{
    (void)state;
    static const enum sb_body_state states[] = {SB_BODY_WITHHELD, SB_BODY_MISSING, SB_BODY_ERASED,
                                                SB_BODY_EXPIRED, SB_BODY_HIDDEN};
    static const char *const lines[] = {
#define STUB(name)                                                                                 \
    PLACE COVERED ",'topic':null,'type':null,'audience':['GM0384','GM0451'],'state':'" name        \
                  "','publisher':null,'body':null}"
        STUB("withheld"), STUB("missing"), STUB("erased"), STUB("expired"), STUB("hidden")};
    struct sb_org audience[2];
    assert_true(sb_org_parse(&audience[0], "GM0384", 6));
    assert_true(sb_org_parse(&audience[1], "GM0451", 6));
    struct sb_delivered e = event_of(NULL);
    e.item.link.audience = (struct sb_audience){audience, 2};
    for (size_t i = 0; i < 5; i++) {
        e.state = states[i];
        expect_line(&e, true, lines[i]);
        expect_line(&e, false, lines[i]);
    }
}

static void test_event_line_says_where_a_history_is_forked(void **state)
{
    (void)state;
    struct sb_bytes body = seal(submission_examples[3], "operator");
    struct sb_delivered e = event_of(&body);
    e.forked = true;
    (void)memcpy(e.epoch, "3-9f1c2ab7de", 13); /* as many digits as the daemon found necessary */
    expect_line(&e, false,
                "{'origin':'GM0384','epoch':'3-9f1c2ab7de','seq':12,'offset':57,'id':'" UUID_B
                "','time':" SENT ",'topic':'decision/duoplus','type':'withdrawal','audience':[],"
                "'state':'present','forked':true,'publisher':'operator','body':null}");
}

static void test_event_line_of_a_system_event(void **state)
{
    (void)state;
    struct sb_epoch_start start = {.counter = 3, .n_parents = 1};
    start.parents[0] = (struct sb_parent){{2, 0x0a}, {9}, {{0xff}}};
    struct sb_bytes body = sb_epoch_start_build(&start, SUBMITTED_AT, submission_arena());
    struct sb_delivered e = event_of(&body);
    expect_line(&e, false,
                PLACE SENT ",'topic':null,'type':'epochStart','audience':[],'state':'present',"
                           "'publisher':null,'body':null}");
    const char *line = (const char *)sb_json_event(&e, true, submission_arena()).p;
    assert_non_null(strstr(line, quoted("'body':{'counter':3,'parents':[{'counter':2,'tag':"
                                        "'000000000000000a','seq':9,'hash':'/wAAAAAAAAAAAAAAAAA"
                                        "AAAAAAAAAAAAAAAAAAAAAAAA='}],'nonce':'AAAA")));
}

static void test_event_line_shows_references(void **state)
{
    (void)state;
    struct sb_bytes body = seal("{'topic':'custom/x','references':['GM0451/" UUID_A "'],"
                                "'custom':{'contentType':'text/plain','data':'/w=='}}",
                                "");
    struct sb_delivered e = event_of(&body);
    expect_line(&e, true,
                PLACE SENT ",'topic':'custom/x','type':'custom','audience':[],'state':'present',"
                           "'publisher':null,'references':['GM0451/" UUID_A "'],"
                           "'body':{'contentType':'text/plain','data':'/w=='}}");
}

static void test_event_line_of_bytes_that_do_not_decode(void **state)
{
    (void)state;
    /* no Body at all; a Body whose content is broken; one of a newer version */
    static const uint8_t nothing[] = "\xff\xff",
                         broken[] = "\x0a\x08"
                                    "custom/x"
                                    "\x8a\x01\x02\x0a\x09",
                         newer[] = "\x0a\x08"
                                   "custom/x"
                                   "\x92\x01\x02\x0a\x00";
    struct sb_bytes bodies[] = {
        {nothing, sizeof nothing - 1}, {broken, sizeof broken - 1}, {newer, sizeof newer - 1}};
    struct sb_delivered e = event_of(&bodies[0]);
    expect_line(&e, true,
                PLACE COVERED ",'topic':null,'type':null,'audience':[],'state':'present',"
                              "'publisher':null,'body':null}");
    for (size_t i = 1; i < 3; i++) {
        e.item.body = bodies[i];
        expect_line(&e, true,
                    PLACE "'1970-01-01T00:00:00.000Z','topic':'custom/x','type':null,"
                          "'audience':[],'state':'present','publisher':null,'body':null}");
    }
}

static void test_event_line_escapes_hostile_text(void **state)
{
    (void)state;
    /* notification 15 {subject = 3: ESC [2J, right-to-left override, quote, backslash, U+2028} */
    static const uint8_t bytes[] = "\x7a\x0f\x1a\x0d\x1b[2J\xe2\x80\xae\"\\\xe2\x80\xa8\n";
    struct sb_bytes body = {bytes, sizeof bytes - 1};
    struct sb_delivered e = event_of(&body);
    expect_line(&e, true,
                PLACE "'1970-01-01T00:00:00.000Z','topic':null,'type':'notification',"
                      "'audience':[],'state':'present','publisher':null,'body':{'subject':"
                      "'\\u001b[2J\\u202e\\'\\\\\\u2028\\n'}}");
}

static void test_event_line_says_when_the_arena_is_full(void **state)
{
    (void)state;
    struct sb_bytes body = seal(submission_examples[0], "operator");
    struct sb_delivered e = event_of(&body);
    size_t needed = 0;
    for (size_t cap = 0; cap < 8192 && needed == 0; cap += 16) {
        struct sb_arena arena;
        sb_arena_init(&arena, cap);
        struct sb_bytes line = sb_json_event(&e, true, &arena);
        if (line.p != NULL) {
            needed = cap;
            assert_null(strstr((const char *)line.p, quoted("'body':null")));
        }
        sb_arena_fini(&arena);
    }
    assert_true(needed > 1000);
}

/* Printing a body and reading it again gives the same bytes, for every example. */
static void test_event_body_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; submission_examples[i] != NULL; i++) {
        struct read_result first = read_json(submission_examples[i]);
        struct sb_delivered e = event_of(&first.submission.body);
        struct sb_body_head head;
        char json[2000];
        const char *line = (const char *)sb_json_event(&e, true, submission_arena()).p;
        const char *body = strstr(line, "\"body\":{\"") + strlen("\"body\":");
        assert_true(sb_body_head_read(&head, first.submission.body));
        int n = snprintf(json, sizeof json, "{\"topic\":\"%.*s\",\"%s\":%s", (int)head.topic.n,
                         (const char *)head.topic.p, sb_content_name(head.content), body);
        assert_in_range(n, 1, sizeof json - 1);
        struct read_result again = read_json(json);
        assert_int_equal(again.code, SB_CODE_OK);
        assert_int_equal(again.submission.body.n, first.submission.body.n);
        assert_memory_equal(again.submission.body.p, first.submission.body.p,
                            first.submission.body.n);
    }
}

static void test_result_lines(void **state)
{
    (void)state;
    struct sb_org origin;
    struct sb_uuid id, none = {0};
    assert_true(sb_org_parse(&origin, "GM0384", 6));
    assert_true(sb_uuid_parse(&id, UUID_B, 36));
    struct sb_result ok = {.epoch = "3-9f1c2ab7", .seq = {12}, .duplicate = true};
    struct sb_result bad = {.code = SB_CODE_INVALID_BODY, .text = "topic: \"x\""};
    assert_string_equal(sb_json_result(&origin, &id, &ok, 1, submission_arena()).p,
                        quoted("{'id':'" UUID_B "','origin':'GM0384','epoch':'3-9f1c2ab7','seq':12,"
                               "'duplicate':true}"));
    assert_string_equal(
        sb_json_result(&origin, &none, &bad, 3, submission_arena()).p,
        "{\"line\":3,\"error\":{\"code\":\"invalid_body\",\"text\":\"topic: \\\"x\\\"\"}}");
    bad.code = SB_CODE_UNKNOWN_OUTCOME;
    assert_string_equal(sb_json_result(&origin, &id, &bad, 3, submission_arena()).p,
                        quoted("{'line':3,'id':'" UUID_B "','error':{'code':'unknown_outcome',"
                               "'text':'topic: \\'x\\''}}"));
}

static int set_up(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_line_has_the_keys_in_order),
        cmocka_unit_test(test_event_line_without_a_body_is_the_checkpoints),
        cmocka_unit_test(test_event_line_says_where_a_history_is_forked),
        cmocka_unit_test(test_event_line_of_a_system_event),
        cmocka_unit_test(test_event_line_shows_references),
        cmocka_unit_test(test_event_line_of_bytes_that_do_not_decode),
        cmocka_unit_test(test_event_line_escapes_hostile_text),
        cmocka_unit_test(test_event_line_says_when_the_arena_is_full),
        cmocka_unit_test(test_event_body_reads_back),
        cmocka_unit_test(test_result_lines),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
