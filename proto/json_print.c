/* Protobuf messages as JSON, field by field of the descriptor. What is printed may come from
 * anybody: every text goes through the escaping of json_out. */
#include "proto/json_print.h"

#include <assert.h>
#include <inttypes.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

#include "proto/schema.h"

static void put_enum(struct sb_json_out *out, const ProtobufCFieldDescriptor *field, int value)
{
    char name[SB_SCHEMA_NAME_MAX];
    if (sb_schema_value_name(name, field->descriptor, value)) {
        sb_json_put_string(out, name);
    } else {
        sb_json_put_int(out, value);
    }
}

/* The only fixed64 of the schema is the tag of an epoch, and people know it in hexadecimal. */
static void put_tag(struct sb_json_out *out, uint64_t tag)
{
    char text[17];
    (void)snprintf(text, sizeof text, "%016" PRIx64, tag);
    sb_json_put_string(out, text);
}

static void put_bytes(struct sb_json_out *out, const ProtobufCBinaryData *bytes)
{
    sb_json_put_base64(out, bytes->data, bytes->len);
}

static void put_value(struct sb_json_out *out, const ProtobufCFieldDescriptor *field,
                      const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: sb_json_put_string(out, *(char *const *)value); return;
    case PROTOBUF_C_TYPE_BYTES: put_bytes(out, value); return;
    case PROTOBUF_C_TYPE_ENUM: put_enum(out, field, *(const int *)value); return;
    case PROTOBUF_C_TYPE_BOOL:
        sb_json_put_bool(out, *(const protobuf_c_boolean *)value != 0);
        return;
    case PROTOBUF_C_TYPE_UINT32: sb_json_put_uint(out, *(const uint32_t *)value); return;
    case PROTOBUF_C_TYPE_UINT64: sb_json_put_uint(out, *(const uint64_t *)value); return;
    case PROTOBUF_C_TYPE_INT64: sb_json_put_int(out, *(const int64_t *)value); return;
    case PROTOBUF_C_TYPE_FIXED64: put_tag(out, *(const uint64_t *)value); return;
    case PROTOBUF_C_TYPE_MESSAGE:
        sb_json_put_message(out, *(ProtobufCMessage *const *)value);
        return;
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
}

/* {"GM0384":3}: the first field of an entry is its key, the second its value. */
static void put_map_entry(struct sb_json_out *out, const ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *fields = entry->descriptor->fields;
    sb_json_put_key(out, *(char *const *)sb_schema_at(entry, &fields[0], 0));
    put_value(out, &fields[1], sb_schema_at(entry, &fields[1], 0));
}

static void put_field(struct sb_json_out *out, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, size_t count)
{
    bool map = sb_schema_is_map(field), list = field->label == PROTOBUF_C_LABEL_REPEATED;
    char name[SB_SCHEMA_NAME_MAX];
    sb_schema_field_name(name, field);
    sb_json_put_key(out, name);
    if (list) {
        sb_json_put_open(out, map ? '{' : '[');
    }
    for (size_t i = 0; i < count; i++) {
        const void *value = sb_schema_at(message, field, i);
        if (map) {
            put_map_entry(out, *(ProtobufCMessage *const *)value);
        } else {
            put_value(out, field, value);
        }
    }
    if (list) {
        sb_json_put_close(out, map ? '}' : ']');
    }
}

void sb_json_put_message(struct sb_json_out *out, const ProtobufCMessage *message)
{
    sb_json_put_open(out, '{');
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        size_t count = sb_schema_count(message, field);
        if (count > 0) {
            put_field(out, message, field, count);
        }
    }
    sb_json_put_close(out, '}');
}
