/* When partners showed what: bounded memories of their frontiers. */
#ifndef SB_CORE_SIGHTING_H
#define SB_CORE_SIGHTING_H

#include "daemon/core/internal.h"

/* When a partner first showed so much of an epoch. */
struct sb_sighting {
    uint16_t origin;
    bool news;   /* the frontier before this one did not show it */
    bool coarse; /* moments just before this one have been forgotten */
    struct sb_epoch epoch;
    struct sb_seq links, bodies;
    struct sb_time at;
};

/* A partner shows this head now; as news, or in its first frontier. */
void sb_sighting_note(struct sb_core *c, uint16_t peer, uint16_t origin, const struct sb_head *head,
                      bool news);
/* Does this partner show the event, on the path of this chain, and its body (or that none is due to
 * it)? */
void sb_sighting_shows(struct sb_core *c, uint16_t peer, uint32_t chain, struct sb_seq seq,
                       bool *links, bool *bodies);

#endif
