/* JSON Schemas from the descriptors and the rules of check.h. What is published is closed and has
 * its forms; what is printed is open, for later versions add to it, and has types alone, for what
 * others said is kept as they said it. */
#include "proto/json_schema.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "proto/client_message.h"
#include "proto/json_schema_write.h"
#include "proto/limits.h"
#include "proto/schema.h"

#include "samenbus.pb-c.h"

enum { EXPECTED_BYTES = 32 * 1024, MESSAGES_MAX = 32 };

static bool is_content(const ProtobufCFieldDescriptor *field, bool printed)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
           (printed || field->id < SB_CONTENT_EPOCH_START);
}

/* Every message that a content may have in it stands in the schema once, each before those that it
 * leads to. */
struct messages {
    const ProtobufCMessageDescriptor *list[MESSAGES_MAX];
    size_t n;
};

static void collect(struct messages *m, const ProtobufCMessageDescriptor *from, bool printed)
{
    for (unsigned i = 0; i < from->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &from->fields[i];
        bool skip = field->type != PROTOBUF_C_TYPE_MESSAGE || sb_schema_is_map(field) ||
                    (from == &samenbus__body__descriptor && !is_content(field, printed));
        for (size_t k = 0; k < m->n && !skip; k++) {
            skip = m->list[k] == field->descriptor;
        }
        if (!skip) {
            assert(m->n < MESSAGES_MAX);
            m->list[m->n++] = field->descriptor;
        }
    }
}

static void put_definitions(struct sb_schema_writer *w)
{
    struct messages m = {.n = 0};
    collect(&m, &samenbus__body__descriptor, w->printed);
    for (size_t i = 0; i < m.n; i++) {
        collect(&m, m.list[i], w->printed);
    }
    sb_schema_open(&w->out, "$defs");
    for (size_t i = 0; i < m.n; i++) {
        sb_schema_put_message(w, m.list[i]);
    }
    sb_json_put_close(&w->out, '}');
}

/* ---- to publish */

/* This content and no other, under a topic of its class. */
static void put_choice(struct sb_schema_writer *w, const ProtobufCFieldDescriptor *content)
{
    char name[SB_SCHEMA_NAME_MAX], begins[SB_SCHEMA_NAME_MAX];
    sb_schema_field_name(name, content);
    (void)snprintf(begins, sizeof begins, "^%s/", sb_check_class_name(content->id));
    sb_json_put_open(&w->out, '{');
    sb_schema_put_pair(&w->out, "required", "topic", name);
    sb_schema_open(&w->out, "properties");
    sb_schema_open(&w->out, name);
    sb_json_member_string(&w->out, "type", "object");
    sb_json_put_close(&w->out, '}');
    sb_schema_open(&w->out, "topic");
    sb_json_member_string(&w->out, "pattern", begins);
    sb_json_put_close(&w->out, '}');
    sb_json_put_close(&w->out, '}');
    sb_json_put_close(&w->out, '}');
}

static void put_envelope(struct sb_schema_writer *w)
{
    static const struct sb_check_rule id = {.kind = SB_CHECK_UUID}, org = {.kind = SB_CHECK_ORG};
    sb_schema_open(&w->out, "id");
    sb_schema_put_text(w, &id, true);
    sb_json_put_close(&w->out, '}');
    sb_schema_open(&w->out, "audience");
    sb_schema_put_type(w, "array", true);
    sb_json_member_uint(&w->out, "minItems", 1);
    sb_json_member_uint(&w->out, "maxItems", SB_AUDIENCE_MAX);
    sb_schema_open(&w->out, "items");
    sb_schema_put_text(w, &org, false);
    sb_json_put_close(&w->out, '}');
    sb_json_put_close(&w->out, '}');
}

static void put_publish(struct sb_schema_writer *w)
{
    const ProtobufCMessageDescriptor *body = &samenbus__body__descriptor;
    const struct sb_check_rule *rules = sb_check_rules(body);
    sb_schema_open(&w->out, "properties");
    put_envelope(w);
    for (unsigned i = 0; i < body->n_fields; i++) {
        if (rules[i].kind != SB_CHECK_DAEMONS) {
            sb_schema_put_field(w, &body->fields[i], &rules[i]);
        }
    }
    sb_json_put_close(&w->out, '}');
    sb_json_put_key(&w->out, "additionalProperties");
    sb_json_put_bool(&w->out, false);
    sb_json_put_key(&w->out, "oneOf");
    sb_json_put_open(&w->out, '[');
    for (unsigned i = 0; i < body->n_fields; i++) {
        if (is_content(&body->fields[i], false)) {
            put_choice(w, &body->fields[i]);
        }
    }
    sb_json_put_close(&w->out, ']');
}

/* ---- as it is printed */

/* The members of PROTOCOL §16.2 but state and body, in their order. */
static const struct {
    const char *key, *type, *pattern;
    bool nullable, optional;
} members[] = {
    {"origin", "string", "^[A-Z0-9-]{2,32}$", false, false},
    {"epoch", "string", "^[1-9][0-9]{0,9}-[0-9a-f]{8,16}$", false, false},
    {"seq", "integer", NULL, false, false},
    {"offset", "integer", NULL, false, false},
    {"id", "string", "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", false, false},
    {"time", "string", "^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z$", false, false},
    {"topic", "string", NULL, true, false},
    {"type", "string", NULL, true, false},
    {"audience", "array", NULL, false, false},
    {"state", "string", NULL, false, false},
    {"forked", "boolean", NULL, false, true},
    {"publisher", "string", NULL, true, false},
    {"references", "array", NULL, false, true},
    {"body", "object", NULL, true, false},
};
enum { N_MEMBERS = sizeof members / sizeof members[0] };

static void put_states(struct sb_json_out *out)
{
    sb_json_put_key(out, "enum");
    sb_json_put_open(out, '[');
    for (int state = SB_BODY_PRESENT; state <= SB_BODY_HIDDEN; state++) {
        sb_json_put_string(out, sb_body_state_name((enum sb_body_state)state));
    }
    sb_json_put_close(out, ']');
}

static void put_member(struct sb_json_out *out, size_t i)
{
    sb_schema_open(out, members[i].key);
    if (members[i].nullable) {
        sb_schema_put_pair(out, "type", members[i].type, "null");
    } else {
        sb_json_member_string(out, "type", members[i].type);
    }
    if (members[i].pattern != NULL) {
        sb_json_member_string(out, "pattern", members[i].pattern);
    } else if (strcmp(members[i].type, "integer") == 0) {
        sb_json_member_uint(out, "minimum", 1);
    } else if (strcmp(members[i].type, "array") == 0) {
        sb_schema_open(out, "items");
        sb_json_member_string(out, "type", "string");
        sb_json_put_close(out, '}');
    } else if (strcmp(members[i].key, "state") == 0) {
        put_states(out);
    }
    sb_json_put_close(out, '}');
}

/* "if": the member has this value */
static void put_if(struct sb_json_out *out, const char *key, const char *value)
{
    sb_schema_open(out, "if");
    sb_schema_open(out, "properties");
    sb_schema_open(out, key);
    sb_json_member_string(out, "const", value);
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
}

/* Which message the body is, by the type; null in the event log. */
static void put_body_of(struct sb_json_out *out, const ProtobufCFieldDescriptor *content)
{
    char name[SB_SCHEMA_NAME_MAX], where[SB_SCHEMA_NAME_MAX + 10];
    const ProtobufCMessageDescriptor *message = content->descriptor;
    sb_schema_field_name(name, content);
    (void)snprintf(where, sizeof where, "#/$defs/%s", message->short_name);
    sb_json_put_open(out, '{');
    put_if(out, "type", name);
    sb_schema_open(out, "then");
    sb_schema_open(out, "properties");
    sb_schema_open(out, "body");
    sb_json_put_key(out, "anyOf");
    sb_json_put_open(out, '[');
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "type", "null");
    sb_json_put_close(out, '}');
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "$ref", where);
    sb_json_put_close(out, '}');
    sb_json_put_close(out, ']');
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
}

static void put_event(struct sb_schema_writer *w)
{
    const ProtobufCMessageDescriptor *body = &samenbus__body__descriptor;
    sb_schema_open(&w->out, "properties");
    for (size_t i = 0; i < N_MEMBERS; i++) {
        put_member(&w->out, i);
    }
    sb_json_put_close(&w->out, '}');
    sb_json_put_key(&w->out, "required");
    sb_json_put_open(&w->out, '[');
    for (size_t i = 0; i < N_MEMBERS; i++) {
        if (!members[i].optional) {
            sb_json_put_string(&w->out, members[i].key);
        }
    }
    sb_json_put_close(&w->out, ']');
    sb_json_put_key(&w->out, "allOf");
    sb_json_put_open(&w->out, '[');
    for (unsigned i = 0; i < body->n_fields; i++) {
        if (is_content(&body->fields[i], true)) {
            put_body_of(&w->out, &body->fields[i]);
        }
    }
    sb_json_put_close(&w->out, ']');
}

struct sb_bytes sb_json_schema(enum sb_json_schema which, struct sb_arena *arena)
{
    struct sb_schema_writer w = {.printed = which == SB_JSON_SCHEMA_EVENT};
    sb_json_out_init(&w.out, arena, EXPECTED_BYTES);
    sb_json_put_open(&w.out, '{');
    sb_json_member_string(&w.out, "$schema", "https://json-schema.org/draft/2020-12/schema");
    sb_json_member_string(&w.out, "$id",
                          w.printed ? "urn:samenbus:event:1" : "urn:samenbus:publish:1");
    sb_json_member_string(&w.out, "title",
                          w.printed ? "An event, as `samenbus tail -o json` prints it"
                                    : "An event, as `samenbus publish` reads it");
    sb_json_member_string(&w.out, "type", "object");
    if (w.printed) {
        put_event(&w);
    } else {
        put_publish(&w);
    }
    put_definitions(&w);
    sb_json_put_close(&w.out, '}');
    return sb_json_out_done(&w.out);
}
