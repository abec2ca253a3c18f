/* libzmq's socket monitor: two frames per event over a pair of sockets inside the process. */
#include "daemon/net/monitor.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "daemon/net/options.h"

void *sb_net_monitor_open(void *context, void *socket, uint32_t number, int events,
                          struct sb_err *err)
{
    char name[48];
    (void)snprintf(name, sizeof name, "inproc://samenbus.monitor.%u", (unsigned)number);
    void *monitor = sb_net_options_inside(context, ZMQ_PAIR, err);
    if (monitor == NULL) {
        return NULL;
    }
    if (zmq_socket_monitor(socket, name, events) != 0 || zmq_connect(monitor, name) != 0) {
        sb_err_set(err, SB_E_NET, "watch a socket's connections: %s", zmq_strerror(zmq_errno()));
        zmq_close(monitor);
        return NULL;
    }
    return monitor;
}

bool sb_net_monitor_read(void *monitor, struct sb_net_monitor_event *event)
{
    uint8_t head[6];
    if (zmq_recv(monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head) {
        return false;
    }
    memcpy(&event->event, head, sizeof event->event); /* in this machine's byte order */
    memcpy(&event->value, head + 2, sizeof event->value);
    char endpoint[8]; /* the second frame, which we know; cut off, for it must be read */
    (void)zmq_recv(monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    return true;
}
