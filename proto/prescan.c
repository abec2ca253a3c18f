/* Bounds what unpacking may cost, and checks text, before protobuf-c sees the bytes. Pure. */
#include "proto/prescan.h"

#include <protobuf-c/protobuf-c.h>

#include "proto/limits.h"
#include "proto/pb_reader.h"
#include "proto/text.h"

struct scan {
    size_t fields_left;
};

static bool scan_message(struct scan *s, const ProtobufCMessageDescriptor *descriptor,
                         struct sb_bytes bytes, unsigned depth);

static bool take_fields(struct scan *s, size_t n)
{
    if (n > s->fields_left) {
        return false;
    }
    s->fields_left -= n;
    return true;
}

static enum sb_pb_type wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT: return SB_PB_FIXED32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return SB_PB_FIXED64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: return SB_PB_BYTES;
    default: return SB_PB_VARINT;
    }
}

/* Numbers of a repeated field, all in one: each counts. */
static bool scan_packed(struct scan *s, enum sb_pb_type type, struct sb_bytes bytes)
{
    struct sb_pb_reader r;
    uint64_t value;
    if (type != SB_PB_VARINT) {
        size_t size = type == SB_PB_FIXED32 ? 4 : 8;
        return bytes.n % size == 0 && take_fields(s, bytes.n / size);
    }
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_varint(&r, &value)) {
        if (!take_fields(s, 1)) {
            return false;
        }
    }
    return !r.failed;
}

/* Whatever passes here, protobuf-c unpacks. */
static bool scan_value(struct scan *s, const ProtobufCFieldDescriptor *field,
                       const struct sb_pb_reader *r, unsigned depth)
{
    if (field == NULL) {
        return true;
    }
    enum sb_pb_type type = wire_type_of(field->type);
    if (r->type != type) {
        return field->label == PROTOBUF_C_LABEL_REPEATED && r->type == SB_PB_BYTES &&
               scan_packed(s, type, r->bytes);
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return depth < SB_DEPTH_MAX &&
               scan_message(s, (const ProtobufCMessageDescriptor *)field->descriptor, r->bytes,
                            depth + 1);
    }
    return field->type != PROTOBUF_C_TYPE_STRING || sb_utf8_valid(r->bytes);
}

static bool scan_message(struct scan *s, const ProtobufCMessageDescriptor *descriptor,
                         struct sb_bytes bytes, unsigned depth)
{
    struct sb_pb_reader r;
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_next(&r)) {
        if (!take_fields(s, 1) ||
            !scan_value(s, protobuf_c_message_descriptor_get_field(descriptor, r.field), &r,
                        depth)) {
            return false;
        }
    }
    return !r.failed;
}

bool sb_prescan(const struct ProtobufCMessageDescriptor *descriptor, struct sb_bytes bytes)
{
    struct scan s = {.fields_left = SB_FIELDS_MAX};
    return bytes.n <= SB_FRAME_MAX && scan_message(&s, descriptor, bytes, 1);
}
