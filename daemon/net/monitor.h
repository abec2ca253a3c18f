/* What libzmq tells about the connections of one socket. */
#ifndef SB_NET_MONITOR_H
#define SB_NET_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

struct sb_net_monitor_event {
    uint16_t event; /* ZMQ_EVENT_... */
    uint32_t value; /* what it is depends on the event */
};

/* Starts to watch `socket` for the events of the mask; `number` is unique within the context.
 * Returns the socket to read from, to be closed by the caller before `socket`; NULL: see err. */
void *sb_net_monitor_open(void *context, void *socket, uint32_t number, int events,
                          struct sb_err *err);
/* The next event; false: there is none. */
bool sb_net_monitor_read(void *monitor, struct sb_net_monitor_event *event);

#endif
