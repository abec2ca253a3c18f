/* Ed25519 and randomness through libsodium: exactly the functions of sign.h, for the simulator puts
 * its own in their place. */
#include "proto/sign.h"

#include <assert.h>
#include <sodium.h>

static_assert(crypto_sign_PUBLICKEYBYTES == sizeof(struct sb_sign_public), "public key");
static_assert(crypto_sign_SEEDBYTES == sizeof(struct sb_sign_seed), "seed");
static_assert(crypto_sign_SECRETKEYBYTES == sizeof(struct sb_sign_secret), "secret key");
static_assert(crypto_sign_BYTES == sizeof(struct sb_signature), "signature");

bool sb_crypto_init(void)
{
    return sodium_init() >= 0;
}

void sb_random_bytes(void *out, size_t n)
{
    randombytes_buf(out, n);
}

void sb_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

struct sb_sign_public sb_sign_public_of(const struct sb_sign_seed *seed)
{
    struct sb_sign_public key;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(key.b, secret, seed->b);
    sodium_memzero(secret, sizeof secret);
    return key;
}

struct sb_sign_secret sb_sign_expand(const struct sb_sign_seed *seed)
{
    struct sb_sign_secret secret;
    struct sb_sign_public key;
    crypto_sign_seed_keypair(key.b, secret.b, seed->b);
    return secret;
}

struct sb_signature sb_sign_with(const struct sb_sign_secret *secret, const void *msg, size_t n)
{
    struct sb_signature sig;
    crypto_sign_detached(sig.b, NULL, msg, n, secret->b);
    return sig;
}

struct sb_signature sb_sign(const struct sb_sign_seed *seed, const void *msg, size_t n)
{
    struct sb_sign_secret secret = sb_sign_expand(seed);
    struct sb_signature sig = sb_sign_with(&secret, msg, n);
    sodium_memzero(&secret, sizeof secret);
    return sig;
}

bool sb_sign_verify(const struct sb_sign_public *key, const struct sb_signature *sig,
                    const void *msg, size_t n)
{
    return crypto_sign_verify_detached(sig->b, msg, n, key->b) == 0;
}
