/* One field of the schema as a JSON Schema, and one message: see json_schema.c. */
#include "proto/json_schema_write.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/schema.h"

enum { PATTERN_MAX = 240 };

#define HEX(n)  "[0-9a-fA-F]{" #n "}"
#define UUID    HEX(8) "-" HEX(4) "-" HEX(4) "-" HEX(4) "-" HEX(12)
#define ORG     "[A-Z0-9-]{2,32}"
#define DAY     "[0-9]{4}-[0-9]{2}-[0-9]{2}"
#define MINUTE  DAY "T[0-9]{2}:[0-9]{2}"
#define BASE64  "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
#define CONTROL "\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f"

/* What a text of each kind looks like, for a regular expression of ECMA-262, and the name that the
 * schema language has for it. */
static const struct form {
    const char *pattern, *format;
} forms[SB_CHECK_TEXT_KINDS] = {
    [SB_CHECK_LINE] = {"[^\\t\\n" CONTROL "]*", NULL},
    [SB_CHECK_LINES] = {"[^" CONTROL "]*", NULL},
    [SB_CHECK_TOPIC] = {"(?:agenda|decision|notification|custom)(?:/[a-z0-9-]+){1,7}", NULL},
    [SB_CHECK_UUID] = {UUID, "uuid"},
    [SB_CHECK_ORG] = {ORG, NULL},
    [SB_CHECK_REFERENCE] = {ORG "/" UUID, NULL},
    [SB_CHECK_DATE] = {DAY, "date"},
    [SB_CHECK_LOCAL_TIME] = {MINUTE "(?::[0-9]{2})?", NULL},
    [SB_CHECK_TIME] = {MINUTE ":[0-9]{2}(?:\\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})", NULL},
    [SB_CHECK_ZONE] = {"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z][A-Za-z0-9_+-]*)*", NULL},
    [SB_CHECK_MEDIA_TYPE] = {"[^/]+/.+", NULL},
    [SB_CHECK_SHA256] = {"[0-9a-f]{64}", NULL},
    [SB_CHECK_URL] = {"https://[A-Za-z0-9\\[][!-~]*", "uri"},
};

/* ---- small things */

void sb_schema_put_pair(struct sb_json_out *out, const char *key, const char *a, const char *b)
{
    sb_json_put_key(out, key);
    sb_json_put_open(out, '[');
    sb_json_put_string(out, a);
    sb_json_put_string(out, b);
    sb_json_put_close(out, ']');
}

void sb_schema_put_type(struct sb_schema_writer *w, const char *type, bool nullable)
{
    if (nullable && !w->printed) {
        sb_schema_put_pair(&w->out, "type", type, "null");
    } else {
        sb_json_member_string(&w->out, "type", type);
    }
}

/* The whole text; an empty one means absent where `empty` is allowed. */
static void put_pattern(struct sb_json_out *out, const char *form, bool empty)
{
    char pattern[PATTERN_MAX];
    int n = snprintf(pattern, sizeof pattern, "^(?:%s%s)$", empty ? "|" : "", form);
    assert(n > 0 && (size_t)n < sizeof pattern);
    sb_json_member_string(out, "pattern", pattern);
}

void sb_schema_open(struct sb_json_out *out, const char *key)
{
    sb_json_put_key(out, key);
    sb_json_put_open(out, '{');
}

static void put_reference(struct sb_json_out *out, const ProtobufCMessageDescriptor *message)
{
    char where[SB_SCHEMA_NAME_MAX + 10];
    (void)snprintf(where, sizeof where, "#/$defs/%s", message->short_name);
    sb_json_member_string(out, "$ref", where);
}

/* ---- values */

void sb_schema_put_text(struct sb_schema_writer *w, const struct sb_check_rule *rule, bool single)
{
    bool optional = single && !rule->required;
    sb_schema_put_type(w, "string", optional);
    if (forms[rule->kind].format != NULL) {
        sb_json_member_string(&w->out, "format", forms[rule->kind].format);
    }
    if (w->printed) {
        return;
    }
    if (single && rule->required) {
        sb_json_member_uint(&w->out, "minLength", 1);
    }
    if (rule->max_bytes != 0) {
        sb_json_member_uint(&w->out, "maxLength", rule->max_bytes); /* of characters, so no less */
    }
    put_pattern(&w->out, forms[rule->kind].pattern, optional);
}

/* All names; what is published may be "" or null as well, what is printed a number that is newer.
 */
static void put_enum(struct sb_schema_writer *w, const ProtobufCEnumDescriptor *values,
                     bool optional)
{
    char name[SB_SCHEMA_NAME_MAX];
    if (w->printed) {
        sb_json_put_key(&w->out, "anyOf");
        sb_json_put_open(&w->out, '[');
        sb_json_put_open(&w->out, '{');
    }
    sb_json_put_key(&w->out, "enum");
    sb_json_put_open(&w->out, '[');
    for (unsigned i = 0; i < values->n_values; i++) {
        if (sb_schema_value_name(name, values, values->values[i].value)) {
            sb_json_put_string(&w->out, name);
        }
    }
    if (!w->printed && optional) {
        sb_json_put_string(&w->out, "");
        sb_json_put_null(&w->out);
    }
    sb_json_put_close(&w->out, ']');
    if (w->printed) {
        sb_json_put_close(&w->out, '}');
        sb_json_put_open(&w->out, '{');
        sb_json_member_string(&w->out, "type", "integer");
        sb_json_put_close(&w->out, '}');
        sb_json_put_close(&w->out, ']');
    }
}

static void put_number(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *field,
                       bool required, bool optional)
{
    sb_schema_put_type(w, "integer", optional);
    if (field->type != PROTOBUF_C_TYPE_INT64) {
        sb_json_member_uint(&w->out, "minimum", required ? 1 : 0);
    }
    if (field->type == PROTOBUF_C_TYPE_UINT32) {
        sb_json_member_uint(&w->out, "maximum", UINT32_MAX);
    }
}

static void put_bytes(struct sb_schema_writer *w, bool optional)
{
    sb_schema_put_type(w, "string", optional);
    sb_json_member_string(&w->out, "contentEncoding", "base64");
    put_pattern(&w->out, BASE64, false);
}

static void put_inner(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *field,
                      bool optional)
{
    if (w->printed || !optional) {
        put_reference(&w->out, field->descriptor);
        return;
    }
    sb_json_put_key(&w->out, "anyOf");
    sb_json_put_open(&w->out, '[');
    sb_json_put_open(&w->out, '{');
    put_reference(&w->out, field->descriptor);
    sb_json_put_close(&w->out, '}');
    sb_json_put_open(&w->out, '{');
    sb_json_member_string(&w->out, "type", "null");
    sb_json_put_close(&w->out, '}');
    sb_json_put_close(&w->out, ']');
}

/* One value of a field; `single`: it is no member of a list. */
static void put_value(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *field,
                      const struct sb_check_rule *rule, bool single)
{
    static const struct sb_check_rule any = {.kind = SB_CHECK_LINES};
    bool optional = single && (rule == NULL || !rule->required);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        sb_schema_put_text(w, rule != NULL && rule->kind < SB_CHECK_TEXT_KINDS ? rule : &any,
                           single);
        return;
    case PROTOBUF_C_TYPE_BYTES: put_bytes(w, optional); return;
    case PROTOBUF_C_TYPE_ENUM: put_enum(w, field->descriptor, optional); return;
    case PROTOBUF_C_TYPE_BOOL: sb_schema_put_type(w, "boolean", optional); return;
    case PROTOBUF_C_TYPE_FIXED64:
        sb_schema_put_type(w, "string", optional);
        put_pattern(&w->out, HEX(16), false);
        return;
    case PROTOBUF_C_TYPE_MESSAGE: put_inner(w, field, optional); return;
    default: put_number(w, field, rule != NULL && rule->required, optional); return;
    }
}

/* {"GM0384":3} */
static void put_map(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    const struct sb_check_rule *rules = sb_check_rules(entry);
    sb_schema_put_type(w, "object", true);
    if (!w->printed) {
        sb_schema_open(&w->out, "propertyNames");
        put_pattern(&w->out, forms[rules[0].kind].pattern, false);
        sb_json_put_close(&w->out, '}');
        sb_json_member_uint(&w->out, "maxProperties", SB_AUDIENCE_MAX);
    }
    sb_schema_open(&w->out, "additionalProperties");
    put_value(w, &entry->fields[1], w->printed ? NULL : &rules[1], false);
    sb_json_put_close(&w->out, '}');
}

static void put_list(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *field,
                     const struct sb_check_rule *rule)
{
    sb_schema_put_type(w, "array", true);
    if (!w->printed && rule != NULL && rule->required) {
        sb_json_member_uint(&w->out, "minItems", 1);
    }
    if (!w->printed && rule != NULL && rule->max_count != 0) {
        sb_json_member_uint(&w->out, "maxItems", rule->max_count);
    }
    if (!w->printed && rule != NULL && rule->distinct) {
        sb_json_put_key(&w->out, "uniqueItems");
        sb_json_put_bool(&w->out, true);
    }
    sb_schema_open(&w->out, "items");
    put_value(w, field, rule, false);
    sb_json_put_close(&w->out, '}');
}

/* ---- messages */

void sb_schema_put_field(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *field,
                         const struct sb_check_rule *rule)
{
    char name[SB_SCHEMA_NAME_MAX];
    sb_schema_field_name(name, field);
    sb_schema_open(&w->out, name);
    if (sb_schema_is_map(field)) {
        put_map(w, field);
    } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        put_list(w, field, rule);
    } else {
        put_value(w, field, rule, true);
    }
    sb_json_put_close(&w->out, '}');
}

static void put_required(struct sb_json_out *out, const ProtobufCMessageDescriptor *message,
                         const struct sb_check_rule *rules)
{
    char name[SB_SCHEMA_NAME_MAX];
    sb_json_put_key(out, "required");
    sb_json_put_open(out, '[');
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (rules[i].required) {
            sb_schema_field_name(name, &message->fields[i]);
            sb_json_put_string(out, name);
        }
    }
    sb_json_put_close(out, ']');
}

static void put_closed(struct sb_schema_writer *w)
{
    if (!w->printed) {
        sb_json_put_key(&w->out, "additionalProperties");
        sb_json_put_bool(&w->out, false);
    }
}

void sb_schema_put_message(struct sb_schema_writer *w, const ProtobufCMessageDescriptor *message)
{
    const struct sb_check_rule *rules = sb_check_rules(message);
    sb_schema_open(&w->out, message->short_name);
    sb_json_member_string(&w->out, "type", "object");
    sb_schema_open(&w->out, "properties");
    for (unsigned i = 0; i < message->n_fields; i++) {
        sb_schema_put_field(w, &message->fields[i], rules == NULL ? NULL : &rules[i]);
    }
    sb_json_put_close(&w->out, '}');
    if (!w->printed && rules != NULL) {
        put_required(&w->out, message, rules);
    }
    put_closed(w);
    sb_json_put_close(&w->out, '}');
}
