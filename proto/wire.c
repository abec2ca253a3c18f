/* Frames: the eight bytes before every message, and which layout a type has (PROTOCOL §2). What is
 * in a message is read and written by wire_decode.c and wire_encode.c. */
#include "proto/wire.h"

#include <stdio.h>
#include <string.h>

#include "proto/wire_decode.h"
#include "proto/wire_encode.h"

struct message_kind {
    enum sb_msg_type type;
    const char *name;
    const struct sb_layout *layout;
};

static const struct message_kind KINDS[] = {
    {SB_MSG_HELLO, "HELLO", &sb_layout_hello},
    {SB_MSG_FRONTIER, "FRONTIER", &sb_layout_frontier},
    {SB_MSG_WANT, "WANT", &sb_layout_want},
    {SB_MSG_EVENTS, "EVENTS", &sb_layout_events},
    {SB_MSG_VIEW, "VIEW", &sb_layout_view},
    {SB_MSG_SUMMARY_REQUEST, "SUMMARY_REQUEST", &sb_layout_summary_request},
    {SB_MSG_SUMMARY, "SUMMARY", &sb_layout_summary},
    {SB_MSG_WANT_BODIES, "WANT_BODIES", &sb_layout_want_bodies},
    {SB_MSG_BODIES, "BODIES", &sb_layout_bodies},
    {SB_MSG_FRONTIER_REQUEST, "FRONTIER_REQUEST", &sb_layout_frontier_request},
    {SB_MSG_BROADCAST, "BROADCAST", &sb_layout_broadcast},
    {SB_MSG_PUBLISH, "PUBLISH", &sb_layout_publish},
    {SB_MSG_RESULTS, "RESULTS", &sb_layout_results},
    {SB_MSG_SUBSCRIBE, "SUBSCRIBE", &sb_layout_subscribe},
    {SB_MSG_DELIVER, "DELIVER", &sb_layout_deliver},
    {SB_MSG_CREDIT, "CREDIT", &sb_layout_credit},
    {SB_MSG_UNSUBSCRIBE, "UNSUBSCRIBE", &sb_layout_unsubscribe},
    {SB_MSG_FETCH, "FETCH", &sb_layout_fetch},
    {SB_MSG_FETCHED, "FETCHED", &sb_layout_fetched},
    {SB_MSG_QUERY, "QUERY", &sb_layout_query},
    {SB_MSG_ANSWER, "ANSWER", &sb_layout_answer},
    {SB_MSG_EVIDENCE, "EVIDENCE", &sb_layout_evidence},
    {SB_MSG_HOLDERS, "HOLDERS", &sb_layout_holders},
    {SB_MSG_SAID, "SAID", &sb_layout_said},
    {SB_MSG_CONSUME, "CONSUME", &sb_layout_consume},
    {SB_MSG_CONSUMERS, "CONSUMERS", &sb_layout_consumers},
    {SB_MSG_HAPPENINGS, "HAPPENINGS", &sb_layout_happenings},
    {SB_MSG_ADMIN, "ADMIN", &sb_layout_admin},
    {SB_MSG_ADMINISTERED, "ADMINISTERED", &sb_layout_administered},
    {SB_MSG_ERASE, "ERASE", &sb_layout_erase},
    {SB_MSG_ERASURES, "ERASURES", &sb_layout_erasures},
    {SB_MSG_POSSESSION, "POSSESSION", &sb_layout_possession},
    {SB_MSG_REFUSAL, "REFUSAL", &sb_layout_refusal},
};

static const struct message_kind *kind_of(enum sb_msg_type type)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (KINDS[i].type == type) {
            return &KINDS[i];
        }
    }
    return NULL;
}

const char *sb_msg_name(enum sb_msg_type type)
{
    const struct message_kind *kind = kind_of(type);
    return kind == NULL ? "unknown" : kind->name;
}

static enum sb_code refuse(enum sb_code code, char why[static SB_LABEL_MAX + 1], const char *text)
{
    (void)snprintf(why, SB_LABEL_MAX + 1, "%s", text);
    return code;
}

/* Every message lies in the union but the status, which is large and lies in the arena. */
static void *place_of(struct sb_message *m, struct sb_arena *arena)
{
    if (m->type != SB_MSG_ANSWER) {
        return &m->hello;
    }
    m->status = sb_arena_alloc(arena, sizeof *m->status);
    if (m->status != NULL) {
        *m->status = (struct sb_status){0};
    }
    return m->status;
}

enum sb_code sb_wire_decode(struct sb_message *out, struct sb_bytes frame, struct sb_arena *arena,
                            char why[static SB_LABEL_MAX + 1])
{
    why[0] = '\0';
    if (frame.n > SB_FRAME_MAX) {
        return refuse(SB_CODE_TOO_LARGE, why, "the frame exceeds the limit");
    }
    struct sb_reader r;
    sb_reader_init(&r, frame.p, frame.n);
    if (sb_get_u8(&r) != 'S' || sb_get_u8(&r) != 'B') {
        return refuse(SB_CODE_MALFORMED, why, "not a frame of samenbus");
    }
    if (sb_get_u8(&r) != SB_WIRE_VERSION) {
        return refuse(SB_CODE_MALFORMED, why, "another version of the protocol");
    }
    memset(out, 0, sizeof *out);
    out->type = (enum sb_msg_type)sb_get_u8(&r);
    out->request = sb_get_u32(&r);
    const struct message_kind *kind = kind_of(out->type);
    if (kind == NULL || r.failed) {
        return refuse(SB_CODE_MALFORMED, why, "an unknown type of message");
    }
    void *message = place_of(out, arena);
    if (message == NULL) {
        return refuse(SB_CODE_TOO_LARGE, why, "no room to decode it");
    }
    struct sb_bytes rest = {frame.p + SB_WIRE_HEADER, frame.n - SB_WIRE_HEADER};
    int n = snprintf(why, SB_LABEL_MAX + 1, "%s: ", kind->name);
    enum sb_code code =
        sb_wire_read(message, kind->layout, rest, arena, why + n, SB_LABEL_MAX + 1 - (size_t)n);
    if (code == SB_CODE_OK) {
        why[0] = '\0';
    }
    return code;
}

static void put_header(uint8_t *to, const struct sb_message *m)
{
    struct sb_writer w;
    sb_writer_init(&w, to, SB_WIRE_HEADER);
    sb_put_bytes(&w, "SB", 2);
    sb_put_u8(&w, SB_WIRE_VERSION);
    sb_put_u8(&w, (uint8_t)m->type);
    sb_put_u32(&w, m->request);
}

struct sb_bytes sb_wire_encode(const struct sb_message *m, struct sb_arena *arena)
{
    const struct sb_layout *layout = kind_of(m->type)->layout;
    const void *message = m->type == SB_MSG_ANSWER ? (const void *)m->status : &m->hello;
    struct sb_pb_writer count = {0};
    sb_wire_write(&count, message, layout);
    if (count.n > SB_FRAME_MAX - SB_WIRE_HEADER) {
        return (struct sb_bytes){0};
    }
    uint8_t *to = sb_arena_alloc(arena, SB_WIRE_HEADER + count.n);
    if (to == NULL) {
        return (struct sb_bytes){0};
    }
    put_header(to, m);
    struct sb_pb_writer w = {.p = to + SB_WIRE_HEADER};
    sb_wire_write(&w, message, layout);
    return (struct sb_bytes){to, SB_WIRE_HEADER + w.n};
}
