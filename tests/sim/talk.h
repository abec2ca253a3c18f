/* What nodes say to each other, as PROTOCOL asks for it: every question has its answer in bounded
 * time, nobody asks the same again and again, and nobody asks for everything who missed nothing. */
#ifndef SB_SIM_TALK_H
#define SB_SIM_TALK_H

#include "tests/sim/world.h"

enum { SIM_OWED_MAX = SB_SERVES_MAX, SIM_ASKED_MAX = 64, SIM_BOOTS_MAX = 64 };

struct sim_owed {              /* a question of a partner that the node has read */
    uint32_t session, request; /* session 0: by our link */
    int64_t since_ms;
};

struct sim_asked {    /* a WANT that left: all of it but its number */
    uint32_t session; /* 0: by our link */
    uint8_t bytes[128];
    size_t n;
    int64_t at_ms;
};

struct sim_talk { /* of a node with one partner, in this run of the node */
    struct sim_owed owed[SIM_OWED_MAX];
    size_t n_owed;
    struct sim_asked asked[SIM_ASKED_MAX];
    size_t n_asked;
    struct sb_uuid boots[SIM_BOOTS_MAX]; /* as they greeted; the last one is the living one */
    size_t n_boots;
    int64_t greeted_ms;
    bool has_full, gap; /* of its frontiers: the beginning is known; some are missing since */
    bool told;          /* what it holds, at any time since it was taken in */
    int64_t gap_ms;     /* when one was missing last */
    bool link_up;       /* our connection to it, as the node was told last */
    uint64_t counter;
};

struct sim_talk *sim_talks_new(void); /* one for each partner; free() */
/* The node begins anew. */
void sim_talk_reset(struct sim_host *h);
/* One message that its turn took, before sim_sight_heard; then what the turn sent. */
void sim_talk_heard(struct sim_world *w, struct sim_host *h, const struct sb_net_message *m);
void sim_talk_said(struct sim_world *w, struct sim_host *h, const struct sb_outgoing *out);
void sim_talk_check(struct sim_world *w, const struct sim_host *h);

#endif
