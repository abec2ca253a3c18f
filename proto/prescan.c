/* Bounds what unpacking may cost, and checks text, before protobuf-c sees the bytes. Pure. */
#include "proto/prescan.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

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

/* What a `bytes` field of a name has to be long (PROTOCOL §2.4); the others are free. */
static size_t stated_length(const char *name)
{
    static const struct {
        const char *name;
        size_t n;
    } lengths[] = {
        {"hash", 32},
        {"nonce", 32},
        {"sign_key", 32},
        {"old_key", 32},
        {"new_key", 32},
        {"first_commitment", 32},
        {"salt", 32},
        {"tip", 32},
        {"link_hash", 32},
        {"digest", 32},
        {"rest_digest", 32},
        {"partnership", 32},
        {"id", 16},
        {"store_id", 16},
        {"boot_nonce", 16},
        {"old_signature", 64},
        {"new_signature", 64},
        {"checkpoint", SB_CHECKPOINT_BYTES},
        {"checkpoints", SB_CHECKPOINT_BYTES},
    };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (strcmp(lengths[i].name, name) == 0) {
            return lengths[i].n;
        }
    }
    return 0;
}

/* Empty means absent, as proto3 has it. */
static bool scan_bytes(const ProtobufCFieldDescriptor *field, struct sb_bytes bytes)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return sb_utf8_valid(bytes);
    }
    size_t n = bytes.n == 0 ? 0 : stated_length(field->name);
    return n == 0 || bytes.n == n;
}

/* protobuf-c would cut off what does not fit. */
static bool scan_number(const ProtobufCFieldDescriptor *field, uint64_t value)
{
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        return value <= INT32_MAX || value >= (uint64_t)INT32_MIN;
    }
    return field->type != PROTOBUF_C_TYPE_UINT32 || value <= UINT32_MAX;
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
    return type == SB_PB_BYTES ? scan_bytes(field, r->bytes) : scan_number(field, r->value);
}

/* protobuf-c would merge a message that comes twice with itself. */
static bool is_first(const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field, uint64_t *met)
{
    if (field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE ||
        field->label == PROTOBUF_C_LABEL_REPEATED) {
        return true;
    }
    uint64_t bit = UINT64_C(1) << (field - descriptor->fields);
    bool first = (*met & bit) == 0;
    *met |= bit;
    return first;
}

static bool scan_message(struct scan *s, const ProtobufCMessageDescriptor *descriptor,
                         struct sb_bytes bytes, unsigned depth)
{
    struct sb_pb_reader r;
    uint64_t met = 0;
    assert(descriptor->n_fields <= 64);
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_next(&r)) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, r.field);
        if (!take_fields(s, 1) || !is_first(descriptor, field, &met) ||
            !scan_value(s, field, &r, depth)) {
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
