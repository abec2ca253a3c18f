/* Who has an event, in lines for people. */
#ifndef SB_CLIENTS_COMMAND_WHERE_H
#define SB_CLIENTS_COMMAND_WHERE_H

#include "proto/holders.h"

/* The place of the event, then one line for each. */
void sb_holders_print(const struct sb_holders *holders);

#endif
