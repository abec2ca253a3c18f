/* Reads one protobuf message into a struct, as its layout says. */
#ifndef SB_PROTO_WIRE_DECODE_H
#define SB_PROTO_WIRE_DECODE_H

#include "proto/arena.h"
#include "proto/code.h"
#include "proto/layout.h"

/* `message` is the zeroed struct of the layout. Repeated elements and texts come from the arena,
 * the rest borrows from `bytes`. Returns SB_CODE_OK, SB_CODE_MALFORMED or SB_CODE_TOO_LARGE, and
 * what was wrong in `why` (why_cap bytes). */
enum sb_code sb_wire_read(void *message, const struct sb_layout *layout, struct sb_bytes bytes,
                          struct sb_arena *arena, char *why, size_t why_cap);

#endif
