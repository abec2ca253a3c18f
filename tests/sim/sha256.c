/* Stands in for proto/sha256.c in the simulator: the same digests, but a region of nodes hashes one
 * link or body over and over, so what was hashed lately is remembered with its digest. Contents are
 * compared to the last byte: nothing is taken for something else. */
#include "proto/sha256.h"

#include <nettle/sha2.h>
#include <string.h>

enum {
    SMALL_BYTES = 512, /* a link, and most bodies */
    LARGE_BYTES = 68 * 1024,
    SMALL_SLOTS = 2048,
    LARGE_SLOTS = 512,
};

/* Static, not of the heap: what outlives a world there keeps its holes from being given back. */
static struct remembered {
    size_t n;
    struct sb_hash digest;
    uint8_t bytes[SMALL_BYTES];
} small[SMALL_SLOTS];

static struct remembered_large {
    size_t n;
    struct sb_hash digest;
    uint8_t bytes[LARGE_BYTES];
} large[LARGE_SLOTS];

static uint8_t gathered[LARGE_BYTES];

static struct sb_hash digest_of(const struct sb_bytes *parts, size_t n)
{
    struct sha256_ctx state;
    struct sb_hash out;
    sha256_init(&state);
    for (size_t i = 0; i < n; i++) {
        sha256_update(&state, parts[i].n, parts[i].p);
    }
    sha256_digest(&state, sizeof out.b, out.b);
    return out;
}

/* One stretch of bytes; its size, or SIZE_MAX when it is too long. */
static size_t gather(const struct sb_bytes *parts, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > sizeof gathered - total) {
            return SIZE_MAX;
        }
        if (parts[i].n > 0) {
            memcpy(gathered + total, parts[i].p, parts[i].n);
        }
        total += parts[i].n;
    }
    return total;
}

/* Enough to spread: a link has prev and commitment at its beginning, a body the salt. */
static uint64_t spread(size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ n, word = 0;
    size_t some = n < 256 ? n : 256;
    for (size_t at = 0; at + sizeof word <= some; at += sizeof word) {
        memcpy(&word, gathered + at, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    if (n >= sizeof word) {
        memcpy(&word, gathered + n - sizeof word, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
    }
    return h >> 32;
}

static struct sb_hash look_up(size_t *slot_n, struct sb_hash *digest, uint8_t *bytes, size_t n)
{
    if (*slot_n != n || memcmp(bytes, gathered, n) != 0) {
        struct sb_bytes all = {gathered, n};
        *digest = digest_of(&all, 1);
        *slot_n = n;
        memcpy(bytes, gathered, n);
    }
    return *digest;
}

struct sb_hash sb_sha256(const struct sb_bytes *parts, size_t n)
{
    size_t total = gather(parts, n);
    if (total == 0 || total > LARGE_BYTES) {
        return digest_of(parts, n);
    }
    uint64_t h = spread(total);
    if (total <= SMALL_BYTES) {
        struct remembered *r = &small[h % SMALL_SLOTS];
        return look_up(&r->n, &r->digest, r->bytes, total);
    }
    struct remembered_large *r = &large[h % LARGE_SLOTS];
    return look_up(&r->n, &r->digest, r->bytes, total);
}
