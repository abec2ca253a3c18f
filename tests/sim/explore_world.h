/* A whole small world as one plain value, and everything that can happen next in it. */
#ifndef SB_SIM_EXPLORE_WORLD_H
#define SB_SIM_EXPLORE_WORLD_H

#include "tests/sim/explore_node.h"

enum { EXPLORE_QUEUE_MAX = 24, EXPLORE_PUBLISHES_MAX = 6, EXPLORE_CHOICES_MAX = 96 };

struct explore_scope {
    const char *name;
    int n_hosts;
    bool line;      /* otherwise everybody is connected to everybody */
    bool snapshots; /* of running machines are among the faults */
    bool forks;     /* and what is published lets one fork: then it must be met */
    size_t heads;   /* in the list of an origin, at most; 0: as many as there may be */
    size_t summary; /* chains in a summary, likewise */
    bool forger;    /* the third organisation has two histories, each is given to another host */
    struct {
        int host, id;
        bool twice; /* in one turn */
    } publishes[EXPLORE_PUBLISHES_MAX];
    int n_publishes, faults, ticks;
};

/* Compared and hashed by its bytes: no padding, no pointers. */
struct explore_state {
    struct explore_local local[EXPLORE_ORGS];
    uint32_t asked; /* ids: not yet answered */
    int32_t published, faults, ticks;
    uint32_t rolled; /* hosts whose disk was lost or replaced */
    uint8_t up[EXPLORE_ORGS][EXPLORE_ORGS], cut[EXPLORE_ORGS][EXPLORE_ORGS]; /* dialler, dialled */
    uint8_t n_queue[EXPLORE_ORGS][EXPLORE_ORGS];                             /* from, to */
    uint8_t resumed; /* hosts of which a copy of the memory went on */
    uint32_t queue[EXPLORE_ORGS][EXPLORE_ORGS][EXPLORE_QUEUE_MAX];
};

enum explore_act {
    EXPLORE_ACT_DELIVER, /* a → b */
    EXPLORE_ACT_PUBLISH,
    EXPLORE_ACT_AGAIN, /* a has deferred something */
    EXPLORE_ACT_START,
    EXPLORE_ACT_CRASH,
    EXPLORE_ACT_LOSE_DISK,
    EXPLORE_ACT_RESTORE, /* the disk as it was one commit ago */
    EXPLORE_ACT_RESUME,  /* disk and memory as they were one commit ago: a live snapshot */
    EXPLORE_ACT_CUT,
    EXPLORE_ACT_MEND,
    EXPLORE_ACT_TIME, /* nothing is under way: up to the next deadline of anybody */
};

struct explore_choice {
    enum explore_act act;
    enum explore_fate fate;
    int a, b;
};

struct explore_world {
    const struct explore_scope *scope;
    struct explore_nodes nodes;
    struct explore_intern keys; /* turns that have been played */
    struct explore_turn **turns;
    uint32_t cap_turns;
    char violation[256];
};

void explore_world_init(struct explore_world *w, const struct explore_scope *scope,
                        struct explore_state *begin);
void explore_world_fini(struct explore_world *w);
size_t explore_choices(const struct explore_world *w, const struct explore_state *s,
                       struct explore_choice out[static EXPLORE_CHOICES_MAX]);
/* Puts first what is enough to be tried here, and says how much of it that is: where no fault can
 * come any more, turns of different hosts lead to the same state in either order, so that one host
 * may go first wherever nothing that the others do could change what it has before it. All states
 * in which nothing is under way, and all turns of all cores, are met all the same (persistent sets,
 * Godefroid 1996), except where a way leads back into itself: there the rest is to be tried too. */
size_t explore_first(const struct explore_world *w, const struct explore_state *s,
                     struct explore_choice *choices, size_t n);
/* Plays it. False: this is no choice here (a fate of a commit that does not happen). */
bool explore_play(struct explore_world *w, struct explore_state *s,
                  const struct explore_choice *choice);
static inline bool explore_is_up(const struct explore_state *s, int host)
{
    return s->local[host].core != EXPLORE_NO_CORE;
}

/* a < b: are they to be connected? */
bool explore_configured(const struct explore_world *w, int a, int b);
bool explore_is_quiet(const struct explore_world *w, const struct explore_state *s);
/* I7, I13: everybody up, nothing under way: the same links everywhere, nothing unanswered. */
bool explore_has_converged(struct explore_world *w, const struct explore_state *s);
void explore_describe(const struct explore_choice *choice, char out[static 80]);

#endif
