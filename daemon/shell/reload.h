/* Another configuration for a daemon that runs: all of it, or nothing. */
#ifndef SB_SHELL_RELOAD_H
#define SB_SHELL_RELOAD_H

#include <stdio.h>

#include "daemon/shell/setup.h"
#include "proto/admin.h"

struct sb_reload {
    enum sb_admin_outcome outcome;
    size_t n_changes;
    const struct sb_config *before; /* what was in force; until the next reload */
};

/* Reads the configuration's files again, prints what is different, or all that is wrong with it, to
 * `out`, and puts it in force unless `dry_run`. Between two turns only. */
struct sb_reload sb_reload_run(struct sb_setup *setup, bool dry_run, FILE *out);

#endif
