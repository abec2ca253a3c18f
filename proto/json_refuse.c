/* What is said of JSON that a message cannot take: the path, what stands there, what would be
 * right. What is repeated of it is escaped. */
#include "proto/json_fields.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/schema.h"
#include "proto/text.h"

enum { SHOWN_MAX = 80 }; /* bytes of a value that are repeated in an answer */

bool sb_json_refuse(struct sb_json_fields *r, enum sb_code code, const char *fmt, ...)
{
    char path[SB_JSON_PATH_MAX] = "", sentence[SB_ERR_TEXT_MAX];
    if (r->at != NULL) {
        sb_json_path_format(path, r->at);
    }
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    r->code = code;
    (void)sb_err_set(r->err, SB_OK, "%s%s%s", path, path[0] == '\0' ? "" : ": ", sentence);
    return false;
}

/* "a list" for a sentence about what was given. */
static const char *kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "a list";
    case JSON_STRING: return "a text";
    case JSON_INTEGER: return "a number";
    case JSON_REAL: return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE: return "true or false";
    case JSON_NULL: return "null";
    }
    return "something else";
}

bool sb_json_refuse_kind(struct sb_json_fields *r, const json_t *value, const char *write)
{
    return sb_json_refuse(r, SB_CODE_INVALID_BODY, "%s is not allowed here; write %s",
                          kind_of(value), write);
}

/* Keeps the candidate's text where it is the best so far: names are made on the fly. */
static void offer(struct sb_suggestion *s, char best[static SB_SCHEMA_NAME_MAX], const char *name)
{
    sb_suggest_offer(s, name);
    if (s->best == name) {
        (void)snprintf(best, SB_SCHEMA_NAME_MAX, "%s", name);
        s->best = best;
    }
}

bool sb_json_refuse_name(struct sb_json_fields *r, struct sb_suggestion *offered,
                         const ProtobufCMessageDescriptor *message, const char *allowed)
{
    char best[SB_SCHEMA_NAME_MAX], name[SB_SCHEMA_NAME_MAX];
    for (unsigned i = 0; i < message->n_fields; i++) {
        sb_schema_field_name(name, &message->fields[i]);
        offer(offered, best, name);
    }
    if (offered->best != NULL) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY, "not known; did you mean %s?",
                              offered->best);
    }
    return sb_json_refuse(r, SB_CODE_INVALID_BODY, "not known; write one of %s", allowed);
}

bool sb_json_refuse_value(struct sb_json_fields *r, const ProtobufCEnumDescriptor *values,
                          const char *given)
{
    char all[SB_SCHEMA_LIST_MAX], shown[SHOWN_MAX], best[SB_SCHEMA_NAME_MAX],
        name[SB_SCHEMA_NAME_MAX];
    struct sb_suggestion s = {.word = given, .n = strlen(given)};
    for (unsigned i = 0; i < values->n_values; i++) {
        if (sb_schema_value_name(name, values, values->values[i].value)) {
            offer(&s, best, name);
        }
    }
    sb_text_escape(shown, sizeof shown, (struct sb_bytes){(const uint8_t *)given, s.n});
    sb_schema_list_values(all, values);
    if (s.best != NULL) {
        return sb_json_refuse(r, SB_CODE_INVALID_BODY,
                              "\"%s\" is not known; did you mean %s? Write one of %s", shown,
                              s.best, all);
    }
    return sb_json_refuse(r, SB_CODE_INVALID_BODY, "\"%s\" is not known; write one of %s", shown,
                          all);
}
