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

enum sim_change { /* of keys, beside what may be met in any world with such */
                  SIM_CHANGE_LOST_ROTATED, /* a key that was rotated is lost */
                  SIM_CHANGE_RESUMED,      /* a live snapshot from before a rotation is put back */
                  SIM_CHANGE_RESTORED,     /* so is a backup, with the key of then */
                  SIM_CHANGE_ROTATED_ANNOUNCED,  /* a key in the place of a lost one is rotated */
                  SIM_CHANGE_LOST_ROTATED_TWICE, /* a key that was rotated twice is lost */
                  SIM_CHANGES,
};

struct sim_villainy {
    uint64_t changes[SIM_CHANGES];
    bool flooded, crowded;       /* the first host has a small quota */
    uint64_t times[SIM_MANNERS]; /* how often each was seen */
};

const char *sim_change_name(enum sim_change change);
const char *sim_manner_name(enum sim_manner manner);

#endif
