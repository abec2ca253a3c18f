/* Bodies and commitments; submissions and what checking them gives. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "proto/code.h"
#include "proto/pb_writer.h"
#include "tests/vectors/chain.h"

enum { BODY_TOPIC = 1, BODY_TIME = 2, BODY_PUBLISHER = 3, BODY_REFERENCES = 4, BODY_NEW = 900 };

/* jansson takes no NULL, however short. */
static json_t *text_of(struct sb_bytes text)
{
    return json_stringn(text.n == 0 ? "" : (const char *)text.p, text.n);
}

static void put_head(json_t *one, struct sb_bytes body)
{
    struct sb_body_head head;
    bool ok = sb_body_head_read(&head, body);
    assert(ok);
    json_t *object = json_object();
    put(object, "topic", text_of(head.topic));
    put(object, "timeMs", json_integer(head.time.ms));
    put(object, "publisher", text_of(head.publisher));
    put_text(object, "type",
             head.content == SB_CONTENT_NONE ? NULL : sb_content_name(head.content));
    put(one, "head", object);
}

static void add_body(json_t *list, const char *name, struct sb_bytes body)
{
    struct sb_salt salt;
    memcpy(salt.b, seeded(name).b, sizeof salt.b);
    struct sb_hash commitment = sb_commitment(&salt, body);
    json_t *one = add_case(list, name);
    put(one, "salt", hex_of(salt.b, sizeof salt.b));
    put(one, "body", hex_bytes(body));
    put(one, "commitment", hex_hash(&commitment));
    put_head(one, body);
}

static void add_sealed(json_t *list, const char *name, struct sb_bytes submission,
                       const char *publisher, struct sb_arena *arena)
{
    json_t *one = add_case(list, name);
    put(one, "submission", hex_bytes(submission));
    put_number(one, "timeMs", (uint64_t)VECTOR_TIME.ms);
    put_text(one, "publisher", publisher);
    put(one, "body", hex_bytes(sb_body_seal(submission, VECTOR_TIME, publisher, arena)));
}

/* The submission of a meeting with more behind it. */
struct grown {
    uint8_t bytes[8192];
    struct sb_pb_writer w;
};

static void grow(struct grown *g, struct sb_arena *arena)
{
    struct sb_bytes body = submission_of(JSON_MEETING, arena, NULL);
    assert(body.n < sizeof g->bytes / 2);
    memcpy(g->bytes, body.p, body.n);
    g->w = (struct sb_pb_writer){.p = g->bytes, .n = body.n};
}

static struct sb_bytes grown_bytes(const struct grown *g)
{
    return (struct sb_bytes){g->bytes, g->w.n};
}

static void add_malformed(json_t *list, const char *name, struct sb_bytes body)
{
    assert(!sb_body_well_formed(body));
    put(add_case(list, name), "body", hex_bytes(body));
}

/* Body, EpochStart, KeyCertificate: the deepest lawful nesting. */
static struct sb_bytes epoch_start_with_certificate(struct grown *g)
{
    static const uint8_t certificate[] = {0x0a, 0x02, 'A', 'B'};
    uint8_t inner[64];
    struct sb_pb_writer w = {.p = inner};
    sb_pb_put_bytes(&w, 6, certificate, sizeof certificate); /* EpochStart.certificate: level 3 */
    g->w = (struct sb_pb_writer){.p = g->bytes};
    sb_pb_put_bytes(&g->w, SB_CONTENT_EPOCH_START, inner, w.n);
    return grown_bytes(g);
}

static void add_malformed_bodies(json_t *root, struct sb_arena *arena)
{
    json_t *list = put_list(root, "malformed");
    struct sb_bytes body = submission_of(JSON_MEETING, arena, NULL);
    struct grown g;
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, SB_CONTENT_CUSTOM, "", 0);
    add_malformed(list, "two contents", grown_bytes(&g));
    add_malformed(list, "cut short", (struct sb_bytes){body.p, body.n - 1});
    add_malformed(list, "a topic that is not UTF-8",
                  (struct sb_bytes){(const uint8_t *)"\x0a\x02\xc3\x28", 4});
    add_malformed(list, "a topic with NUL",
                  (struct sb_bytes){(const uint8_t *)"\x0a\x02"
                                                     "a\0",
                                    4});
    add_malformed(list, "an EpochStart with a nonce of one byte",
                  (struct sb_bytes){(const uint8_t *)"\xf2\x01\x03\x1a\x01x", 6});
    add_malformed(list, "an EpochStart with two certificates",
                  (struct sb_bytes){(const uint8_t *)"\xf2\x01\x04\x32\x00\x32\x00", 7});
    add_malformed(list, "a counter of 33 bits",
                  (struct sb_bytes){(const uint8_t *)"\xf2\x01\x06\x08\x80\x80\x80\x80\x10", 9});
    add_malformed(list, "a Closing with a hash of two bytes",
                  (struct sb_bytes){(const uint8_t *)"\x72\x06\x22\x04\x2a\x02xx", 8});
    add_malformed(list, "field number 0", (struct sb_bytes){(const uint8_t *)"\x02\x00", 2});
    add_malformed(list, "a group", (struct sb_bytes){(const uint8_t *)"\x0b\x0c", 2});
    add_malformed(list, "the topic as a number", (struct sb_bytes){(const uint8_t *)"\x08\x01", 2});
    add_malformed(list, "a varint of eleven bytes",
                  (struct sb_bytes){(const uint8_t *)"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                                                     "\xff\x01",
                                    12});
}

json_t *make_bodies(struct sb_arena *arena)
{
    json_t *root = object_about("Bodies, salts and commitments; what sealing appends; bodies that "
                                "are not well-formed (PROTOCOL 4)");
    json_t *list = put_list(root, "bodies");
    struct sb_bytes meeting = submission_of(JSON_MEETING, arena, NULL);
    struct grown g;
    add_body(list, "a meeting", sb_body_seal(meeting, VECTOR_TIME, "operator", arena));
    add_body(
        list, "a position",
        sb_body_seal(submission_of(JSON_POSITION, arena, NULL), VECTOR_TIME, "zaaksysteem", arena));
    add_body(list, "empty", (struct sb_bytes){0});
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, BODY_NEW, "later", 5);
    add_body(list, "with a field of a newer version", grown_bytes(&g));
    g.w = (struct sb_pb_writer){.p = g.bytes};
    sb_pb_put_bytes(&g.w, BODY_TOPIC, "agenda/wonen", 12);
    sb_pb_put_bytes(&g.w, 18, "later", 5);
    add_body(list, "with a content of a newer version", grown_bytes(&g));
    add_body(list, "three levels of messages", epoch_start_with_certificate(&g));
    json_t *sealed = put_list(root, "sealed");
    add_sealed(sealed, "by a client", meeting, "operator", arena);
    add_sealed(sealed, "by nobody", meeting, "", arena);
    add_malformed_bodies(root, arena);
    return root;
}

/* ---- submissions */

static void add_submission(json_t *list, const char *name, struct sb_bytes bytes,
                           struct sb_arena *arena)
{
    char text[512];
    enum sb_code code = sb_submission_check(bytes, arena, text, sizeof text);
    json_t *one = add_case(list, name);
    put(one, "submission", hex_bytes(bytes));
    put_text(one, "code", sb_code_name(code));
    put_text(one, "text", text);
}

static const struct {
    const char *name, *json;
} FROM_JSON[] = {
    {"a meeting", JSON_MEETING},
    {"a notification", JSON_NOTIFICATION},
    {"a position", JSON_POSITION},
    {"custom", "{'topic':'custom/a','custom':{'contentType':'application/json','data':'e30='}}"},
    {"withdrawal", "{'topic':'decision/a','withdrawal':{'decisionId':"
                   "'01936c9e-8a40-7cc1-b1de-000000000001','reason':'vervallen'}}"},
    {"weighted proposal",
     "{'topic':'decision/a','proposal':{'decisionId':'01936c9e-8a40-7cc1-b1de-000000000001',"
     "'title':'Begroting','participants':['GM0384','GM0437','GM0451'],'rule':'weighted','weights':"
     "{'GM0384':3,'GM0437':2,'GM0451':1},'threshold':4,'tie':'revote_then_chair','chair':'GM0384'"
     "}}"},
    {"no topic", "{'custom':{'contentType':'a/b','data':''}}"},
    {"the wrong class", "{'topic':'agenda/a','custom':{'contentType':'a/b','data':''}}"},
    {"not a topic", "{'topic':'custom','custom':{'contentType':'a/b','data':''}}"},
    {"no title", "{'topic':'agenda/a','agendaItem':{'itemId':"
                 "'01936c9e-8a40-7cc1-b1de-000000000001','kind':'item'}}"},
    {"a date that does not exist",
     "{'topic':'agenda/a','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001','kind':"
     "'meeting','title':'a','date':'2026-02-29'}}"},
    {"an end before its start",
     "{'topic':'agenda/a','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001','kind':"
     "'meeting','title':'a','start':'2026-12-10T20:00','end':'2026-12-10T19:59:59'}}"},
    {"a secret with a description",
     "{'topic':'agenda/a','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001','kind':"
     "'item','title':'a','disclosure':'secret','description':'b'}}"},
    {"a secret that nobody may lift",
     "{'topic':'agenda/a','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001','kind':"
     "'item','title':'a','disclosure':'secret','secrecyGround':'b','imposedBy':'c'}}"},
    {"an embargo without end",
     "{'topic':'agenda/a','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001','kind':"
     "'item','title':'a','disclosure':'embargoed'}}"},
    {"weights without the rule",
     "{'topic':'decision/a','proposal':{'decisionId':'01936c9e-8a40-7cc1-b1de-000000000001',"
     "'title':'a','participants':['GM0384'],'rule':'majority','weights':{'GM0384':1}}}"},
    {"a threshold out of reach",
     "{'topic':'decision/a','proposal':{'decisionId':'01936c9e-8a40-7cc1-b1de-000000000001',"
     "'title':'a','participants':['GM0384'],'rule':'weighted','weights':{'GM0384':1},'threshold':"
     "2}}"},
    {"a chair from elsewhere",
     "{'topic':'decision/a','proposal':{'decisionId':'01936c9e-8a40-7cc1-b1de-000000000001',"
     "'title':'a','participants':['GM0384'],'rule':'majority','chair':'GM0437'}}"},
    {"a quorum above the participants",
     "{'topic':'decision/a','proposal':{'decisionId':'01936c9e-8a40-7cc1-b1de-000000000001',"
     "'title':'a','participants':['GM0384'],'rule':'majority','quorum':2}}"},
    {"a participant twice",
     "{'topic':'decision/a','proposal':{'decisionId':'01936c9e-8a40-7cc1-b1de-000000000001',"
     "'title':'a','participants':['GM0384','GM0384'],'rule':'majority'}}"},
    {"closed as open", "{'topic':'decision/a','closing':{'decisionId':"
                       "'01936c9e-8a40-7cc1-b1de-000000000001','outcome':'open'}}"},
    {"a subject of two lines",
     "{'topic':'notification/a','notification':{'notificationId':"
     "'01936c9e-8a40-7cc1-b1de-000000000001','severity':'urgent','subject':'a\\nb'}}"},
    {"a text of two lines",
     "{'topic':'notification/a','notification':{'notificationId':"
     "'01936c9e-8a40-7cc1-b1de-000000000001','severity':'urgent','subject':'a','text':'a\\nb'}}"},
    {"an address without encryption",
     "{'topic':'agenda/a','agendaItem':{'itemId':'01936c9e-8a40-7cc1-b1de-000000000001','kind':"
     "'item','title':'a','attachments':[{'title':'a','url':'http://example.org/'}]}}"},
};

/* What JSON cannot say. */
static void add_made_submissions(json_t *list, struct sb_arena *arena)
{
    struct grown g;
    grow(&g, arena);
    sb_pb_put_uint(&g.w, BODY_TIME, 1);
    add_submission(list, "a time", grown_bytes(&g), arena);
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, BODY_PUBLISHER, "x", 1);
    add_submission(list, "a publisher", grown_bytes(&g), arena);
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, BODY_TOPIC, "agenda/a", 8);
    add_submission(list, "the topic twice", grown_bytes(&g), arena);
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, SB_CONTENT_CUSTOM, "", 0);
    add_submission(list, "two contents", grown_bytes(&g), arena);
    g.w = (struct sb_pb_writer){.p = g.bytes};
    sb_pb_put_bytes(&g.w, BODY_TOPIC, "agenda/a", 8);
    add_submission(list, "no content", grown_bytes(&g), arena);
    sb_pb_put_bytes(&g.w, BODY_NEW, "", 0);
    add_submission(list, "a field of a newer version", grown_bytes(&g), arena);
    add_submission(list, "a Closing with a hash of two bytes",
                   (struct sb_bytes){(const uint8_t *)"\x0a\x0a"
                                                      "decision/a\x72\x06\x22\x04\x2a\x02xx",
                                     20},
                   arena);
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, 5, "", 0);
    sb_pb_put_bytes(&g.w, 5, "", 0);
    add_submission(list, "an unknown field twice", grown_bytes(&g), arena);
    g.w = (struct sb_pb_writer){.p = g.bytes};
    sb_pb_put_bytes(&g.w, BODY_TOPIC, "notification", 12);
    sb_pb_put_bytes(&g.w, SB_CONTENT_NOTIFICATION, "\x40\x01", 2);
    add_submission(list, "a topic that is none, before an unknown field", grown_bytes(&g), arena);
    grow(&g, arena);
    sb_pb_put_bytes(&g.w, BODY_REFERENCES, "GM0384", 6);
    add_submission(list, "a reference to nothing", grown_bytes(&g), arena);
    add_submission(list, "not protobuf", (struct sb_bytes){(const uint8_t *)"\x0a\x7f", 2}, arena);
    add_submission(list, "a system content", epoch_start_with_certificate(&g), arena);
}

json_t *make_submissions(struct sb_arena *arena)
{
    json_t *root = object_about("Submissions, and the code that checking gives; the text is for "
                                "people and not normative (PROTOCOL 4.3)");
    json_t *list = put_list(root, "submissions");
    for (size_t i = 0; i < sizeof FROM_JSON / sizeof *FROM_JSON; i++) {
        add_submission(list, FROM_JSON[i].name, submission_of(FROM_JSON[i].json, arena, NULL),
                       arena);
    }
    add_made_submissions(list, arena);
    return root;
}
