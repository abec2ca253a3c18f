/* What an administrator asks of a running daemon, and what came of it (PROTOCOL §8.11). Pointers
 * borrow from the frame or the turn's arena. */
#ifndef SB_PROTO_ADMIN_H
#define SB_PROTO_ADMIN_H

#include <stdbool.h>

#include "proto/ids.h"

enum sb_admin_order {
    SB_ADMIN_RELOAD = 1, /* take the configuration over as the files have it now */
    SB_ADMIN_RETRY = 2,  /* call a partner at once, whatever the pause before the next try */
};

struct sb_admin {
    enum sb_admin_order order;
    bool dry_run;       /* of RELOAD: only say what would change */
    struct sb_org peer; /* of RETRY */
};

enum sb_admin_outcome {
    SB_ADMIN_DONE = 1,
    SB_ADMIN_MISTAKES = 2, /* of the files; nothing was changed */
    SB_ADMIN_RESTART = 3,  /* something cannot change while it runs; nothing was changed */
    SB_ADMIN_UNKNOWN = 4,  /* no such partner, or an order of a later version */
    SB_ADMIN_FAILED = 5,   /* the machine refused; nothing was changed */
};

struct sb_administered {
    enum sb_admin_outcome outcome;
    const char *text; /* lines for people */
};

#endif
