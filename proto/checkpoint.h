/* The checkpoint: one signature by the origin over the head of an epoch, per commit (PROTOCOL §5).
 * Nothing above the last valid checkpoint is visible, relayed or acknowledged. */
#ifndef SB_PROTO_CHECKPOINT_H
#define SB_PROTO_CHECKPOINT_H

#include "proto/ids.h"
#include "proto/link.h"
#include "proto/sign.h"

struct sb_checkpoint {
    struct sb_seq seq;
    struct sb_hash hash; /* of the link at seq */
    struct sb_time time; /* by the origin's clock */
    struct sb_signature signature;
};

/* What a checkpoint belongs to; not repeated in its 112 bytes. */
struct sb_chain_ref {
    struct sb_hash partnership;
    struct sb_org origin;
    struct sb_epoch epoch;
};

/* seq 8 ‖ hash 32 ‖ time 8 ‖ signature 64 */
void sb_checkpoint_encode(uint8_t out[static SB_CHECKPOINT_BYTES], const struct sb_checkpoint *c);
bool sb_checkpoint_decode(struct sb_checkpoint *out, const uint8_t *p, size_t n);

enum { SB_CHECKPOINT_SIGNED_MAX = 21 + 32 + 1 + SB_ORG_MAX + 4 + 8 + 8 + 32 + 8 };

/* The bytes that are signed: "samenbus/checkpoint/1" ‖ partnership ‖ length-prefixed origin ‖
 * counter ‖ tag ‖ seq ‖ hash ‖ time. Returns their number. */
size_t sb_checkpoint_signed_bytes(uint8_t out[static SB_CHECKPOINT_SIGNED_MAX],
                                  const struct sb_chain_ref *of, const struct sb_checkpoint *c);

void sb_checkpoint_sign(struct sb_checkpoint *c, const struct sb_chain_ref *of,
                        const struct sb_sign_seed *seed);
void sb_checkpoint_sign_with(struct sb_checkpoint *c, const struct sb_chain_ref *of,
                             const struct sb_sign_secret *secret);
bool sb_checkpoint_verify(const struct sb_checkpoint *c, const struct sb_chain_ref *of,
                          const struct sb_sign_public *key);
/* Is its signature all zero? So stands the end that an announcement of a new key names where nobody
 * who has it has what was signed just there (PROTOCOL §9.4). */
bool sb_checkpoint_is_unsigned(const struct sb_checkpoint *c);

#endif
