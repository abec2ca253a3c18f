/* Which sockets have something to read, at a cost that follows the busy ones and not the number
 * of partners: one epoll set over libzmq's descriptors, and a queue of the sockets
 * that were seen ready. */
#ifndef SB_NET_READY_H
#define SB_NET_READY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

enum sb_net_source_kind {
    SB_NET_SOURCE_ZAP,
    SB_NET_SOURCE_SERVICE,
    SB_NET_SOURCE_SERVICE_MONITOR,
    SB_NET_SOURCE_PUBLISHER,
    SB_NET_SOURCE_LINK,
    SB_NET_SOURCE_LINK_MONITOR,
    SB_NET_SOURCE_FOLLOWER,
    SB_NET_SOURCE_FOLLOWER_MONITOR,
};

struct sb_net_source {
    void *socket; /* borrowed */
    enum sb_net_source_kind kind;
    uint32_t index; /* of the partner link, for the last four kinds */
    bool queued;
};

struct sb_net_ready {
    int epoll;
    struct sb_net_source **queue; /* a ring of those with queued == true */
    size_t cap, head, n;
};

enum sb_net_wakeup {
    SB_NET_WAKEUP_NONE,        /* the time is over */
    SB_NET_WAKEUP_SOCKETS,     /* a socket has stirred */
    SB_NET_WAKEUP_DESCRIPTOR,  /* wake_fd is readable */
    SB_NET_WAKEUP_INTERRUPTED, /* a signal */
    SB_NET_WAKEUP_FAILED,      /* errno says why */
};

/* Errors: SB_E_NOMEM, SB_E_NET. */
enum sb_rc sb_net_ready_init(struct sb_net_ready *r, size_t n_sources, struct sb_err *err);
void sb_net_ready_fini(struct sb_net_ready *r);
/* The source stays where it is until it is removed, or sb_net_ready_fini. Errors: SB_E_NET. */
enum sb_rc sb_net_ready_add(struct sb_net_ready *r, struct sb_net_source *source,
                            struct sb_err *err);

/* Watches it no more; before its socket is closed. */
void sb_net_ready_remove(struct sb_net_ready *r, struct sb_net_source *source);

/* Must follow every operation on the source's socket other than reading it empty: libzmq's
 * descriptor signals once, and any call may have eaten the signal. */
void sb_net_ready_mark(struct sb_net_ready *r, struct sb_net_source *source);
/* The source that waited longest, or NULL. */
struct sb_net_source *sb_net_ready_pop(struct sb_net_ready *r);
/* Drops those from the queue that have nothing to read; the number that stays. */
size_t sb_net_ready_prune(struct sb_net_ready *r);
/* Waits up to timeout_ms (-1: for ever) and queues what can be read. */
enum sb_net_wakeup sb_net_ready_poll(struct sb_net_ready *r, int timeout_ms, int wake_fd);

#endif
