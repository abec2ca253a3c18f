/* Two samples of the store's size; see growth.h. */
#include "daemon/shell/growth.h"

void sb_growth_take(struct sb_growth *g, int64_t mono_ms, uint64_t bytes)
{
    struct sb_growth_sample now = {mono_ms, bytes};
    g->next_mono_ms = mono_ms + SB_GROWTH_SAMPLE_MS;
    if (g->older.mono_ms == 0 || bytes < g->older.bytes) { /* erasing made room: begin anew */
        g->older = g->newer = now;
    } else if (mono_ms - g->newer.mono_ms >= SB_GROWTH_WINDOW_MS) {
        g->older = g->newer;
        g->newer = now;
    }
}

uint64_t sb_growth_full_in_s(const struct sb_growth *g, int64_t mono_ms, uint64_t bytes,
                             uint64_t room)
{
    int64_t passed = mono_ms - g->older.mono_ms;
    if (g->older.mono_ms == 0 || passed < SB_GROWTH_LEAST_MS || bytes <= g->older.bytes) {
        return 0;
    }
    double per_s = (double)(bytes - g->older.bytes) * 1000 / (double)passed;
    double left = (double)room / per_s;
    enum { YEARS = 100, YEAR_S = 365 * 86400 };
    return left > (double)YEARS * YEAR_S ? 0 : (uint64_t)left + 1;
}
