/* Telling the service manager how we are (sd_notify(3)): one datagram, no library. */
#ifndef SB_SHELL_NOTIFY_H
#define SB_SHELL_NOTIFY_H

#include <stdbool.h>

/* Sends `state` ("READY=1") to the socket that NOTIFY_SOCKET names: a path, or an abstract name
 * behind an @. True when there is nobody to tell, too. */
bool sb_notify(const char *state);

#endif
