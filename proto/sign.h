/* Ed25519 signatures (RFC 8032) through libsodium. The one file of proto/ that the simulator
 * replaces, by a toy keyed hash with the same functions. */
#ifndef SB_PROTO_SIGN_H
#define SB_PROTO_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sb_sign_public {
    uint8_t b[32];
};

static inline bool sb_sign_public_eq(const struct sb_sign_public *a, const struct sb_sign_public *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

struct sb_sign_seed { /* the private key's seed; wipe it after use */
    uint8_t b[32];
};

struct sb_sign_secret { /* a seed with its public key, ready to sign; wipe it after use */
    uint8_t b[64];
};

struct sb_signature {
    uint8_t b[64];
};

/* Must be called once before any other function of samenbus, before threads. False: no entropy. */
bool sb_crypto_init(void);
void sb_random_bytes(void *out, size_t n);
void sb_wipe(void *p, size_t n);

struct sb_sign_public sb_sign_public_of(const struct sb_sign_seed *seed);
struct sb_signature sb_sign(const struct sb_sign_seed *seed, const void *msg, size_t n);
/* The same in two steps: finding the public key costs as much as the signature itself, and whoever
 * signs every commit finds it once. */
struct sb_sign_secret sb_sign_expand(const struct sb_sign_seed *seed);
struct sb_signature sb_sign_with(const struct sb_sign_secret *secret, const void *msg, size_t n);
bool sb_sign_verify(const struct sb_sign_public *key, const struct sb_signature *sig,
                    const void *msg, size_t n);

#endif
