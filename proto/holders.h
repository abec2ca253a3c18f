/* Who has an event on disk, as a daemon answers it (PROTOCOL §8.6). */
#ifndef SB_PROTO_HOLDERS_H
#define SB_PROTO_HOLDERS_H

#include "proto/client_message.h"

enum sb_holding { SB_HOLDING_UNKNOWN, SB_HOLDING_NO, SB_HOLDING_YES };

struct sb_holder {
    struct sb_org organisation;
    bool entitled; /* to the body */
    enum sb_holding links, bodies;
    struct sb_time links_since, bodies_since;
    bool links_earlier, bodies_earlier; /* that moment is the first remembered, not the first */
};

struct sb_holders {
    struct sb_org origin;
    struct sb_uuid id;
    struct sb_epoch epoch;
    char epoch_text[SB_EPOCH_TEXT_MAX];
    struct sb_seq seq;
    bool doubled;            /* other events have this id too; this is the first that came */
    struct sb_holder *items; /* the daemon itself first; none: it holds no such event */
    size_t n_items;
};

#endif
