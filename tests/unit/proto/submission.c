/* Reading and checking JSON in tests. One arena for the whole program, large and never reset, so
 * that results may be compared. */
#include "tests/unit/proto/submission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/json.h"

const char *const submission_examples[] = {
    "{'topic':'agenda/wonen','agendaItem':{'itemId':'" UUID_A "','kind':'meeting',"
    "'title':'Portefeuillehoudersoverleg wonen','body':'portfolio_holders',"
    "'start':'2026-12-10T20:00','end':'2026-12-10T22:00','timezone':'Europe/Amsterdam',"
    "'location':'Raadhuis Diemen','status':'planned','participants':['GM0384','GM0437','GM0451'],"
    "'attachments':[{'title':'Agenda','mediaType':'application/pdf','size':21329,"
    "'sha256':'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',"
    "'url':'https://diemen.example/agenda.pdf'}],'disclosure':'public','supersedes':[]}}",
    "{'topic':'decision/duoplus','proposal':{'decisionId':'" UUID_A "',"
    "'title':'Treffen GR Duo+ met drie gemeenten','text':'De raad besluit …',"
    "'dossier':'duoplus-2015','participants':['GM0384','GM0437','GM0451'],'rule':'consent_all',"
    "'body':'council','deadline':'2015-01-31','replaces':'GM0384/" UUID_B "','attachments':[]}}",
    "{'topic':'decision/duoplus','position':{'decision':'GM0384/" UUID_A "',"
    "'revision':'GM0384/" UUID_B "','value':'in_favour','kind':'consent','body':'council',"
    "'dateTaken':'2015-01-08','conditions':'','reference':'Z-15-0012'}}",
    "{'topic':'decision/duoplus','withdrawal':{'decisionId':'" UUID_A "','reason':'Vervangen'}}",
    "{'topic':'decision/duoplus','closing':{'decisionId':'" UUID_A "','outcome':'adopted'}}",
    "{'topic':'notification/ict','audience':['GM0384','GM0451'],'notification':{"
    "'notificationId':'" UUID_A "','severity':'attention','subject':'Onderhoud',"
    "'text':'Maandag\\ntussen 8 en 9','addressees':['GM0451'],'expires':'2026-12-11T00:00:00Z',"
    "'requiresAcknowledgement':true}}",
    "{'topic':'notification/ict','acknowledgement':{'notification':'GM0384/" UUID_A "'}}",
    "{'topic':'custom/zaaksysteem','custom':{'contentType':'application/json','data':'eyJhIjoxfQ=='"
    "}}",
    NULL,
};

struct sb_arena *submission_arena(void)
{
    static struct sb_arena arena;
    if (arena.cap == 0) {
        sb_arena_init(&arena, 512U * 1024 * 1024);
    }
    return &arena;
}

const char *quoted(const char *text)
{
    struct sb_bytes copy = sb_arena_copy(submission_arena(), text, strlen(text));
    assert_non_null(copy.p);
    for (char *c = (char *)copy.p; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return (const char *)copy.p;
}

struct read_result read_json(const char *text)
{
    struct read_result r = {.code = SB_CODE_COUNT};
    r.rc = sb_json_read_submission(&r.submission, &r.code, quoted(text), strlen(text), SUBMITTED_AT,
                                   submission_arena(), &r.err);
    return r;
}

static enum sb_code check(const struct sb_submission *submission, char text[static 512])
{
    return sb_submission_check(submission->body, submission_arena(), text, 512);
}

enum sb_code check_json(const char *json, char text[static 512])
{
    struct read_result r = read_json(json);
    if (r.rc != SB_OK || r.code != SB_CODE_OK) {
        print_error("%s\n", r.err.text);
    }
    assert_int_equal(r.rc, SB_OK);
    assert_int_equal(r.code, SB_CODE_OK);
    return check(&r.submission, text);
}

void expect_refusal(const char *json, enum sb_code code, const char *sentence)
{
    char text[512] = "";
    struct read_result r = read_json(json);
    enum sb_code found = r.code;
    assert_int_equal(r.rc, SB_OK);
    if (found == SB_CODE_OK) {
        found = check(&r.submission, text);
    } else {
        memcpy(text, r.err.text, sizeof text);
    }
    assert_string_equal(text, sentence);
    assert_int_equal(found, code);
}
