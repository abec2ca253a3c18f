/* SHA-256 (FIPS 180-4) over the concatenation of parts. Allocates nothing: the core may call it. */
#ifndef SB_PROTO_SHA256_H
#define SB_PROTO_SHA256_H

#include "proto/bytes.h"
#include "proto/ids.h"

struct sb_hash sb_sha256(const struct sb_bytes *parts, size_t n);

#endif
