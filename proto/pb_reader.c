/* Protobuf's encoding, read field by field. Pure; no allocation. */
#include "proto/pb_reader.h"

void sb_pb_reader_init(struct sb_pb_reader *r, struct sb_bytes message)
{
    /* no arithmetic on a null pointer: an empty message may have none */
    static const uint8_t nothing;
    const uint8_t *p = message.p == NULL ? &nothing : message.p;
    *r = (struct sb_pb_reader){.p = p, .end = p + message.n};
}

static bool fail(struct sb_pb_reader *r)
{
    r->failed = true;
    return false;
}

bool sb_pb_varint(struct sb_pb_reader *r, uint64_t *out)
{
    uint64_t value = 0;
    if (r->failed || r->p == r->end) {
        return false;
    }
    for (unsigned shift = 0; shift < 70 && r->p < r->end; shift += 7) {
        uint8_t b = *r->p++;
        if (shift == 63 && b > 1) {
            break;
        }
        value |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *out = value;
            return true;
        }
    }
    return fail(r);
}

/* Protobuf's fixed types are little-endian. */
static bool read_fixed(struct sb_pb_reader *r, unsigned n)
{
    if ((size_t)(r->end - r->p) < n) {
        return fail(r);
    }
    r->value = 0;
    for (unsigned i = 0; i < n; i++) {
        r->value |= (uint64_t)r->p[i] << (8 * i);
    }
    r->p += n;
    return true;
}

static bool read_bytes(struct sb_pb_reader *r)
{
    uint64_t n;
    if (!sb_pb_varint(r, &n) || n > (uint64_t)(r->end - r->p)) {
        return fail(r);
    }
    r->bytes = (struct sb_bytes){r->p, (size_t)n};
    r->p += n;
    return true;
}

bool sb_pb_next(struct sb_pb_reader *r)
{
    uint64_t tag;
    if (!sb_pb_varint(r, &tag)) {
        return false;
    }
    if (tag >> 3 == 0 || tag > UINT32_MAX) {
        return fail(r);
    }
    r->field = (uint32_t)(tag >> 3);
    r->type = (enum sb_pb_type)(tag & 7);
    switch (r->type) {
    case SB_PB_VARINT: return sb_pb_varint(r, &r->value) || fail(r);
    case SB_PB_FIXED64: return read_fixed(r, 8);
    case SB_PB_BYTES: return read_bytes(r);
    case SB_PB_FIXED32: return read_fixed(r, 4);
    }
    return fail(r);
}
