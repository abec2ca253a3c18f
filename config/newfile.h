/* A file that must not have been there and must be there after a crash: keys and what goes with
 * them. */
#ifndef SB_CONFIG_NEWFILE_H
#define SB_CONFIG_NEWFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "proto/err.h"
#include "proto/rc.h"

/* Writes n bytes into a new file of exactly this mode, with its folder entry, durably. On an error
 * nothing is left. Errors: SB_E_BUSY (a file of that name exists), SB_E_IO. */
enum sb_rc sb_newfile_write(const char *path, mode_t mode, const void *bytes, size_t n,
                            struct sb_err *err);

/* Gives a file another name of the same folder, durably; a file that has it is never replaced.
 * Errors: SB_E_BUSY (there is one), SB_E_IO. */
enum sb_rc sb_newfile_rename(const char *from, const char *to, struct sb_err *err);

#endif
