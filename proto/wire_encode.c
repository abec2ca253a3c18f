/* The writing half of layout.h. What is zero or empty is left out, as proto3 has it; an element of
 * a repeated field never is. */
#include "proto/wire_encode.h"

#include <assert.h>
#include <string.h>

#include "proto/partner_message.h"

static const void *at_offset(const void *message, size_t offset)
{
    return (const uint8_t *)message + offset;
}

static uint64_t number_at(const struct sb_field *f, const void *at)
{
    switch (f->type) {
    case SB_FIELD_U32:
    case SB_FIELD_ENUM: return *(const uint32_t *)at;
    case SB_FIELD_BOOL: return *(const bool *)at ? 1 : 0;
    case SB_FIELD_I64: return (uint64_t) * (const int64_t *)at;
    case SB_FIELD_U64:
    case SB_FIELD_FIXED64: return *(const uint64_t *)at;
    case SB_FIELD_CONST: return f->max;
    case SB_FIELD_FIXED_BYTES:
    case SB_FIELD_ORG:
    case SB_FIELD_CHECKPOINT:
    case SB_FIELD_SALT:
    case SB_FIELD_BYTES:
    case SB_FIELD_LINK:
    case SB_FIELD_TEXT:
    case SB_FIELD_CHARS:
    case SB_FIELD_MESSAGE: break;
    }
    assert(false);
    return 0;
}

static struct sb_bytes bytes_of_text(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

/* The bytes of a field that has some; of a fixed-size one none where it is all zero, unless it
 * must be there: a random id may be zero. */
static struct sb_bytes bytes_at(const struct sb_field *f, const void *at,
                                uint8_t scratch[static SB_CHECKPOINT_BYTES])
{
    static const uint8_t zero[SB_CHECKPOINT_BYTES];
    switch (f->type) {
    case SB_FIELD_FIXED_BYTES:
        assert(f->size <= sizeof zero);
        return (struct sb_bytes){at, !f->required && memcmp(at, zero, f->size) == 0 ? 0 : f->size};
    case SB_FIELD_ORG: return (struct sb_bytes){at, sb_org_len(at)};
    case SB_FIELD_CHECKPOINT:
        sb_checkpoint_encode(scratch, at);
        return (struct sb_bytes){scratch, SB_CHECKPOINT_BYTES};
    case SB_FIELD_SALT: {
        const struct sb_salt *salt = *(const struct sb_salt *const *)at;
        return salt == NULL ? (struct sb_bytes){0} : (struct sb_bytes){salt->b, sizeof salt->b};
    }
    case SB_FIELD_BYTES: return *(const struct sb_bytes *)at;
    case SB_FIELD_LINK: return ((const struct sb_item *)at)->link_bytes;
    case SB_FIELD_TEXT: return bytes_of_text(*(const char *const *)at);
    case SB_FIELD_CHARS: return bytes_of_text(at);
    case SB_FIELD_U32:
    case SB_FIELD_U64:
    case SB_FIELD_I64:
    case SB_FIELD_BOOL:
    case SB_FIELD_ENUM:
    case SB_FIELD_CONST:
    case SB_FIELD_FIXED64:
    case SB_FIELD_MESSAGE: break;
    }
    assert(false);
    return (struct sb_bytes){0};
}

/* `element`: of a repeated field, written even where it is empty. */
static void write_value(struct sb_pb_writer *w, const struct sb_field *f, const void *at,
                        bool element)
{
    if (f->type == SB_FIELD_MESSAGE) {
        struct sb_pb_writer size = {0};
        sb_wire_write(&size, at, f->layout);
        if (size.n > 0 || element) {
            sb_pb_put_head(w, f->number, size.n);
            sb_wire_write(w, at, f->layout);
        }
        return;
    }
    if (f->type <= SB_FIELD_FIXED64) {
        uint64_t value = number_at(f, at);
        if (value == 0) {
            return;
        }
        if (f->type == SB_FIELD_FIXED64) {
            sb_pb_put_fixed64(w, f->number, value);
        } else {
            sb_pb_put_uint(w, f->number, value);
        }
        return;
    }
    uint8_t scratch[SB_CHECKPOINT_BYTES];
    struct sb_bytes bytes = bytes_at(f, at, scratch);
    if (bytes.n > 0 || element) {
        sb_pb_put_bytes(w, f->number, bytes.p, bytes.n);
    }
}

/* Numbers of a repeated field go packed into one. */
static void write_packed(struct sb_pb_writer *w, const struct sb_field *f, const uint8_t *elements,
                         size_t count)
{
    struct sb_pb_writer size = {0};
    for (size_t i = 0; i < count; i++) {
        sb_pb_put_varint(&size, number_at(f, elements + i * f->size));
    }
    sb_pb_put_head(w, f->number, size.n);
    for (size_t i = 0; i < count; i++) {
        sb_pb_put_varint(w, number_at(f, elements + i * f->size));
    }
}

static void write_repeated(struct sb_pb_writer *w, const struct sb_field *f, const void *message)
{
    const uint8_t *elements;
    size_t count = *(const size_t *)at_offset(message, f->count_offset);
    memcpy(&elements, at_offset(message, f->offset), sizeof elements);
    if (count > 0 && f->type <= SB_FIELD_CONST) {
        write_packed(w, f, elements, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        write_value(w, f, elements + i * f->size, true);
    }
}

void sb_wire_write(struct sb_pb_writer *w, const void *message, const struct sb_layout *layout)
{
    for (size_t i = 0; i < layout->n; i++) {
        const struct sb_field *f = &layout->fields[i];
        if (f->repeated) {
            write_repeated(w, f, message);
        } else {
            write_value(w, f, at_offset(message, f->offset), false);
        }
    }
}
