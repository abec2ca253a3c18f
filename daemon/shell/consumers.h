/* The consumers that this daemon keeps: named cursors (PROTOCOL §8.10), each as the store has it
 * and, within a round, as it will have it. Included by daemon/shell/ only. */
#ifndef SB_SHELL_CONSUMERS_H
#define SB_SHELL_CONSUMERS_H

#include "daemon/shell/consumer_readers.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/stream.h"
#include "proto/consumer.h"

enum {
    SB_CONSUMERS_BYTES_MAX = 16 * 1024 * 1024, /* of all of them, as decoded */
    SB_CONSUMER_STUCK_MS = 15 * 60 * 1000,     /* unless a test says otherwise */
};

struct sb_consumer_version; /* one consumer, in memory of its own */

/* What waits for a consumer, found by reading the log on for it (consumer_watch.c). */
struct sb_consumer_watch {
    struct sb_stream *probe; /* its filters and what its cursor covers; NULL: to be made */
    struct sb_offset next;   /* everything before it is covered or passes no filter */
    bool dirty;              /* the cursor has moved since the probe was made */
    bool waits;              /* the entry at `next` waits for it, since `since` */
    struct sb_time since;
    bool alarmed;
};

struct sb_consumer_slot {
    struct sb_consumer_version *durable; /* NULL: none */
    struct sb_consumer_version *staged; /* with `touched`: as this round leaves it; NULL: removed */
    bool touched, anew;                 /* anew: its cursor may be anywhere */
    uint64_t begun;                     /* the number of its beginning, in this run; 0: before it */
    bool ends;                          /* streams of an older beginning are to be ended */
    struct sb_consumer_watch watch;
};

struct sb_consumer_table {
    struct sb_consumer_slot slots[SB_CONSUMERS_MAX];
    struct sb_consumer_readers readers;
    size_t bytes;
    int64_t due_mono_ms; /* when they are looked at again */
    unsigned turn;       /* whose turn it is to be read for */
};

enum sb_rc sb_consumers_load(struct sb_node *node, struct sb_err *err);
void sb_consumers_fini(struct sb_node *node);

/* With what is staged in this round. NULL: there is none. */
const struct sb_consumer *sb_consumers_at(const struct sb_node *node, uint16_t slot);
bool sb_consumers_find(const struct sb_node *node, const char *name, uint16_t *slot);
/* Is one of that name changed in this round, or ("") any? It may yet stay as it is. */
bool sb_consumers_changes(const struct sb_node *node, const char *name);
bool sb_consumers_free_slot(const struct sb_node *node, uint16_t *slot);
uint32_t sb_consumers_readers(const struct sb_node *node, uint16_t slot);

/* Would it take more room than what is there? In a full store that is refused, like an event. */
bool sb_consumers_grows(struct sb_node *node, uint16_t slot, const struct sb_consumer *next);
/* Writes it into the round's transaction, or removes what is there (NULL). `anew`: its cursor did
 * not merely grow. */
void sb_consumers_stage(struct sb_node *node, struct sb_store_txn *txn, uint16_t slot,
                        const struct sb_consumer *next, bool anew);
/* The round's commit has been answered. */
void sb_consumers_settle(struct sb_node *node, bool committed);

/* ---- what clients want done (consume.c) */

/* A SUBSCRIBE that names one: fills in its filters and, where nothing else is said, its cursor.
 * False: it was refused, or is kept for the next turn, since what it names is being changed. */
bool sb_consume_subscribe(struct sb_node *node, const struct sb_inbound *in);
/* For FX_CONSUMED of a commit that failed: it is asked again in the next turn. False: no room. */
bool sb_consume_again(struct sb_node *node, const struct sb_effect *fx);
/* For FX_CONSUMED, after the commit. */
void sb_consume_answer(struct sb_node *node, const struct sb_effect *fx);
/* All of them, or one with its cursor; in the next turn where they are being changed. */
void sb_consume_list(struct sb_node *node, const struct sb_inbound *in);

/* ---- what waits for them (consumer_watch.c) */

/* Reads the log on for them, a little at a time; raises and takes back stuck_consumer. */
void sb_consumer_watch_tick(struct sb_node *node);
/* The same at once, for who asks now; within a turn alone. */
void sb_consumer_watch_look(struct sb_node *node);
/* The cursor moved, or anew was begun. */
void sb_consumer_watch_moved(struct sb_node *node, uint16_t slot, bool anew);
/* Other clients may stand behind the numbers, or may read something else. */
void sb_consumer_watch_roster(struct sb_node *node);
/* Nothing of it waits any more: it is gone. */
void sb_consumer_watch_end(struct sb_node *node, uint16_t slot);
/* Fills readers, behind, waiting and stuck. */
void sb_consumer_watch_tell(const struct sb_node *node, uint16_t slot, struct sb_consumer *out);

#endif
