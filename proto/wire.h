/* Messages as frames: 'S' 'B', version, type, request id (4 bytes), then the protobuf message
 * (PROTOCOL §2). Both ways follow one table per message (layout.h): every count is bounded before
 * its elements are allocated, every fixed-length field is checked, unknown fields are skipped, and
 * nothing is copied that can be borrowed. Decoded messages borrow from the frame and the arena. */
#ifndef SB_PROTO_WIRE_H
#define SB_PROTO_WIRE_H

#include "proto/admin.h"
#include "proto/arena.h"
#include "proto/client_message.h"
#include "proto/consumer.h"
#include "proto/erasures.h"
#include "proto/happening.h"
#include "proto/holders.h"
#include "proto/partner_message.h"
#include "proto/said.h"
#include "proto/status.h"

enum { SB_WIRE_VERSION = 1, SB_WIRE_HEADER = 8 };

enum sb_msg_type {
    SB_MSG_HELLO = 1,
    SB_MSG_FRONTIER = 2,
    SB_MSG_WANT = 3,
    SB_MSG_EVENTS = 4,
    SB_MSG_VIEW = 5,
    SB_MSG_SUMMARY_REQUEST = 6,
    SB_MSG_SUMMARY = 7,
    SB_MSG_WANT_BODIES = 8,
    SB_MSG_BODIES = 9,
    SB_MSG_FRONTIER_REQUEST = 10,
    SB_MSG_BROADCAST = 16,
    SB_MSG_PUBLISH = 32,
    SB_MSG_RESULTS = 33,
    SB_MSG_SUBSCRIBE = 34,
    SB_MSG_DELIVER = 35,
    SB_MSG_CREDIT = 36,
    SB_MSG_UNSUBSCRIBE = 37,
    SB_MSG_FETCH = 38,
    SB_MSG_FETCHED = 39,
    SB_MSG_QUERY = 40,
    SB_MSG_ANSWER = 41,
    SB_MSG_EVIDENCE = 44,
    SB_MSG_HOLDERS = 45,
    SB_MSG_SAID = 46,
    SB_MSG_CONSUME = 48,
    SB_MSG_CONSUMERS = 49,
    SB_MSG_HAPPENINGS = 50,
    SB_MSG_ERASE = 51,
    SB_MSG_ERASURES = 52,
    SB_MSG_ADMIN = 53,
    SB_MSG_ADMINISTERED = 54,
    SB_MSG_POSSESSION = 58,
    SB_MSG_REFUSAL = 63,
};

/* "HELLO"; "unknown" for others. Static storage. */
const char *sb_msg_name(enum sb_msg_type type);

struct sb_message {
    enum sb_msg_type type;
    uint32_t request;
    union {
        struct sb_hello hello;
        struct sb_frontier frontier;
        struct sb_want want;
        struct sb_events events;
        struct sb_view view;
        struct sb_summary summary; /* SUMMARY_REQUEST uses origin, from, to, skip */
        struct sb_want_bodies want_bodies;
        struct sb_bodies bodies;
        struct sb_broadcast broadcast;
        struct sb_publish publish;
        struct sb_results results;
        struct sb_subscribe subscribe;
        struct sb_deliver deliver;
        struct sb_credit credit;
        struct sb_fetch fetch;
        struct sb_fetched fetched;
        struct sb_query query;
        struct sb_status *status; /* ANSWER */
        struct sb_evidence evidence;
        struct sb_holders holders;
        struct sb_said_answer said;
        struct sb_consume consume;
        struct sb_consumers consumers;
        struct sb_happenings happenings;
        struct sb_admin admin;
        struct sb_administered administered;
        struct sb_erase erase;
        struct sb_erasures erasures;
        struct sb_possession_answer possession;
        struct sb_refusal refusal;
    };
};

/* Decodes one frame. Returns SB_CODE_OK, SB_CODE_MALFORMED or SB_CODE_TOO_LARGE, with a sentence
 * in `why` (SB_LABEL_MAX + 1 bytes) for the log. Ids, lengths, UTF-8 and link layouts have been
 * checked; hashes, signatures and the content of bodies have not. */
enum sb_code sb_wire_decode(struct sb_message *out, struct sb_bytes frame, struct sb_arena *arena,
                            char why[static SB_LABEL_MAX + 1]);

/* Encodes header and message into the arena; p is NULL when there was no room or the frame would
 * exceed SB_FRAME_MAX. Items are encoded from link_bytes, salt and body as they are. */
struct sb_bytes sb_wire_encode(const struct sb_message *m, struct sb_arena *arena);

#endif
