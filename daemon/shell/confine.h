/* Takes every right from a process but to read and write one descriptor that is open, and to end.
 * Linux's: no new privileges, not dumpable, no other descriptor, no limits left to use, and a
 * filter of system calls that ends the process at any other call. */
#ifndef SB_SHELL_CONFINE_H
#define SB_SHELL_CONFINE_H

#include <stdbool.h>

/* `fd` becomes `as`; all others are closed. False: the system knows no such filter (everything else
 * was done), and the process goes on with the rights of its user. Nothing is taken back. */
bool sb_confine(int fd, int as);

/* Ends a confined process with nothing but the call for it. Not marked as never returning: before
 * such calls sanitizers make others. */
void sb_confined_end(int code);

#endif
