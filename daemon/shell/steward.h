/* What administrators want of a daemon that runs: by signal, or by an order of their command.
 * Carried out between two turns. */
#ifndef SB_SHELL_STEWARD_H
#define SB_SHELL_STEWARD_H

#include "daemon/shell/eventlog.h"
#include "daemon/shell/news.h"
#include "daemon/shell/setup.h"

struct sb_steward { /* all borrowed */
    struct sb_setup *setup;
    struct sb_news *news;
    struct sb_eventlog *eventlog;
    bool failed; /* the last reload: its alarm stands */
};

/* SIGHUP: takes the configuration over as the files have it now. */
void sb_steward_reload(struct sb_steward *steward);
/* Carries out what clients ordered, and leaves the answers with the node. */
void sb_steward_serve(struct sb_steward *steward);

#endif
