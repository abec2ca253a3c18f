/* Writing a JSON Schema, piece by piece. Private to json_schema*.c. */
#ifndef SB_PROTO_JSON_SCHEMA_WRITE_H
#define SB_PROTO_JSON_SCHEMA_WRITE_H

#include "proto/check.h"
#include "proto/json_out.h"

struct sb_schema_writer {
    struct sb_json_out out;
    bool printed; /* what is printed, not what is published */
};

/* "key":{, to be closed by the caller. */
void sb_schema_open(struct sb_json_out *out, const char *key);
/* "key":["a","b"] */
void sb_schema_put_pair(struct sb_json_out *out, const char *key, const char *a, const char *b);
/* A value of this type; of what is published null as well, which means absent, where it may be. */
void sb_schema_put_type(struct sb_schema_writer *w, const char *type, bool nullable);
/* A text by its rule; `single`: it is no member of a list, and so may be absent unless required. */
void sb_schema_put_text(struct sb_schema_writer *w, const struct sb_check_rule *rule, bool single);
/* A field under its name; `rule` NULL where clients do not write it. */
void sb_schema_put_field(struct sb_schema_writer *w, const struct ProtobufCFieldDescriptor *field,
                         const struct sb_check_rule *rule);
/* A message under its name, for `$defs`. */
void sb_schema_put_message(struct sb_schema_writer *w,
                           const struct ProtobufCMessageDescriptor *message);

#endif
