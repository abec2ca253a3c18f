/* The checkpoint's 112 bytes and the bytes that its signature covers (PROTOCOL §5). Pure, but for
 * the signature itself, which is sign.h's. */
#include "proto/checkpoint.h"

#include <assert.h>
#include <string.h>

#include "proto/bytes.h"

void sb_checkpoint_encode(uint8_t out[static SB_CHECKPOINT_BYTES], const struct sb_checkpoint *c)
{
    struct sb_writer w;
    sb_writer_init(&w, out, SB_CHECKPOINT_BYTES);
    sb_put_u64(&w, c->seq.n);
    sb_put_bytes(&w, c->hash.b, sizeof c->hash.b);
    sb_put_u64(&w, (uint64_t)c->time.ms);
    sb_put_bytes(&w, c->signature.b, sizeof c->signature.b);
    assert(!w.failed && w.n == SB_CHECKPOINT_BYTES);
}

bool sb_checkpoint_decode(struct sb_checkpoint *out, const uint8_t *p, size_t n)
{
    struct sb_reader r;
    sb_reader_init(&r, p, n);
    out->seq.n = sb_get_u64(&r);
    sb_get_copy(&r, out->hash.b, sizeof out->hash.b);
    out->time.ms = (int64_t)sb_get_u64(&r);
    sb_get_copy(&r, out->signature.b, sizeof out->signature.b);
    return sb_reader_done(&r) && out->seq.n >= 1;
}

size_t sb_checkpoint_signed_bytes(uint8_t out[static SB_CHECKPOINT_SIGNED_MAX],
                                  const struct sb_chain_ref *of, const struct sb_checkpoint *c)
{
    static const char domain[] = "samenbus/checkpoint/1";
    struct sb_writer w;
    size_t org_len = sb_org_len(&of->origin);
    sb_writer_init(&w, out, SB_CHECKPOINT_SIGNED_MAX);
    sb_put_bytes(&w, domain, sizeof domain - 1);
    sb_put_bytes(&w, of->partnership.b, sizeof of->partnership.b);
    sb_put_u8(&w, (uint8_t)org_len);
    sb_put_bytes(&w, of->origin.s, org_len);
    sb_put_u32(&w, of->epoch.counter);
    sb_put_u64(&w, of->epoch.tag);
    sb_put_u64(&w, c->seq.n);
    sb_put_bytes(&w, c->hash.b, sizeof c->hash.b);
    sb_put_u64(&w, (uint64_t)c->time.ms);
    assert(!w.failed);
    return w.n;
}

void sb_checkpoint_sign(struct sb_checkpoint *c, const struct sb_chain_ref *of,
                        const struct sb_sign_seed *seed)
{
    struct sb_sign_secret secret = sb_sign_expand(seed);
    sb_checkpoint_sign_with(c, of, &secret);
    sb_wipe(&secret, sizeof secret);
}

void sb_checkpoint_sign_with(struct sb_checkpoint *c, const struct sb_chain_ref *of,
                             const struct sb_sign_secret *secret)
{
    uint8_t message[SB_CHECKPOINT_SIGNED_MAX];
    c->signature = sb_sign_with(secret, message, sb_checkpoint_signed_bytes(message, of, c));
}

bool sb_checkpoint_verify(const struct sb_checkpoint *c, const struct sb_chain_ref *of,
                          const struct sb_sign_public *key)
{
    uint8_t message[SB_CHECKPOINT_SIGNED_MAX];
    return sb_sign_verify(key, &c->signature, message, sb_checkpoint_signed_bytes(message, of, c));
}

bool sb_checkpoint_is_unsigned(const struct sb_checkpoint *c)
{
    static const struct sb_signature none;
    return memcmp(&c->signature, &none, sizeof none) == 0;
}
