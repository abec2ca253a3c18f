/* What must hold between the fields of one content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/sign.h"
#include "tests/unit/proto/submission.h"

#define AGENDA(kind, fields)                                                                       \
    "{'topic':'agenda/wonen','agendaItem':{'itemId':'" UUID_A "','kind':'" kind                    \
    "','title':'x'" fields "}}"
#define PROPOSAL(rule, fields)                                                                     \
    "{'topic':'decision/x','proposal':{'decisionId':'" UUID_A "','title':'x','participants':"      \
    "['GM0384','GM0437','GM0451'],'rule':'" rule "'" fields "}}"

static void expect_invalid(const char *json, const char *sentence)
{
    expect_refusal(json, SB_CODE_INVALID_BODY, sentence);
}

static void expect_accepted(const char *json)
{
    char text[512];
    assert_int_equal(check_json(json, text), SB_CODE_OK);
}

static void test_content_when_of_an_agenda_item(void **state)
{
    (void)state;
    expect_accepted(AGENDA("meeting", ",'start':'2026-12-10T20:00'"));
    expect_accepted(AGENDA("meeting", ",'date':'2026-12-10'"));
    expect_accepted(AGENDA("item", ""));
    expect_accepted(AGENDA("deadline", ",'date':'2026-12-10'"));
    expect_invalid(AGENDA("meeting", ""), "agendaItem.start: missing; a meeting needs start, or "
                                          "date where it takes the whole day");
    expect_invalid(AGENDA("item", ",'end':'2026-12-10T22:00'"),
                   "agendaItem.start: missing; end needs a start");
    expect_invalid(AGENDA("meeting", ",'start':'2026-12-10T20:00','date':'2026-12-10'"),
                   "agendaItem.date: given beside start or end; write date for a whole day, else "
                   "start and end");
}

static void test_content_end_of_an_agenda_item_is_not_before_its_start(void **state)
{
    (void)state;
    static const struct {
        const char *start, *end;
        bool right;
    } cases[] = {
        {"2026-12-10T20:00", "2026-12-10T20:00", true},
        {"2026-12-10T20:00", "2026-12-10T20:00:00", true},
        {"2026-12-10T20:00:00", "2026-12-10T20:00", true},
        {"2026-12-10T20:00:30", "2026-12-10T20:01", true},
        {"2026-12-10T20:00", "2027-01-01T08:00", true},
        {"2026-12-10T20:00", "2026-12-10T19:59", false},
        {"2026-12-10T20:00:01", "2026-12-10T20:00", false},
        {"2026-12-10T20:00:02", "2026-12-10T20:00:01", false},
        {"2026-12-10T20:00", "2025-12-11T21:00", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[400];
        (void)snprintf(json, sizeof json, AGENDA("meeting", ",'start':'%s','end':'%s'"),
                       cases[i].start, cases[i].end);
        if (cases[i].right) {
            expect_accepted(json);
        } else {
            expect_invalid(json, "agendaItem.end: lies before start; write the same time or a "
                                 "later one");
        }
    }
}

static void test_content_disclosure(void **state)
{
    (void)state;
    expect_accepted(AGENDA("item", ",'disclosure':'embargoed','embargoUntil':"
                                   "'2026-12-11T00:00:00Z'"));
    expect_accepted(AGENDA("item", ",'disclosure':'secret','secrecyGround':'Gemeentewet 87',"
                                   "'imposedBy':'college','liftableBy':'raad'"));
    expect_invalid(AGENDA("item", ",'disclosure':'embargoed'"),
                   "agendaItem.embargoUntil: missing; an embargo needs its end");
    expect_invalid(AGENDA("item", ",'disclosure':'public','embargoUntil':'2026-12-11T00:00:00Z'"),
                   "agendaItem.embargoUntil: only with disclosure embargoed");
    expect_invalid(AGENDA("item", ",'disclosure':'secret','imposedBy':'college'"),
                   "agendaItem.secrecyGround: missing; write the legal ground of secrecy");
    expect_invalid(AGENDA("item", ",'disclosure':'secret','secrecyGround':'Gemeentewet 87'"),
                   "agendaItem.imposedBy: missing; write who imposed secrecy");
    expect_invalid(AGENDA("item", ",'disclosure':'secret','secrecyGround':'Gemeentewet 87',"
                                  "'imposedBy':'college'"),
                   "agendaItem.liftableBy: missing; write who may lift it");
    expect_invalid(AGENDA("item", ",'disclosure':'secret','description':'x'"),
                   "agendaItem.description: what is secret does not leave its organisation; leave "
                   "it out");
    expect_invalid(AGENDA("item", ",'disclosure':'secret','attachments':[{'title':'x'}]"),
                   "agendaItem.attachments: what is secret does not leave its organisation; leave "
                   "it out");
}

#define WEIGHTS ",'weights':{'GM0384':3,'GM0437':2,'GM0451':1}"

static void test_content_weights(void **state)
{
    (void)state;
    static const char all[] = "proposal.weights: write one weight for every participant, and for "
                              "nobody else";
    static const char sum[] = "proposal.threshold: write a number from 1 to the sum of the weights";
    expect_accepted(PROPOSAL("weighted", WEIGHTS ",'threshold':4,'tie':'postponed'"));
    expect_accepted(PROPOSAL("weighted", WEIGHTS ",'threshold':6"));
    expect_accepted(PROPOSAL("weighted", ",'weights':{'GM0384':4294967295,'GM0437':4294967295,"
                                         "'GM0451':4294967295},'threshold':4294967295"));
    expect_invalid(PROPOSAL("weighted", WEIGHTS), sum);
    expect_invalid(PROPOSAL("weighted", WEIGHTS ",'threshold':0"), sum);
    expect_invalid(PROPOSAL("weighted", WEIGHTS ",'threshold':7"), sum);
    expect_invalid(PROPOSAL("weighted", ",'threshold':1"), all);
    expect_invalid(PROPOSAL("weighted", ",'threshold':1,'weights':{'GM0384':3,'GM0437':2}"), all);
    expect_invalid(PROPOSAL("weighted", ",'threshold':1,'weights':{'GM0384':3,'GM0437':2,"
                                        "'GM0736':1}"),
                   all);
    expect_invalid(PROPOSAL("weighted", ",'threshold':1,'weights':{'GM0384':3,'GM0437':2,"
                                        "'GM0451':1,'GM0736':1}"),
                   all);
    expect_invalid(PROPOSAL("weighted", ",'weights':{'GM0384':3,'GM0437':0,'GM0451':1}"),
                   "proposal.weights.GM0437: missing; write a number from 1");
    expect_invalid(PROPOSAL("weighted", ",'weights':{'Diemen':3}"),
                   "proposal.weights.Diemen: Diemen is not an organisation id; write 2 to 32 of "
                   "A-Z, 0-9 and -, such as GM0384");
    expect_invalid(PROPOSAL("majority", WEIGHTS), "proposal.weights: only with rule weighted");
    expect_invalid(PROPOSAL("majority", ",'threshold':2"),
                   "proposal.threshold: only with rule weighted");
}

static void test_content_chair_and_quorum(void **state)
{
    (void)state;
    expect_accepted(PROPOSAL("majority", ",'tie':'revote_then_chair','chair':'GM0437',"
                                         "'quorum':3"));
    expect_invalid(PROPOSAL("majority", ",'tie':'revote_then_chair'"),
                   "proposal.chair: missing; the tie rule lets the chair decide");
    expect_invalid(PROPOSAL("majority", ",'chair':'GM0736'"),
                   "proposal.chair: write one of the participants");
    expect_invalid(PROPOSAL("majority", ",'quorum':4"),
                   "proposal.quorum: write at most the number of participants");
}

static void test_content_participants_are_named_once(void **state)
{
    (void)state;
    expect_invalid("{'topic':'decision/x','proposal':{'decisionId':'" UUID_A "','title':'x',"
                   "'participants':['GM0384','GM0384'],'rule':'majority'}}",
                   "proposal.participants[1]: GM0384 stands here twice; write it once");
}

#define HASH "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="
#define CLOSING(cut)                                                                               \
    "{'topic':'decision/x','closing':{'decisionId':'" UUID_A "','outcome':'adopted','cut':[" cut   \
    "]}}"

static void test_content_closing(void **state)
{
    (void)state;
    expect_accepted(CLOSING("{'origin':'GM0384','counter':3,'tag':'9f1c2ab7deadbeef','seq':12,"
                            "'hash':'" HASH "'}"));
    expect_refusal(CLOSING("{'origin':'GM0384','counter':3,'seq':12,'hash':'q6s='}"),
                   SB_CODE_MALFORMED,
                   "the bytes are not a Body of this version of samenbus, or a hash "
                   "in it has not 32 bytes");
    expect_invalid(CLOSING("{'origin':'GM0384','counter':3,'hash':'" HASH "'}"),
                   "closing.cut[0].seq: missing; write a number from 1");
    expect_invalid("{'topic':'decision/x','closing':{'decisionId':'" UUID_A "','outcome':'open'}}",
                   "closing.outcome: open is not how a decision ends; write another one");
}

static int set_up(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_when_of_an_agenda_item),
        cmocka_unit_test(test_content_end_of_an_agenda_item_is_not_before_its_start),
        cmocka_unit_test(test_content_disclosure),
        cmocka_unit_test(test_content_weights),
        cmocka_unit_test(test_content_chair_and_quorum),
        cmocka_unit_test(test_content_participants_are_named_once),
        cmocka_unit_test(test_content_closing),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
