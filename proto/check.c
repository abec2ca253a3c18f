/* May a client submit these bytes? The walk over a submission: first the envelope as it is encoded,
 * then every field against its rule (check_rules.c), then what must hold between fields
 * (check_content.c). It knows nothing of other events. */
#include "proto/check.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "proto/pb_reader.h"
#include "proto/schema.h"
#include "proto/unpack.h"

#include "samenbus.pb-c.h"

enum {
    FIELD_TOPIC = 1,
    FIELD_TIME = 2,
    FIELD_PUBLISHER = 3,
    /* What sealing adds: two tags, a varint, and a publisher with its length. */
    SEAL_MAX = 1 + 10 + 1 + 1 + SB_NAME_MAX,
    SUBMISSION_MAX = SB_BODY_MAX - SEAL_MAX,
};

static bool refuse_at(struct sb_check *c, enum sb_code code, const struct sb_json_path *at,
                      const char *sentence)
{
    char path[SB_JSON_PATH_MAX] = "";
    if (at != NULL) {
        sb_json_path_format(path, at);
    }
    c->code = code;
    (void)snprintf(c->text, c->text_cap, "%s%s%s", path, path[0] == '\0' ? "" : ": ", sentence);
    return false;
}

bool sb_check_refuse(struct sb_check *c, enum sb_code code, const char *fmt, ...)
{
    char sentence[600];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    return refuse_at(c, code, c->at, sentence);
}

bool sb_check_refuse_member(struct sb_check *c, const char *member, const char *sentence)
{
    struct sb_json_path here = {.up = c->at, .key = member};
    return refuse_at(c, SB_CODE_INVALID_BODY, &here, sentence);
}

/* ---- fields */

static bool check_message(struct sb_check *c, const ProtobufCMessage *message);

static bool refuse_missing(struct sb_check *c, const struct sb_check_rule *rule,
                           const ProtobufCFieldDescriptor *field)
{
    char all[SB_SCHEMA_LIST_MAX];
    if (rule->kind == SB_CHECK_TOPIC) {
        return sb_check_refuse(c, SB_CODE_INVALID_TOPIC, "missing; %s", sb_check_form(rule->kind));
    }
    if (rule->kind == SB_CHECK_ENUM) {
        sb_schema_list_values(all, field->descriptor);
        return sb_check_refuse(c, SB_CODE_INVALID_BODY, "missing; write one of %s", all);
    }
    if (rule->kind < SB_CHECK_TEXT_KINDS) {
        return sb_check_refuse(c, SB_CODE_INVALID_BODY, "missing; %s%s", sb_check_form(rule->kind),
                               rule->max_count > 0 ? ", at least one" : "");
    }
    return sb_check_refuse(c, SB_CODE_INVALID_BODY,
                           rule->kind == SB_CHECK_NUMBER ? "missing; write a number from 1"
                                                         : "missing");
}

static bool check_enum(struct sb_check *c, const ProtobufCFieldDescriptor *field, int value)
{
    char name[SB_SCHEMA_NAME_MAX], all[SB_SCHEMA_LIST_MAX];
    if (sb_schema_value_name(name, field->descriptor, value)) {
        return true;
    }
    sb_schema_list_values(all, field->descriptor);
    return sb_check_refuse(c, SB_CODE_INVALID_BODY, "%d is not known; write one of %s", value, all);
}

static bool check_bytes(struct sb_check *c, const struct sb_check_rule *rule,
                        const ProtobufCBinaryData *value)
{
    return rule->max_bytes == 0 || value->len <= rule->max_bytes ||
           sb_check_refuse(c, SB_CODE_TOO_LARGE, "%zu bytes; at most %u", value->len,
                           (unsigned)rule->max_bytes);
}

static bool check_value(struct sb_check *c, const struct sb_check_rule *rule,
                        const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (rule->kind) {
    case SB_CHECK_ENUM: return check_enum(c, field, *(const int *)value);
    case SB_CHECK_BYTES: return check_bytes(c, rule, value);
    case SB_CHECK_MESSAGE: return check_message(c, *(ProtobufCMessage *const *)value);
    case SB_CHECK_FLAG:
    case SB_CHECK_NUMBER: return true;
    case SB_CHECK_DAEMONS:
        return sb_check_refuse(c, SB_CODE_INVALID_BODY,
                               "the daemon itself writes this; leave it out");
    case SB_CHECK_LINE:
    case SB_CHECK_LINES:
    case SB_CHECK_TOPIC:
    case SB_CHECK_UUID:
    case SB_CHECK_ORG:
    case SB_CHECK_REFERENCE:
    case SB_CHECK_DATE:
    case SB_CHECK_LOCAL_TIME:
    case SB_CHECK_TIME:
    case SB_CHECK_ZONE:
    case SB_CHECK_MEDIA_TYPE:
    case SB_CHECK_SHA256:
    case SB_CHECK_URL: break;
    }
    const char *text = *(char *const *)value;
    return sb_check_text(c, rule, (struct sb_bytes){(const uint8_t *)text, strlen(text)});
}

/* The values before the i-th of a list of texts: none may be the same. */
static bool is_repeated(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                        size_t i)
{
    const char *text = *(char *const *)sb_schema_at(message, field, i);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(text, *(char *const *)sb_schema_at(message, field, k)) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_list(struct sb_check *c, const struct sb_check_rule *rule,
                       const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       size_t count)
{
    const struct sb_json_path *up = c->at;
    if (count > rule->max_count) {
        return sb_check_refuse(c, SB_CODE_TOO_LARGE, "%zu entries; at most %u", count,
                               (unsigned)rule->max_count);
    }
    for (size_t i = 0; i < count; i++) {
        const void *value = sb_schema_at(message, field, i);
        struct sb_json_path here = {.up = up, .index = i};
        if (sb_schema_is_map(field)) {
            const ProtobufCMessage *entry = *(ProtobufCMessage *const *)value;
            here.key = *(char *const *)sb_schema_at(entry, &entry->descriptor->fields[0], 0);
        }
        c->at = &here;
        if (!check_value(c, rule, field, value)) {
            return false;
        }
        if (rule->distinct && is_repeated(message, field, i)) {
            return sb_check_refuse(c, SB_CODE_INVALID_BODY, "%s stands here twice; write it once",
                                   *(char *const *)value);
        }
    }
    c->at = up;
    return true;
}

static bool check_field(struct sb_check *c, const struct sb_check_rule *rule,
                        const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const struct sb_json_path *up = c->at;
    struct sb_json_path here = {.up = up, .field = field};
    size_t count = sb_schema_count(message, field);
    if (count == 0 && !rule->required) {
        return true;
    }
    /* JSON writes an entry of a map as one member, so its fields have no names of their own */
    c->at = up != NULL && up->key != NULL ? up : &here;
    if (count == 0) {
        return refuse_missing(c, rule, field);
    }
    bool ok = field->label == PROTOBUF_C_LABEL_REPEATED
                  ? check_list(c, rule, message, field, count)
                  : check_value(c, rule, field, sb_schema_at(message, field, 0));
    if (ok) {
        c->at = up;
    }
    return ok;
}

static bool check_message(struct sb_check *c, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const struct sb_check_rule *rules = sb_check_rules(descriptor);
    assert(rules != NULL); /* a message inside one that has rules has them itself */
    if (message->n_unknown_fields > 0) {
        return sb_check_refuse(c, SB_CODE_MALFORMED,
                               "field %u is not known to this version of samenbus",
                               (unsigned)message->unknown_fields[0].tag);
    }
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        if (!check_field(c, &rules[i], message, &descriptor->fields[i])) {
            return false;
        }
    }
    return sb_check_content(c, message);
}

bool sb_check_meaning(const ProtobufCMessage *content)
{
    char text[1]; /* nobody reads the sentence */
    struct sb_check c = {.text = text, .text_cap = sizeof text};
    return check_message(&c, content);
}

/* ---- the envelope */

/* A field of the outermost message that stands there twice would mean one thing to a reader that
 * takes the first and another to one that takes the last. Content counts as one field. */
static bool check_once(struct sb_check *c, struct sb_bytes submission)
{
    struct sb_pb_reader r;
    uint32_t seen = 0;
    sb_pb_reader_init(&r, submission);
    while (sb_pb_next(&r)) {
        bool content = r.field >= SB_CONTENT_AGENDA_ITEM;
        uint32_t field = content ? SB_CONTENT_AGENDA_ITEM : r.field;
        if (field == FIELD_TIME || field == FIELD_PUBLISHER) {
            return sb_check_refuse(c, SB_CODE_INVALID_BODY,
                                   "time and publisher are written by the daemon; leave them out");
        }
        if ((content || field == FIELD_TOPIC) && (seen & 1U << field) != 0) {
            return sb_check_refuse(c, SB_CODE_INVALID_BODY,
                                   "the topic or the content is there twice; write each once");
        }
        seen |= 1U << field;
    }
    return !r.failed || sb_check_refuse(c, SB_CODE_MALFORMED, "the bytes are not a Body");
}

static const struct {
    enum sb_content content;
    enum sb_class class;
} classes[] = {
    {SB_CONTENT_CUSTOM, SB_CLASS_CUSTOM},
    {SB_CONTENT_AGENDA_ITEM, SB_CLASS_AGENDA},
    {SB_CONTENT_PROPOSAL, SB_CLASS_DECISION},
    {SB_CONTENT_POSITION, SB_CLASS_DECISION},
    {SB_CONTENT_WITHDRAWAL, SB_CLASS_DECISION},
    {SB_CONTENT_CLOSING, SB_CLASS_DECISION},
    {SB_CONTENT_NOTIFICATION, SB_CLASS_NOTIFICATION},
    {SB_CONTENT_ACKNOWLEDGEMENT, SB_CLASS_NOTIFICATION},
};

static const char *const class_names[] = {"agenda", "decision", "notification", "custom"};

static enum sb_class class_of(uint32_t content)
{
    size_t i = 0;
    while ((uint32_t)classes[i].content != content) {
        i++;
        assert(i < sizeof classes / sizeof *classes); /* the rules let no other content pass */
    }
    return classes[i].class;
}

const char *sb_check_class_name(uint32_t content)
{
    return class_names[class_of(content)];
}

static bool check_class(struct sb_check *c, const Samenbus__Body *body)
{
    enum sb_class given, right = class_of(body->content_case);
    char content[SB_SCHEMA_NAME_MAX];
    if (sb_topic_valid(body->topic, strlen(body->topic), &given) && given == right) {
        return true;
    }
    sb_schema_field_name(content, protobuf_c_message_descriptor_get_field(
                                      &samenbus__body__descriptor, body->content_case));
    return sb_check_refuse(c, SB_CODE_INVALID_TOPIC,
                           "topic: %s is not where %s belongs; write %s/…", body->topic, content,
                           class_names[right]);
}

static bool check_submission(struct sb_check *c, struct sb_bytes submission, struct sb_arena *arena)
{
    if (submission.n > SUBMISSION_MAX) {
        return sb_check_refuse(c, SB_CODE_TOO_LARGE,
                               "the event has %zu bytes; at most %d, besides time and publisher",
                               submission.n, SUBMISSION_MAX);
    }
    if (!check_once(c, submission)) {
        return false;
    }
    const Samenbus__Body *body = sb_unpack(&samenbus__body__descriptor, submission, arena);
    if (body == NULL && sb_body_well_formed(submission)) {
        return sb_check_refuse(c, SB_CODE_TOO_LARGE,
                               "the event takes more memory than there is for one; write it with "
                               "fewer entries, or send fewer at a time");
    }
    if (body == NULL) {
        return sb_check_refuse(c, SB_CODE_MALFORMED,
                               "the bytes are not a Body of this version of samenbus, or a "
                               "hash in it has not 32 bytes");
    }
    if (!check_message(c, &body->base)) {
        return false;
    }
    if (body->content_case == SAMENBUS__BODY__CONTENT__NOT_SET) {
        return sb_check_refuse(c, SB_CODE_INVALID_BODY,
                               "no content; write one of agendaItem, proposal, position, "
                               "withdrawal, closing, notification, acknowledgement, custom");
    }
    return check_class(c, body) && sb_check_secrecy(c, &body->base);
}

enum sb_code sb_submission_check(struct sb_bytes submission, struct sb_arena *arena, char *text,
                                 size_t text_cap)
{
    struct sb_check c = {.text = text, .text_cap = text_cap};
    struct sb_arena_mark before =
        sb_arena_mark(arena); /* what is unpacked is looked at, not kept */
    text[0] = '\0';
    bool ok = check_submission(&c, submission, arena);
    sb_arena_rewind(arena, before);
    return ok ? SB_CODE_OK : c.code;
}
