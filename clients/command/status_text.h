/* The status as `samenbus status` prints it for people. */
#ifndef SB_CLIENTS_COMMAND_STATUS_TEXT_H
#define SB_CLIENTS_COMMAND_STATUS_TEXT_H

#include <stdio.h>

#include "proto/status.h"

/* With colours where `to` is a terminal. What partners wrote is escaped, and stays one line. */
void sb_status_print(FILE *to, const struct sb_status *s);

#endif
