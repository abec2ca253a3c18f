/* The lines of `tail -o json`, of the event log and of `publish`: one event, one result. They are
 * what scripts read, so keys and their order are fixed. */
#include "proto/json.h"

#include <protobuf-c/protobuf-c.h>

#include "proto/body.h"
#include "proto/json_out.h"
#include "proto/json_print.h"
#include "proto/unpack.h"

#include "samenbus.pb-c.h"

enum { EPOCH_DIGITS_MIN = 8, LINE_EXPECTED = 600 };

/* What can be said of a body; without one, or with bytes that do not decode, all is absent. */
struct shown_body {
    struct sb_body_head head;
    bool readable, no_room;
    const Samenbus__Body *body; /* only where it is to be printed */
    const ProtobufCMessage *content;
};

static struct shown_body look_at_body(const struct sb_delivered *event, bool with_body,
                                      struct sb_arena *arena)
{
    struct shown_body s = {0};
    if (event->item.salt == NULL || !sb_body_head_read(&s.head, event->item.body)) {
        return s;
    }
    s.readable = true;
    s.body = with_body ? sb_unpack(&samenbus__body__descriptor, event->item.body, arena) : NULL;
    s.no_room = with_body && s.body == NULL && sb_body_well_formed(event->item.body);
    if (s.body != NULL && s.body->content_case != SAMENBUS__BODY__CONTENT__NOT_SET) {
        s.content = &s.body->agenda_item->base; /* every member of the union begins with it */
    }
    return s;
}

static void put_text_or_null(struct sb_json_out *out, const char *key, struct sb_bytes text)
{
    sb_json_put_key(out, key);
    if (text.n == 0) {
        sb_json_put_null(out);
    } else {
        sb_json_put_text(out, text);
    }
}

static void put_time(struct sb_json_out *out, struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX];
    sb_time_format(text, time);
    sb_json_member_string(out, "time", text);
}

static void put_place(struct sb_json_out *out, const struct sb_delivered *event)
{
    const struct sb_link *link = &event->item.link;
    char epoch[SB_EPOCH_TEXT_MAX], id[SB_UUID_TEXT_MAX];
    sb_epoch_format(epoch, link->epoch, EPOCH_DIGITS_MIN);
    sb_uuid_format(id, &link->id);
    sb_json_member_string(out, "origin", link->origin.s);
    sb_json_member_string(out, "epoch", event->epoch[0] != '\0' ? event->epoch : epoch);
    sb_json_member_uint(out, "seq", link->seq.n);
    sb_json_member_uint(out, "offset", event->offset.n);
    sb_json_member_string(out, "id", id);
}

static void put_audience(struct sb_json_out *out, struct sb_audience audience)
{
    sb_json_put_key(out, "audience");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < audience.n; i++) {
        sb_json_put_string(out, audience.orgs[i].s);
    }
    sb_json_put_close(out, ']');
}

static void put_references(struct sb_json_out *out, const Samenbus__Body *body)
{
    if (body == NULL || body->n_references == 0) {
        return;
    }
    sb_json_put_key(out, "references");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < body->n_references; i++) {
        sb_json_put_string(out, body->references[i]);
    }
    sb_json_put_close(out, ']');
}

/* The name of the content, and null for one that could not be decoded or is of a newer version. */
static const char *type_of(const struct shown_body *s, bool with_body)
{
    bool known = s->readable && s->head.content != SB_CONTENT_NONE;
    return known && (!with_body || s->content != NULL) ? sb_content_name(s->head.content) : NULL;
}

struct sb_bytes sb_json_event(const struct sb_delivered *event, bool with_body,
                              struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, LINE_EXPECTED + (with_body ? 2 * event->item.body.n : 0));
    struct shown_body s = look_at_body(event, with_body, arena);
    sb_json_put_open(&out, '{');
    put_place(&out, event);
    put_time(&out, s.readable ? s.head.time : event->checkpoint_time);
    put_text_or_null(&out, "topic", s.head.topic);
    sb_json_member_string(&out, "type", type_of(&s, with_body));
    put_audience(&out, event->item.link.audience);
    sb_json_member_string(&out, "state", sb_body_state_name(event->state));
    if (event->forked) {
        sb_json_put_key(&out, "forked");
        sb_json_put_bool(&out, true);
    }
    put_text_or_null(&out, "publisher", s.head.publisher);
    put_references(&out, s.body);
    sb_json_put_key(&out, "body");
    if (s.content != NULL) {
        sb_json_put_message(&out, s.content);
    } else {
        sb_json_put_null(&out);
    }
    sb_json_put_close(&out, '}');
    return s.no_room ? (struct sb_bytes){0} : sb_json_out_done(&out);
}

static void put_error(struct sb_json_out *out, const struct sb_uuid *id,
                      const struct sb_result *result, unsigned line)
{
    char text[SB_UUID_TEXT_MAX];
    sb_json_member_uint(out, "line", line);
    if (id != NULL && !sb_uuid_is_zero(id)) { /* to repeat it with, where the outcome is unknown */
        sb_uuid_format(text, id);
        sb_json_member_string(out, "id", text);
    }
    sb_json_put_key(out, "error");
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "code", sb_code_name(result->code));
    sb_json_member_string(out, "text", result->text);
    sb_json_put_close(out, '}');
}

static void put_success(struct sb_json_out *out, const struct sb_org *origin,
                        const struct sb_uuid *id, const struct sb_result *result)
{
    char text[SB_UUID_TEXT_MAX];
    sb_uuid_format(text, id);
    sb_json_member_string(out, "id", text);
    sb_json_member_string(out, "origin", origin->s);
    sb_json_member_string(out, "epoch", result->epoch);
    sb_json_member_uint(out, "seq", result->seq.n);
    sb_json_put_key(out, "duplicate");
    sb_json_put_bool(out, result->duplicate);
}

struct sb_bytes sb_json_result(const struct sb_org *origin, const struct sb_uuid *id,
                               const struct sb_result *result, unsigned line,
                               struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, LINE_EXPECTED);
    sb_json_put_open(&out, '{');
    if (result->code == SB_CODE_OK) {
        put_success(&out, origin, id, result);
    } else {
        put_error(&out, id, result, line);
    }
    sb_json_put_close(&out, '}');
    return sb_json_out_done(&out);
}
