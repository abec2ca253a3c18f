/* Consumers: named cursors that a daemon keeps for its clients (PROTOCOL §8.10). Pointers borrow
 * from the frame or an arena. */
#ifndef SB_PROTO_CONSUMER_H
#define SB_PROTO_CONSUMER_H

#include "proto/client_message.h"

enum sb_consume_action {
    SB_CONSUME_ADD = 1,
    SB_CONSUME_ACK = 2,
    SB_CONSUME_RESET = 3,
    SB_CONSUME_REMOVE = 4,
    SB_CONSUME_COUNT
};

/* CONSUME: what a client wants done with a consumer. */
struct sb_consume {
    enum sb_consume_action action;
    const char *name;
    struct sb_tip *cursor; /* ADD, RESET: where it begins; ACK: what has been processed */
    size_t n_cursor;
    struct sb_time since; /* ADD, RESET: or with what was committed here since then; 0: not given */
    bool live_only;       /* ADD, RESET: or with what is committed from now on */
    const char **topics;  /* ADD: prefixes; none: every topic */
    size_t n_topics;
    struct sb_org *origins; /* ADD; none: every origin */
    size_t n_origins;
    bool system; /* ADD: system events too */
};

/* One consumer as its daemon keeps it. */
struct sb_consumer {
    const char *name, *client; /* client: whose it is */
    const char **topics;
    size_t n_topics;
    struct sb_org *origins;
    size_t n_origins;
    bool system;
    struct sb_time created, acked; /* acked: the last acknowledgement; else when it began */
    struct sb_offset position;     /* what is before it is covered or passes no filter */
    uint32_t readers;              /* streams of it that are open now */
    uint64_t behind;               /* offsets that it has not passed; 0: nothing waits for it */
    struct sb_time waiting; /* when the first event that waits for it was committed; 0: none */
    bool stuck;             /* it waits, and nothing was acknowledged for too long */
    struct sb_tip *cursor;  /* only where one consumer was asked for */
    size_t n_cursor;
};

struct sb_consumers {
    struct sb_consumer *items; /* by name */
    size_t n_items;
};

/* 1 to 64 characters of a-z, 0-9, '-', '_' and '.', the first one a letter or a digit. */
bool sb_consumer_name_valid(const char *name);

#endif
