/* Sends without waiting. */
#ifndef SB_NET_SEND_H
#define SB_NET_SEND_H

#include <stdbool.h>

#include "proto/bytes.h"

/* One part, copied; `more`: others follow. False with errno EAGAIN (queue full, nobody there) or
 * EHOSTUNREACH (that connection is gone); then nothing was sent. */
bool sb_net_send_first(void *socket, struct sb_bytes part, bool more);
/* The last part of a message whose first part was taken. */
void sb_net_send_last(void *socket, struct sb_bytes part);

#endif
