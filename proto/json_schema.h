/* JSON Schemas (draft 2020-12) of what is published and of what is printed, written from the
 * protobuf descriptors and the rules of the fields: for developers, their editors and their tests.
 * What the schema language cannot say (dates that exist, what must hold between fields) the daemon
 * checks. */
#ifndef SB_PROTO_JSON_SCHEMA_H
#define SB_PROTO_JSON_SCHEMA_H

#include "proto/arena.h"
#include "proto/err.h"

struct json_t;

enum sb_json_schema {
    SB_JSON_SCHEMA_PUBLISH, /* one object as `samenbus publish` reads it (PROTOCOL §16.1) */
    SB_JSON_SCHEMA_EVENT,   /* one line of `tail -o json` (PROTOCOL §16.2) */
};

/* The schema as one line of JSON; p is NULL when the arena is full. */
struct sb_bytes sb_json_schema(enum sb_json_schema which, struct sb_arena *arena);

/* Checks a line of `tail -o json` or of the event log against PROTOCOL §16.2: keys, their forms,
 * and the names and types in its body. Errors: SB_E_INPUT, where and what. */
enum sb_rc sb_json_check_event(const struct json_t *line, struct sb_err *err);

#endif
