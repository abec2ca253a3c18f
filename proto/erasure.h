/* What daemons say about erasures in their histories, as system events (PROTOCOL §15.9). Pure. */
#ifndef SB_PROTO_ERASURE_H
#define SB_PROTO_ERASURE_H

#include "proto/body.h"

struct sb_erasure_said {
    struct sb_org origin; /* of what is to be erased; of any use only where it is the speaker's */
    struct sb_uuid event;
    struct sb_bytes ground; /* at most SB_TITLE_MAX bytes of a line; what is none is empty */
};

struct sb_receipt_said {
    struct sb_org erasure_origin, origin; /* of the Erasure, and of what was erased */
    struct sb_uuid erasure, event;
    struct sb_time time; /* when no copy was left */
};

/* Serialised Bodies; p is NULL when the arena is full. */
struct sb_bytes sb_erasure_build(const struct sb_erasure_said *said, struct sb_time time,
                                 struct sb_arena *arena);
struct sb_bytes sb_receipt_build(const struct sb_receipt_said *said, struct sb_time time,
                                 struct sb_arena *arena);
/* False: the body says no such thing. The ground is borrowed. */
bool sb_erasure_read(struct sb_erasure_said *out, struct sb_bytes body);
bool sb_receipt_read(struct sb_receipt_said *out, struct sb_bytes body);

#endif
