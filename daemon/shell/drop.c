/* Lost broadcasts, in test builds alone; see drop.h. */
#include "daemon/shell/drop.h"

#ifdef SAMENBUS_TEST_BUILD

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/shell/clock.h"

static long percentage = -1; /* not yet asked */
static uint64_t state;

static void ask(void)
{
    const char *text = getenv("SAMENBUS_TEST_DROP_BROADCAST");
    percentage = text == NULL ? 0 : strtol(text, NULL, 10);
    state = ((uint64_t)sb_clock_now().wall.ms << 20 ^ (uint64_t)getpid()) | 1;
}

/* xorshift64*: which broadcasts are lost needs no better dice. */
static uint64_t throw_dice(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545f4914f6cdd1d) >> 32;
}

bool sb_drop_broadcast(void)
{
    if (percentage < 0) {
        ask();
    }
    return percentage > 0 && throw_dice() % 100 < (uint64_t)percentage;
}

#endif
