/* What a node says of its partners (status, and every change that it tells people), compared with
 * what really reached it: nothing that stands still is ever shown as live. */
#ifndef SB_SIM_SIGHT_H
#define SB_SIM_SIGHT_H

#include "tests/sim/world.h"

enum { SIM_SESSIONS_MAX = 16 };

/* One direction of one partner: what the node read by it, whatever it made of that. */
struct sim_way {
    bool used, heard, greeted, beats;
    bool up, down; /* the last that was told of the connection; at the start neither was */
    bool foreign;  /* its last greeting named another partnership */
    int64_t heard_ms, heard_paused_ms; /* when; how long the host had been paused in all by then */
    int64_t beat_ms;                   /* where it beats: the last greeting, frontier or view */
    char told[16];                     /* the state that people were told last */
    bool stalled;                      /* people were told so, ever */
};

struct sim_sight { /* of one partner, in this run of the node */
    struct sim_way out, in;
    uint32_t sessions[SIM_SESSIONS_MAX]; /* theirs that greeted for this partnership */
    uint32_t refused[SIM_SESSIONS_MAX];  /* and those whose last greeting was for another */
    size_t n_sessions, n_refused;
};

struct sim_sight *sim_sights_new(void); /* one for each partner; free() */
/* The node begins anew. */
void sim_sight_reset(struct sim_host *h);
/* One message that its turn took. */
void sim_sight_heard(struct sim_world *w, struct sim_host *h, const struct sb_net_message *m);
void sim_sight_told(struct sim_host *h, const char *who, const char *what, const char *to,
                    const char *why);
/* Were people told that a direction to or from this partner stalls, since the node began? */
bool sim_sight_stalled(const struct sim_host *h, int partner);
/* Has this session, or our link where it is 0, greeted for this partnership (for another)? */
bool sim_sight_greeted(const struct sim_sight *s, uint32_t session);
bool sim_sight_refused(const struct sim_sight *s, uint32_t session);
void sim_sight_check(struct sim_world *w, const struct sim_host *h);
/* Once the world has healed: who is connected is live, both ways, and lacks nothing. */
void sim_sight_check_end(struct sim_world *w, const struct sim_host *h);

#endif
