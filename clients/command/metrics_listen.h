/* Metrics over HTTP, on loopback alone: `samenbus metrics --listen`. It runs in a process of its
 * own, with a client's rights: whatever befalls this little server, the daemon's loop does not
 * notice. */
#ifndef SB_CLIENTS_COMMAND_METRICS_LISTEN_H
#define SB_CLIENTS_COMMAND_METRICS_LISTEN_H

#include <stdbool.h>
#include <stdio.h>

#include "proto/err.h"

/* 127.0.0.1:PORT or [::1]:PORT; the socket, or -1 with the error: SB_E_INPUT (another form, or not
 * loopback), SB_E_NET. */
int sb_metrics_bind(const char *address, struct sb_err *err);
/* Answers `GET /metrics` with what `print` writes, one request at a time and each within two
 * seconds, until the process is ended. Errors: SB_E_NET. */
enum sb_rc sb_metrics_serve(int listener, void (*print)(FILE *to, void *context), void *context,
                            struct sb_err *err);

#endif
