/* What a villain does beside lying; see villain.h. */
#ifndef SB_SIM_MANNER_H
#define SB_SIM_MANNER_H

#include <stdbool.h>
#include <stdint.h>

enum sim_manner {
    SIM_MANNER_PLAIN,
    SIM_MANNER_DRIP,
    SIM_MANNER_FLOOD,
    SIM_MANNER_RETRACT,
    SIM_MANNER_EPOCHS,
    SIM_MANNER_HEADS, /* ever new ones, of which nothing is given */
    SIM_MANNER_OLDER, /* epoch after epoch, each behind the one before */
    SIM_MANNERS,
};

struct sim_villainy {
    bool flooded, crowded;       /* the first host has a small quota */
    uint64_t times[SIM_MANNERS]; /* how often each was seen */
};

const char *sim_manner_name(enum sim_manner manner);

#endif
