/* The members of a JSON object into any protobuf message, by its descriptor. Strict: every name,
 * type and value must be one that the schema knows, and nothing may be given twice. */
#ifndef SB_PROTO_JSON_FIELDS_H
#define SB_PROTO_JSON_FIELDS_H

#include "proto/arena.h"
#include "proto/code.h"
#include "proto/err.h"
#include "proto/json_path.h"
#include "proto/suggest.h"

struct ProtobufCEnumDescriptor;
struct ProtobufCFieldDescriptor;
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct json_t;

/* One reading. The first thing that is wrong ends it: `code` and err->text then say what. */
struct sb_json_fields {
    struct sb_arena *arena;
    const struct sb_json_path *at; /* where the reading is; NULL: at the outermost object */
    struct sb_err *err;            /* not NULL */
    enum sb_code code;
    bool no_memory;
};

/* Says "path: sentence" and returns false. */
bool sb_json_refuse(struct sb_json_fields *r, enum sb_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuses a name that is not known: with the nearest one, of those offered already and of the
 * message's, or with `allowed`. */
bool sb_json_refuse_name(struct sb_json_fields *r, struct sb_suggestion *offered,
                         const struct ProtobufCMessageDescriptor *message, const char *allowed);
/* Refuses a value for its type: "a list is not allowed here; write …". */
bool sb_json_refuse_kind(struct sb_json_fields *r, const struct json_t *value, const char *write);
/* Refuses a name that is no value of an enum. */
bool sb_json_refuse_value(struct sb_json_fields *r, const struct ProtobufCEnumDescriptor *values,
                          const char *given);

/* Reads one member into its field; JSON's null leaves the field absent. The message borrows from
 * the arena. False when refused, or without memory. */
bool sb_json_read_field(struct sb_json_fields *r, struct ProtobufCMessage *message,
                        const struct ProtobufCFieldDescriptor *field, const struct json_t *value);

#endif
