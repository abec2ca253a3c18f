/* Taking tips into a cursor that never goes back (PROTOCOL §8.10). Reads no store: who asks says
 * where a hash stands. */
#ifndef SB_CORE_CURSOR_H
#define SB_CORE_CURSOR_H

#include "daemon/core/core.h"

struct sb_cursor_tips {
    /* On which branch does this link stand, durable here? False: on none. */
    bool (*find)(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *branch);
    void *context;
    struct sb_tip *tips; /* by origin and epoch */
    size_t n, cap;       /* at SB_CURSOR_TIPS_MAX the oldest epoch of the origin makes room */
};

/* Takes one tip in; false: the cursor had it already. There is room for one more. */
bool sb_core_cursor_take(const struct sb_core *core, struct sb_cursor_tips *cursor,
                         const struct sb_tip *tip);

#endif
