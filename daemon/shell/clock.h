/* The one place of the daemon that asks what time it is. */
#ifndef SB_SHELL_CLOCK_H
#define SB_SHELL_CLOCK_H

#include "daemon/core/input_parts.h"

/* Both clocks at one moment. */
struct sb_now sb_clock_now(void);

#endif
