/* A turn of the search under way: shared by explore_node.c (order), explore_input.c (what comes)
 * and explore_output.c (what leaves). */
#ifndef SB_SIM_EXPLORE_WORK_H
#define SB_SIM_EXPLORE_WORK_H

#include "tests/sim/explore_node.h"

enum { EXPLORE_DISK_MAX = 64, EXPLORE_EFFECTS_MAX = 512 };

struct explore_work {
    struct explore_nodes *nodes;
    int host;
    int before; /* its core, as the turn found it */
    struct sb_core *core;
    struct explore_local *local;
    struct explore_turn *turn;
    struct explore_entry disk[EXPLORE_DISK_MAX]; /* durable ones, then what is staged */
    size_t n_durable, n_disk;
    struct sb_effects fx; /* of one step */
    struct sb_effect fx_items[EXPLORE_EFFECTS_MAX];
    struct sb_effect outside[EXPLORE_EFFECTS_MAX]; /* after the commit, in order */
    size_t n_outside;
    int32_t publishing; /* the id under way */
    const struct sb_segment *segment;
};

void explore_violate(struct explore_work *k, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void explore_step(struct explore_work *k, struct sb_input *in);
void explore_give(struct explore_work *k, const struct explore_message *m);
void explore_leave(struct explore_work *k);
/* Which durable link is this? NULL: none. With hash NULL any at that place. */
const struct explore_entry *explore_find(const struct explore_work *k, int origin,
                                         struct sb_epoch epoch, uint64_t seq,
                                         const struct sb_hash *hash);

#endif
