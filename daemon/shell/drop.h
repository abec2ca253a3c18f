/* Test builds lose broadcasts on purpose, so that the tests see what catch-up is worth. */
#ifndef SB_SHELL_DROP_H
#define SB_SHELL_DROP_H

#include <stdbool.h>

/* Is this broadcast to be lost? SAMENBUS_TEST_DROP_BROADCAST gives the percentage. */
#ifdef SAMENBUS_TEST_BUILD
bool sb_drop_broadcast(void);
#else
static inline bool sb_drop_broadcast(void)
{
    return false;
}
#endif

#endif
