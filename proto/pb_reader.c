/* Protobuf's encoding, read field by field. Pure; no allocation. */
#include "proto/pb_reader.h"

/* Tags and lengths are of 32 bits: protobuf-c refuses longer ones, and so do we. */
enum { SHORT_BYTES = 5 };

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

static bool read_varint(struct sb_pb_reader *r, uint64_t *out, unsigned max_bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < max_bytes && r->p < r->end; i++) {
        uint8_t b = *r->p++;
        if (i == 9 && b > 1) {
            break;
        }
        value |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b < 0x80) {
            *out = value;
            return true;
        }
    }
    return fail(r);
}

bool sb_pb_varint(struct sb_pb_reader *r, uint64_t *out)
{
    return !r->failed && r->p < r->end && read_varint(r, out, 10);
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
    if (!read_varint(r, &n, SHORT_BYTES) || n > (uint64_t)(r->end - r->p)) {
        return fail(r);
    }
    r->bytes = (struct sb_bytes){r->p, (size_t)n};
    r->p += n;
    return true;
}

bool sb_pb_next(struct sb_pb_reader *r)
{
    uint64_t tag;
    if (r->failed || r->p == r->end) {
        return false;
    }
    if (!read_varint(r, &tag, SHORT_BYTES) || tag >> 3 == 0 || tag > UINT32_MAX) {
        return fail(r);
    }
    r->field = (uint32_t)(tag >> 3);
    r->type = (enum sb_pb_type)(tag & 7);
    switch (r->type) {
    case SB_PB_VARINT: return read_varint(r, &r->value, 10);
    case SB_PB_FIXED64: return read_fixed(r, 8);
    case SB_PB_BYTES: return read_bytes(r);
    case SB_PB_FIXED32: return read_fixed(r, 4);
    }
    return fail(r);
}
