/* What a key certificate signs, and checking it (PROTOCOL §9). Pure, but for sign.h. */
#include "proto/certificate.h"

#include <assert.h>

#include "proto/bytes.h"

size_t sb_certificate_signed_bytes(uint8_t out[static SB_CERTIFICATE_SIGNED_MAX],
                                   const struct sb_certificate *c,
                                   const struct sb_hash *partnership)
{
    static const char domain[] = "samenbus/certificate/1";
    struct sb_writer w;
    size_t org_len = sb_org_len(&c->origin);
    sb_writer_init(&w, out, SB_CERTIFICATE_SIGNED_MAX);
    sb_put_bytes(&w, domain, sizeof domain - 1);
    sb_put_bytes(&w, partnership->b, sizeof partnership->b);
    sb_put_u8(&w, (uint8_t)org_len);
    sb_put_bytes(&w, c->origin.s, org_len);
    sb_put_bytes(&w, c->old_key.b, sizeof c->old_key.b);
    sb_put_bytes(&w, c->new_key.b, sizeof c->new_key.b);
    sb_put_u64(&w, (uint64_t)c->time.ms);
    assert(!w.failed);
    return w.n;
}

void sb_certificate_sign(struct sb_certificate *c, const struct sb_hash *partnership,
                         const struct sb_sign_seed *old_seed, const struct sb_sign_seed *new_seed)
{
    uint8_t message[SB_CERTIFICATE_SIGNED_MAX];
    c->old_key = sb_sign_public_of(old_seed);
    c->new_key = sb_sign_public_of(new_seed);
    size_t n = sb_certificate_signed_bytes(message, c, partnership);
    c->old_signature = sb_sign(old_seed, message, n);
    c->new_signature = sb_sign(new_seed, message, n);
}

bool sb_certificate_verify(const struct sb_certificate *c, const struct sb_hash *partnership)
{
    uint8_t message[SB_CERTIFICATE_SIGNED_MAX];
    size_t n = sb_certificate_signed_bytes(message, c, partnership);
    return sb_sign_verify(&c->old_key, &c->old_signature, message, n) &&
           sb_sign_verify(&c->new_key, &c->new_signature, message, n);
}
