/* Streams to clients: what each asked for, and reading the log for it. The core paces them; this
 * remembers filters and makes frames. Included by daemon/shell/ only. */
#ifndef SB_SHELL_STREAM_H
#define SB_SHELL_STREAM_H

#include "daemon/core/cover.h"
#include "daemon/shell/last_word.h"
#include "daemon/shell/turn.h"

enum {
    SB_STREAM_BYTES_MAX = 16 * 1024 * 1024, /* of all filters together */
    SB_STREAM_SCAN_MAX = 16 * 1024,         /* log entries looked at for one DELIVER, */
    SB_STREAM_SCAN_BYTES = 4 * 1024 * 1024, /* and bytes of bodies that are looked into in vain */
};

struct sb_covered { /* what a consumer already has of one chain */
    uint16_t origin, branch;
    struct sb_epoch epoch;
    struct sb_seq upto; /* surely */
    struct sb_seq held; /* held back up to here, until it shows which branch an open tip is on */
};

struct sb_stream {
    struct sb_stream *next;
    uint32_t session, subscription, request; /* request: of the SUBSCRIBE, on every DELIVER */
    size_t bytes;
    uint16_t client;
    bool system, stubs, erasures;
    uint16_t consumer;            /* its slot + 1; 0: none */
    struct sb_offset begin, head; /* its first offset, and the last one there was then */
    const char **topics;          /* none: all */
    size_t n_topics;
    uint16_t *origins; /* none: all */
    size_t n_origins;
    bool any_origin;
    struct sb_covered *covered; /* by origin, epoch, branch */
    size_t n_covered;
    struct sb_open_tip *open; /* by origin, epoch, seq; each has its branch 0 in `covered` */
    size_t n_open;
    const struct sb_covered *again; /* before `again_until`, only events of this chain are taken */
    struct sb_offset again_until;
    struct sb_org *awaited; /* named as origins, and not known here yet (awaited.h) */
    size_t n_awaited;
    struct sb_tip *later; /* tips of the cursor whose organisation is not known here yet */
    size_t n_later;
};

/* SUBSCRIBE of a client: steps it, and keeps the filter if the core takes it. */
void sb_stream_subscribe(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                         const struct sb_subscribe *subscribe);
/* One DELIVER for FX_DELIVER, and the core's answer in the next turn. */
void sb_stream_deliver(struct sb_node *node, const struct sb_effect *fx);
/* Not in this turn: the core asks again in the next. */
void sb_stream_postpone(struct sb_node *node, const struct sb_effect *fx);
void sb_stream_close(struct sb_node *node, uint32_t session, uint32_t subscription);
/* Closes it as well; the request under which it was opened, 0: there was none. */
uint32_t sb_stream_end(struct sb_node *node, uint32_t session, uint32_t subscription);
/* Another configuration is in force: streams of topics that their client may not read any more end,
 * each with a REFUSAL; the others learn of organisations that they waited for. */
void sb_stream_roster(struct sb_node *node);
void sb_stream_close_session(struct sb_node *node, uint32_t session);
void sb_stream_close_all(struct sb_node *node);

#endif
