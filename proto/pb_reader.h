/* Reading protobuf's encoding field by field, without unpacking: every value borrows from the
 * bytes. For the frames that must be fast and for the pre-scan of all others. */
#ifndef SB_PROTO_PB_READER_H
#define SB_PROTO_PB_READER_H

#include "proto/bytes.h"

enum sb_pb_type { SB_PB_VARINT = 0, SB_PB_FIXED64 = 1, SB_PB_BYTES = 2, SB_PB_FIXED32 = 5 };

struct sb_pb_reader {
    const uint8_t *p, *end;
    bool failed;
    /* the field that was read last */
    uint32_t field;
    enum sb_pb_type type;
    uint64_t value;        /* of varint and fixed types */
    struct sb_bytes bytes; /* of length-delimited ones; borrowed */
};

void sb_pb_reader_init(struct sb_pb_reader *r, struct sb_bytes message);

/* Reads the next field; false at the end, and for anything that is not protobuf (groups, field
 * number 0, over-long varints, lengths beyond the end), which sets `failed`. */
bool sb_pb_next(struct sb_pb_reader *r);

/* One varint of a packed field's bytes; false when there is none, and `failed` if it is cut. */
bool sb_pb_varint(struct sb_pb_reader *r, uint64_t *out);

#endif
