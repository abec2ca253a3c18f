/* The invariants of the design, checked after every turn of every node (I1–I6, I9, I11, I13–I15)
 * and once the world has healed (I7). */
#ifndef SB_SIM_CHECKS_H
#define SB_SIM_CHECKS_H

#include "tests/sim/intake.h"
#include "tests/sim/map.h"
#include "tests/sim/world.h"

struct sim_said;

/* What one host holds, as its disk says after every turn. */
struct sim_mirror {
    struct sim_world *world;
    int host;
    struct sim_map held;           /* link hash → enum sb_body_state */
    struct sim_map tips;           /* a branch → the seq that it has reached */
    uint64_t bytes[SIM_NODES_MAX]; /* of each origin, bodies that are due included */
    uint64_t last_offset;
    struct sim_intake intake[SIM_NODES_MAX]; /* by origin */
};

struct sim_mirror *sim_mirror_new(struct sim_world *w, int host);
void sim_mirror_free(struct sim_mirror *m);
bool sim_mirror_holds(const struct sim_mirror *m, const struct sb_hash *hash);

/* What the node has committed since the last look: I2, I3, I4, I5, I9, I11. */
void sim_checks_log(struct sim_world *w, struct sim_host *h);
/* The store against the mirror: I1, I2. */
void sim_checks_restarted(struct sim_world *w, struct sim_host *h);
/* After a disk was lost or rolled back: what the store says is what it holds. */
void sim_mirror_reset(struct sim_mirror *m);
void sim_checks_received(struct sim_world *w, const struct sim_host *h,
                         const struct sb_net_message *m);
void sim_checks_turn(struct sim_world *w, struct sim_host *h);
void sim_checks_end(struct sim_world *w);

/* Restricted bodies carry this, then a byte with a bit for each host that may have it. */
#define SIM_CANARY "CaNaRy!"

/* Is it erased there by what a replaced key said and no announcement names? It stays so (PROTOCOL
 * §9.4). */
bool sim_checks_stays_erased(const struct sim_world *w, const struct sim_host *h,
                             const struct sim_said *s);

#endif
