/* Checking a printed event, sentence by sentence, and that the schemas are JSON with every content
 * in them. tests/system/test_schema.py compares the two with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/json_schema.h"
#include "proto/json_tree.h"
#include "tests/unit/proto/submission.h"

#define UUID "'01936c9e-8a40-7cc1-b1de-000000000001'"
#define HEAD                                                                                       \
    "{'origin':'GM0384','epoch':'3-9f1c2ab7','seq':12,'offset':57,'id':" UUID                      \
    ",'time':'2026-11-23T10:00:00.123Z','topic':'decision/duoplus',"
#define TAIL     "'audience':[],'state':'present','publisher':null,"
#define OF(type) HEAD "'type':'" type "'," TAIL

/* What is said of a line; NULL: nothing is wrong. */
static const char *verdict(const char *line)
{
    static struct sb_err err;
    struct json_t *tree;
    const char *text = quoted(line);
    err = (struct sb_err){0};
    assert_int_equal(
        sb_json_tree_read(&tree, (struct sb_bytes){(const uint8_t *)text, strlen(text)}, &err),
        SB_OK);
    enum sb_rc rc = sb_json_check_event(tree, &err);
    sb_json_tree_free(tree);
    assert_true(rc == SB_OK || rc == SB_E_INPUT);
    return rc == SB_OK ? NULL : err.text;
}

static void test_printed_lines_pass(void **state)
{
    (void)state;
    assert_null(verdict(OF("withdrawal") "'body':{'decisionId':'x','reason':'y'}}"));
    assert_null(verdict(OF("withdrawal") "'body':null}"));
    assert_null(verdict(OF("proposal") "'body':{'rule':99,'weights':{'GM0384':3},'threshold':1}}"));
    assert_null(verdict(OF("position") "'body':{'value':'in_favour','asChair':true,'round':2}}"));
    assert_null(verdict(OF("custom") "'forked':true,'references':['x'],'body':{'data':'YWI='}}"));
    assert_null(verdict(OF("closing") "'body':{'cut':[{'counter':1,'tag':'00000000000000ff'}]}}"));
    assert_null(verdict(HEAD "'type':null," TAIL "'body':null}"));
    assert_null(verdict(OF("ofALaterVersion") "'newer':{},'body':null}"));
}

static void test_what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *line, *sentence;
    } cases[] = {
        {"[]", "not an object in { }"},
        {"{}", "origin: missing; write an organisation id, such as GM0384"},
        {HEAD "'type':'custom','audience':['x'],'state':'present','publisher':null,'body':null}",
         "audience: not what stands here; write a list of organisation ids"},
        {HEAD "'type':'custom','audience':[],'state':'gone','publisher':null,'body':null}",
         "state: not what stands here; write present, withheld, missing, erased, expired or "
         "hidden"},
        {OF("custom") "'forked':false,'body':null}",
         "forked: not what stands here; write true, or leave it out"},
        {OF("nonsense") "'body':{}}",
         "body: a body of no type that this version knows; write null"},
        {OF("topic") "'body':{}}", "body: a body of no type that this version knows; write null"},
        {OF("withdrawal") "'body':{'decision_id':'x'}}",
         "body.decision_id: not known; did you mean decisionId?"},
        {OF("withdrawal") "'body':{'reason':1}}",
         "body.reason: a number is not allowed here; write a text in quotes"},
        {OF("position") "'body':{'round':-1}}",
         "body.round: not a whole number that fits; write one"},
        {OF("position") "'body':{'round':4294967296}}",
         "body.round: not a whole number that fits; write one"},
        {OF("custom") "'body':{'data':'YWI'}}",
         "body.data: a text is not allowed here; write base64 in quotes"},
        {OF("closing") "'body':{'cut':[{'tag':'ff'}]}}",
         "body.cut[0].tag: a text is not allowed here; write 16 hexadecimal digits in quotes"},
        {OF("proposal") "'body':{'participants':'GM0384'}}",
         "body.participants: a text is not allowed here; write a list in [ ]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *said = verdict(cases[i].line);
        assert_non_null(said);
        assert_string_equal(said, cases[i].sentence);
    }
}

static void test_schemas_are_json_with_every_content(void **state)
{
    static const char *const contents[] = {
        "AgendaItem",   "Proposal", "Position", "Withdrawal",      "Closing",
        "Notification", "Custom",   "Tip",      "Acknowledgement", "Attachment"};
    struct sb_err err = {0};
    (void)state;
    for (int which = SB_JSON_SCHEMA_PUBLISH; which <= SB_JSON_SCHEMA_EVENT; which++) {
        struct json_t *tree;
        struct sb_bytes schema = sb_json_schema((enum sb_json_schema)which, submission_arena());
        assert_int_equal(sb_json_tree_read(&tree, schema, &err), SB_OK);
        const struct json_t *all = sb_json_tree_member(tree, "$defs");
        for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
            assert_non_null(
                sb_json_tree_member(sb_json_tree_member(all, contents[i]), "properties"));
        }
        bool printed = which == SB_JSON_SCHEMA_EVENT;
        assert_true((sb_json_tree_member(all, "EpochStart") != NULL) == printed);
        sb_json_tree_free(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printed_lines_pass),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_schemas_are_json_with_every_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
