/* The keys under which the epochs of an export may be: the header's, and those from which
 * certificates in the file lead to it, over as many as there are (PROTOCOL §9.3, §10.4). */
#ifndef SB_PROTO_EXPORT_KEYS_H
#define SB_PROTO_EXPORT_KEYS_H

#include "proto/export.h"
#include "proto/limits.h"

struct sb_export_keys {
    struct sb_sign_public keys[SB_VOUCHED_MAX]; /* the header's first */
    size_t n;
};

/* Looks through all starts of epochs in `records`, once for each key that it finds; none is a key
 * that one of `rekeys` has replaced. `arena` is reset for each start. */
void sb_export_keys_find(struct sb_export_keys *out, const struct sb_export_header *header,
                         const struct sb_rekeys *rekeys, struct sb_reader records,
                         struct sb_arena *arena);
bool sb_export_keys_have(const struct sb_export_keys *keys, const struct sb_sign_public *key);

#endif
