/* An item under embargo, as its origin keeps it until its time (PROTOCOL §15.2): in the origin's
 * own history, as an event for nobody but itself that holds what will be published, for whom, under
 * which id. Making and reading these bodies; when it is time the daemon decides. */
#ifndef SB_PROTO_EMBARGO_H
#define SB_PROTO_EMBARGO_H

#include "proto/body.h"

struct sb_embargo {
    struct sb_time until;
    struct sb_uuid id; /* of the event that ends it: the one that the client gave */
    struct sb_org audience[SB_AUDIENCE_MAX];
    size_t n_audience;          /* 0: all partners */
    struct sb_bytes publisher;  /* name of the client; borrowed */
    struct sb_bytes submission; /* what is published then; borrowed */
};

/* Is this a valid submission of an item under embargo, and until when? */
bool sb_embargo_until(struct sb_bytes submission, struct sb_time *until);
/* The id of the event that holds it: known from the client's, so that a retry finds it. */
struct sb_uuid sb_embargo_hold_id(const struct sb_uuid *id);
/* The body to be sealed, without time: holds `e`, whose submission is the client's, made into what
 * is published at its time: without embargo, `closed` where it has an audience. The same bytes for
 * the same submission. p is NULL: no room. */
struct sb_bytes sb_embargo_hold(const struct sb_embargo *e, struct sb_arena *arena);
/* False unless a daemon made the body so. */
bool sb_embargo_read(struct sb_embargo *out, struct sb_bytes body);

#endif
