/* The walk over a message's bytes before protobuf-c may unpack them: protobuf-c itself would turn
 * 1 MiB into 68 MiB of heap, follow nesting until the stack ends, and let any bytes pass as text.
 */
#ifndef SB_PROTO_PRESCAN_H
#define SB_PROTO_PRESCAN_H

#include "proto/bytes.h"

struct ProtobufCMessageDescriptor;

/* True when the bytes are a message of this descriptor within the limits: at most SB_FRAME_MAX
 * bytes, SB_FIELDS_MAX fields (known and unknown, all levels, packed ones counted singly) and
 * SB_DEPTH_MAX nested messages; every known string valid UTF-8 without NUL, every known number in
 * the range of its type, every known bytes field of the length that PROTOCOL §2.4 states, no single
 * message twice. Unknown fields pass. */
bool sb_prescan(const struct ProtobufCMessageDescriptor *descriptor, struct sb_bytes bytes);

#endif
