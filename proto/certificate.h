/* The key certificate: the old key says that the new one speaks for the same origin, and the new
 * one agrees (PROTOCOL §9). It travels in an EpochStart, and on its own as a system event. */
#ifndef SB_PROTO_CERTIFICATE_H
#define SB_PROTO_CERTIFICATE_H

#include "proto/ids.h"
#include "proto/sign.h"

struct sb_certificate {
    struct sb_org origin;
    struct sb_sign_public old_key, new_key;
    struct sb_time time;
    struct sb_signature old_signature, new_signature;
};

enum { SB_CERTIFICATE_SIGNED_MAX = 22 + 32 + 1 + SB_ORG_MAX + 32 + 32 + 8 };

/* The bytes that both keys sign: "samenbus/certificate/1" ‖ partnership ‖ length-prefixed origin ‖
 * old key ‖ new key ‖ time. Returns their number. */
size_t sb_certificate_signed_bytes(uint8_t out[static SB_CERTIFICATE_SIGNED_MAX],
                                   const struct sb_certificate *c,
                                   const struct sb_hash *partnership);

/* Fills in both keys and both signatures. */
void sb_certificate_sign(struct sb_certificate *c, const struct sb_hash *partnership,
                         const struct sb_sign_seed *old_seed, const struct sb_sign_seed *new_seed);

/* Are both signatures valid? Whether old key and origin are the expected ones the caller asks. */
bool sb_certificate_verify(const struct sb_certificate *c, const struct sb_hash *partnership);

#endif
