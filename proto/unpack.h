/* The one door to protobuf-c's unpacking: pre-scan first, then into an arena, capped. Shared by the
 * files of proto/ that need a whole message; nobody else sees protobuf-c. */
#ifndef SB_PROTO_UNPACK_H
#define SB_PROTO_UNPACK_H

#include "proto/arena.h"

struct ProtobufCMessageDescriptor;
struct ProtobufCMessage;

/* Unpacks `bytes` as a message of `descriptor`. Returns the message of the generated type, in the
 * arena (never to be freed by protobuf-c), or NULL when sb_prescan refuses the bytes, protobuf-c
 * does, or more than SB_UNPACK_BYTES_MAX or the arena's room would be needed. All its strings are
 * valid UTF-8 without NUL. */
void *sb_unpack(const struct ProtobufCMessageDescriptor *descriptor, struct sb_bytes bytes,
                struct sb_arena *arena);

/* Packs a message into the arena; p is NULL when there is no room. */
struct sb_bytes sb_pack(const struct ProtobufCMessage *message, struct sb_arena *arena);

#endif
