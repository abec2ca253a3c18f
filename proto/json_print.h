/* Any protobuf message as a JSON object, by its descriptor. */
#ifndef SB_PROTO_JSON_PRINT_H
#define SB_PROTO_JSON_PRINT_H

#include "proto/json_out.h"

struct ProtobufCMessage;

/* Writes the message as one value. Fields that are absent or have their default are left out; an
 * enum value that this version does not know is written as its number. */
void sb_json_put_message(struct sb_json_out *out, const struct ProtobufCMessage *message);

#endif
