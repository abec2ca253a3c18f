/* Bodies of what is under embargo; see embargo.h. They are custom events that no client can make,
 * for they name no publisher. */
#include "proto/embargo.h"

#include <string.h>

#include "proto/pb_reader.h"
#include "proto/pb_writer.h"
#include "proto/sha256.h"

static const char topic[] = "custom/embargo", media_type[] = "application/vnd.samenbus.embargo";

enum { BODY_TOPIC = 1, CUSTOM_TYPE = 1, CUSTOM_DATA = 2 };
enum { ITEM_DISCLOSURE = 14, ITEM_UNTIL = 15, CLOSED = 2, EMBARGOED = 4 };
enum { HOLD_UNTIL = 1, HOLD_AUDIENCE, HOLD_ID, HOLD_PUBLISHER, HOLD_SUBMISSION };

bool sb_embargo_until(struct sb_bytes submission, struct sb_time *until)
{
    struct sb_body_head head;
    struct sb_pb_reader r;
    struct sb_bytes text = {NULL, 0};
    uint64_t disclosure = 0;
    if (!sb_body_head_read(&head, submission) || head.content != SB_CONTENT_AGENDA_ITEM) {
        return false;
    }
    sb_pb_reader_init(&r, head.content_bytes);
    while (sb_pb_next(&r)) {
        disclosure = r.field == ITEM_DISCLOSURE ? r.value : disclosure;
        text = r.field == ITEM_UNTIL ? r.bytes : text;
    }
    return !r.failed && disclosure == EMBARGOED &&
           sb_time_parse(until, (const char *)text.p, text.n);
}

struct sb_uuid sb_embargo_hold_id(const struct sb_uuid *id)
{
    static const char domain[] = "samenbus/embargo/1";
    const struct sb_bytes parts[] = {{(const uint8_t *)domain, sizeof domain - 1},
                                     {id->b, sizeof id->b}};
    struct sb_hash hash = sb_sha256(parts, 2);
    struct sb_uuid hold;
    memcpy(hold.b, hash.b, sizeof hold.b);
    hold.b[6] = (uint8_t)((hold.b[6] & 0x0f) | 0x80); /* RFC 9562 §5.8 */
    hold.b[8] = (uint8_t)((hold.b[8] & 0x3f) | 0x80);
    return hold;
}

/* ---- writing: each with a writer that only counts, then with the bytes */

static void copy_field(struct sb_pb_writer *w, const struct sb_pb_reader *r)
{
    switch (r->type) {
    case SB_PB_VARINT: sb_pb_put_uint(w, r->field, r->value); break;
    case SB_PB_FIXED64: sb_pb_put_fixed64(w, r->field, r->value); break;
    case SB_PB_BYTES: sb_pb_put_bytes(w, r->field, r->bytes.p, r->bytes.n); break;
    case SB_PB_FIXED32: break; /* no field of these messages has it */
    }
}

static void put_item(struct sb_pb_writer *w, struct sb_bytes item, bool closed)
{
    struct sb_pb_reader r;
    sb_pb_reader_init(&r, item);
    while (sb_pb_next(&r)) {
        if (r.field != ITEM_DISCLOSURE && r.field != ITEM_UNTIL) {
            copy_field(w, &r);
        }
    }
    if (closed) {
        sb_pb_put_uint(w, ITEM_DISCLOSURE, CLOSED);
    }
}

static void put_lifted(struct sb_pb_writer *w, struct sb_bytes submission, bool closed)
{
    struct sb_pb_reader r;
    sb_pb_reader_init(&r, submission);
    while (sb_pb_next(&r)) {
        struct sb_pb_writer count = {0};
        if (r.field != SB_CONTENT_AGENDA_ITEM) {
            copy_field(w, &r);
            continue;
        }
        put_item(&count, r.bytes, closed);
        sb_pb_put_head(w, r.field, count.n);
        put_item(w, r.bytes, closed);
    }
}

static void put_data(struct sb_pb_writer *w, const struct sb_embargo *e)
{
    struct sb_pb_writer count = {0};
    bool closed = e->n_audience > 0;
    sb_pb_put_uint(w, HOLD_UNTIL, (uint64_t)e->until.ms);
    for (size_t i = 0; i < e->n_audience; i++) {
        sb_pb_put_bytes(w, HOLD_AUDIENCE, e->audience[i].s, sb_org_len(&e->audience[i]));
    }
    sb_pb_put_bytes(w, HOLD_ID, e->id.b, sizeof e->id.b);
    sb_pb_put_bytes(w, HOLD_PUBLISHER, e->publisher.p, e->publisher.n);
    put_lifted(&count, e->submission, closed);
    sb_pb_put_head(w, HOLD_SUBMISSION, count.n);
    put_lifted(w, e->submission, closed);
}

static void put_custom(struct sb_pb_writer *w, const struct sb_embargo *e)
{
    struct sb_pb_writer count = {0};
    sb_pb_put_bytes(w, CUSTOM_TYPE, media_type, sizeof media_type - 1);
    put_data(&count, e);
    sb_pb_put_head(w, CUSTOM_DATA, count.n);
    put_data(w, e);
}

static void put_body(struct sb_pb_writer *w, const struct sb_embargo *e)
{
    struct sb_pb_writer count = {0};
    sb_pb_put_bytes(w, BODY_TOPIC, topic, sizeof topic - 1);
    put_custom(&count, e);
    sb_pb_put_head(w, SB_CONTENT_CUSTOM, count.n);
    put_custom(w, e);
}

struct sb_bytes sb_embargo_hold(const struct sb_embargo *e, struct sb_arena *arena)
{
    struct sb_pb_writer w = {0};
    put_body(&w, e);
    uint8_t *p = sb_arena_alloc(arena, w.n);
    if (p == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    w = (struct sb_pb_writer){.p = p};
    put_body(&w, e);
    return (struct sb_bytes){p, w.n};
}

/* ---- reading */

static bool equals(struct sb_bytes bytes, const char *text, size_t n)
{
    return bytes.n == n && memcmp(bytes.p, text, n) == 0;
}

static bool read_field(struct sb_embargo *out, const struct sb_pb_reader *r)
{
    switch (r->field) {
    case HOLD_UNTIL: out->until.ms = (int64_t)r->value; return r->type == SB_PB_VARINT;
    case HOLD_AUDIENCE:
        return out->n_audience < SB_AUDIENCE_MAX &&
               sb_org_parse(&out->audience[out->n_audience++], (const char *)r->bytes.p,
                            r->bytes.n);
    case HOLD_ID:
        if (r->bytes.n != sizeof out->id.b) {
            return false;
        }
        memcpy(out->id.b, r->bytes.p, sizeof out->id.b);
        return true;
    case HOLD_PUBLISHER: out->publisher = r->bytes; return true;
    case HOLD_SUBMISSION: out->submission = r->bytes; return true;
    default: return true;
    }
}

bool sb_embargo_read(struct sb_embargo *out, struct sb_bytes body)
{
    struct sb_body_head head;
    struct sb_pb_reader r;
    struct sb_bytes type = {NULL, 0}, data = {NULL, 0};
    memset(out, 0, sizeof *out);
    if (!sb_body_head_read(&head, body) || head.content != SB_CONTENT_CUSTOM ||
        head.publisher.n > 0 || !equals(head.topic, topic, sizeof topic - 1)) {
        return false;
    }
    sb_pb_reader_init(&r, head.content_bytes);
    while (sb_pb_next(&r)) {
        type = r.field == CUSTOM_TYPE ? r.bytes : type;
        data = r.field == CUSTOM_DATA ? r.bytes : data;
    }
    if (r.failed || !equals(type, media_type, sizeof media_type - 1)) {
        return false;
    }
    sb_pb_reader_init(&r, data);
    while (sb_pb_next(&r)) {
        if (!read_field(out, &r)) {
            return false;
        }
    }
    return !r.failed && out->submission.p != NULL && !sb_uuid_is_zero(&out->id);
}
