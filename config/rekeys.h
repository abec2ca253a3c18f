/* Announcements of new keys that this daemon was given: `rekeys/` beside the daemon's file. Each
 * takes the place of the key that it replaces. */
#ifndef SB_CONFIG_REKEYS_H
#define SB_CONFIG_REKEYS_H

#include "config/config.h"
#include "proto/arena.h"

/* Reads them all into config->rekeys and gives partners their new keys. What is wrong with a file
 * goes into the report. Errors: SB_E_NOMEM. */
enum sb_rc sb_rekeys_read(struct sb_config *config, struct sb_arena *arena,
                          struct sb_report *report);

/* One file, verified; its tips are from the arena. Errors: SB_E_INPUT, SB_E_NOMEM. */
enum sb_rc sb_rekeys_load(struct sb_rekey *out, const char *path, struct sb_arena *arena,
                          struct sb_err *err);

#endif
