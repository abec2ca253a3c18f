/* What waits for a later turn: publishes that the core deferred or held, and messages of partners
 * whose history has to be given again. Copied, bounded, first in the next round. Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_HELD_H
#define SB_SHELL_HELD_H

#include "daemon/net/net.h"
#include "daemon/shell/turn.h"

enum { SB_STALLED_SESSIONS_MAX = 64 };

struct sb_waiting { /* a publish, with its strings and bytes behind it */
    struct sb_waiting *next;
    size_t bytes;
    struct sb_submitted submitted;
};

struct sb_waiting_message {
    struct sb_waiting_message *next;
    size_t bytes;
    struct sb_net_message message;
};

struct sb_waiting_list {
    struct sb_waiting *first, **end;
};

struct sb_held {
    struct sb_waiting_list deferred, held;
    struct sb_waiting
        *finished; /* stepped in this turn; effects may name their bytes until its end */
    struct sb_waiting_message *messages, **messages_end;
    struct sb_waiting_message **back; /* where what is put back goes */
    struct sb_waiting_message *read;  /* given again in this turn */
    size_t n, bytes;                  /* of both lists of publishes and the messages */
    /* Sessions of which a publish waits: what they sent behind it waits too. */
    uint32_t stalled[SB_STALLED_SESSIONS_MAX];
    size_t n_stalled;
};

void sb_held_init(struct sb_held *held);
void sb_held_fini(struct sb_held *held);
/* Forgets what the last turn finished. */
void sb_held_begin_turn(struct sb_held *held);

/* Steps a publish, unless an earlier one of its session waits; keeps it if the core says so. */
void sb_held_publish(struct sb_node *node, const struct sb_submitted *submitted);
/* Steps what was deferred, and the held publishes whose time is up. */
void sb_held_run(struct sb_node *node);
/* FX_UNHOLD: the held publishes are given again, before what was deferred. */
void sb_held_release(struct sb_node *node);
/* No room for another publish: commit what there is first. */
bool sb_held_is_full(const struct sb_held *held);

/* Keeps a copy of a message for the next turn; false: no room. */
bool sb_held_keep_message(struct sb_node *node, const struct sb_net_message *message);
/* The same of one that was stepped in vain: before what was kept in this turn, in the order in
 * which they are put back. */
bool sb_held_put_back(struct sb_node *node, const struct sb_net_message *message);
/* Is a message of that session kept? What it says of the same thing afterwards is kept behind it.
 */
bool sb_held_has_message(const struct sb_held *held, uint32_t session);
/* A client is gone: what it said and was kept is not done. */
void sb_held_forget_client(struct sb_held *held, uint32_t session);
/* The messages kept by the last turn, to be read again; they live until the turn's end. */
struct sb_waiting_message *sb_held_take_messages(struct sb_held *held);

/* When, on the monotonic clock, something of this is due; 0: at once; INT64_MAX: never. */
int64_t sb_held_deadline(const struct sb_held *held);
bool sb_held_is_empty(const struct sb_held *held);

#endif
