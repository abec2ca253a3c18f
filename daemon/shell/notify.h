/* Telling the service manager how we are (sd_notify(3)): one datagram, no library. */
#ifndef SB_SHELL_NOTIFY_H
#define SB_SHELL_NOTIFY_H

#include <stdbool.h>

/* Sends `state` ("STATUS=...") to the socket that NOTIFY_SOCKET names: a path, or an abstract name
 * behind an @. True when there is nobody to tell, too; false where it was not told, as while the
 * socket has no room: what is told again anyway. */
bool sb_notify(const char *state);
/* The same for what is said once ("READY=1"): waits for room for a second at most. */
bool sb_notify_surely(const char *state);

#endif
