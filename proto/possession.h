/* A statement of possession: one full frontier that a node signs on request, for use in proofs
 * (PROTOCOL §6.5). A frontier on the wire is only as good as its connection; this one can be shown
 * to anybody, and says when, and in answer to what. */
#ifndef SB_PROTO_POSSESSION_H
#define SB_PROTO_POSSESSION_H

#include "proto/arena.h"
#include "proto/partner_message.h"

struct sb_possession {
    struct sb_hash partnership;
    struct sb_org node;
    struct sb_uuid store_id, boot_nonce;
    struct sb_offset offset; /* of the last commit in that store: orders its statements */
    struct sb_time time;
    struct sb_hash challenge; /* what it was asked for */
    struct sb_origin_heads *origins;
    size_t n_origins;
    struct sb_signature signature;
};

/* What is signed: by whom, where, and the SHA-256 of the statement before its signature. */
struct sb_possession_ref {
    struct sb_hash partnership;
    struct sb_org node;
    struct sb_hash digest;
};

enum { SB_POSSESSION_SIGNED_MAX = 21 + 32 + 1 + SB_ORG_MAX + 32 };

/* The statement before its signature. p is NULL when the arena is full. */
struct sb_bytes sb_possession_bytes(const struct sb_possession *p, struct sb_arena *arena);
struct sb_possession_ref sb_possession_ref_of(const struct sb_possession *p, struct sb_bytes bytes);
/* "samenbus/possession/1" ‖ partnership ‖ length-prefixed node ‖ digest. Returns their number. */
size_t sb_possession_signed_bytes(uint8_t out[static SB_POSSESSION_SIGNED_MAX],
                                  const struct sb_possession_ref *of);
struct sb_signature sb_possession_sign(const struct sb_possession_ref *of,
                                       const struct sb_sign_secret *secret);
/* The whole statement. p is NULL when the arena is full. */
struct sb_bytes sb_possession_encode(struct sb_bytes bytes, const struct sb_signature *signature,
                                     struct sb_arena *arena);
/* False unless the bytes have exactly the form of a statement; the signature is not checked. */
bool sb_possession_decode(struct sb_possession *out, struct sb_bytes statement,
                          struct sb_arena *arena);
/* Is this statement, as it was decoded from these bytes, signed by the key? */
bool sb_possession_verify(const struct sb_possession *p, struct sb_bytes statement,
                          const struct sb_sign_public *key);

/* What a statement about a decision answers: SHA-256("samenbus/decision/1" ‖ ORG/UUID). */
struct sb_hash sb_possession_challenge_of(const struct sb_org *proposer, const struct sb_uuid *id);

#endif
