/* The part of `samenbus views rebuild` that opens the store; it runs in a child process. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_VIEWS_H
#define SB_CLIENTS_COMMAND_VERIFY_VIEWS_H

/* Makes the index of what was said anew and prints how much there is. Returns the exit code.
 * `store` is its path. */
int sb_verify_views(const void *store);

#endif
