/* Sends without waiting, and counts what we have given to ZeroMQ and nobody has taken yet: in
 * bytes, exactly, for ZeroMQ calls us back when the last of its queues has let go of a frame.
 * High-water marks count messages, and a message may have a byte or a million. */
#ifndef SB_NET_SEND_H
#define SB_NET_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/bytes.h"

/* Frames under way. It must outlive the context in which they are sent. */
struct sb_net_queued {
    _Atomic uint64_t bytes, frames;
    uint64_t limit; /* of the bytes; of one connection it is what the others leave */
};

/* What one connection has under way is of two sorts, each with its own share: parts of streams and
 * of histories, which are made again when there is room, and answers, which are made once. So no
 * stream, however slowly it is read, costs an answer; only who leaves SB_ZMQ_SNDHWM answers unread,
 * or a share of bytes of them, misses the next, and asks again when he has read those. */
enum sb_net_sort { SB_NET_ANSWERS, SB_NET_PACED, SB_NET_SORTS };

enum { SB_NET_QUEUED_ALWAYS = 64 * 1024 }; /* bytes that any one connection may have of a sort */

/* May `n` bytes more be queued, of this sort of one connection among all? It may have SB_ZMQ_SNDHWM
 * frames, and of the bytes a quarter of what all leave free of their limit: who reads slowly gets
 * less and less and never takes the last (the dynamic threshold of Choudhury and Hahne, 1998).
 * `one` NULL: only the limit counts. */
bool sb_net_queued_fits(const struct sb_net_queued *one, const struct sb_net_queued *all, size_t n);

/* Sends `frame`, copied, behind `envelope` (a part of its own; empty: none). False: nothing was
 * sent, with errno EAGAIN (the queue is full, or nobody is there), ENOMEM, or EHOSTUNREACH (that
 * connection is gone). */
bool sb_net_send(void *socket, struct sb_bytes envelope, struct sb_bytes frame,
                 struct sb_net_queued *one, struct sb_net_queued *all);

#endif
