/* From the bytes of a body to a statement for the rules (PROTOCOL §18.1): the one place where they
 * meet protobuf. It knows no rule. */
#ifndef SB_PROTO_STATEMENT_READ_H
#define SB_PROTO_STATEMENT_READ_H

#include "proto/rules/statement.h"

/* Fills in what the statement says (time and all below it in struct sb_statement), borrowed from
 * the arena; event, place and hash are the caller's. False where the body has no content that has
 * a meaning across events, no readable subject, or the arena is full. A content that would be
 * refused as a submission gives true with `valid` false. */
bool sb_statement_read(struct sb_statement *out, struct sb_bytes body, struct sb_arena *arena);

#endif
