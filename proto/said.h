/* What was said about some subjects, as a daemon answers it (PROTOCOL §8.6): enough to fold their
 * views from. */
#ifndef SB_PROTO_SAID_H
#define SB_PROTO_SAID_H

#include "proto/client_message.h"

struct sb_said_place {
    uint32_t chain;
    struct sb_seq seq;
};

struct sb_said_chain {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq first, last;
    struct sb_said_place *parents;
    size_t n_parents;
    uint32_t branch; /* the daemon's number of it */
};

struct sb_said_link {
    uint32_t chain;
    struct sb_seq seq;
    struct sb_hash hash;
    bool head;
    char epoch_text[SB_EPOCH_TEXT_MAX];
};

struct sb_said_item {
    uint32_t chain;
    struct sb_item item;
};

struct sb_said_answer {
    struct sb_said_chain *chains;
    size_t n_chains;
    struct sb_said_link *links;
    size_t n_links;
    struct sb_said_item *items;
    size_t n_items;
    bool complete;
    struct sb_bytes next;
    bool end;
};

#endif
