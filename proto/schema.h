/* The schema as JSON has it, read from the protobuf descriptors: names, enum values, and a uniform
 * look at the fields of any message. Shared by the JSON and the checks, which therefore have no
 * line per field. It knows no meaning. */
#ifndef SB_PROTO_SCHEMA_H
#define SB_PROTO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct ProtobufCEnumDescriptor;
struct ProtobufCFieldDescriptor;
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;

enum {
    SB_SCHEMA_NAME_MAX = 48,  /* bytes of a name in the schema, with the NUL */
    SB_SCHEMA_LIST_MAX = 400, /* bytes of a list of names, with the NUL */
};

/* "agendaItem": the name of a field as JSON is written. */
void sb_schema_field_name(char out[static SB_SCHEMA_NAME_MAX],
                          const struct ProtobufCFieldDescriptor *field);
/* The field of a message named so, in lowerCamelCase or snake_case; NULL: none. */
const struct ProtobufCFieldDescriptor *
sb_schema_field(const struct ProtobufCMessageDescriptor *message, const char *name);

/* "in_favour": the name of an enum value; false for one that this version does not know and for
 * the zero of every enum, which means absent. */
bool sb_schema_value_name(char out[static SB_SCHEMA_NAME_MAX],
                          const struct ProtobufCEnumDescriptor *values, int value);
/* The value named so; false when there is none. */
bool sb_schema_value(int *out, const struct ProtobufCEnumDescriptor *values, const char *name);
/* "council, college, mayor": all values that may be written. */
void sb_schema_list_values(char out[static SB_SCHEMA_LIST_MAX],
                           const struct ProtobufCEnumDescriptor *values);

/* Is this field written in JSON as an object {organisation: weight}? */
bool sb_schema_is_map(const struct ProtobufCFieldDescriptor *field);

/* How many values of a field a message has: 0 or 1 for a single one (a default counts as absent,
 * a member of a oneof only where it is the one), else the length of the list. */
size_t sb_schema_count(const struct ProtobufCMessage *message,
                       const struct ProtobufCFieldDescriptor *field);
/* The i-th of them: points to a char *, ProtobufCBinaryData, number or ProtobufCMessage *. */
const void *sb_schema_at(const struct ProtobufCMessage *message,
                         const struct ProtobufCFieldDescriptor *field, size_t i);
/* Bytes of one value in memory. */
size_t sb_schema_value_size(const struct ProtobufCFieldDescriptor *field);

#endif
