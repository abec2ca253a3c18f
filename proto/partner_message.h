/* What partners say to each other, decoded (PROTOCOL §7). Values that came from outside: ids,
 * lengths and layouts have been checked by the decoder, hashes and signatures have not. Pointers
 * borrow from the frame or the turn's arena. */
#ifndef SB_PROTO_PARTNER_MESSAGE_H
#define SB_PROTO_PARTNER_MESSAGE_H

#include "proto/certificate.h"
#include "proto/checkpoint.h"
#include "proto/code.h"
#include "proto/ids.h"
#include "proto/link.h"

struct sb_head { /* one epoch as somebody holds it */
    struct sb_epoch epoch;
    struct sb_checkpoint checkpoint;
    struct sb_seq bodies;
};

struct sb_origin_heads {
    struct sb_org origin;
    struct sb_head *heads;
    size_t n_heads;
    uint64_t rest_count, rest_events;
    bool rest_whole; /* every body in them that the node is entitled to is held */
    struct sb_hash rest_digest;
    struct sb_certificate certificate; /* all zero: none */
};

struct sb_hello {
    struct sb_hash partnership;
    struct sb_org organisation;
    struct sb_uuid boot_nonce, store_id; /* 16 random bytes each */
    char software[SB_LABEL_MAX + 1];
    bool follows;
};

struct sb_frontier {
    struct sb_org node;
    struct sb_uuid boot_nonce, store_id;
    uint64_t counter;
    bool full;
    struct sb_origin_heads *origins;
    size_t n_origins;
    struct sb_offset offsets[SB_CLASS_COUNT]; /* latest of each class */
    struct sb_time time;
};

struct sb_want {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq from;
    struct sb_hash tip;
    uint32_t credit;       /* bytes */
    struct sb_seq tip_seq; /* where tip is; 0: the asker does not say */
};

/* A link as received: decoded, and the very bytes. `salt` is NULL where the body is not given. */
struct sb_item {
    struct sb_link link;
    struct sb_bytes link_bytes;
    const struct sb_salt *salt;
    struct sb_bytes body;
    bool erased;
};

struct sb_events {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_item *items;
    size_t n_items;
    struct sb_checkpoint *checkpoints;
    size_t n_checkpoints;
    bool last;
};

struct sb_want_bodies {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq *seqs;
    size_t n_seqs;
};

struct sb_body_item {
    struct sb_seq seq;
    struct sb_hash link_hash;
    const struct sb_salt *salt; /* NULL: not held, or erased */
    struct sb_bytes body;
    bool erased;
};

struct sb_bodies {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_body_item *items;
    size_t n_items;
    bool last;
};

struct sb_range_digest {
    uint32_t from, to;
    uint64_t count;
    struct sb_hash digest;
};

struct sb_summary {
    struct sb_org origin;
    uint32_t from, to;   /* counters, inclusive */
    uint32_t skip, next; /* of the request: chains left out; of the answer: to skip next, or 0 */
    struct sb_head *epochs;
    size_t n_epochs;
    struct sb_range_digest *parts;
    size_t n_parts;
};

struct sb_view {
    char state[SB_ORG_MAX + 1];
    char reason[SB_LABEL_MAX + 1];
    struct sb_uuid boot_nonce; /* of the receiver's frontiers that are taken; zero: not said */
    bool silent;               /* none of them for long */
    bool waits;                /* the sender does not call the receiver */
    /* What of the receiver's events the sender shows its clients; "": all. How many it did not show
     * since it started, and the topic of the last; "": none, or shown by now. */
    char shows[SB_LABEL_MAX + 1];
    uint64_t hidden;
    char hidden_topic[SB_TOPIC_MAX + 1];
};

struct sb_refusal {
    enum sb_code code;
    char text[SB_TITLE_MAX + 1];
};

struct sb_broadcast {
    struct sb_item item;
    struct sb_checkpoint checkpoint;
    struct sb_offset offset, previous;
};

#endif
