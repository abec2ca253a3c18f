/* JSON values into protobuf messages, field by field of the descriptor. It knows types, not
 * meanings: whether a date exists is for the checks (check.h), which also see what did not come as
 * JSON. */
#include "proto/json_fields.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "proto/schema.h"

#include "samenbus.pb-c.h"

static bool refuse_memory(struct sb_json_fields *r)
{
    r->no_memory = true;
    return false;
}

static bool read_enum(struct sb_json_fields *r, const ProtobufCEnumDescriptor *values, int *to,
                      const json_t *value)
{
    char all[SB_SCHEMA_LIST_MAX], write[SB_SCHEMA_LIST_MAX + 20];
    if (!json_is_string(value)) {
        sb_schema_list_values(all, values);
        (void)snprintf(write, sizeof write, "one of %s in quotes", all);
        return sb_json_refuse_kind(r, value, write);
    }
    const char *name = json_string_value(value);
    if (name[0] == '\0') { /* absent, as an empty text is */
        *to = 0;
        return true;
    }
    return sb_schema_value(to, values, name) || sb_json_refuse_value(r, values, name);
}

static bool read_string(struct sb_json_fields *r, char **to, const json_t *value)
{
    if (!json_is_string(value)) {
        return sb_json_refuse_kind(r, value, "a text in quotes");
    }
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);
    if (memchr(text, 0, n) != NULL) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY, "the character NUL may not stand in a text");
    }
    struct sb_bytes copy = sb_arena_copy(r->arena, text, n);
    if (copy.p == NULL) {
        return refuse_memory(r);
    }
    *to = (char *)copy.p;
    return true;
}

static bool read_bytes(struct sb_json_fields *r, ProtobufCBinaryData *to, const json_t *value)
{
    if (!json_is_string(value)) {
        return sb_json_refuse_kind(r, value, "base64 in quotes");
    }
    size_t n = json_string_length(value), length = 0;
    uint8_t *bytes = sb_arena_alloc(r->arena, 3 * (n / 4) + 3);
    if (bytes == NULL) {
        return refuse_memory(r);
    }
    if (!sb_base64_decode(bytes, &length, json_string_value(value), n)) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                              "not base64; write A-Z, a-z, 0-9, + and /, padded with = to a "
                              "multiple of four characters");
    }
    *to = (ProtobufCBinaryData){.len = length, .data = bytes};
    return true;
}

static bool read_bool(struct sb_json_fields *r, protobuf_c_boolean *to, const json_t *value)
{
    if (!json_is_boolean(value)) {
        return sb_json_refuse_kind(r, value, "true or false, without quotes");
    }
    *to = json_is_true(value);
    return true;
}

static bool read_integer(struct sb_json_fields *r, int64_t *to, int64_t least, int64_t most,
                         const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most) {
        return sb_json_refuse(
            r, SB_CODE_INVALID_BODY,
            "write a whole number from %" PRId64 " to %" PRId64 ", without quotes", least, most);
    }
    *to = json_integer_value(value);
    return true;
}

/* The tag of an epoch, as it is printed. */
static bool read_tag(struct sb_json_fields *r, uint64_t *to, const json_t *value)
{
    uint8_t b[8];
    if (!json_is_string(value) ||
        !sb_hex_decode(b, sizeof b, json_string_value(value), json_string_length(value))) {
        return sb_json_refuse_kind(r, value, "16 hexadecimal digits in quotes");
    }
    *to = 0;
    for (size_t i = 0; i < sizeof b; i++) {
        *to = *to << 8 | b[i];
    }
    return true;
}

static bool read_number(struct sb_json_fields *r, ProtobufCType type, void *to, const json_t *value)
{
    int64_t n;
    if (type == PROTOBUF_C_TYPE_UINT32) {
        if (!read_integer(r, &n, 0, UINT32_MAX, value)) {
            return false;
        }
        *(uint32_t *)to = (uint32_t)n;
        return true;
    }
    bool is_signed = type == PROTOBUF_C_TYPE_INT64;
    if (!read_integer(r, &n, is_signed ? INT64_MIN : 0, INT64_MAX, value)) {
        return false;
    }
    *(int64_t *)to = n; /* uint64 alike: n is not negative */
    return true;
}

static ProtobufCMessage *new_message(struct sb_json_fields *r,
                                     const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *m = sb_arena_alloc(r->arena, descriptor->sizeof_message);
    if (m == NULL) {
        (void)refuse_memory(r);
        return NULL;
    }
    protobuf_c_message_init(descriptor, m);
    return m;
}

static void list_fields(char out[static SB_SCHEMA_LIST_MAX], const ProtobufCMessageDescriptor *m)
{
    char name[SB_SCHEMA_NAME_MAX];
    size_t at = 0;
    for (unsigned i = 0; i < m->n_fields; i++) {
        sb_schema_field_name(name, &m->fields[i]);
        int n = snprintf(out + at, SB_SCHEMA_LIST_MAX - at, "%s%s", i == 0 ? "" : ", ", name);
        assert(n > 0 && (size_t)n < SB_SCHEMA_LIST_MAX - at); /* names of our own schema */
        at += (size_t)n;
    }
}

static bool read_member(struct sb_json_fields *r, ProtobufCMessage *message, const char *key,
                        const json_t *value)
{
    const struct sb_json_path *up = r->at;
    const ProtobufCFieldDescriptor *field = sb_schema_field(message->descriptor, key);
    struct sb_json_path here = {.up = up, .key = key};
    if (field == NULL) {
        char all[SB_SCHEMA_LIST_MAX];
        struct sb_suggestion s = {.word = key, .n = strlen(key)};
        list_fields(all, message->descriptor);
        r->at = &here;
        return sb_json_refuse_name(r, &s, message->descriptor, all);
    }
    return sb_json_read_field(r, message, field, value);
}

static bool read_message(struct sb_json_fields *r, ProtobufCMessage **to,
                         const ProtobufCMessageDescriptor *descriptor, const json_t *value)
{
    const char *key;
    json_t *member;
    if (!json_is_object(value)) {
        return sb_json_refuse_kind(r, value, "an object in { }");
    }
    ProtobufCMessage *m = new_message(r, descriptor);
    if (m == NULL) {
        return false;
    }
    json_object_foreach((json_t *)value, key, member)
    {
        if (!read_member(r, m, key, member)) {
            return false;
        }
    }
    *to = m;
    return true;
}

static bool read_value(struct sb_json_fields *r, const ProtobufCFieldDescriptor *field, void *to,
                       const json_t *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: return read_string(r, to, value);
    case PROTOBUF_C_TYPE_BYTES: return read_bytes(r, to, value);
    case PROTOBUF_C_TYPE_ENUM: return read_enum(r, field->descriptor, to, value);
    case PROTOBUF_C_TYPE_BOOL: return read_bool(r, to, value);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64: return read_number(r, field->type, to, value);
    case PROTOBUF_C_TYPE_FIXED64: return read_tag(r, to, value);
    case PROTOBUF_C_TYPE_MESSAGE: return read_message(r, to, field->descriptor, value);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: break;
    }
    assert(false && "a type that samenbus.proto uses");
    return false;
}

static bool read_list(struct sb_json_fields *r, const ProtobufCFieldDescriptor *field,
                      uint8_t *values, const json_t *list)
{
    const struct sb_json_path *up = r->at;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct sb_json_path here = {.up = up, .index = i};
        r->at = &here;
        if (!read_value(r, field, values + i * sb_schema_value_size(field),
                        json_array_get(list, i))) {
            return false;
        }
    }
    r->at = up;
    return true;
}

/* {"GM0384":3}: the first field of an entry is its key, the second its value. */
static bool read_map(struct sb_json_fields *r, const ProtobufCFieldDescriptor *field,
                     ProtobufCMessage **entries, const json_t *map)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    const struct sb_json_path *up = r->at;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value)
    {
        struct sb_json_path here = {.up = up, .key = key};
        struct sb_bytes name = sb_arena_copy(r->arena, key, strlen(key));
        r->at = &here;
        *entries = new_message(r, entry);
        if (*entries == NULL || name.p == NULL) {
            return refuse_memory(r);
        }
        uint8_t *base = (uint8_t *)*entries++;
        *(char **)(void *)(base + entry->fields[0].offset) = (char *)name.p;
        if (!read_value(r, &entry->fields[1], base + entry->fields[1].offset, value)) {
            return false;
        }
    }
    r->at = up;
    return true;
}

static bool read_repeated(struct sb_json_fields *r, ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field, const json_t *value)
{
    bool map = sb_schema_is_map(field);
    uint8_t *base = (uint8_t *)message;
    size_t *count = (size_t *)(void *)(base + field->quantifier_offset);
    if (map ? !json_is_object(value) : !json_is_array(value)) {
        return sb_json_refuse_kind(r, value,
                                   map ? "an object {organisation: number}" : "a list in [ ]");
    }
    size_t n = map ? json_object_size(value) : json_array_size(value);
    void *values = sb_arena_alloc(r->arena, n * sb_schema_value_size(field));
    if (values == NULL) {
        return refuse_memory(r);
    }
    *(void **)(void *)(base + field->offset) = values;
    *count = n;
    return map ? read_map(r, field, values, value) : read_list(r, field, values, value);
}

/* A oneof takes one member: the descriptor's quantifier is the number of the one that is set. */
static bool choose(struct sb_json_fields *r, ProtobufCMessage *message,
                   const ProtobufCFieldDescriptor *field)
{
    uint32_t *chosen = (uint32_t *)(void *)((uint8_t *)message + field->quantifier_offset);
    if (*chosen != 0) {
        char name[SB_SCHEMA_NAME_MAX];
        sb_schema_field_name(name,
                             protobuf_c_message_descriptor_get_field(message->descriptor, *chosen));
        return sb_json_refuse(r, SB_CODE_INVALID_BODY, "%s is there already; write exactly one",
                              name);
    }
    *chosen = field->id;
    return true;
}

bool sb_json_read_field(struct sb_json_fields *r, ProtobufCMessage *message,
                        const ProtobufCFieldDescriptor *field, const json_t *value)
{
    const struct sb_json_path *up = r->at;
    struct sb_json_path here = {.up = up, .field = field};
    bool oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0, ok;
    if (json_is_null(value)) {
        return true;
    }
    r->at = &here;
    if (!oneof && sb_schema_count(message, field) > 0) { /* jansson saw two different names */
        return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                              "given twice, in lowerCamelCase and in snake_case; write it once");
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        ok = read_repeated(r, message, field, value);
    } else {
        ok = (!oneof || choose(r, message, field)) &&
             read_value(r, field, (uint8_t *)message + field->offset, value);
    }
    if (ok) {
        r->at = up;
    }
    return ok;
}
