/* The link: who said that something exists, where in the history, for whom. Its layout is ours and
 * big-endian (PROTOCOL §3), so that every implementation hashes the same bytes. */
#ifndef SB_PROTO_LINK_H
#define SB_PROTO_LINK_H

#include "proto/bytes.h"
#include "proto/ids.h"

enum sb_kind { SB_KIND_SYSTEM = 1, SB_KIND_OPEN = 2, SB_KIND_RESTRICTED = 3 };

/* Sorted, without doubles; n == 0 means everybody. Borrowed. */
struct sb_audience {
    const struct sb_org *orgs;
    size_t n;
};

struct sb_link {
    struct sb_hash partnership;
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash prev; /* zero at seq 1 */
    enum sb_kind kind;
    struct sb_uuid id;
    struct sb_audience audience; /* only of restricted events */
    uint32_t body_len;           /* bytes of the serialised body, without the salt */
    struct sb_hash commitment;
};

/* SHA-256("samenbus/partnership/1" ‖ name). */
struct sb_hash sb_partnership_hash(const char *name);

/* Writes the link; returns its bytes (SB_LINK_MIN..SB_LINK_MAX). The link must be valid. */
size_t sb_link_encode(uint8_t out[static SB_LINK_MAX], const struct sb_link *link);

/* Reads exactly n bytes. `orgs` takes the audience (SB_AUDIENCE_MAX entries; the link borrows it).
 * False for anything that sb_link_encode would not have written. */
bool sb_link_decode(struct sb_link *out, struct sb_org *orgs, const uint8_t *p, size_t n);

/* SHA-256("samenbus/link/1" ‖ encoded link). */
struct sb_hash sb_link_hash(const struct sb_link *link);
struct sb_hash sb_link_hash_bytes(const uint8_t *p, size_t n);

/* SHA-256("samenbus/body/1" ‖ salt ‖ body). */
struct sb_hash sb_commitment(const struct sb_salt *salt, struct sb_bytes body);

/* First 64 bits, big-endian, of SHA-256("samenbus/epoch/1" ‖ body of the EpochStart). */
uint64_t sb_epoch_tag(struct sb_bytes epoch_start_body);

/* May `org` have the body? Origin and audience may; everybody where the audience is empty. */
bool sb_link_entitles(const struct sb_link *link, const struct sb_org *org);

/* Sorts and removes doubles in place; returns the new count. */
size_t sb_audience_normalise(struct sb_org *orgs, size_t n);

#endif
