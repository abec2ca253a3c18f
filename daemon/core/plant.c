/* Names of plants, and their switch in test builds. */
#include "daemon/core/plant.h"

#include <stddef.h>

const char *sb_plant_name(enum sb_plant plant)
{
    static const char *const names[] = {"NONE",
#define SB_PLANT_NAME(name) #name,
                                        SB_PLANTS(SB_PLANT_NAME)
#undef SB_PLANT_NAME
    };
    return (size_t)plant < SB_PLANT_COUNT ? names[plant] : "";
}

#ifdef SAMENBUS_TEST_BUILD
static enum sb_plant planted_now = SB_PLANT_NONE;
static enum sb_trace forgotten_now = SB_TRACE_COUNT;

void sb_plant_forget(enum sb_trace decision)
{
    forgotten_now = decision;
}

enum sb_trace sb_forgotten(void)
{
    return forgotten_now;
}

void sb_plant_set(enum sb_plant plant)
{
    planted_now = plant;
}

bool sb_planted(enum sb_plant plant)
{
    return planted_now == plant;
}
#endif
