/* Erasure and Receipt as bodies: built once by their origin, read by everybody. */
#include "proto/erasure.h"

#include <stdio.h>
#include <string.h>

#include "proto/pb_reader.h"
#include "proto/pb_writer.h"
#include "proto/text.h"

enum {
    FIELD_TIME = 2, /* of Body */
    FIELD_EVENT = 1,
    FIELD_GROUND = 2, /* of Erasure */
    FIELD_ERASURE = 1,
    FIELD_ERASED = 2,
    FIELD_DONE = 3, /* of Receipt */
    REFERENCE_MAX = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX,
};

static void put_reference(struct sb_pb_writer *w, uint32_t field, const struct sb_org *org,
                          const struct sb_uuid *id)
{
    char text[REFERENCE_MAX], uuid[SB_UUID_TEXT_MAX];
    sb_uuid_format(uuid, id);
    int n = snprintf(text, sizeof text, "%s/%s", org->s, uuid);
    sb_pb_put_bytes(w, field, text, (size_t)n);
}

static void put_erasure(struct sb_pb_writer *w, const void *said)
{
    const struct sb_erasure_said *e = said;
    put_reference(w, FIELD_EVENT, &e->origin, &e->event);
    if (e->ground.n > 0) {
        sb_pb_put_bytes(w, FIELD_GROUND, e->ground.p, e->ground.n);
    }
}

static void put_receipt(struct sb_pb_writer *w, const void *said)
{
    const struct sb_receipt_said *r = said;
    put_reference(w, FIELD_ERASURE, &r->erasure_origin, &r->erasure);
    put_reference(w, FIELD_ERASED, &r->origin, &r->event);
    sb_pb_put_uint(w, FIELD_DONE, (uint64_t)r->time.ms);
}

static void put_body(struct sb_pb_writer *w, struct sb_time time, enum sb_content content,
                     void (*put)(struct sb_pb_writer *, const void *), const void *said)
{
    struct sb_pb_writer size = {0};
    put(&size, said);
    sb_pb_put_uint(w, FIELD_TIME, (uint64_t)time.ms);
    sb_pb_put_head(w, (uint32_t)content, size.n);
    put(w, said);
}

static struct sb_bytes build(struct sb_time time, enum sb_content content,
                             void (*put)(struct sb_pb_writer *, const void *), const void *said,
                             struct sb_arena *arena)
{
    struct sb_pb_writer size = {0};
    put_body(&size, time, content, put, said);
    uint8_t *to = sb_arena_alloc(arena, size.n);
    if (to == NULL) {
        return (struct sb_bytes){0};
    }
    struct sb_pb_writer w = {.p = to};
    put_body(&w, time, content, put, said);
    return (struct sb_bytes){to, w.n};
}

struct sb_bytes sb_erasure_build(const struct sb_erasure_said *said, struct sb_time time,
                                 struct sb_arena *arena)
{
    return build(time, SB_CONTENT_ERASURE, put_erasure, said, arena);
}

struct sb_bytes sb_receipt_build(const struct sb_receipt_said *said, struct sb_time time,
                                 struct sb_arena *arena)
{
    return build(time, SB_CONTENT_RECEIPT, put_receipt, said, arena);
}

/* ---- reading */

static bool open_content(struct sb_pb_reader *r, struct sb_bytes body, enum sb_content content)
{
    struct sb_body_head head;
    if (!sb_body_well_formed(body) || !sb_body_head_read(&head, body) || head.content != content ||
        head.topic.n > 0) {
        return false;
    }
    sb_pb_reader_init(r, head.content_bytes);
    return true;
}

static bool read_reference(struct sb_org *org, struct sb_uuid *id, const struct sb_pb_reader *r)
{
    return r->type == SB_PB_BYTES &&
           sb_reference_parse(org, id, (const char *)r->bytes.p, r->bytes.n) &&
           !sb_uuid_is_zero(id);
}

/* Its ground is for people: one that cannot be shown takes nothing from what it says. */
static struct sb_bytes read_ground(const struct sb_pb_reader *r)
{
    bool fit =
        r->type == SB_PB_BYTES && r->bytes.n <= SB_TITLE_MAX && sb_text_acceptable(r->bytes, false);
    return fit ? r->bytes : (struct sb_bytes){0};
}

bool sb_erasure_read(struct sb_erasure_said *out, struct sb_bytes body)
{
    struct sb_pb_reader r;
    bool named = false;
    *out = (struct sb_erasure_said){0};
    if (!open_content(&r, body, SB_CONTENT_ERASURE)) {
        return false;
    }
    while (sb_pb_next(&r)) {
        if (r.field == FIELD_EVENT) {
            named = read_reference(&out->origin, &out->event, &r);
        } else if (r.field == FIELD_GROUND) {
            out->ground = read_ground(&r);
        }
    }
    return !r.failed && named;
}

bool sb_receipt_read(struct sb_receipt_said *out, struct sb_bytes body)
{
    struct sb_pb_reader r;
    bool named = false, erased = false;
    *out = (struct sb_receipt_said){0};
    if (!open_content(&r, body, SB_CONTENT_RECEIPT)) {
        return false;
    }
    while (sb_pb_next(&r)) {
        if (r.field == FIELD_ERASURE) {
            named = read_reference(&out->erasure_origin, &out->erasure, &r);
        } else if (r.field == FIELD_ERASED) {
            erased = read_reference(&out->origin, &out->event, &r);
        } else if (r.field == FIELD_DONE && r.type == SB_PB_VARINT) {
            out->time.ms = (int64_t)r.value;
        }
    }
    return !r.failed && named && erased;
}
