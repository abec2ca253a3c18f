/* Writes one struct as a protobuf message, as its layout says. */
#ifndef SB_PROTO_WIRE_ENCODE_H
#define SB_PROTO_WIRE_ENCODE_H

#include "proto/layout.h"
#include "proto/pb_writer.h"

/* With a writer without bytes: only counts. */
void sb_wire_write(struct sb_pb_writer *w, const void *message, const struct sb_layout *layout);

#endif
