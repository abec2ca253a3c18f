/* What fuzz_session is made of: the bytes that decide, a history that the liar really signs, and
 * messages that follow the tables of the wire but not the rules. */
#ifndef SB_TESTS_FUZZ_SESSION_H
#define SB_TESTS_FUZZ_SESSION_H

#include "proto/pb_writer.h"
#include "proto/wire.h"

enum {
    SESSION_LINKS_MAX = 40,
    SESSION_POOL_MAX = 64,
    SESSION_BODY_MAX = 512,
};

/* ---- the bytes of one execution; behind their end there are zeros */
struct session_input {
    const uint8_t *p;
    size_t n;
};

uint8_t session_byte(struct session_input *in);
/* Less than `below`, which is at most 256. */
size_t session_pick(struct session_input *in, size_t below);

/* ---- session_history.c: what one origin has signed, forks and all */
struct session_link {
    struct sb_link link;
    struct sb_hash hash;
    int before; /* index of the link below it; -1: it begins an epoch */
    struct sb_org audience[2];
    uint8_t bytes[SB_LINK_MAX], body[SESSION_BODY_MAX];
    size_t n_bytes, n_body;
    struct sb_salt salt;
    struct sb_checkpoint checkpoint;
};

struct session_history {
    struct sb_hash partnership;
    struct sb_org origin;
    struct sb_sign_seed seed;
    struct session_link links[SESSION_LINKS_MAX];
    size_t n;
};

/* An epoch of two links, with the last link of `parent` as its parent (-1: none). */
void session_begin_epoch(struct session_history *h, uint32_t counter, int parent,
                         struct sb_arena *arena);
/* One more behind link `on`, for everybody or for two; `odd` chooses how sound its content is. */
void session_extend(struct session_history *h, size_t on, const struct sb_org *only, unsigned odd,
                    struct sb_arena *arena);
/* The links from `first` (a seq) up to link `to`, as items from the arena. */
size_t session_items(const struct session_history *h, size_t to, uint64_t first,
                     struct sb_item **items, struct sb_arena *arena);

/* ---- session_grammar.c: values that mean something to the node */
struct session_pool {
    struct sb_hash hashes[SESSION_POOL_MAX];
    struct sb_uuid uuids[SESSION_POOL_MAX];
    struct sb_epoch epochs[SESSION_POOL_MAX];
    struct sb_checkpoint checkpoints[SESSION_POOL_MAX];
    struct sb_org orgs[8];
    size_t n_hashes, n_uuids, n_epochs, n_checkpoints, n_orgs;
};

void session_learn_link(struct session_pool *pool, const struct sb_link *link,
                        const struct sb_hash *hash, const struct sb_checkpoint *checkpoint);
void session_learn_uuid(struct session_pool *pool, const struct sb_uuid *uuid);
void session_learn_hash(struct session_pool *pool, const struct sb_hash *hash);

/* A frame of this type whose fields the input chooses: left out, from the pool, or anything. p is
 * NULL where the arena has no room. */
struct sb_bytes session_frame(struct session_input *in, const struct session_pool *pool,
                              const struct session_history *history, uint8_t type, uint32_t request,
                              struct sb_arena *arena);

#endif
