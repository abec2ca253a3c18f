/* What a client and its daemon say about erasures (PROTOCOL §8.10). */
#ifndef SB_PROTO_ERASURES_H
#define SB_PROTO_ERASURES_H

#include "proto/client_message.h"

struct sb_erase_item {
    struct sb_org origin;
    struct sb_uuid id;
};

struct sb_erase {
    const char *ground;
    struct sb_erase_item *items;
    size_t n_items;
};

struct sb_erasure_holder { /* who may have had the body */
    struct sb_org organisation;
    struct sb_time time; /* of its receipt; 0: none yet */
};

struct sb_erasure {
    struct sb_org origin;
    struct sb_uuid id;
    struct sb_uuid erasure; /* the event by which it was asked for; all zero: expired here */
    struct sb_time since;   /* when this daemon recorded it */
    const char *ground;
    bool in_files; /* its bytes stand in this daemon's files still */
    struct sb_erasure_holder *holders;
    size_t n_holders;
};

struct sb_erasures {
    struct sb_erasure *items;
    size_t n_items;
    struct sb_bytes next;
    bool end;
    bool complete; /* every partner has told, since the daemon started, what it knows */
};

#endif
