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

bool sb_net_send_first(void *socket, struct sb_bytes part, bool more)
{
    return send_part(socket, part, more ? ZMQ_SNDMORE : 0) >= 0;
}

void sb_net_send_last(void *socket, struct sb_bytes part)
{
    int rc = send_part(socket, part, 0);
    assert(rc >= 0);
}
