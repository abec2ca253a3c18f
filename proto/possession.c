/* Statements of possession as bytes, byte by byte as PROTOCOL §6.5 says; see possession.h. */
#include "proto/possession.h"

#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/sha256.h"
#include "proto/sign.h"

static const char DOMAIN[] = "samenbus/possession/1";
static const char CHALLENGE[] = "samenbus/decision/1";

enum {
    FIXED_BYTES = 32 + 1 + SB_ORG_MAX + 16 + 16 + 8 + 8 + 32 + 2,
    ORIGIN_BYTES = 1 + SB_ORG_MAX + 1 + 8 + 8 + 1 + 32,
    HEAD_BYTES = 4 + 8 + SB_CHECKPOINT_BYTES + 8,
};

/* ---- writing */

static void put_org(struct sb_writer *w, const struct sb_org *org)
{
    sb_put_u8(w, (uint8_t)sb_org_len(org));
    sb_put_bytes(w, org->s, sb_org_len(org));
}

static void put_head(struct sb_writer *w, const struct sb_head *head)
{
    uint8_t checkpoint[SB_CHECKPOINT_BYTES];
    sb_checkpoint_encode(checkpoint, &head->checkpoint);
    sb_put_u32(w, head->epoch.counter);
    sb_put_u64(w, head->epoch.tag);
    sb_put_bytes(w, checkpoint, sizeof checkpoint);
    sb_put_u64(w, head->bodies.n);
}

static void put_origin(struct sb_writer *w, const struct sb_origin_heads *o)
{
    put_org(w, &o->origin);
    sb_put_u8(w, (uint8_t)o->n_heads);
    for (size_t i = 0; i < o->n_heads; i++) {
        put_head(w, &o->heads[i]);
    }
    sb_put_u64(w, o->rest_count);
    sb_put_u64(w, o->rest_events);
    sb_put_u8(w, o->rest_whole ? 1 : 0);
    sb_put_bytes(w, o->rest_digest.b, sizeof o->rest_digest.b);
}

struct sb_bytes sb_possession_bytes(const struct sb_possession *p, struct sb_arena *arena)
{
    size_t cap = FIXED_BYTES;
    for (size_t i = 0; i < p->n_origins; i++) {
        cap += ORIGIN_BYTES + p->origins[i].n_heads * HEAD_BYTES;
    }
    uint8_t *to = sb_arena_alloc(arena, cap);
    struct sb_writer w;
    if (to == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    sb_writer_init(&w, to, cap);
    sb_put_bytes(&w, p->partnership.b, sizeof p->partnership.b);
    put_org(&w, &p->node);
    sb_put_bytes(&w, p->store_id.b, sizeof p->store_id.b);
    sb_put_bytes(&w, p->boot_nonce.b, sizeof p->boot_nonce.b);
    sb_put_u64(&w, p->offset.n);
    sb_put_u64(&w, (uint64_t)p->time.ms);
    sb_put_bytes(&w, p->challenge.b, sizeof p->challenge.b);
    sb_put_u16(&w, (uint16_t)p->n_origins);
    for (size_t i = 0; i < p->n_origins; i++) {
        put_origin(&w, &p->origins[i]);
    }
    return (struct sb_bytes){w.failed ? NULL : to, w.n};
}

struct sb_bytes sb_possession_encode(struct sb_bytes bytes, const struct sb_signature *signature,
                                     struct sb_arena *arena)
{
    uint8_t *to = sb_arena_alloc(arena, bytes.n + sizeof signature->b);
    if (to != NULL) {
        memcpy(to, bytes.p, bytes.n);
        memcpy(to + bytes.n, signature->b, sizeof signature->b);
    }
    return (struct sb_bytes){to, bytes.n + sizeof signature->b};
}

/* ---- signing */

struct sb_possession_ref sb_possession_ref_of(const struct sb_possession *p, struct sb_bytes bytes)
{
    return (struct sb_possession_ref){p->partnership, p->node, sb_sha256(&bytes, 1)};
}

size_t sb_possession_signed_bytes(uint8_t out[static SB_POSSESSION_SIGNED_MAX],
                                  const struct sb_possession_ref *of)
{
    struct sb_writer w;
    sb_writer_init(&w, out, SB_POSSESSION_SIGNED_MAX);
    sb_put_bytes(&w, DOMAIN, sizeof DOMAIN - 1);
    sb_put_bytes(&w, of->partnership.b, sizeof of->partnership.b);
    put_org(&w, &of->node);
    sb_put_bytes(&w, of->digest.b, sizeof of->digest.b);
    return w.n;
}

struct sb_signature sb_possession_sign(const struct sb_possession_ref *of,
                                       const struct sb_sign_secret *secret)
{
    uint8_t bytes[SB_POSSESSION_SIGNED_MAX];
    size_t n = sb_possession_signed_bytes(bytes, of);
    return sb_sign_with(secret, bytes, n);
}

bool sb_possession_verify(const struct sb_possession *p, struct sb_bytes statement,
                          const struct sb_sign_public *key)
{
    uint8_t bytes[SB_POSSESSION_SIGNED_MAX];
    const struct sb_bytes before = {statement.p, statement.n - sizeof p->signature.b};
    const struct sb_possession_ref of = sb_possession_ref_of(p, before);
    size_t n = sb_possession_signed_bytes(bytes, &of);
    return sb_sign_verify(key, &p->signature, bytes, n);
}

/* ---- reading */

static bool get_org(struct sb_reader *r, struct sb_org *out)
{
    size_t n = sb_get_u8(r);
    const uint8_t *text = sb_get_bytes(r, n);
    return text != NULL && sb_org_parse(out, (const char *)text, n);
}

static bool get_head(struct sb_reader *r, struct sb_head *out)
{
    out->epoch.counter = sb_get_u32(r);
    out->epoch.tag = sb_get_u64(r);
    const uint8_t *checkpoint = sb_get_bytes(r, SB_CHECKPOINT_BYTES);
    out->bodies.n = sb_get_u64(r);
    return checkpoint != NULL && !r->failed && out->epoch.counter > 0 &&
           sb_checkpoint_decode(&out->checkpoint, checkpoint, SB_CHECKPOINT_BYTES) &&
           out->checkpoint.seq.n > 0 && out->bodies.n <= out->checkpoint.seq.n;
}

static bool get_origin(struct sb_reader *r, struct sb_origin_heads *out, struct sb_arena *arena)
{
    bool good = get_org(r, &out->origin);
    out->n_heads = sb_get_u8(r);
    if (!good || out->n_heads > SB_HEADS_MAX) {
        return false;
    }
    out->heads = sb_arena_alloc(arena, (out->n_heads + 1) * sizeof *out->heads);
    for (size_t i = 0; i < out->n_heads; i++) {
        if (out->heads == NULL || !get_head(r, &out->heads[i])) {
            return false;
        }
    }
    out->rest_count = sb_get_u64(r);
    out->rest_events = sb_get_u64(r);
    uint8_t whole = sb_get_u8(r);
    out->rest_whole = whole == 1;
    sb_get_copy(r, out->rest_digest.b, sizeof out->rest_digest.b);
    return !r->failed && whole <= 1;
}

static bool get_origins(struct sb_reader *r, struct sb_possession *out, struct sb_arena *arena)
{
    size_t n = sb_get_u16(r);
    if (r->failed || n == 0 || n > SB_ORIGINS_MAX) {
        return false;
    }
    out->origins = sb_arena_alloc(arena, n * sizeof *out->origins);
    for (size_t i = 0; out->origins != NULL && i < n; i++) {
        struct sb_origin_heads *o = &out->origins[i];
        if (!get_origin(r, o, arena) || (i > 0 && sb_org_cmp(&o[-1].origin, &o->origin) >= 0)) {
            return false;
        }
        out->n_origins++;
    }
    return out->origins != NULL;
}

bool sb_possession_decode(struct sb_possession *out, struct sb_bytes statement,
                          struct sb_arena *arena)
{
    struct sb_reader r;
    *out = (struct sb_possession){.n_origins = 0};
    sb_reader_init(&r, statement.p, statement.n);
    sb_get_copy(&r, out->partnership.b, sizeof out->partnership.b);
    bool good = get_org(&r, &out->node);
    sb_get_copy(&r, out->store_id.b, sizeof out->store_id.b);
    sb_get_copy(&r, out->boot_nonce.b, sizeof out->boot_nonce.b);
    out->offset.n = sb_get_u64(&r);
    out->time.ms = (int64_t)sb_get_u64(&r);
    sb_get_copy(&r, out->challenge.b, sizeof out->challenge.b);
    good = good && get_origins(&r, out, arena);
    sb_get_copy(&r, out->signature.b, sizeof out->signature.b);
    return good && sb_reader_done(&r);
}

struct sb_hash sb_possession_challenge_of(const struct sb_org *proposer, const struct sb_uuid *id)
{
    char uuid[SB_UUID_TEXT_MAX], text[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
    sb_uuid_format(uuid, id);
    int n = snprintf(text, sizeof text, "%s/%s", proposer->s, uuid);
    const struct sb_bytes parts[] = {{(const uint8_t *)CHALLENGE, sizeof CHALLENGE - 1},
                                     {(const uint8_t *)text, (size_t)n}};
    return sb_sha256(parts, sizeof parts / sizeof parts[0]);
}
