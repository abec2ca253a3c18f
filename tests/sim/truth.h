/* What was really said in a world: every link that an origin made, as its own disk first held it.
 * Nodes are compared with this, never with each other's word. */
#ifndef SB_SIM_TRUTH_H
#define SB_SIM_TRUTH_H

#include "proto/link.h"
#include "tests/sim/map.h"
#include "tests/sim/world.h"

struct sim_said { /* one link */
    int origin;
    struct sb_hash hash, prev;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_uuid id;
    enum sb_kind kind;
    uint32_t entitled; /* bits of hosts */
    int by;            /* the host that first held it: of twins, which one */
};

struct sim_truth {
    struct sim_said *said;
    uint32_t n, cap;
    struct sim_map by_hash;  /* link hash → index + 1 */
    struct sim_map by_place; /* origin, epoch, seq → index + 1 of the first */
    struct sim_map by_id;    /* origin, id → index + 1 of the first */
    uint32_t forks, doubles; /* places and ids used twice */
    int64_t last_ms;         /* when somebody honest last said anything */
    bool forked_origin[SIM_NODES_MAX];
};

struct sim_truth *sim_truth_new(void);
void sim_truth_free(struct sim_truth *t);
const struct sim_said *sim_truth_find(const struct sim_truth *t, const struct sb_hash *hash);
/* Records a link of this origin, first held by host `by`; judges it by I5 and I11 where the origin
 * is honest. */
const struct sim_said *sim_truth_say(struct sim_world *w, int origin, const struct sb_link *link,
                                     int by);
int sim_host_of(const struct sim_world *w, const struct sb_org *org);
/* Has each of the two instances opened an epoch after one of the other's? */
bool sim_twins_both_spoke(const struct sim_world *w);

#endif
