/* Names and values of the schema from the descriptors that protobuf-c generates. Pure: no
 * allocation, no meaning. */
#include "proto/schema.h"

#include <assert.h>
#include <ctype.h>
#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <string.h>

#include "samenbus.pb-c.h"

void sb_schema_field_name(char out[static SB_SCHEMA_NAME_MAX],
                          const ProtobufCFieldDescriptor *field)
{
    size_t n = 0;
    bool raise = false;
    for (const char *c = field->name; *c != '\0'; c++) {
        if (*c == '_') {
            raise = true;
            continue;
        }
        assert(n + 1 < SB_SCHEMA_NAME_MAX); /* a name of our own schema */
        out[n++] = raise ? (char)toupper((unsigned char)*c) : *c;
        raise = false;
    }
    out[n] = '\0';
}

const ProtobufCFieldDescriptor *sb_schema_field(const ProtobufCMessageDescriptor *message,
                                                const char *name)
{
    char camel[SB_SCHEMA_NAME_MAX];
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        sb_schema_field_name(camel, field);
        if (strcmp(name, camel) == 0 || strcmp(name, field->name) == 0) {
            return field;
        }
    }
    return NULL;
}

/* AGENDA_KIND_MEETING of AgendaKind: what all values of a type begin with is its name in another
 * case, so its length is that of the name, an underscore before each inner capital, and one. */
static size_t prefix_length(const ProtobufCEnumDescriptor *values)
{
    size_t n = 1;
    for (const char *c = values->short_name; *c != '\0'; c++) {
        n += c > values->short_name && isupper((unsigned char)*c) ? 2 : 1;
    }
    return n;
}

static void copy_value_name(char out[static SB_SCHEMA_NAME_MAX],
                            const ProtobufCEnumDescriptor *values, const ProtobufCEnumValue *value)
{
    size_t skip = prefix_length(values), n = strlen(value->name);
    assert(skip < n && n - skip < SB_SCHEMA_NAME_MAX);
    for (size_t i = skip; i <= n; i++) {
        out[i - skip] = (char)tolower((unsigned char)value->name[i]);
    }
}

bool sb_schema_value_name(char out[static SB_SCHEMA_NAME_MAX],
                          const ProtobufCEnumDescriptor *values, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(values, value);
    if (found == NULL || value == 0) {
        return false;
    }
    copy_value_name(out, values, found);
    return true;
}

bool sb_schema_value(int *out, const ProtobufCEnumDescriptor *values, const char *name)
{
    char known[SB_SCHEMA_NAME_MAX];
    for (unsigned i = 0; i < values->n_values; i++) {
        if (values->values[i].value == 0) {
            continue;
        }
        copy_value_name(known, values, &values->values[i]);
        if (strcmp(name, known) == 0) {
            *out = values->values[i].value;
            return true;
        }
    }
    return false;
}

void sb_schema_list_values(char out[static SB_SCHEMA_LIST_MAX],
                           const ProtobufCEnumDescriptor *values)
{
    char name[SB_SCHEMA_NAME_MAX];
    size_t at = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < values->n_values; i++) {
        if (values->values[i].value == 0) {
            continue;
        }
        copy_value_name(name, values, &values->values[i]);
        size_t n = strlen(name);
        assert(at + n + 3 < SB_SCHEMA_LIST_MAX);
        if (at > 0) {
            memcpy(out + at, ", ", 2);
            at += 2;
        }
        memcpy(out + at, name, n + 1);
        at += n;
    }
}

bool sb_schema_is_map(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label == PROTOBUF_C_LABEL_REPEATED &&
           field->descriptor == &samenbus__weight__descriptor;
}

size_t sb_schema_value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_STRING: return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(ProtobufCMessage *);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM: return sizeof(uint32_t);
    }
    assert(false && "a type of protobuf");
    return 0;
}

/* proto3 does not send a field that has its default. */
static bool is_default(const ProtobufCFieldDescriptor *field, const void *member)
{
    static const uint8_t zeros[sizeof(uint64_t)];
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)member;
        return text == NULL || text[0] == '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)member)->len == 0;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return *(ProtobufCMessage *const *)member == NULL;
    }
    return memcmp(member, zeros, sb_schema_value_size(field)) == 0;
}

size_t sb_schema_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)(base + field->quantifier_offset);
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id) {
        return 0;
    }
    return is_default(field, base + field->offset) ? 0 : 1;
}

const void *sb_schema_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                         size_t i)
{
    const void *member = (const char *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        return member;
    }
    return *(const char *const *)member + i * sb_schema_value_size(field);
}
