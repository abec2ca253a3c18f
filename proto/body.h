/* The body: the exact serialised bytes of what an event says. A received body is never re-encoded;
 * it is checked, kept and relayed as the bytes that came. */
#ifndef SB_PROTO_BODY_H
#define SB_PROTO_BODY_H

#include "proto/arena.h"
#include "proto/bytes.h"
#include "proto/certificate.h"
#include "proto/code.h"
#include "proto/ids.h"
#include "proto/sign.h"

enum sb_content {
    SB_CONTENT_NONE = 0, /* or one that this version does not know */
    SB_CONTENT_AGENDA_ITEM = 10,
    SB_CONTENT_PROPOSAL = 11,
    SB_CONTENT_POSITION = 12,
    SB_CONTENT_WITHDRAWAL = 13,
    SB_CONTENT_CLOSING = 14,
    SB_CONTENT_NOTIFICATION = 15,
    SB_CONTENT_ACKNOWLEDGEMENT = 16,
    SB_CONTENT_CUSTOM = 17,
    SB_CONTENT_EPOCH_START = 30,
    SB_CONTENT_KEY_CERTIFICATE = 31,
    SB_CONTENT_ERASURE = 32,
    SB_CONTENT_RECEIPT = 33,
};

/* What every room needs of a body, read by one walk over the bytes, without unpacking. Borrowed. */
struct sb_body_head {
    struct sb_bytes topic; /* not NUL-terminated */
    struct sb_bytes publisher;
    struct sb_time time;
    enum sb_content content;
    struct sb_bytes content_bytes;
};

/* False when the bytes are not a Body, or have two contents; what is inside the content is not
 * looked at. Topic and publisher are valid UTF-8. */
bool sb_body_head_read(struct sb_body_head *out, struct sb_bytes body);

/* The name of a content as in JSON ("agendaItem", "position"); "" for NONE. */
const char *sb_content_name(enum sb_content content);

/* PROTOCOL §4.3: may a client submit these bytes (a Body without time and publisher)? Schema,
 * required fields, enum values, sizes, text, dates that exist, topic form and class that fits the
 * content. `text` gets a sentence that says what is wrong and what would be right. */
enum sb_code sb_submission_check(struct sb_bytes submission, struct sb_arena *arena, char *text,
                                 size_t text_cap);

/* Is this a body that an honest origin may have made: within SB_BODY_MAX, a pre-scan that leaves
 * unpacking nothing to refuse, at most one content? Content that makes no sense is not an error: it
 * is kept, and ignored by the rules. */
bool sb_body_well_formed(struct sb_bytes body);

/* submission ‖ time ‖ publisher: the body that is committed to. p is NULL when the arena is full
 * or the body would exceed SB_BODY_MAX. */
struct sb_bytes sb_body_seal(struct sb_bytes submission, struct sb_time time, const char *publisher,
                             struct sb_arena *arena);

/* Does a stored body say the same as a submission? First byte for byte, then after decoding:
 * encodings differ between libraries, contents do not. */
bool sb_body_same_submission(struct sb_bytes body, struct sb_bytes submission,
                             struct sb_arena *arena);

/* ---- EpochStart (PROTOCOL §5) */

struct sb_parent {
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash;
};

struct sb_epoch_start {
    uint32_t counter;
    struct sb_parent parents[SB_PARENTS_MAX];
    size_t n_parents;
    uint8_t nonce[32];
    struct sb_sign_public sign_key;
    struct sb_hash first_commitment;
    bool certified; /* `certificate` is given: sign_key is not the key that partners pinned */
    struct sb_certificate certificate;
};

/* Serialised Body with an EpochStart in it; p is NULL when the arena is full. */
struct sb_bytes sb_epoch_start_build(const struct sb_epoch_start *start, struct sb_time time,
                                     struct sb_arena *arena);
/* False unless the body is an EpochStart whose fields have their sizes and whose counter exceeds
 * every parent's; false too when the arena is full. Signatures are not checked. */
bool sb_epoch_start_read(struct sb_epoch_start *out, struct sb_bytes body, struct sb_arena *arena);

#endif
