/* Sealing; see seal.h. The check at the end needs no passphrase: it tells a damaged file from a
 * wrong passphrase, and vouches for nothing else. */
#include "proto/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/sha256.h"

enum {
    VERSION = 1,
    CHECK_BYTES = 8,
    HEAD_BYTES = 1 + 4 + 4 + crypto_pwhash_SALTBYTES + crypto_secretbox_NONCEBYTES,
};

static_assert(HEAD_BYTES + crypto_secretbox_MACBYTES + CHECK_BYTES == SB_SEAL_OVERHEAD,
              "the sizes that the header tells");

static void make_check(uint8_t out[static CHECK_BYTES], const uint8_t *sealed, size_t n)
{
    static const char domain[] = "samenbus/seal/1";
    const struct sb_bytes parts[] = {{(const uint8_t *)domain, sizeof domain - 1}, {sealed, n}};
    struct sb_hash hash = sb_sha256(parts, 2);
    memcpy(out, hash.b, CHECK_BYTES);
}

static bool derive_key(uint8_t key[static crypto_secretbox_KEYBYTES], struct sb_bytes passphrase,
                       const uint8_t *salt, uint32_t passes, uint32_t memory_kib)
{
    return crypto_pwhash(key, crypto_secretbox_KEYBYTES, (const char *)passphrase.p, passphrase.n,
                         salt, passes, (size_t)memory_kib * 1024,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static enum sb_rc fail_memory(struct sb_err *err, uint32_t memory_kib)
{
    return sb_err_set(
        err, SB_E_NOMEM,
        "no memory for the passphrase: it takes %u MiB for a second, so that guessing "
        "is dear",
        memory_kib / 1024);
}

enum sb_rc sb_seal(uint8_t *out, const void *secret, size_t n, struct sb_bytes passphrase,
                   struct sb_err *err)
{
    const uint32_t passes = crypto_pwhash_OPSLIMIT_MODERATE;
    const uint32_t memory_kib = crypto_pwhash_MEMLIMIT_MODERATE / 1024;
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint8_t *salt = out + 9, *nonce = salt + crypto_pwhash_SALTBYTES, *box = out + HEAD_BYTES;
    struct sb_writer w;
    sb_writer_init(&w, out, 9);
    sb_put_u8(&w, VERSION);
    sb_put_u32(&w, passes);
    sb_put_u32(&w, memory_kib);
    randombytes_buf(salt, crypto_pwhash_SALTBYTES);
    randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
    if (!derive_key(key, passphrase, salt, passes, memory_kib)) {
        return fail_memory(err, memory_kib);
    }
    crypto_secretbox_easy(box, secret, n, nonce, key);
    sodium_memzero(key, sizeof key);
    make_check(box + crypto_secretbox_MACBYTES + n, out, n + SB_SEAL_OVERHEAD - CHECK_BYTES);
    return SB_OK;
}

static enum sb_rc check_sealed(struct sb_bytes sealed, uint32_t *passes, uint32_t *memory_kib,
                               struct sb_err *err)
{
    uint8_t check[CHECK_BYTES];
    struct sb_reader r;
    if (sealed.n < SB_SEAL_OVERHEAD) {
        return sb_err_set(err, SB_E_INPUT, "it is cut short");
    }
    make_check(check, sealed.p, sealed.n - CHECK_BYTES);
    if (memcmp(check, sealed.p + sealed.n - CHECK_BYTES, CHECK_BYTES) != 0) {
        return sb_err_set(err, SB_E_INPUT, "it is damaged: take another copy of it");
    }
    sb_reader_init(&r, sealed.p, sealed.n);
    uint8_t version = sb_get_u8(&r);
    *passes = sb_get_u32(&r);
    *memory_kib = sb_get_u32(&r);
    if (version != VERSION) {
        return sb_err_set(err, SB_E_VERSION,
                          "sealed by a newer samenbus (version %u): install that", version);
    }
    if (*passes < 1 || *passes > SB_SEAL_PASSES_MAX || *memory_kib < 8 ||
        *memory_kib > SB_SEAL_MEMORY_MAX_KIB) {
        return sb_err_set(err, SB_E_INPUT, "it asks for more work than any of ours does");
    }
    return SB_OK;
}

enum sb_rc sb_seal_open(uint8_t *out, struct sb_bytes sealed, struct sb_bytes passphrase,
                        struct sb_err *err)
{
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint32_t passes = 0, memory_kib = 0;
    enum sb_rc rc = check_sealed(sealed, &passes, &memory_kib, err);
    if (rc != SB_OK) {
        return rc;
    }
    const uint8_t *salt = sealed.p + 9, *nonce = salt + crypto_pwhash_SALTBYTES;
    if (!derive_key(key, passphrase, salt, passes, memory_kib)) {
        return fail_memory(err, memory_kib);
    }
    int opened = crypto_secretbox_open_easy(out, sealed.p + HEAD_BYTES,
                                            sealed.n - HEAD_BYTES - CHECK_BYTES, nonce, key);
    sodium_memzero(key, sizeof key);
    return opened == 0 ? SB_OK
                       : sb_err_set(err, SB_E_INPUT,
                                    "the passphrase is not the one it was sealed "
                                    "with");
}
