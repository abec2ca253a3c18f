/* The end of a process whose store cannot be read. LMDB reads through a map: an I/O error of the
 * disk, or a file that somebody cut short, is no error code there but SIGBUS. And it trusts its
 * pages: a bit that fell over in one can lead it astray, which is SIGSEGV in its own code. */
#ifndef SB_SHELL_GUARD_H
#define SB_SHELL_GUARD_H

#include <stdint.h>

#include "proto/rc.h"

enum sb_guard_end {
    SB_GUARD_RETURNED,
    SB_GUARD_UNREADABLE, /* left in the middle, at a page that could not be read */
    SB_GUARD_MISLED,     /* so too, at a page whose content led the library astray */
};

/* Runs `work` and returns what it returns. *end: how it ended. If other than SB_GUARD_RETURNED,
 * nothing that it held may be used or closed any more: the caller says what happened and ends the
 * process. `library` is where the code is that trusts its pages; a segmentation fault anywhere else
 * is a bug of ours, and ends the process as ever. Once in a process; `work` runs in the calling
 * thread. */
enum sb_rc sb_guard_run(enum sb_rc (*work)(void *context), void *context,
                        const uintptr_t library[static 2], enum sb_guard_end *end);

#endif
