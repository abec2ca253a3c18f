/* Whether what a configuration names is there on this machine, and as it must be. */
#ifndef SB_CONFIG_FILES_H
#define SB_CONFIG_FILES_H

#include "config/config.h"

/* Looks at what the file names: key files (there, private, readable as keys), the store's and the
 * event log's folder, the alarm program. Adds to the report that the config was loaded with.
 * Errors: SB_E_CONFIG, when it added something. */
enum sb_rc sb_config_check_files(const struct sb_config *config, struct sb_report *report,
                                 struct sb_err *err);

/* The same for a daemon that runs under the signing key `own`: the key's file is not read again. */
enum sb_rc sb_config_check_running(const struct sb_config *config,
                                   const uint8_t own[static SB_CONFIG_KEY_BYTES],
                                   struct sb_report *report, struct sb_err *err);

#endif
