/* Organisations that nobody knows, and the nearest that is known: a mistyped id is told, where it
 * would otherwise look like one that has said nothing. */
#ifndef SB_CLIENTS_COMMAND_NEAREST_H
#define SB_CLIENTS_COMMAND_NEAREST_H

#include <stdbool.h>

#include "clients/command/command.h"
#include "clients/lib/samenbus.h"
#include "proto/status.h"

/* Is it ourselves, a partner, or one whose history is here? Else it is said on stderr that it is
 * none of this partnership, with the nearest that is. */
bool sb_nearest_knows(const struct sb_status *status, const char *org);
/* The same, after asking this daemon; says nothing where it does not answer. */
void sb_nearest_ask(struct sb_client *client, const char *org);
/* The same over a connection of its own, for one or several that commas divide. */
void sb_nearest_connect(const struct sb_args *args, const char *orgs);

#endif
