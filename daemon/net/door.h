/* An endpoint that can be shut for a moment: libzmq cannot refuse nor drop one connection, but
 * unbinding ends all that came in by it. Whoever is honest comes back within a second and lost
 * nothing that catch-up does not bring. */
#ifndef SB_NET_DOOR_H
#define SB_NET_DOOR_H

#include <stdbool.h>

#include "proto/err.h"

struct sb_net_door {
    void *socket;       /* borrowed */
    char endpoint[256]; /* as libzmq names it */
    bool shut;
};

/* Binds. `key` is where the configuration has the endpoint. Errors: SB_E_NET. */
enum sb_rc sb_net_door_open(struct sb_net_door *door, void *socket, const char *endpoint,
                            const char *key, struct sb_err *err);
void sb_net_door_shut(struct sb_net_door *door);
/* Binds again if it is shut; false: not yet possible, try again soon. */
bool sb_net_door_reopen(struct sb_net_door *door);

/* Are nearly all descriptors that this process may have in use, so that the next connections would
 * leave libzmq's thread turning in circles and us without a file? `reserve`: so many are kept. */
bool sb_net_door_crowded(unsigned reserve);
/* Less than half of them in use. */
bool sb_net_door_quiet(void);

#endif
