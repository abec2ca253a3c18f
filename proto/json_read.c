/* One line of `samenbus publish`: the envelope {id, topic, audience, references, one content}. It
 * decides what is JSON, bounds what the parser may be given, and leaves the rest to the
 * descriptors. */
#include "proto/json.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "proto/body.h"
#include "proto/json_fields.h"
#include "proto/schema.h"
#include "proto/sign.h"
#include "proto/text.h"
#include "proto/unpack.h"

#include "samenbus.pb-c.h"

enum {
    LINE_BYTES_MAX = 4 * SB_BODY_MAX + 64 * 1024, /* base64, escapes and names take their room */
    NESTING_MAX = 8,                              /* deeper than any content; the parser recurses */
    SHOWN_MAX = 80,
};

static const char ENVELOPE[] =
    "id, topic, audience, references and one of agendaItem, proposal, position, withdrawal, "
    "closing, notification, acknowledgement, custom";

/* The deepest nesting of brackets outside texts; not-JSON may give any number. */
static unsigned nesting(const char *text, size_t n)
{
    unsigned depth = 0, deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if (!quoted && (c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

static bool refuse_org(struct sb_json_fields *r, const json_t *given)
{
    char shown[SHOWN_MAX];
    const char *text = json_string_value(given);
    sb_text_escape(
        shown, sizeof shown,
        (struct sb_bytes){(const uint8_t *)text, text == NULL ? 0 : json_string_length(given)});
    return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                          "\"%s\" is not an organisation id; write 2 to 32 of A-Z, 0-9 and -, "
                          "such as GM0384",
                          shown);
}

static bool read_orgs(struct sb_json_fields *r, struct sb_org *orgs, const json_t *list)
{
    const struct sb_json_path *up = r->at;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *org = json_array_get(list, i);
        struct sb_json_path here = {.up = up, .index = i};
        r->at = &here;
        if (!json_is_string(org) ||
            !sb_org_parse(&orgs[i], json_string_value(org), json_string_length(org))) {
            return refuse_org(r, org);
        }
    }
    r->at = up;
    return true;
}

static bool read_audience(struct sb_json_fields *r, struct sb_audience *out, const json_t *list)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list)) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                              "write a list of organisations in [ ], or leave it out for all "
                              "partners");
    }
    if (n == 0) { /* who computed that nobody may read it must not reach everybody */
        return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                              "the list is empty; leave it out for all partners");
    }
    if (n > SB_AUDIENCE_MAX) {
        return sb_json_refuse(r, SB_CODE_TOO_LARGE, "%zu organisations; at most %d", n,
                              SB_AUDIENCE_MAX);
    }
    struct sb_org *orgs = sb_arena_alloc(r->arena, n * sizeof *orgs);
    if (orgs == NULL) {
        r->no_memory = true;
        return false;
    }
    if (!read_orgs(r, orgs, list)) {
        return false;
    }
    *out = (struct sb_audience){orgs, sb_audience_normalise(orgs, n)};
    return true;
}

static bool read_id(struct sb_json_fields *r, struct sb_uuid *out, const json_t *id)
{
    return (json_is_string(id) &&
            sb_uuid_parse(out, json_string_value(id), json_string_length(id)) &&
            !sb_uuid_is_zero(out)) ||
           sb_json_refuse(r, SB_CODE_INVALID_BODY,
                          "not a UUID; write 8-4-4-4-12 hexadecimal digits, or leave it out and "
                          "one is made");
}

/* What of a Body the origin's daemon writes itself. */
static bool is_daemons(const ProtobufCFieldDescriptor *field)
{
    bool content = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    return content ? field->id >= SB_CONTENT_EPOCH_START
                   : strcmp(field->name, "time_ms") == 0 || strcmp(field->name, "publisher") == 0;
}

static bool read_body_member(struct sb_json_fields *r, Samenbus__Body *body, const char *key,
                             const json_t *value)
{
    const ProtobufCFieldDescriptor *field = sb_schema_field(&samenbus__body__descriptor, key);
    struct sb_json_path here = {.key = key};
    if (field != NULL && !is_daemons(field)) {
        return sb_json_read_field(r, &body->base, field, value);
    }
    r->at = &here;
    if (field != NULL || strcmp(key, "time") == 0) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                              "the daemon itself writes this; leave it "
                              "out");
    }
    struct sb_suggestion s = {.word = key, .n = strlen(key)};
    sb_suggest_offer(&s, "id");
    sb_suggest_offer(&s, "audience");
    return sb_json_refuse_name(r, &s, &samenbus__body__descriptor, ENVELOPE);
}

static bool read_envelope_member(struct sb_json_fields *r, struct sb_submission *out,
                                 Samenbus__Body *body, const char *key, const json_t *value)
{
    bool id = strcmp(key, "id") == 0, ok = true;
    struct sb_json_path here = {.key = key};
    if (!id && strcmp(key, "audience") != 0) {
        return read_body_member(r, body, key, value);
    }
    if (!json_is_null(value)) {
        r->at = &here;
        ok = id ? read_id(r, &out->id, value) : read_audience(r, &out->audience, value);
    }
    if (ok) {
        r->at = NULL;
    }
    return ok;
}

static bool read_envelope(struct sb_json_fields *r, struct sb_submission *out, const json_t *line)
{
    Samenbus__Body body = SAMENBUS__BODY__INIT;
    const char *key;
    json_t *value;
    if (!json_is_object(line)) {
        return sb_json_refuse(r, SB_CODE_MALFORMED, "write one JSON object in { } for each event");
    }
    json_object_foreach((json_t *)line, key, value)
    {
        if (!read_envelope_member(r, out, &body, key, value)) {
            return false;
        }
    }
    if (body.content_case == SAMENBUS__BODY__CONTENT__NOT_SET) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY, "no content; write %s", ENVELOPE);
    }
    out->body = sb_pack(&body.base, r->arena);
    r->no_memory = out->body.p == NULL;
    return !r->no_memory;
}

/* What the parser would not even build a tree of. */
static bool within_bounds(struct sb_json_fields *r, const char *text, size_t n)
{
    if (n > LINE_BYTES_MAX) {
        return sb_json_refuse(r, SB_CODE_TOO_LARGE,
                              "the line has %zu bytes; an event has at most %d", n, SB_BODY_MAX);
    }
    if (nesting(text, n) > NESTING_MAX) {
        return sb_json_refuse(r, SB_CODE_MALFORMED, "nested deeper than %d brackets", NESTING_MAX);
    }
    return true;
}

/* JSON that says a thing twice, or a number that no field can hold, is JSON, and refused. */
static enum sb_rc refuse_parse(struct sb_json_fields *r, const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    char shown[JSON_ERROR_TEXT_LENGTH];
    sb_text_escape(shown, sizeof shown,
                   (struct sb_bytes){(const uint8_t *)error->text, strlen(error->text)});
    if (code == json_error_out_of_memory) {
        return sb_err_set(r->err, SB_E_NOMEM, "no memory to read the JSON");
    }
    if (code == json_error_duplicate_key || code == json_error_numeric_overflow) {
        (void)sb_json_refuse(r, SB_CODE_INVALID_BODY, "column %d: %s", error->column, shown);
        return SB_OK;
    }
    r->code = SB_CODE_MALFORMED;
    return sb_err_set(r->err, SB_E_INPUT, "not JSON: column %d: %s", error->column, shown);
}

static void make_id(struct sb_uuid *id, struct sb_time now)
{
    uint8_t random[10];
    sb_random_bytes(random, sizeof random);
    *id = sb_uuid_v7(now, random);
}

enum sb_rc sb_json_read_submission(struct sb_submission *out, enum sb_code *code, const char *text,
                                   size_t n, struct sb_time now, struct sb_arena *arena,
                                   struct sb_err *err)
{
    struct sb_err unread;
    struct sb_json_fields r = {.arena = arena, .err = err == NULL ? &unread : err};
    json_error_t error;
    enum sb_rc rc = SB_OK;
    *out = (struct sb_submission){0};
    if (within_bounds(&r, text, n)) {
        json_t *line =
            json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
        if (line == NULL) {
            rc = refuse_parse(&r, &error);
        } else if (!read_envelope(&r, out, line) && r.no_memory) {
            rc = sb_err_set(r.err, SB_E_NOMEM, "no room for the event");
        }
        json_decref(line);
    }
    if (rc == SB_OK && r.code == SB_CODE_OK && sb_uuid_is_zero(&out->id)) {
        make_id(&out->id, now);
    }
    *code = r.code;
    return rc;
}
