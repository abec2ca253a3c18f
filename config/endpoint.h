/* Endpoints as an administrator writes them: tcp://HOST:PORT and ipc://PATH, and nothing else that
 * ZeroMQ would take. */
#ifndef SB_CONFIG_ENDPOINT_H
#define SB_CONFIG_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

enum { SB_ENDPOINT_IPC_PATH_MAX = 107 }; /* bytes of a socket's path (sun_path, without NUL) */

/* NULL when the text is an endpoint, else what is wrong, as the end of a sentence ("has no port").
 * Only one to listen on may have `*` as its host. */
const char *sb_endpoint_fault(const char *text, bool may_listen);

/* The path of an ipc endpoint, borrowed from the text, else NULL. */
const char *sb_endpoint_ipc_path(const char *text);

#endif
