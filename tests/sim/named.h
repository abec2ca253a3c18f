/* A consumer whose cursor the node keeps, by name: it acknowledges, repeats itself, dies, and holds
 * the node to its word (I6). Part of consumer.c's consumer. */
#ifndef SB_SIM_NAMED_H
#define SB_SIM_NAMED_H

#include "tests/sim/consumer.h"
#include "tests/sim/world.h"

struct sim_named {
    bool on, added;
    char name[16];
    uint32_t next_request, asked; /* asked: the request that waits for its answer; 0: none */
    int64_t asked_ms;
    bool stale;                /* what was asked is a word of long ago, come late */
    struct sb_tip *word;       /* what was said in it, */
    size_t n_word, asked_seen; /* and how much had been seen then */
    struct sb_tip *durable;    /* what was acknowledged, and answered */
    size_t n_durable, acked_seen;
    size_t begun_seen;     /* of them, when the stream began: none of these comes in it */
    struct sb_tip *before; /* the same, once before */
    size_t n_before;
    uint32_t refusal; /* a request that must be refused; 0: none */
    int64_t refusal_ms;
    bool anew;      /* to be begun anew, as long as it is not sure that it was */
    bool paused;    /* and what comes meanwhile is not looked at */
    bool ever_anew; /* an older copy of the store may have a cursor of before */
    uint32_t reset; /* the request for it; 0: none */
    int64_t reset_ms;
};

void sim_named_fini(struct sim_named *n);
/* Connected: it subscribes by its name, or makes it first. */
void sim_named_begin(struct sim_world *w, struct sim_host *h);
/* Everything that was seen is processed, and that is said. */
void sim_named_acknowledge(struct sim_world *w, struct sim_host *h);
/* Something less usual: an old word once more, a name that nobody has, or all from the beginning.
 */
void sim_named_ramble(struct sim_world *w, struct sim_host *h);
/* An answer as it leaves: what it says must stand on the disk. */
void sim_named_sent(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
void sim_named_hear(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
/* What the disk had promised is gone. */
void sim_named_disk_gone(struct sim_named *n);
void sim_named_check_end(struct sim_world *w, const struct sim_host *h);

#endif
