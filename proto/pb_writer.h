/* Writing protobuf's encoding field by field into bytes of the caller's. Without bytes it only
 * counts, so that one piece of code gives both the size and the message. */
#ifndef SB_PROTO_PB_WRITER_H
#define SB_PROTO_PB_WRITER_H

#include "proto/bytes.h"

struct sb_pb_writer {
    uint8_t *p; /* NULL: count only. Room for everything, for it was counted. */
    size_t n;
};

void sb_pb_put_varint(struct sb_pb_writer *w, uint64_t value);
void sb_pb_put_uint(struct sb_pb_writer *w, uint32_t field, uint64_t value);
void sb_pb_put_fixed64(struct sb_pb_writer *w, uint32_t field, uint64_t value);
void sb_pb_put_bytes(struct sb_pb_writer *w, uint32_t field, const void *p, size_t n);
/* Tag and length of a field whose n bytes follow: a nested message, or packed numbers. */
void sb_pb_put_head(struct sb_pb_writer *w, uint32_t field, size_t n);

#endif
