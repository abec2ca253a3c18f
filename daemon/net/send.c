/* libzmq takes a message's later parts whenever it took its first, so only the first can fail. */
#include "daemon/net/send.h"

#include <assert.h>
#include <errno.h>
#include <zmq.h>

static int send_part(void *socket, struct sb_bytes part, int flags)
{
    int rc;
    do {
        rc = zmq_send(socket, part.p, part.n, ZMQ_DONTWAIT | flags);
    } while (rc < 0 && errno == EINTR);
    return rc;
}

/* libzmq hears of room in a queue only when it handles commands, which zmq_send leaves out when the
 * last time was less than a millisecond ago: a queue may look full that is not. Asking for events
 * makes it look. */
bool sb_net_send_first(void *socket, struct sb_bytes part, bool more)
{
    int flags = more ? ZMQ_SNDMORE : 0, events = 0;
    size_t size = sizeof events;
    if (send_part(socket, part, flags) >= 0) {
        return true;
    }
    return errno == EAGAIN && zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 &&
           send_part(socket, part, flags) >= 0;
}

void sb_net_send_last(void *socket, struct sb_bytes part)
{
    int rc = send_part(socket, part, 0);
    assert(rc >= 0);
}
