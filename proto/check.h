/* The checks on what a client submits: one declarative rule for every field of the schema, a walk
 * that applies them, and what must hold between the fields of a content. Private to the files
 * check*.c, and to json_schema*.c that write the rules down; the door is sb_submission_check
 * (body.h). */
#ifndef SB_PROTO_CHECK_H
#define SB_PROTO_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/code.h"
#include "proto/json_path.h"

struct ProtobufCFieldDescriptor;
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;

/* What a value is. The first group is text. */
enum sb_check_kind {
    SB_CHECK_LINE,       /* text on one line */
    SB_CHECK_LINES,      /* text in which line feeds and tabs may stand */
    SB_CHECK_TOPIC,      /* agenda/wonen */
    SB_CHECK_UUID,       /* 8-4-4-4-12 hexadecimal digits, not all zero */
    SB_CHECK_ORG,        /* GM0384 */
    SB_CHECK_REFERENCE,  /* GM0384/UUID */
    SB_CHECK_DATE,       /* 2026-12-10 */
    SB_CHECK_LOCAL_TIME, /* 2026-12-10T20:00 */
    SB_CHECK_TIME,       /* RFC 3339 */
    SB_CHECK_ZONE,       /* Europe/Amsterdam */
    SB_CHECK_MEDIA_TYPE, /* RFC 6838, with parameters */
    SB_CHECK_SHA256,     /* 64 lower-case hexadecimal digits */
    SB_CHECK_URL,        /* https://… */
    SB_CHECK_TEXT_KINDS, /* how many kinds of text there are */
    SB_CHECK_ENUM = SB_CHECK_TEXT_KINDS,
    SB_CHECK_FLAG,
    SB_CHECK_NUMBER,
    SB_CHECK_BYTES,
    SB_CHECK_MESSAGE,
    SB_CHECK_DAEMONS, /* only the daemon writes this */
};

struct sb_check_rule {
    const char *field; /* its name in samenbus.proto */
    enum sb_check_kind kind;
    bool required;
    bool distinct;      /* no two values of a list are the same */
    uint32_t max_bytes; /* of one value; 0: its form bounds it */
    uint32_t max_count; /* values of a list */
};

/* The rules of a message, one for each field of its descriptor, in the same order; NULL for a
 * message that no client submits. */
const struct sb_check_rule *sb_check_rules(const struct ProtobufCMessageDescriptor *message);

/* One checking. The first thing that is wrong ends it. */
struct sb_check {
    const struct sb_json_path *at; /* where the walk is; NULL: at the outermost object */
    enum sb_code code;
    char *text; /* text_cap bytes */
    size_t text_cap;
};

/* Says "path: sentence" and returns false. */
bool sb_check_refuse(struct sb_check *c, enum sb_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of another member of the object at which the walk is, by its name in JSON. */
bool sb_check_refuse_member(struct sb_check *c, const char *member, const char *sentence);

/* "agenda": the first segment of the topics under which a content that clients may publish belongs,
 * by the number of its field in Body. */
const char *sb_check_class_name(uint32_t content);

/* Is this text what the rule says? */
bool sb_check_text(struct sb_check *c, const struct sb_check_rule *rule, struct sb_bytes value);
/* "write YYYY-MM-DD": what a kind of text looks like. Static storage. */
const char *sb_check_form(enum sb_check_kind kind);

/* What must hold between the fields of a content, whose fields have each been found right. */
bool sb_check_content(struct sb_check *c, const struct ProtobufCMessage *content);

/* What is asked of a new submission, and of nothing that was said before it was asked: whoever
 * imposes secrecy says on what ground, by whose order, and who may lift it. */
bool sb_check_secrecy(struct sb_check *c, const struct ProtobufCMessage *body);

/* Would this content be let through: fields, and what must hold between them? */
bool sb_check_meaning(const struct ProtobufCMessage *content);

#endif
