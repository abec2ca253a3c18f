/* Reads the system's clocks; keeps nothing. */
#include "daemon/shell/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct sb_now sb_clock_now(void)
{
    /* MONOTONIC and not BOOTTIME: a suspended machine must show as a difference from the wall
     * clock, which is what closes the open epoch. */
    return (struct sb_now){.mono_ms = read_ms(CLOCK_MONOTONIC),
                           .wall = {.ms = read_ms(CLOCK_REALTIME)}};
}
