/* conf.d beside the daemon's file: one partner per file, so that taking a partner in is dropping in
 * a file. */
#ifndef SB_CONFIG_CONFD_H
#define SB_CONFIG_CONFD_H

#include "config/config.h"
#include "config/report.h"
#include "proto/arena.h"
#include "proto/rc.h"

/* Appends the partners of conf.d, which stands beside config->file, by file name; no folder is no
 * mistake. Files that do not end in `.yaml` or that start with a dot are not looked at; those that
 * somebody may believe to be, such as `x.yml`, are listed in config->unread.
 * Errors: SB_E_NOMEM. */
enum sb_rc sb_confd_read(struct sb_config *config, struct sb_arena *arena,
                         struct sb_report *report);

enum { SB_CONFD_TEXT_MAX = 1024 };
/* What to say of one of config->unread: that it is not read, and what to do; the path has to fit.
 */
void sb_confd_unread_text(char out[static SB_CONFD_TEXT_MAX], const char *path);

#endif
