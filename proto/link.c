/* The link's bytes, byte by byte (PROTOCOL §3), and the hashes of the log:
 *
 *   version 1 ‖ partnership 32 ‖ origin (length 1 ‖ characters) ‖ epoch counter 4 ‖ epoch tag 8 ‖
 *   seq 8 ‖ prev 32 ‖ kind 1 ‖ id 16 ‖ audience (count 1 ‖ per organisation: length 1 ‖ characters)
 *   ‖ body length 4 ‖ commitment 32
 *
 * Pure, no allocation: the core links this file. */
#include "proto/link.h"

#include <assert.h>
#include <string.h>

#include "proto/sha256.h"

enum { LINK_VERSION = 1 };

static struct sb_bytes bytes_of_text(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

static struct sb_hash hash_tagged(const char *tag, struct sb_bytes a, struct sb_bytes b)
{
    const struct sb_bytes parts[] = {bytes_of_text(tag), a, b};
    return sb_sha256(parts, 3);
}

struct sb_hash sb_partnership_hash(const char *name)
{
    return hash_tagged("samenbus/partnership/1", bytes_of_text(name), (struct sb_bytes){0});
}

struct sb_hash sb_link_hash_bytes(const uint8_t *p, size_t n)
{
    return hash_tagged("samenbus/link/1", (struct sb_bytes){p, n}, (struct sb_bytes){0});
}

struct sb_hash sb_link_hash(const struct sb_link *link)
{
    uint8_t bytes[SB_LINK_MAX];
    return sb_link_hash_bytes(bytes, sb_link_encode(bytes, link));
}

struct sb_hash sb_commitment(const struct sb_salt *salt, struct sb_bytes body)
{
    return hash_tagged("samenbus/body/1", (struct sb_bytes){salt->b, sizeof salt->b}, body);
}

uint64_t sb_epoch_tag(struct sb_bytes epoch_start_body)
{
    struct sb_hash hash = hash_tagged("samenbus/epoch/1", epoch_start_body, (struct sb_bytes){0});
    struct sb_reader r;
    sb_reader_init(&r, hash.b, sizeof hash.b);
    return sb_get_u64(&r);
}

static void put_org(struct sb_writer *w, const struct sb_org *org)
{
    size_t n = sb_org_len(org);
    sb_put_u8(w, (uint8_t)n);
    sb_put_bytes(w, org->s, n);
}

static bool get_org(struct sb_reader *r, struct sb_org *out)
{
    size_t n = sb_get_u8(r);
    const uint8_t *p = sb_get_bytes(r, n);
    return p != NULL && sb_org_parse(out, (const char *)p, n);
}

/* What holds for every link, whoever wrote it: the writer's assert and the reader's verdict. */
static bool link_is_lawful(const struct sb_link *l)
{
    bool first = l->seq.n == 1;
    bool restricted = l->kind == SB_KIND_RESTRICTED;
    return l->epoch.counter >= 1 && l->seq.n >= 1 && sb_hash_is_zero(&l->prev) == first &&
           l->kind >= SB_KIND_SYSTEM && l->kind <= SB_KIND_RESTRICTED &&
           l->audience.n <= SB_AUDIENCE_MAX && restricted == (l->audience.n > 0) &&
           l->body_len <= SB_BODY_MAX;
}

size_t sb_link_encode(uint8_t out[static SB_LINK_MAX], const struct sb_link *link)
{
    struct sb_writer w;
    assert(link_is_lawful(link));
    sb_writer_init(&w, out, SB_LINK_MAX);
    sb_put_u8(&w, LINK_VERSION);
    sb_put_bytes(&w, link->partnership.b, sizeof link->partnership.b);
    put_org(&w, &link->origin);
    sb_put_u32(&w, link->epoch.counter);
    sb_put_u64(&w, link->epoch.tag);
    sb_put_u64(&w, link->seq.n);
    sb_put_bytes(&w, link->prev.b, sizeof link->prev.b);
    sb_put_u8(&w, (uint8_t)link->kind);
    sb_put_bytes(&w, link->id.b, sizeof link->id.b);
    sb_put_u8(&w, (uint8_t)link->audience.n);
    for (size_t i = 0; i < link->audience.n; i++) {
        put_org(&w, &link->audience.orgs[i]);
    }
    sb_put_u32(&w, link->body_len);
    sb_put_bytes(&w, link->commitment.b, sizeof link->commitment.b);
    assert(!w.failed);
    return w.n;
}

/* Strictly ascending: one audience has one encoding. */
static bool get_audience(struct sb_reader *r, struct sb_org *orgs, struct sb_audience *out)
{
    size_t n = sb_get_u8(r);
    if (n > SB_AUDIENCE_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!get_org(r, &orgs[i]) || (i > 0 && sb_org_cmp(&orgs[i - 1], &orgs[i]) >= 0)) {
            return false;
        }
    }
    *out = (struct sb_audience){orgs, n};
    return true;
}

bool sb_link_decode(struct sb_link *out, struct sb_org *orgs, const uint8_t *p, size_t n)
{
    struct sb_reader r;
    sb_reader_init(&r, p, n);
    if (sb_get_u8(&r) != LINK_VERSION) {
        return false;
    }
    sb_get_copy(&r, out->partnership.b, sizeof out->partnership.b);
    if (!get_org(&r, &out->origin)) {
        return false;
    }
    out->epoch.counter = sb_get_u32(&r);
    out->epoch.tag = sb_get_u64(&r);
    out->seq.n = sb_get_u64(&r);
    sb_get_copy(&r, out->prev.b, sizeof out->prev.b);
    out->kind = (enum sb_kind)sb_get_u8(&r);
    sb_get_copy(&r, out->id.b, sizeof out->id.b);
    if (!get_audience(&r, orgs, &out->audience)) {
        return false;
    }
    out->body_len = sb_get_u32(&r);
    sb_get_copy(&r, out->commitment.b, sizeof out->commitment.b);
    return sb_reader_done(&r) && link_is_lawful(out);
}

bool sb_link_entitles(const struct sb_link *link, const struct sb_org *org)
{
    if (link->audience.n == 0 || sb_org_eq(&link->origin, org)) {
        return true;
    }
    for (size_t i = 0; i < link->audience.n; i++) {
        if (sb_org_eq(&link->audience.orgs[i], org)) {
            return true;
        }
    }
    return false;
}

/* Insertion: at most SB_AUDIENCE_MAX of them, and usually sorted already. */
size_t sb_audience_normalise(struct sb_org *orgs, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct sb_org org = orgs[i];
        size_t at = kept;
        while (at > 0 && sb_org_cmp(&orgs[at - 1], &org) > 0) {
            at--;
        }
        if (at > 0 && sb_org_eq(&orgs[at - 1], &org)) {
            continue;
        }
        memmove(&orgs[at + 1], &orgs[at], (kept - at) * sizeof orgs[0]);
        orgs[at] = org;
        kept++;
    }
    return kept;
}
