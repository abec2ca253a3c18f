/* The daemon's own file, for commands that need to know what it names; nothing is changed. */
#ifndef SB_CLIENTS_COMMAND_DAEMON_FILE_H
#define SB_CLIENTS_COMMAND_DAEMON_FILE_H

#include "config/config.h"

/* Loads it, or prints every mistake on stderr. Freed with sb_config_free.
 * Errors: SB_E_CONFIG, SB_E_NOMEM. */
enum sb_rc sb_daemon_file_load(struct sb_config **out, const char *file, struct sb_err *err);

/* The same, and looks at the files that it names (keys, folders). */
enum sb_rc sb_daemon_file_check(struct sb_config **out, const char *file, struct sb_err *err);

#endif
