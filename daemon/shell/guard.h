/* The end of a process whose store cannot be read. LMDB reads through a map: an I/O error of the
 * disk, or a file that somebody cut short, is no error code there but SIGBUS. */
#ifndef SB_SHELL_GUARD_H
#define SB_SHELL_GUARD_H

#include <stdbool.h>

#include "proto/rc.h"

/* Runs `work` and returns what it returns. *unreadable: it was left in the middle, at a page that
 * could not be read. Then nothing that it held may be used or closed any more: the caller says what
 * happened and ends the process. Once in a process; `work` runs in the calling thread. */
enum sb_rc sb_guard_run(enum sb_rc (*work)(void *context), void *context, bool *unreadable);

#endif
