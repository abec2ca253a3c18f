/* Bodies as bytes: reading their head in one walk, sealing a submission, and telling whether two
 * say the same. A body is never re-encoded, save in memory to compare. */
#include "proto/body.h"

#include <string.h>

#include "proto/pb_reader.h"
#include "proto/pb_writer.h"
#include "proto/prescan.h"
#include "proto/text.h"
#include "proto/unpack.h"
#include "samenbus.pb-c.h"

enum { FIELD_TOPIC = 1, FIELD_TIME = 2, FIELD_PUBLISHER = 3 };

const char *sb_content_name(enum sb_content content)
{
    switch (content) {
    case SB_CONTENT_NONE: return "";
    case SB_CONTENT_AGENDA_ITEM: return "agendaItem";
    case SB_CONTENT_PROPOSAL: return "proposal";
    case SB_CONTENT_POSITION: return "position";
    case SB_CONTENT_WITHDRAWAL: return "withdrawal";
    case SB_CONTENT_CLOSING: return "closing";
    case SB_CONTENT_NOTIFICATION: return "notification";
    case SB_CONTENT_ACKNOWLEDGEMENT: return "acknowledgement";
    case SB_CONTENT_CUSTOM: return "custom";
    case SB_CONTENT_EPOCH_START: return "epochStart";
    case SB_CONTENT_KEY_CERTIFICATE: return "keyCertificate";
    case SB_CONTENT_ERASURE: return "erasure";
    case SB_CONTENT_RECEIPT: return "receipt";
    }
    return "";
}

static bool is_content(uint32_t field)
{
    return (field >= SB_CONTENT_AGENDA_ITEM && field <= SB_CONTENT_CUSTOM) ||
           (field >= SB_CONTENT_EPOCH_START && field <= SB_CONTENT_RECEIPT);
}

static bool read_text(struct sb_bytes *out, const struct sb_pb_reader *r)
{
    *out = r->bytes;
    return r->type == SB_PB_BYTES && sb_utf8_valid(r->bytes);
}

static bool read_content(struct sb_body_head *out, const struct sb_pb_reader *r)
{
    /* libraries differ on what two contents mean: such a body means nothing */
    if (r->type != SB_PB_BYTES || out->content != SB_CONTENT_NONE) {
        return false;
    }
    out->content = (enum sb_content)r->field;
    out->content_bytes = r->bytes;
    return true;
}

static bool read_head_field(struct sb_body_head *out, const struct sb_pb_reader *r)
{
    if (r->field == FIELD_TOPIC) {
        return read_text(&out->topic, r);
    }
    if (r->field == FIELD_PUBLISHER) {
        return read_text(&out->publisher, r);
    }
    if (r->field == FIELD_TIME) {
        out->time.ms = (int64_t)r->value;
        return r->type == SB_PB_VARINT;
    }
    return !is_content(r->field) || read_content(out, r);
}

bool sb_body_head_read(struct sb_body_head *out, struct sb_bytes body)
{
    struct sb_pb_reader r;
    *out = (struct sb_body_head){0};
    sb_pb_reader_init(&r, body);
    while (sb_pb_next(&r)) {
        if (!read_head_field(out, &r)) {
            return false;
        }
    }
    return !r.failed;
}

bool sb_body_well_formed(struct sb_bytes body)
{
    struct sb_body_head head;
    return body.n <= SB_BODY_MAX && sb_body_head_read(&head, body) &&
           sb_prescan(&samenbus__body__descriptor, body);
}

static void put_seal(struct sb_pb_writer *w, struct sb_time time, const char *publisher)
{
    sb_pb_put_uint(w, FIELD_TIME, (uint64_t)time.ms);
    if (publisher[0] != '\0') {
        sb_pb_put_bytes(w, FIELD_PUBLISHER, publisher, strlen(publisher));
    }
}

struct sb_bytes sb_body_seal(struct sb_bytes submission, struct sb_time time, const char *publisher,
                             struct sb_arena *arena)
{
    struct sb_pb_writer size = {0};
    put_seal(&size, time, publisher);
    if (submission.n > SB_BODY_MAX || size.n > SB_BODY_MAX - submission.n) {
        return (struct sb_bytes){0};
    }
    uint8_t *to = sb_arena_alloc(arena, submission.n + size.n);
    if (to == NULL) {
        return (struct sb_bytes){0};
    }
    if (submission.n > 0) {
        memcpy(to, submission.p, submission.n);
    }
    struct sb_pb_writer w = {.p = to + submission.n};
    put_seal(&w, time, publisher);
    return (struct sb_bytes){to, submission.n + w.n};
}

/* Is the body the submission's very bytes, and behind them nothing but time and publisher? */
static bool is_sealed_from(struct sb_bytes body, struct sb_bytes submission)
{
    if (body.n < submission.n ||
        (submission.n > 0 && memcmp(body.p, submission.p, submission.n) != 0)) {
        return false;
    }
    struct sb_pb_reader r;
    sb_pb_reader_init(&r, (struct sb_bytes){body.p + submission.n, body.n - submission.n});
    while (sb_pb_next(&r)) {
        if (r.field != FIELD_TIME && r.field != FIELD_PUBLISHER) {
            return false;
        }
    }
    return !r.failed;
}

/* The body in the one encoding that protobuf-c gives, without time and publisher. */
static struct sb_bytes repack(struct sb_bytes body, struct sb_arena *arena)
{
    Samenbus__Body *unpacked = sb_unpack(&samenbus__body__descriptor, body, arena);
    if (unpacked == NULL) {
        return (struct sb_bytes){0};
    }
    unpacked->time_ms = 0;
    unpacked->publisher = (char *)(uintptr_t)protobuf_c_empty_string;
    return sb_pack(&unpacked->base, arena);
}

bool sb_body_same_submission(struct sb_bytes body, struct sb_bytes submission,
                             struct sb_arena *arena)
{
    if (is_sealed_from(body, submission)) {
        return true;
    }
    struct sb_arena_mark mark = sb_arena_mark(arena);
    struct sb_bytes a = repack(body, arena), b = repack(submission, arena);
    bool same = a.p != NULL && b.p != NULL && a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
    sb_arena_rewind(arena, mark);
    return same;
}
