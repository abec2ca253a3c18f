/* Protobuf's encoding, written field by field. Pure; no allocation. */
#include "proto/pb_writer.h"

#include <string.h>

#include "proto/pb_reader.h"

static void put_raw(struct sb_pb_writer *w, const void *p, size_t n)
{
    if (w->p != NULL && n > 0) {
        memcpy(w->p + w->n, p, n);
    }
    w->n += n;
}

void sb_pb_put_varint(struct sb_pb_writer *w, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;
    while (value >= 0x80) {
        bytes[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[n++] = (uint8_t)value;
    put_raw(w, bytes, n);
}

static void put_tag(struct sb_pb_writer *w, uint32_t field, enum sb_pb_type type)
{
    sb_pb_put_varint(w, (uint64_t)field << 3 | (uint64_t)type);
}

void sb_pb_put_uint(struct sb_pb_writer *w, uint32_t field, uint64_t value)
{
    put_tag(w, field, SB_PB_VARINT);
    sb_pb_put_varint(w, value);
}

void sb_pb_put_fixed64(struct sb_pb_writer *w, uint32_t field, uint64_t value)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    put_tag(w, field, SB_PB_FIXED64);
    put_raw(w, bytes, sizeof bytes);
}

void sb_pb_put_head(struct sb_pb_writer *w, uint32_t field, size_t n)
{
    put_tag(w, field, SB_PB_BYTES);
    sb_pb_put_varint(w, n);
}

void sb_pb_put_bytes(struct sb_pb_writer *w, uint32_t field, const void *p, size_t n)
{
    sb_pb_put_head(w, field, n);
    put_raw(w, p, n);
}
