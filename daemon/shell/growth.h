/* How fast the store grows, and when it will be full at that rate: seen early, while there is time
 * to make room. Pure. */
#ifndef SB_SHELL_GROWTH_H
#define SB_SHELL_GROWTH_H

#include <stdint.h>

enum {
    SB_GROWTH_SAMPLE_MS = 60 * 1000,
    SB_GROWTH_LEAST_MS = 10 * 60 * 1000,       /* between two samples that say something */
    SB_GROWTH_WINDOW_MS = 24 * 60 * 60 * 1000, /* the rate is of one to two such windows */
    SB_GROWTH_ALARM_S = 7 * 24 * 60 * 60,      /* full sooner than this: alarm */
    SB_GROWTH_ALARM_PARTS = 20,                /* or less than one of so many parts is free */
};

struct sb_growth_sample {
    int64_t mono_ms; /* 0: none */
    uint64_t bytes;
};

struct sb_growth {
    struct sb_growth_sample older, newer;
    int64_t next_mono_ms; /* of the next sample */
};

void sb_growth_take(struct sb_growth *g, int64_t mono_ms, uint64_t bytes);
/* Seconds until `room` more bytes are in use; 0: not known yet, or it does not grow. */
uint64_t sb_growth_full_in_s(const struct sb_growth *g, int64_t mono_ms, uint64_t bytes,
                             uint64_t room);

#endif
