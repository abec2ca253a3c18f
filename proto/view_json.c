/* Prints views. Order, names and what is null stand in PROTOCOL §18; nothing is decided here. */
#include "proto/view_json.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "proto/json_print.h"
#include "proto/schema.h"
#include "proto/unpack.h"

#include "samenbus.pb-c.h"

static void put_reference(struct sb_json_out *out, const struct sb_reference *r)
{
    char text[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
    size_t n = sb_org_len(&r->org);
    memcpy(text, r->org.s, n);
    text[n] = '/';
    sb_uuid_format(text + n + 1, &r->id);
    sb_json_put_string(out, text);
}

static void put_event(struct sb_json_out *out, const char *key, const struct sb_statement *s)
{
    sb_json_put_key(out, key);
    if (s == NULL) {
        sb_json_put_null(out);
    } else {
        put_reference(out, &s->event);
    }
}

static void put_orgs(struct sb_json_out *out, const char *key, const struct sb_orgs *orgs)
{
    sb_json_put_key(out, key);
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < orgs->n; i++) {
        sb_json_put_string(out, orgs->p[i].s);
    }
    sb_json_put_close(out, ']');
}

static void put_events(struct sb_json_out *out, const char *key, const struct sb_statements *list)
{
    sb_json_put_key(out, key);
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        put_reference(out, &list->p[i]->event);
    }
    sb_json_put_close(out, ']');
}

static void put_flag(struct sb_json_out *out, const char *key, bool value)
{
    sb_json_put_key(out, key);
    sb_json_put_bool(out, value);
}

static void put_text(struct sb_json_out *out, const char *key, struct sb_bytes text)
{
    sb_json_put_key(out, key);
    sb_json_put_text(out, text);
}

static void put_date(struct sb_json_out *out, const char *key, struct sb_date date)
{
    char text[SB_DATE_TEXT_MAX];
    sb_date_format(text, date);
    sb_json_member_string(out, key, text[0] == '\0' ? NULL : text);
}

/* null for the zero of an enum. */
static void put_enum(struct sb_json_out *out, const char *key,
                     const ProtobufCEnumDescriptor *values, int value)
{
    char name[SB_SCHEMA_NAME_MAX];
    sb_json_member_string(out, key, sb_schema_value_name(name, values, value) ? name : NULL);
}

static void put_ignored(struct sb_json_out *out, const struct sb_ignored *ignored, size_t n)
{
    sb_json_put_key(out, "ignored");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < n; i++) {
        sb_json_put_open(out, '{');
        put_event(out, "event", ignored[i].statement);
        sb_json_member_string(out, "why", sb_why_name(ignored[i].why));
        sb_json_put_close(out, '}');
    }
    sb_json_put_close(out, ']');
}

/* ---- a decision */

static void put_position(struct sb_json_out *out, const struct sb_position_view *p)
{
    const struct sb_position *said = &p->statement->position;
    bool ignored = p->state == SB_POSITION_IGNORED;
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "organisation", p->organisation.s);
    put_enum(out, "value", &samenbus__position_value__descriptor, (int)said->value);
    put_date(out, "dateTaken", said->taken);
    sb_json_put_key(out, "revision");
    put_reference(out, &said->revision);
    sb_json_member_uint(out, "round", said->round == 0 ? 1 : said->round);
    put_flag(out, "asChair", said->as_chair);
    sb_json_member_string(out, "state", sb_position_state_name(p->state));
    sb_json_member_string(out, "why", ignored ? sb_why_name(p->why) : NULL);
    put_flag(out, "backdated", p->backdated);
    sb_json_member_string(out, "recordedBy", p->own ? NULL : p->statement->event.org.s);
    put_text(out, "conditions", said->conditions);
    put_event(out, "event", p->statement);
    sb_json_put_close(out, '}');
}

static void put_text_of_decision(struct sb_json_out *out, const struct sb_statement *revision)
{
    static const struct sb_proposal none = {.deadline = {INT64_MIN}};
    const struct sb_proposal *p = revision == NULL ? &none : &revision->proposal;
    sb_json_put_key(out, "title");
    if (revision == NULL) {
        sb_json_put_null(out);
    } else {
        sb_json_put_text(out, p->title);
    }
    put_event(out, "revision", revision);
    put_orgs(out, "participants", &p->participants);
    put_enum(out, "rule", &samenbus__decision_rule__descriptor, (int)p->rule);
    put_enum(out, "body", &samenbus__deciding_body__descriptor, p->body);
    put_date(out, "deadline", p->deadline);
}

static void put_ends(struct sb_json_out *out, const struct sb_statements *ends)
{
    sb_json_put_key(out, "ends");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < ends->n; i++) {
        const struct sb_statement *s = ends->p[i];
        sb_json_put_open(out, '{');
        put_event(out, "event", s);
        sb_json_member_string(out, "type",
                              s->content == SB_CONTENT_PROPOSAL ? "successor"
                                                                : sb_content_name(s->content));
        sb_json_put_close(out, '}');
    }
    sb_json_put_close(out, ']');
}

void sb_json_put_decision(struct sb_json_out *out, const struct sb_decision_view *view)
{
    sb_json_put_key(out, "decision");
    put_reference(out, &view->decision);
    put_text_of_decision(out, view->revision);
    put_date(out, "date", view->as_of);
    sb_json_member_string(out, "outcome", sb_outcome_name(view->outcome));
    put_flag(out, "provisional", view->provisional);
    put_flag(out, "ended", view->ended);
    put_date(out, "decidedAt", view->decided_at);
    sb_json_member_string(out, "reason", view->reason);
    put_orgs(out, "missing", &view->missing);
    sb_json_put_key(out, "positions");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < view->n_positions; i++) {
        put_position(out, &view->positions[i]);
    }
    sb_json_put_close(out, ']');
    put_ends(out, &view->ends);
    put_ignored(out, view->ignored, view->n_ignored);
}

static const ProtobufCMessageDescriptor *descriptor_of(enum sb_content content)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&samenbus__body__descriptor, (unsigned)content);
    return field->descriptor; /* a statement's content is a message of the schema */
}

void sb_json_put_says(struct sb_json_out *out, const struct sb_statement *s)
{
    ProtobufCMessage *message = sb_unpack(descriptor_of(s->content), s->says, out->arena);
    if (message == NULL) {
        out->failed = true;
    } else {
        sb_json_put_message(out, message);
    }
}

bool sb_view_word(char out[static SB_VIEW_WORD_MAX], enum sb_view_words of, int value)
{
    static const ProtobufCEnumDescriptor *const all[] = {
        &samenbus__decision_rule__descriptor,  &samenbus__deciding_body__descriptor,
        &samenbus__position_value__descriptor, &samenbus__agenda_status__descriptor,
        &samenbus__severity__descriptor,
    };
    static_assert((int)SB_VIEW_WORD_MAX == (int)SB_SCHEMA_NAME_MAX, "a name fits");
    out[0] = '\0';
    return sb_schema_value_name(out, all[of], value);
}

/* ---- an agenda item */

void sb_json_put_agenda(struct sb_json_out *out, const struct sb_agenda_view *view,
                        const struct sb_agenda_group *group)
{
    sb_json_put_key(out, "item");
    put_reference(out, &view->item);
    put_event(out, "event", view->winner);
    sb_json_member_uint(out, "edits", view->edits);
    sb_json_put_key(out, "content");
    sb_json_put_says(out, view->winner);
    put_events(out, "conflict", &view->conflict);
    put_ignored(out, group->ignored, group->n_ignored);
}

/* ---- a notification */

static void put_acknowledged(struct sb_json_out *out, const struct sb_statements *list)
{
    sb_json_put_key(out, "acknowledged");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        char time[SB_TIME_TEXT_MAX];
        sb_time_format(time, list->p[i]->time);
        sb_json_put_open(out, '{');
        sb_json_member_string(out, "organisation", list->p[i]->event.org.s);
        put_event(out, "event", list->p[i]);
        sb_json_member_string(out, "time", time);
        put_text(out, "text", list->p[i]->acknowledgement.text);
        sb_json_put_close(out, '}');
    }
    sb_json_put_close(out, ']');
}

static void put_notice(struct sb_json_out *out, const struct sb_notification *n)
{
    put_enum(out, "severity", &samenbus__severity__descriptor, n->severity);
    put_text(out, "subject", n->subject);
    put_orgs(out, "addressees", &n->addressees);
    if (n->expires.n > 0) {
        put_text(out, "expires", n->expires);
    } else {
        sb_json_member_string(out, "expires", NULL);
    }
}

void sb_json_put_notification(struct sb_json_out *out, const struct sb_notification_view *view)
{
    static const struct sb_notification none = {0};
    const struct sb_notification *n = view->shown == NULL ? &none : &view->shown->notification;
    sb_json_put_key(out, "notification");
    put_reference(out, &view->notification);
    put_event(out, "event", view->shown);
    put_notice(out, n);
    put_flag(out, "expired", view->expired);
    put_flag(out, "requiresAcknowledgement", n->requires_acknowledgement);
    put_acknowledged(out, &view->acknowledged);
    put_orgs(out, "waiting", &view->waiting);
    put_events(out, "conflict", &view->conflict);
    put_ignored(out, view->ignored, view->n_ignored);
}
