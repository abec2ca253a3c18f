/* What an origin refuses of its own: the code, and a sentence that says what would be right. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/rules/refuse.h"
#include "tests/unit/proto/rules_case.h"

enum { TEXT_BYTES = 600 };

#define U(n) "01936c9e-8a40-7cc1-b1de-00000000000" #n
#define D    "GM0384/" U(1)
#define R1   "GM0384/" U(2)
#define R2   "GM0384/" U(3)
#define EVENT(chain, seq, id, content)                                                             \
    "{'chain':" #chain ",'seq':" #seq ",'hash':'" HASH "','id':'" id                               \
    "','time':'2026-03-02T09:00:00Z'," content "}"
#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define CHAIN(org)                                                                                 \
    "{'origin':'" org "','counter':1,'tag':'0000000000000001','leansOn':null,'base':1,'last':9,"   \
    "'parents':[]}"
#define PROPOSAL(rest)                                                                             \
    "'proposal':{'decisionId':'" U(1) "','title':'T','participants':['GM0384','GM0437'],"          \
                                      "'rule':'majority','body':'council'" rest "}"
#define POSITION(revision, rest)                                                                   \
    "'position':{'decision':'" D "','revision':'" revision                                         \
    "','value':'in_favour','dateTaken':'2026-03-02'" rest "}"
#define ITEM(rest) "'agendaItem':{'itemId':'" U(5) "','kind':'item','title':'T'" rest "}"

/* What is held: one decision in its second text, and one item that GM0437 may edit. */
static const char HELD[] = EVENT(0, 2, U(2), PROPOSAL("")) "," EVENT(
    0, 3, U(3), PROPOSAL(",'supersedes':['" R1 "']")) "," EVENT(0, 4, U(4),
                                                                ITEM(",'coEditors':['GM0437']"));
static const char CLOSED[] =
    "," EVENT(0, 5, U(6), "'withdrawal':{'decisionId':'" U(1) "','date':'2026-03-01'}");

struct world {
    struct rules_case c;
    const struct sb_statement **given; /* room for one more */
};

static const struct sb_statement **with(struct world *w, const struct sb_statement *one, size_t *n)
{
    *n = w->c.n - 1 + (one != NULL ? 1 : 0); /* the last that was read is the one in question */
    return w->c.given;
}

static const struct sb_decision_view *decision(void *context, const struct sb_reference *of,
                                               const struct sb_statement *one, struct sb_date as_of)
{
    struct world *w = context;
    size_t n;
    const struct sb_statement **given = with(w, one, &n);
    return sb_decision_fold(of, given, n, &w->c.past, as_of, &w->c.arena);
}

static const struct sb_agenda_group *item(void *context, const struct sb_uuid *id,
                                          const struct sb_statement *one)
{
    struct world *w = context;
    size_t n;
    const struct sb_statement **given = with(w, one, &n);
    return sb_agenda_fold(id, given, n, &w->c.arena);
}

/* What is answered to the event of this organisation (its chain: 0 GM0384, 1 GM0437, 2 GM0736). */
static enum sb_code ask(const char *more, const char *said, char text[static TEXT_BYTES])
{
    struct world w;
    struct sb_rules_lookup lookup = {decision, item, &w};
    char json[8192];
    int n = snprintf(json, sizeof json,
                     "{'chains':[" CHAIN("GM0384") "," CHAIN("GM0437") "," CHAIN(
                         "GM0736") "],'links':[],'events':[%s%s,%s]}",
                     HELD, more, said);
    assert_true(n > 0 && (size_t)n < sizeof json);
    for (char *p = json; *p != '\0'; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    json_t *one = json_loads(json, 0, NULL);
    assert_non_null(one);
    rules_case_load(&w.c, one);
    enum sb_code code = sb_rules_check(&lookup, w.c.given[w.c.n - 1], text, TEXT_BYTES);
    rules_case_fini(&w.c);
    json_decref(one);
    return code;
}

static void expect(const char *more, const char *said, enum sb_code code, const char *sentence)
{
    char text[TEXT_BYTES];
    assert_string_equal(sb_code_name(ask(more, said, text)), sb_code_name(code));
    assert_string_equal(text, sentence);
}

static void test_refuse_lets_pass_what_has_effect(void **state)
{
    (void)state;
    expect("", EVENT(1, 9, U(9), POSITION(R2, "")), SB_CODE_OK, "");
    expect("", EVENT(0, 9, U(9), POSITION(R2, ",'onBehalfOf':'GM0437'")), SB_CODE_OK, "");
    expect("", EVENT(0, 9, U(9), PROPOSAL(",'supersedes':['" R2 "']")), SB_CODE_OK, "");
    expect("", EVENT(0, 9, U(9), "'withdrawal':{'decisionId':'" U(1) "'}"), SB_CODE_OK, "");
    expect("", EVENT(0, 9, U(9), "'closing':{'decisionId':'" U(1) "','outcome':'lapsed'}"),
           SB_CODE_OK, "");
    expect("", EVENT(1, 9, U(9), ITEM(",'supersedes':['GM0384/" U(4) "']")), SB_CODE_OK, "");
    expect("", EVENT(1, 9, U(9), ITEM("")), SB_CODE_OK, "");
}

static void test_refuse_a_position_that_would_not_count(void **state)
{
    (void)state;
    expect("", EVENT(1, 9, U(9), POSITION(R1, "")), SB_CODE_STALE_REVISION,
           "revision: this is not the current text; take a position on \"" R2 "\"");
    expect("", EVENT(1, 9, U(9), POSITION("GM0384/" U(8), "")), SB_CODE_STALE_REVISION,
           "revision: this is not the current text; take a position on \"" R2 "\"");
    expect("", EVENT(2, 9, U(9), POSITION(R2, "")), SB_CODE_NOT_PARTICIPANT,
           "GM0736 is not a participant in this decision; the participants are GM0384, GM0437");
    expect("", EVENT(1, 9, U(9), POSITION(R2, ",'onBehalfOf':'GM0384'")), SB_CODE_NOT_ALLOWED,
           "onBehalfOf: only GM0384, which proposed it, records for others");
    expect("", EVENT(1, 9, U(9), POSITION(R2, ",'asChair':true")), SB_CODE_NOT_ALLOWED,
           "asChair: only the chair decides on a tie, and that is nobody here");
    expect(
        "", EVENT(1, 9, U(9), POSITION(R2, ",'body':'college'")), SB_CODE_INVALID_BODY,
        "body: another body of the organisation decides; write the body that the proposal names");
    expect("", EVENT(1, 9, U(9), POSITION(R2, ",'round':2")), SB_CODE_INVALID_BODY,
           "round: there is no such round now; leave round and asChair out");
    expect(CLOSED, EVENT(1, 9, U(9), POSITION(R2, "")), SB_CODE_CLOSED,
           "the decision has ended (withdrawn on 1 March 2026); propose a new one");
    expect("",
           EVENT(1, 9, U(9),
                 "'position':{'decision':'GM0437/" U(
                     1) "','revision':'" R2 "','value':'against','dateTaken':'2026-03-02'}"),
           SB_CODE_UNKNOWN_DECISION,
           "no proposal of the decision GM0437/" U(
               1) " is known here; write the id of one that is, or wait until it has come");
}

static void test_refuse_a_revision_or_end_that_would_not_count(void **state)
{
    (void)state;
    expect("", EVENT(0, 9, U(9), PROPOSAL(",'supersedes':['" R1 "']")), SB_CODE_STALE_REVISION,
           "supersedes: the current text is \"" R2 "\"; write supersedes [\"" R2 "\"]");
    expect(CLOSED, EVENT(0, 9, U(9), PROPOSAL(",'supersedes':['" R2 "']")), SB_CODE_CLOSED,
           "the decision has ended (withdrawn on 1 March 2026); propose a new one");
    expect(CLOSED, EVENT(0, 9, U(9), "'withdrawal':{'decisionId':'" U(1) "'}"), SB_CODE_CLOSED,
           "the decision has ended (withdrawn on 1 March 2026); propose a new one");
    expect("", EVENT(1, 9, U(9), "'withdrawal':{'decisionId':'" U(1) "'}"),
           SB_CODE_UNKNOWN_DECISION,
           "no proposal of the decision GM0437/" U(
               1) " is known here; write the id of one that is, or wait until it has come");
    expect("", EVENT(0, 9, U(9), "'closing':{'decisionId':'" U(1) "','outcome':'adopted'}"),
           SB_CODE_INVALID_BODY,
           "outcome: the positions that it counts give lapsed (0 of 2 in favour; GM0384, GM0437 "
           "missing; closed on 2 March 2026; the proposer stated adopted); state that");
    expect("", EVENT(0, 9, U(9), PROPOSAL(",'supersedes':['" R2 "'],'replaces':'GM0437/" U(1) "'")),
           SB_CODE_NOT_ALLOWED,
           "replaces: a decision succeeds another one of the same organisation; leave it out, or "
           "ask GM0437 to propose it");
}

static void test_refuse_an_edit_that_would_not_count(void **state)
{
    (void)state;
    expect("", EVENT(2, 9, U(9), ITEM(",'supersedes':['GM0384/" U(4) "']")), SB_CODE_NOT_ALLOWED,
           "supersedes: only the item's organisation and the co-editors that it names edit it");
    expect("", EVENT(1, 9, U(9), ITEM(",'supersedes':['GM0384/" U(8) "']")), SB_CODE_INVALID_BODY,
           "supersedes: nothing that it supersedes is known and has effect");
    expect(
        "", EVENT(0, 9, U(9), ITEM("")), SB_CODE_INVALID_BODY,
        "itemId: this item exists; write supersedes [\"GM0384/" U(4) "\"], or take a new itemId");
    expect("," EVENT(1, 2, U(7), ITEM(",'supersedes':['GM0384/" U(4) "']")),
           EVENT(0, 9, U(9), ITEM(",'supersedes':['GM0384/" U(4) "']")), SB_CODE_STALE_REVISION,
           "supersedes: the item has been edited since; name \"GM0437/" U(7) "\" as well");
}

#define SECRET(rest)                                                                               \
    "'agendaItem':{'itemId':'" U(                                                                  \
        8) "','kind':'item','title':'S','disclosure':'secret',"                                    \
           "'secrecyGround':'W','imposedBy':'college','liftableBy':'raad'" rest "}"
#define OPENED(rest) "'agendaItem':{'itemId':'" U(8) "','kind':'item','title':'O'" rest "}"
#define SECRET_TWICE                                                                               \
    "," EVENT(0, 5, U(6), SECRET("")) "," EVENT(0, 6, U(7),                                        \
                                                SECRET(",'supersedes':['GM0384/" U(6) "']"))

/* What partners cannot read leads them nowhere; so it may not here. */
static void test_refuse_to_lift_secrecy_so_that_only_the_origin_sees_it(void **state)
{
    (void)state;
    static const char others_know[] =
        "disclosure: others know this item, and what is secret replaces nothing of it; give what "
        "is secret an itemId of its own";
    expect(SECRET_TWICE, EVENT(0, 9, U(9), OPENED(",'supersedes':['GM0384/" U(7) "']")),
           SB_CODE_INVALID_BODY,
           "supersedes: nobody else knows what is secret; publish the item without supersedes "
           "first, then an edit that supersedes both");
    expect(SECRET_TWICE, EVENT(0, 9, U(9), OPENED("")), SB_CODE_OK, "");
    expect(
        SECRET_TWICE "," EVENT(0, 7, U(5), OPENED("")), EVENT(0, 9, U(9), OPENED("")),
        SB_CODE_INVALID_BODY,
        "itemId: this item exists; write supersedes [\"GM0384/" U(5) "\"], or take a new itemId");
    expect(SECRET_TWICE "," EVENT(0, 7, U(5), OPENED("")),
           EVENT(0, 9, U(9), OPENED(",'supersedes':['GM0384/" U(5) "']")), SB_CODE_STALE_REVISION,
           "supersedes: the item has been edited since; name \"GM0384/" U(7) "\" as well");
    expect(SECRET_TWICE "," EVENT(0, 7, U(5), OPENED("")),
           EVENT(0, 9, U(9), OPENED(",'supersedes':['GM0384/" U(5) "','GM0384/" U(7) "']")),
           SB_CODE_OK, "");
    expect(SECRET_TWICE "," EVENT(0, 7, U(5), OPENED("")),
           EVENT(0, 9, U(9), SECRET(",'supersedes':['GM0384/" U(5) "','GM0384/" U(7) "']")),
           SB_CODE_INVALID_BODY, others_know);
    expect(SECRET_TWICE "," EVENT(0, 7, U(5), OPENED("")), EVENT(0, 9, U(9), SECRET("")),
           SB_CODE_INVALID_BODY, others_know);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuse_lets_pass_what_has_effect),
        cmocka_unit_test(test_refuse_a_position_that_would_not_count),
        cmocka_unit_test(test_refuse_a_revision_or_end_that_would_not_count),
        cmocka_unit_test(test_refuse_an_edit_that_would_not_count),
        cmocka_unit_test(test_refuse_to_lift_secrecy_so_that_only_the_origin_sees_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
