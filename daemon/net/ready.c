/* libzmq's descriptors in epoll. The rule of ZMQ_FD: readable means "look at ZMQ_EVENTS", and it
 * stays silent until somebody has looked; so whoever uses a socket marks it, and a marked socket
 * is asked before anybody sleeps. The authenticator is not queued: it is served at every wait. */
#include "daemon/net/ready.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zmq.h>

enum { EPOLL_BATCH = 64 };

enum sb_rc sb_net_ready_init(struct sb_net_ready *r, size_t n_sources, struct sb_err *err)
{
    *r = (struct sb_net_ready){.epoll = epoll_create1(EPOLL_CLOEXEC), .cap = n_sources};
    if (r->epoll < 0) {
        return sb_err_set(err, SB_E_NET, "epoll: %s", strerror(errno));
    }
    r->queue = calloc(n_sources, sizeof *r->queue);
    if (r->queue == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for %zu sockets", n_sources);
    }
    return SB_OK;
}

void sb_net_ready_fini(struct sb_net_ready *r)
{
    if (r->epoll >= 0) {
        (void)close(r->epoll);
    }
    free(r->queue);
    *r = (struct sb_net_ready){.epoll = -1};
}

enum sb_rc sb_net_ready_add(struct sb_net_ready *r, struct sb_net_source *source,
                            struct sb_err *err)
{
    int fd = -1;
    size_t size = sizeof fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    if (zmq_getsockopt(source->socket, ZMQ_FD, &fd, &size) != 0 ||
        epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        return sb_err_set(err, SB_E_NET, "watch a socket: %s", zmq_strerror(errno));
    }
    sb_net_ready_mark(r, source);
    return SB_OK;
}

void sb_net_ready_remove(struct sb_net_ready *r, struct sb_net_source *source)
{
    int fd = -1;
    size_t size = sizeof fd;
    if (zmq_getsockopt(source->socket, ZMQ_FD, &fd, &size) == 0) {
        (void)epoll_ctl(r->epoll, EPOLL_CTL_DEL, fd, NULL);
    }
    for (size_t left = r->n; left > 0; left--) {
        struct sb_net_source *other = sb_net_ready_pop(r);
        if (other != source) {
            sb_net_ready_mark(r, other);
        }
    }
}

void sb_net_ready_mark(struct sb_net_ready *r, struct sb_net_source *source)
{
    if (source->queued || source->kind == SB_NET_SOURCE_ZAP) {
        return;
    }
    assert(r->n < r->cap);
    r->queue[(r->head + r->n) % r->cap] = source;
    r->n++;
    source->queued = true;
}

struct sb_net_source *sb_net_ready_pop(struct sb_net_ready *r)
{
    if (r->n == 0) {
        return NULL;
    }
    struct sb_net_source *source = r->queue[r->head];
    r->head = (r->head + 1) % r->cap;
    r->n--;
    source->queued = false;
    return source;
}

/* Looking makes libzmq handle what its descriptor signalled, so the descriptor is quiet after. */
static bool is_readable(const struct sb_net_source *source)
{
    int events = 0;
    size_t size = sizeof events;
    int rc = zmq_getsockopt(source->socket, ZMQ_EVENTS, &events, &size);
    return rc == 0 && (events & ZMQ_POLLIN) != 0;
}

size_t sb_net_ready_prune(struct sb_net_ready *r)
{
    for (size_t left = r->n; left > 0; left--) {
        struct sb_net_source *source = sb_net_ready_pop(r);
        if (is_readable(source)) {
            sb_net_ready_mark(r, source);
        }
    }
    return r->n;
}

static bool take_signalled(struct sb_net_ready *r)
{
    struct epoll_event events[EPOLL_BATCH];
    int n = epoll_wait(r->epoll, events, EPOLL_BATCH, 0);
    for (int i = 0; i < n; i++) {
        struct sb_net_source *source = events[i].data.ptr;
        if (!source->queued && source->kind != SB_NET_SOURCE_ZAP && is_readable(source)) {
            sb_net_ready_mark(r, source);
        }
    }
    return n > 0;
}

enum sb_net_wakeup sb_net_ready_poll(struct sb_net_ready *r, int timeout_ms, int wake_fd)
{
    /* poll ignores a negative descriptor: no wake descriptor is no special case. */
    struct pollfd fds[2] = {{.fd = r->epoll, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    int n = poll(fds, 2, timeout_ms);
    if (n < 0) {
        return errno == EINTR ? SB_NET_WAKEUP_INTERRUPTED : SB_NET_WAKEUP_FAILED;
    }
    bool stirred = fds[0].revents != 0 && take_signalled(r);
    if (fds[1].revents != 0) {
        return SB_NET_WAKEUP_DESCRIPTOR;
    }
    return stirred ? SB_NET_WAKEUP_SOCKETS : SB_NET_WAKEUP_NONE;
}
