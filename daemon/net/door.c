/* Shutting an endpoint and opening it again; see door.h. */
#include "daemon/net/door.h"

#include <sys/resource.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/net/options.h"

enum { FILES_TO_BIND = 8 };

enum sb_rc sb_net_door_open(struct sb_net_door *door, void *socket, const char *endpoint,
                            const char *key, struct sb_err *err)
{
    *door = (struct sb_net_door){.socket = socket};
    enum sb_rc rc = sb_net_options_bind(socket, endpoint, key, err);
    size_t size = sizeof door->endpoint;
    if (rc == SB_OK && zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, door->endpoint, &size) != 0) {
        rc = sb_err_set(err, SB_E_NET, "listen on %s: the name is too long", endpoint);
    }
    return rc;
}

void sb_net_door_shut(struct sb_net_door *door)
{
    if (!door->shut) {
        door->shut = zmq_unbind(door->socket, door->endpoint) == 0;
    }
}

bool sb_net_door_reopen(struct sb_net_door *door)
{
    if (door->shut && !sb_net_door_crowded(FILES_TO_BIND)) {      /* libzmq aborts without any */
        door->shut = zmq_bind(door->socket, door->endpoint) != 0; /* the old one may linger */
    }
    return !door->shut;
}

/* The lowest free descriptor: the kernel gives that one, so all below are in use. */
static unsigned long lowest_free(unsigned long most)
{
    int fd = dup(STDERR_FILENO);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0 ? (unsigned long)fd : most;
}

static unsigned long most_files(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (unsigned long)limit.rlim_cur : 1024;
}

bool sb_net_door_crowded(unsigned reserve)
{
    unsigned long most = most_files();
    return lowest_free(most) + reserve >= most;
}

bool sb_net_door_quiet(void)
{
    unsigned long most = most_files();
    return lowest_free(most) < most / 2;
}
