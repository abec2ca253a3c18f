/* conf.d beside the daemon's file: one partner per file, so that taking a partner in is dropping in
 * a file. */
#ifndef SB_CONFIG_CONFD_H
#define SB_CONFIG_CONFD_H

#include "config/config.h"
#include "config/report.h"
#include "proto/arena.h"
#include "proto/rc.h"

/* Appends the partners of conf.d, which stands beside config->file, by file name; no folder is no
 * mistake. Files that do not end in `.yaml` or that start with a dot are not looked at.
 * Errors: SB_E_NOMEM. */
enum sb_rc sb_confd_read(struct sb_config *config, struct sb_arena *arena,
                         struct sb_report *report);

#endif
