/* What a daemon promised in frames on a tape, and whether a store keeps it: events acknowledged to
 * clients, broadcast, or shown in frontiers. */
#ifndef SB_TORTURE_CLAIMS_H
#define SB_TORTURE_CLAIMS_H

#include "daemon/store/store.h"
#include "tests/torture/tape.h"

struct claim {
    size_t op; /* from this op on it is promised */
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_uuid id;
    struct sb_hash content; /* of the body; zero where none was promised */
};

struct claims {
    struct claim *items; /* by op */
    size_t n, cap, acknowledged;
};

/* Reads the frames of the tape. What they mean is looked up in `store`, of the daemon at its end.
 */
void claims_read(struct claims *claims, const struct tape *tape, struct sb_store *store);
/* The first promise made before `op` that the store does not keep; NULL: it keeps all. */
const struct claim *claims_broken(const struct claims *claims, size_t op, struct sb_store *store);

#endif
