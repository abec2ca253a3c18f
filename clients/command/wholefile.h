/* Files that a command writes or reads whole. */
#ifndef SB_CLIENTS_COMMAND_WHOLEFILE_H
#define SB_CLIENTS_COMMAND_WHOLEFILE_H

#include "proto/arena.h"
#include "proto/err.h"

/* On disk when it returns; `path` NULL: the standard output. Errors: SB_E_IO. */
enum sb_rc sb_wholefile_write(const char *path, struct sb_bytes bytes, struct sb_err *err);

/* All of a file ("-": of the standard input) of at most `max` bytes, in the arena. Errors:
 * SB_E_INPUT, SB_E_NOMEM. */
enum sb_rc sb_wholefile_read(struct sb_bytes *out, const char *path, size_t max,
                             struct sb_arena *arena, struct sb_err *err);

#endif
