/* JSON in and out, driven by the protobuf descriptors: a field that the schema gains is printed
 * and read without a line of code here. Names lowerCamelCase (snake_case is read too), enum values
 * in lower case without the prefix of their type, weights as an object, bytes as base64. */
#ifndef SB_PROTO_JSON_H
#define SB_PROTO_JSON_H

#include "proto/arena.h"
#include "proto/client_message.h"
#include "proto/code.h"
#include "proto/erasures.h"
#include "proto/err.h"
#include "proto/holders.h"
#include "proto/status.h"

/* One line of `samenbus publish`: {"id","topic","audience","references", one content}. Makes a
 * UUIDv7 where id is absent. `now` is for that id. The submission borrows from the arena.
 * Returns SB_E_INPUT for what is not JSON at all (*code is malformed); otherwise SB_OK with *code:
 * SB_CODE_OK, or what is wrong, as a sentence in err->text that names the field and what is
 * allowed ("did you mean"). */
enum sb_rc sb_json_read_submission(struct sb_submission *out, enum sb_code *code, const char *text,
                                   size_t n, struct sb_time now, struct sb_arena *arena,
                                   struct sb_err *err);

/* The line of `tail -o json`, without a line feed. `with_body` false prints null (event log).
 * p is NULL when the arena is full. */
struct sb_bytes sb_json_event(const struct sb_delivered *event, bool with_body,
                              struct sb_arena *arena);

/* INTERFACE's line for one result: {"id","origin","epoch","seq","duplicate"}, or
 * {"line","error":{"code","text"}}; `line` counts from 1. */
struct sb_bytes sb_json_result(const struct sb_org *origin, const struct sb_uuid *id,
                               const struct sb_result *result, unsigned line,
                               struct sb_arena *arena);

/* `status -o json`, one line. */
struct sb_bytes sb_json_status(const struct sb_status *status, struct sb_arena *arena);

/* One item of `evidence list -o json`; `index` counts from 1. */
struct sb_bytes sb_json_evidence(const struct sb_evidence_item *item, uint64_t index,
                                 struct sb_arena *arena);

/* One item of `erasures -o json`. */
struct sb_bytes sb_json_erasure(const struct sb_erasure *erasure, struct sb_arena *arena);

/* `where -o json`, and its members alone. */
struct sb_json_out;
void sb_json_put_holders(struct sb_json_out *out, const struct sb_holders *holders);
struct sb_bytes sb_json_holders(const struct sb_holders *holders, struct sb_arena *arena);

/* Any text as a JSON string with its quotes; control characters, C1, bidi controls and invalid
 * UTF-8 escaped. */
struct sb_bytes sb_json_string(struct sb_bytes text, struct sb_arena *arena);

#endif
