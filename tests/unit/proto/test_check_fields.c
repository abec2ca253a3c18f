/* Every kind of field that a client may get wrong: the exact code and the exact sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/sign.h"
#include "tests/unit/proto/submission.h"

#define INVALID SB_CODE_INVALID_BODY
#define AGENDA(fields)                                                                             \
    "{'topic':'agenda/wonen','agendaItem':{'itemId':'" UUID_A "','kind':'item','title':'x'" fields \
    "}}"
#define NOTIFICATION(fields)                                                                       \
    "{'topic':'notification/ict','notification':{'notificationId':'" UUID_A                        \
    "','severity':'urgent','subject':'x'" fields "}}"
#define POSITION(decision, date)                                                                   \
    "{'topic':'decision/x','position':{'decision':'" decision "','revision':'GM0384/" UUID_B       \
    "','value':'against','dateTaken':'" date "'}}"
#define DATE_FORM " is not a date that exists; write YYYY-MM-DD"
#define TOPIC_FORM                                                                                 \
    "write 2 to 8 segments of a-z, 0-9 and - joined by /, at most 200 bytes, the first of them "   \
    "agenda, decision, notification or custom"
#define REFERENCE_FORM "write ORG/UUID, such as GM0384/01936c9e-8a40-7cc1-b1de-000000000001"

struct refusal {
    const char *json;
    enum sb_code code;
    const char *sentence;
};

static void expect_all(const struct refusal *refusals, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        expect_refusal(refusals[i].json, refusals[i].code, refusals[i].sentence);
    }
}

#define EXPECT_ALL(refusals) expect_all(refusals, sizeof refusals / sizeof *refusals)

static void expect_accepted(const char *json)
{
    char text[512];
    assert_int_equal(check_json(json, text), SB_CODE_OK);
}

static void test_check_required_fields(void **state)
{
    (void)state;
    static const struct refusal all[] = {
        {"{'topic':'agenda/x','agendaItem':{}}", INVALID,
         "agendaItem.itemId: missing; write 8-4-4-4-12 hexadecimal digits, not all zero"},
        {"{'topic':'agenda/x','agendaItem':{'itemId':'" UUID_A "'}}", INVALID,
         "agendaItem.kind: missing; write one of meeting, item, deadline, forward_agenda"},
        {"{'topic':'agenda/x','agendaItem':{'itemId':'" UUID_A "','kind':'item','title':''}}",
         INVALID, "agendaItem.title: missing; write a text on one line"},
        {"{'topic':'decision/x','proposal':{'decisionId':'" UUID_A "','title':'x'}}", INVALID,
         "proposal.participants: missing; write 2 to 32 of A-Z, 0-9 and -, such as GM0384, at "
         "least one"},
        {"{'topic':'decision/x','proposal':{'decisionId':'" UUID_A "','title':'x',"
         "'participants':['GM0384']}}",
         INVALID,
         "proposal.rule: missing; write one of consultation, consent_all, majority, two_thirds, "
         "weighted"},
        {"{'topic':'decision/x','position':{'decision':'GM0384/" UUID_A "'}}", INVALID,
         "position.revision: missing; " REFERENCE_FORM},
        {"{'topic':'decision/x','position':{'decision':'GM0384/" UUID_A
         "','revision':'GM0384/" UUID_A "','value':'against'}}",
         INVALID, "position.dateTaken: missing; write YYYY-MM-DD"},
        {"{'topic':'decision/x','withdrawal':{'reason':'x'}}", INVALID,
         "withdrawal.decisionId: missing; write 8-4-4-4-12 hexadecimal digits, not all zero"},
        {"{'topic':'decision/x','closing':{'decisionId':'" UUID_A "'}}", INVALID,
         "closing.outcome: missing; write one of open, adopted, adopted_with_conditions, "
         "not_adopted, lapsed, withdrawn, superseded, unclear"},
        {"{'topic':'notification/x','notification':{'notificationId':'" UUID_A "'}}", INVALID,
         "notification.severity: missing; write one of information, attention, urgent"},
        {"{'topic':'notification/x','acknowledgement':{}}", INVALID,
         "acknowledgement.notification: missing; " REFERENCE_FORM},
        {"{'topic':'custom/x','custom':{'data':''}}", INVALID,
         "custom.contentType: missing; write type/subtype, such as application/pdf"},
        {AGENDA(",'attachments':[{'size':1}]"), INVALID,
         "agendaItem.attachments[0].title: missing; write a text on one line"},
    };
    EXPECT_ALL(all);
}

static void test_check_topics(void **state)
{
    (void)state;
    static const struct refusal all[] = {
        {"{'custom':{'contentType':'text/plain'}}", SB_CODE_INVALID_TOPIC,
         "topic: missing; " TOPIC_FORM},
        {"{'topic':'custom','custom':{'contentType':'text/plain'}}", SB_CODE_INVALID_TOPIC,
         "topic: custom is not a topic; " TOPIC_FORM},
        {"{'topic':'custom/X','custom':{'contentType':'text/plain'}}", SB_CODE_INVALID_TOPIC,
         "topic: custom/X is not a topic; " TOPIC_FORM},
        {"{'topic':'link/x','custom':{'contentType':'text/plain'}}", SB_CODE_INVALID_TOPIC,
         "topic: link/x is not a topic; " TOPIC_FORM},
        {"{'topic':'custom/x\\u001b[2J','custom':{'contentType':'text/plain'}}",
         SB_CODE_INVALID_TOPIC, "topic: custom/x\\x1b[2J is not a topic; " TOPIC_FORM},
        {"{'topic':'agenda/x','custom':{'contentType':'text/plain'}}", SB_CODE_INVALID_TOPIC,
         "topic: agenda/x is not where custom belongs; write custom/…"},
        {"{'topic':'agenda/x','withdrawal':{'decisionId':'" UUID_A "'}}", SB_CODE_INVALID_TOPIC,
         "topic: agenda/x is not where withdrawal belongs; write decision/…"},
        {"{'topic':'custom/x','acknowledgement':{'notification':'GM0384/" UUID_A "'}}",
         SB_CODE_INVALID_TOPIC,
         "topic: custom/x is not where acknowledgement belongs; write notification/…"},
    };
    EXPECT_ALL(all);
}

static void test_check_dates_and_times(void **state)
{
    (void)state;
    static const struct refusal all[] = {
        {"{'topic':'decision/x','proposal':{'decisionId':'" UUID_A "','title':'x','participants':"
         "['GM0384'],'rule':'majority','deadline':'2015-02-30'}}",
         INVALID, "proposal.deadline: 2015-02-30" DATE_FORM},
        {POSITION("GM0384/" UUID_A, "2023-02-29"), INVALID,
         "position.dateTaken: 2023-02-29" DATE_FORM},
        {POSITION("GM0384/" UUID_A, "8-1-2015"), INVALID, "position.dateTaken: 8-1-2015" DATE_FORM},
        {POSITION("GM0384/" UUID_A, "2015-01-08T10:00"), INVALID,
         "position.dateTaken: 2015-01-08T10:00" DATE_FORM},
        {AGENDA(",'start':'2026-12-10 20:00'"), INVALID,
         "agendaItem.start: 2026-12-10 20:00 is not a local date and time that exists; write "
         "YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm:ss"},
        {AGENDA(",'start':'2026-12-10T24:01'"), INVALID,
         "agendaItem.start: 2026-12-10T24:01 is not a local date and time that exists; write "
         "YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm:ss"},
        {AGENDA(",'start':'2026-12-10T20:00Z'"), INVALID,
         "agendaItem.start: 2026-12-10T20:00Z is not a local date and time that exists; write "
         "YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm:ss"},
        {NOTIFICATION(",'expires':'2026-12-11'"), INVALID,
         "notification.expires: 2026-12-11 is not a date and time that exists; write RFC 3339, "
         "such as 2026-12-11T00:00:00Z"},
        {NOTIFICATION(",'expires':'2026-13-11T00:00:00Z'"), INVALID,
         "notification.expires: 2026-13-11T00:00:00Z is not a date and time that exists; write "
         "RFC 3339, such as 2026-12-11T00:00:00Z"},
    };
    EXPECT_ALL(all);
    expect_accepted(POSITION("GM0384/" UUID_A, "2024-02-29"));
    expect_accepted(NOTIFICATION(",'expires':'2026-12-11T00:00:00+01:00'"));
}

static void test_check_ids(void **state)
{
    (void)state;
    static const struct refusal all[] = {
        {"{'topic':'decision/x','withdrawal':{'decisionId':'1'}}", INVALID,
         "withdrawal.decisionId: 1 is not a UUID; write 8-4-4-4-12 hexadecimal digits, not all "
         "zero"},
        {"{'topic':'decision/x','withdrawal':{'decisionId':'00000000-0000-0000-0000-"
         "000000000000'}}",
         INVALID,
         "withdrawal.decisionId: 00000000-0000-0000-0000-000000000000 is not a UUID; write "
         "8-4-4-4-12 hexadecimal digits, not all zero"},
        {POSITION(UUID_A, "2015-01-08"), INVALID,
         "position.decision: " UUID_A " is not a reference; " REFERENCE_FORM},
        {POSITION("GM0384/0193", "2015-01-08"), INVALID,
         "position.decision: GM0384/0193 is not a reference; " REFERENCE_FORM},
        {AGENDA(",'participants':['GM0384','Diemen']"), INVALID,
         "agendaItem.participants[1]: Diemen is not an organisation id; write 2 to 32 of A-Z, 0-9 "
         "and -, such as GM0384"},
        {AGENDA(",'participants':['']"), INVALID,
         "agendaItem.participants[0]:  is not an organisation id; write 2 to 32 of A-Z, 0-9 and "
         "-, such as GM0384"},
        {AGENDA(",'coEditors':['GM0384','GM0451','GM0384']"), INVALID,
         "agendaItem.coEditors[2]: GM0384 stands here twice; write it once"},
        {"{'topic':'custom/x','references':['GM0384'],'custom':{'contentType':'a/b'}}", INVALID,
         "references[0]: GM0384 is not a reference; " REFERENCE_FORM},
    };
    EXPECT_ALL(all);
}

static void test_check_attachments(void **state)
{
    (void)state;
#define ATTACHMENT(fields) AGENDA(",'attachments':[{'title':'x'" fields "}]")
    static const struct refusal all[] = {
        {ATTACHMENT(",'mediaType':'pdf'"), INVALID,
         "agendaItem.attachments[0].mediaType: pdf is not a media type; write type/subtype, such "
         "as application/pdf"},
        {ATTACHMENT(",'mediaType':'text/ plain'"), INVALID,
         "agendaItem.attachments[0].mediaType: text/ plain is not a media type; write "
         "type/subtype, such as application/pdf"},
        {ATTACHMENT(",'sha256':'9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08'"),
         INVALID,
         "agendaItem.attachments[0].sha256: 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C"
         "15B0F00A08 is not a SHA-256; write 64 lower-case hexadecimal digits"},
        {ATTACHMENT(",'sha256':'9f86'"), INVALID,
         "agendaItem.attachments[0].sha256: 9f86 is not a SHA-256; write 64 lower-case hexadecimal "
         "digits"},
        {ATTACHMENT(
             ",'sha256':'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08g'"),
         INVALID,
         "agendaItem.attachments[0].sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c"
         "15b0f00a08g is not a SHA-256; write 64 lower-case hexadecimal digits"},
        {ATTACHMENT(",'url':'http://diemen.example/a.pdf'"), INVALID,
         "agendaItem.attachments[0].url: http://diemen.example/a.pdf is not an address; write "
         "https://host/path without spaces, in ASCII"},
        {ATTACHMENT(",'url':'https://'"), INVALID,
         "agendaItem.attachments[0].url: https:// is not an address; write https://host/path "
         "without spaces, in ASCII"},
        {ATTACHMENT(",'url':'https://a.example/b c'"), INVALID,
         "agendaItem.attachments[0].url: https://a.example/b c is not an address; write "
         "https://host/path without spaces, in ASCII"},
        {ATTACHMENT(",'url':'javascript:alert(1)'"), INVALID,
         "agendaItem.attachments[0].url: javascript:alert(1) is not an address; write "
         "https://host/path without spaces, in ASCII"},
    };
    EXPECT_ALL(all);
    expect_accepted(ATTACHMENT(",'mediaType':'text/plain; charset=utf-8'"));
    expect_accepted(ATTACHMENT(",'mediaType':'application/vnd.oasis.opendocument.text'"));
    expect_accepted(ATTACHMENT(",'url':'https://a.example:8443/b?c=%20&d=(1)#e'"));
    expect_accepted(ATTACHMENT(",'url':'https://[2001:db8::1]/'"));
#undef ATTACHMENT
}

static void test_check_zones(void **state)
{
    (void)state;
    static const char *const right[] = {"UTC", "Europe/Amsterdam", "Etc/GMT+1",
                                        "America/Argentina/Buenos_Aires"};
    static const char *const wrong[] = {"+01:00",           "Europe/",
                                        "/Europe",          "Europe//Amsterdam",
                                        "../../etc/passwd", "Europe/Am sterdam"};
    char json[400], sentence[200];
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        (void)snprintf(json, sizeof json, AGENDA(",'timezone':'%s'"), right[i]);
        expect_accepted(json);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(json, sizeof json, AGENDA(",'timezone':'%s'"), wrong[i]);
        (void)snprintf(sentence, sizeof sentence,
                       "agendaItem.timezone: %s is not the name of a time zone; write an IANA "
                       "name, such as Europe/Amsterdam",
                       wrong[i]);
        expect_refusal(json, INVALID, sentence);
    }
}

static void test_check_text(void **state)
{
    (void)state;
    static const char one_line[] = "agendaItem.location: control characters may not stand in a "
                                   "text that is one line, nor line feeds";
    static const char lines[] = "agendaItem.description: control characters may not stand in a "
                                "text, other than line feed and tab";
    expect_refusal(AGENDA(",'location':'a\\u001b[2Jb'"), INVALID, one_line);
    expect_refusal(AGENDA(",'location':'a\\nb'"), INVALID, one_line);
    expect_refusal(AGENDA(",'location':'a\\u0085b'"), INVALID, one_line);
    expect_refusal(AGENDA(",'description':'a\\rb'"), INVALID, lines);
    expect_refusal(AGENDA(",'description':'a\\u007fb'"), INVALID, lines);
    expect_accepted(AGENDA(",'description':'a\\n\\tb € 𝄞'"));
}

/* An item whose field has n times the letter a. */
static const char *with_long(const char *field, size_t n)
{
    static char json[70000];
    int at = snprintf(json, sizeof json, AGENDA(",'%s':'"), field);
    at -= 2; /* the two brackets go behind the text */
    memset(json + at, 'a', n);
    (void)snprintf(json + at + n, sizeof json - (size_t)at - n, "'}}");
    return json;
}

static void test_check_sizes(void **state)
{
    (void)state;
    expect_accepted(with_long("location", 1000));
    expect_accepted(with_long("theme", 200));
    expect_accepted(with_long("description", 49152));
    expect_refusal(with_long("location", 1001), SB_CODE_TOO_LARGE,
                   "agendaItem.location: 1001 bytes; at most 1000");
    expect_refusal(with_long("theme", 201), SB_CODE_TOO_LARGE,
                   "agendaItem.theme: 201 bytes; at most 200");
    expect_refusal(with_long("description", 49153), SB_CODE_TOO_LARGE,
                   "agendaItem.description: 49153 bytes; at most 49152");
    expect_refusal(with_long("description", 66000), SB_CODE_TOO_LARGE,
                   "the event has 66065 bytes; at most 65423, besides time and publisher");
}

/* An item with n co-editors, all different. */
static const char *with_many(size_t n)
{
    static char json[4000];
    size_t at = (size_t)snprintf(json, sizeof json, AGENDA(",'coEditors':[")) - 2;
    for (size_t i = 0; i < n; i++) {
        at += (size_t)snprintf(json + at, sizeof json - at, "%s'GM%04zu'", i == 0 ? "" : ",", i);
    }
    (void)snprintf(json + at, sizeof json - at, "]}}");
    return json;
}

static void test_check_lengths_of_lists(void **state)
{
    (void)state;
    expect_accepted(with_many(64));
    expect_refusal(with_many(65), SB_CODE_TOO_LARGE,
                   "agendaItem.coEditors: 65 entries; at most 64");
}

static int set_up(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_required_fields),
        cmocka_unit_test(test_check_topics),
        cmocka_unit_test(test_check_dates_and_times),
        cmocka_unit_test(test_check_ids),
        cmocka_unit_test(test_check_attachments),
        cmocka_unit_test(test_check_zones),
        cmocka_unit_test(test_check_text),
        cmocka_unit_test(test_check_sizes),
        cmocka_unit_test(test_check_lengths_of_lists),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
