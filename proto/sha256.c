/* SHA-256 through libsodium, and nothing else. */
#include "proto/sha256.h"

#include <sodium.h>

struct sb_hash sb_sha256(const struct sb_bytes *parts, size_t n)
{
    crypto_hash_sha256_state state;
    struct sb_hash out;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < n; i++) {
        crypto_hash_sha256_update(&state, parts[i].p, parts[i].n);
    }
    crypto_hash_sha256_final(&state, out.b);
    return out;
}
