/* A printed event against PROTOCOL §16.2, by the descriptors: what the schema of json_schema.c
 * says, with a sentence that names the place. What a content means is not looked at. */
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/client_message.h"
#include "proto/ids.h"
#include "proto/json_fields.h"
#include "proto/json_schema.h"
#include "proto/schema.h"

#include "samenbus.pb-c.h"

/* ---- the envelope */

static bool is_org(const char *p, size_t n)
{
    struct sb_org org;
    return sb_org_parse(&org, p, n);
}

static bool is_epoch(const char *p, size_t n)
{
    struct sb_epoch epoch;
    unsigned digits;
    return sb_epoch_parse(&epoch, &digits, p, n);
}

static bool is_uuid(const char *p, size_t n)
{
    struct sb_uuid id;
    return sb_uuid_parse(&id, p, n);
}

static bool is_time(const char *p, size_t n)
{
    struct sb_time time;
    return sb_time_parse(&time, p, n);
}

static bool is_state(const char *p, size_t n)
{
    for (int state = SB_BODY_PRESENT; state <= SB_BODY_HIDDEN; state++) {
        const char *name = sb_body_state_name((enum sb_body_state)state);
        if (strlen(name) == n && memcmp(name, p, n) == 0) {
            return true;
        }
    }
    return false;
}

enum shape { TEXT, NUMBER, FLAG, TEXTS, OBJECT };

static const struct member {
    const char *key;
    enum shape shape;
    bool optional, nullable;
    bool (*fits)(const char *p, size_t n); /* NULL: any text */
    const char *write;
} members[] = {
    {"origin", TEXT, false, false, is_org, "an organisation id, such as GM0384"},
    {"epoch", TEXT, false, false, is_epoch, "an epoch, such as 3-9f1c2ab7"},
    {"seq", NUMBER, false, false, NULL, "a whole number from 1 on"},
    {"offset", NUMBER, false, false, NULL, "a whole number from 1 on"},
    {"id", TEXT, false, false, is_uuid, "a UUID"},
    {"time", TEXT, false, false, is_time, "a time, such as 2026-12-11T00:00:00.000Z"},
    {"topic", TEXT, false, true, NULL, "a text or null"},
    {"type", TEXT, false, true, NULL, "a text or null"},
    {"audience", TEXTS, false, false, is_org, "a list of organisation ids"},
    {"state", TEXT, false, false, is_state,
     "present, withheld, missing, erased, expired or hidden"},
    {"forked", FLAG, true, false, NULL, "true, or leave it out"},
    {"publisher", TEXT, false, true, NULL, "a text or null"},
    {"references", TEXTS, true, false, NULL, "a list of texts, or leave it out"},
    {"body", OBJECT, false, true, NULL, "an object or null"},
};

static bool fits_text(const struct member *m, const json_t *value)
{
    return json_is_string(value) &&
           (m->fits == NULL || m->fits(json_string_value(value), json_string_length(value)));
}

static bool fits(const struct member *m, const json_t *value)
{
    if (json_is_null(value)) {
        return m->nullable;
    }
    switch (m->shape) {
    case TEXT: return fits_text(m, value);
    case NUMBER: return json_is_integer(value) && json_integer_value(value) > 0;
    case FLAG: return json_is_true(value);
    case OBJECT: return json_is_object(value);
    case TEXTS: break;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!fits_text(m, json_array_get(value, i))) {
            return false;
        }
    }
    return json_is_array(value);
}

static bool check_envelope(struct sb_json_fields *r, const json_t *line)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct member *m = &members[i];
        const json_t *value = json_object_get(line, m->key);
        struct sb_json_path here = {.key = m->key};
        if (value == NULL ? !m->optional : !fits(m, value)) {
            r->at = &here;
            return sb_json_refuse(r, SB_CODE_INVALID_BODY, "%s; write %s",
                                  value == NULL ? "missing" : "not what stands here", m->write);
        }
    }
    return true;
}

/* ---- the body */

static bool check_message(struct sb_json_fields *r, const ProtobufCMessageDescriptor *message,
                          const json_t *value);

/* The name of a value, or the number of one that is newer. */
static bool is_enum(const ProtobufCEnumDescriptor *values, const json_t *value)
{
    int number;
    return json_is_string(value) ? sb_schema_value(&number, values, json_string_value(value))
                                 : json_is_integer(value);
}

/* Standard base64 with its padding; decoded to nowhere. */
static bool is_bytes(const json_t *value)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);
    if (text == NULL || n % 4 != 0) {
        return false;
    }
    size_t padding = n == 0 || text[n - 1] != '=' ? 0 : text[n - 2] != '=' ? 1 : 2;
    return strspn(text, digits) == n - padding;
}

static bool is_tag(const json_t *value)
{
    uint8_t tag[8];
    return json_is_string(value) &&
           sb_hex_decode(tag, sizeof tag, json_string_value(value), json_string_length(value));
}

static bool is_number(const ProtobufCFieldDescriptor *field, const json_t *value)
{
    json_int_t n = json_integer_value(value);
    return json_is_integer(value) && (n >= 0 || field->type == PROTOBUF_C_TYPE_INT64) &&
           (n <= UINT32_MAX || field->type != PROTOBUF_C_TYPE_UINT32);
}

static bool check_value(struct sb_json_fields *r, const ProtobufCFieldDescriptor *field,
                        const json_t *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE: return check_message(r, field->descriptor, value);
    case PROTOBUF_C_TYPE_STRING:
        return json_is_string(value) || sb_json_refuse_kind(r, value, "a text in quotes");
    case PROTOBUF_C_TYPE_BYTES:
        return is_bytes(value) || sb_json_refuse_kind(r, value, "base64 in quotes");
    case PROTOBUF_C_TYPE_BOOL:
        return json_is_boolean(value) || sb_json_refuse_kind(r, value, "true or false");
    case PROTOBUF_C_TYPE_FIXED64:
        return is_tag(value) || sb_json_refuse_kind(r, value, "16 hexadecimal digits in quotes");
    case PROTOBUF_C_TYPE_ENUM:
        if (json_is_string(value) && !is_enum(field->descriptor, value)) {
            return sb_json_refuse_value(r, field->descriptor, json_string_value(value));
        }
        return is_enum(field->descriptor, value) ||
               sb_json_refuse_kind(r, value, "the name of a value in quotes");
    default:
        return is_number(field, value) ||
               sb_json_refuse(r, SB_CODE_INVALID_BODY, "not a whole number that fits; write one");
    }
}

static bool check_list(struct sb_json_fields *r, const ProtobufCFieldDescriptor *field,
                       const json_t *list)
{
    const struct sb_json_path *up = r->at;
    if (!json_is_array(list)) {
        return sb_json_refuse_kind(r, list, "a list in [ ]");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct sb_json_path here = {.up = up, .index = i};
        r->at = &here;
        if (!check_value(r, field, json_array_get(list, i))) {
            return false;
        }
    }
    r->at = up;
    return true;
}

static bool check_map(struct sb_json_fields *r, const ProtobufCFieldDescriptor *field,
                      const json_t *map)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    const struct sb_json_path *up = r->at;
    const char *key;
    json_t *value;
    if (!json_is_object(map)) {
        return sb_json_refuse_kind(r, map, "an object {organisation: number}");
    }
    json_object_foreach((json_t *)map, key, value)
    {
        struct sb_json_path here = {.up = up, .key = key};
        r->at = &here;
        if (!check_value(r, &entry->fields[1], value)) {
            return false;
        }
    }
    r->at = up;
    return true;
}

static bool check_field(struct sb_json_fields *r, const ProtobufCMessageDescriptor *message,
                        const char *key, const json_t *value)
{
    const ProtobufCFieldDescriptor *field = sb_schema_field(message, key);
    char name[SB_SCHEMA_NAME_MAX] = "";
    if (field != NULL) {
        sb_schema_field_name(name, field);
    }
    if (strcmp(name, key) != 0) { /* printed in lowerCamelCase alone */
        struct sb_suggestion s = {.word = key, .n = strlen(key)};
        return sb_json_refuse_name(r, &s, message, "the names of PROTOCOL §15 in lowerCamelCase");
    }
    if (sb_schema_is_map(field)) {
        return check_map(r, field, value);
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED ? check_list(r, field, value)
                                                     : check_value(r, field, value);
}

static bool check_message(struct sb_json_fields *r, const ProtobufCMessageDescriptor *message,
                          const json_t *value)
{
    const struct sb_json_path *up = r->at;
    const char *key;
    json_t *member;
    if (!json_is_object(value)) {
        return sb_json_refuse_kind(r, value, "an object in { }");
    }
    json_object_foreach((json_t *)value, key, member)
    {
        struct sb_json_path here = {.up = up, .key = key};
        r->at = &here;
        if (!check_field(r, message, key, member)) {
            return false;
        }
    }
    r->at = up;
    return true;
}

/* A body goes with a type that this version knows; in the event log it is null. */
static bool check_body(struct sb_json_fields *r, const json_t *line)
{
    const json_t *body = json_object_get(line, "body");
    const char *type = json_string_value(json_object_get(line, "type"));
    const ProtobufCFieldDescriptor *content =
        type == NULL ? NULL : sb_schema_field(&samenbus__body__descriptor, type);
    struct sb_json_path here = {.key = "body"};
    bool known = content != NULL && (content->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (json_is_null(body)) {
        return true;
    }
    r->at = &here;
    return known ? check_message(r, content->descriptor, body)
                 : sb_json_refuse(r, SB_CODE_INVALID_BODY,
                                  "a body of no type that this version knows; write null");
}

enum sb_rc sb_json_check_event(const json_t *line, struct sb_err *err)
{
    struct sb_json_fields r = {.err = err};
    if (!json_is_object(line)) {
        return sb_err_set(err, SB_E_INPUT, "not an object in { }");
    }
    return check_envelope(&r, line) && check_body(&r, line) ? SB_OK : SB_E_INPUT;
}
