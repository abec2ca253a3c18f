/* What a cursor covers of the chains that are here (PROTOCOL 8.7). Reads no store: who asks says
 * where a hash stands. */
#ifndef SB_CORE_COVER_H
#define SB_CORE_COVER_H

#include "daemon/core/core.h"

/* A tip above all that is here of its epoch, which has one branch here or none. Whether that branch
 * leads to it shows when its seq comes. */
struct sb_open_tip {
    uint16_t origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash;
};

struct sb_cover {
    /* On which branch does this link stand, durable here? False: on none. */
    bool (*find)(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *branch);
    void *context;
    uint64_t *upto; /* surely; by sb_chain_info.index, as many as sb_core_chain_count says */
    uint64_t *held; /* as long as open tips may turn out to stand above; likewise */
    struct sb_open_tip *open;
    size_t n_open, cap_open; /* what finds no room covers nothing: it is delivered again */
};

/* Fills upto, held and open. A tip covers its own epoch up to its seq, on the path that its hash is
 * found on, and with `past` also everything that its epoch grew from. */
void sb_core_cover(const struct sb_core *core, const struct sb_tip *tips, size_t n,
                   struct sb_cover *out);

#endif
