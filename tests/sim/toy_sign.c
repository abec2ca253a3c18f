/* Stands in for proto/sign.c in the simulator, where real signatures would be all that is
 * measured. A keyed mix of the message: it tells one key and one message from another, which is
 * what the protocol's logic rests on; the vectors test the real one. */
#include <assert.h>
#include <string.h>

#include "proto/sign.h"

static uint64_t mix(uint64_t h, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * 0x100000001b3u;
        h ^= h >> 29;
    }
    return h;
}

bool sb_crypto_init(void)
{
    return true;
}

/* Chance comes from the world's seed alone. */
void sb_random_bytes(void *out, size_t n)
{
    (void)n;
    assert(out == NULL); /* a simulated node must take its random bytes from its options */
}

void sb_wipe(void *p, size_t n)
{
    memset(p, 0, n);
}

struct sb_sign_public sb_sign_public_of(const struct sb_sign_seed *seed)
{
    struct sb_sign_public key;
    for (size_t i = 0; i < sizeof key.b; i++) {
        key.b[i] = (uint8_t)(seed->b[i] ^ 0x5a);
    }
    return key;
}

static struct sb_signature signature_of(const struct sb_sign_public *key, const uint8_t *msg,
                                        size_t n)
{
    struct sb_signature sig;
    uint64_t h = mix(mix(0xcbf29ce484222325u, key->b, sizeof key->b), msg, n);
    for (size_t i = 0; i < sizeof sig.b; i += sizeof h) {
        h = h * 0x9e3779b97f4a7c15u + 1;
        memcpy(sig.b + i, &h, sizeof h);
    }
    return sig;
}

struct sb_sign_secret sb_sign_expand(const struct sb_sign_seed *seed)
{
    struct sb_sign_secret secret;
    struct sb_sign_public key = sb_sign_public_of(seed);
    memcpy(secret.b, seed->b, sizeof seed->b);
    memcpy(secret.b + sizeof seed->b, key.b, sizeof key.b);
    return secret;
}

struct sb_signature sb_sign_with(const struct sb_sign_secret *secret, const void *msg, size_t n)
{
    struct sb_sign_public key;
    memcpy(key.b, secret->b + sizeof(struct sb_sign_seed), sizeof key.b);
    return signature_of(&key, msg, n);
}

struct sb_signature sb_sign(const struct sb_sign_seed *seed, const void *msg, size_t n)
{
    struct sb_sign_secret secret = sb_sign_expand(seed);
    return sb_sign_with(&secret, msg, n);
}

bool sb_sign_verify(const struct sb_sign_public *key, const struct sb_signature *sig,
                    const void *msg, size_t n)
{
    struct sb_signature right = signature_of(key, msg, n);
    return memcmp(right.b, sig->b, sizeof right.b) == 0;
}
