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

static bool scan_value(struct scan *s, const ProtobufCFieldDescriptor *field,
                       const struct sb_pb_reader *r, unsigned depth)
{
    if (field == NULL || r->type != SB_PB_BYTES) {
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return depth < SB_DEPTH_MAX &&
               scan_message(s, (const ProtobufCMessageDescriptor *)field->descriptor, r->bytes,
                            depth + 1);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return sb_utf8_valid(r->bytes);
    }
    /* packed numbers: no more of them than there are bytes */
    return field->type == PROTOBUF_C_TYPE_BYTES || take_fields(s, r->bytes.n);
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
