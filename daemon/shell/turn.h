/* One turn of a node. Inputs are stepped through the core and staged at once; what may leave is
 * kept until the commit has been answered. A turn is one round, or several when publishes pile up:
 * each round ends with its own commit. Included by daemon/shell/ only. */
#ifndef SB_SHELL_TURN_H
#define SB_SHELL_TURN_H

#include "daemon/core/core.h"
#include "daemon/core/plant.h"
#include "daemon/store/store.h"

struct sb_consumer;
struct sb_node;
struct sb_word;
struct sb_erased_key;
struct sb_erased;
struct sb_inbound;
struct sb_net_message;

/* A publish as it is stepped: with the sealed body, whose beginning is the submission. */
struct sb_submitted {
    struct sb_in_publish in;
    struct sb_bytes submission, body;
    enum sb_content content; /* of the body; read once, with the topic */
    struct sb_salt salt;
};

/* An input, and what its effects may name beside it. */
struct sb_step {
    struct sb_input in;
    const struct sb_salt *salt; /* of an own event, with its body */
    struct sb_bytes body;
    const struct sb_body_item *const *bodies; /* of SB_IN_BODIES, in the order of its seqs */
    const struct sb_word *words; /* of own system events, of a segment's; NULL: none (erasure.h) */
    const struct sb_consumer *consumer; /* of a CONSUME: as it shall be; NULL: removed */
    bool anew;                          /* it begins anew */
    uint32_t request;                   /* of a SUBSCRIBE, for its refusal */
    bool deferred, held, refused;       /* what the core said of it */
    bool opens_epoch;
    struct sb_effect open;
};

/* Consecutive events that one effect appended, in the order of commits. */
struct sb_group {
    uint16_t origin, branch;
    struct sb_epoch epoch;
    struct sb_seq from, to;
    uint32_t first; /* in sb_core_staged */
    const struct sb_item *items;
    const struct sb_hash *hashes;     /* NULL: own events */
    const struct sb_item_note *notes; /* NULL: own events */
    const struct sb_checkpoint *checkpoints;
    size_t n_checkpoints;
    struct sb_sign_public key; /* of the epoch */
};

/* An effect that waits for the commit. */
struct sb_queued {
    struct sb_effect fx;
    const void *about; /* what of the step's input it answers; in the arena */
    uint32_t answer;   /* of ACK and REFUSE: the RESULTS that it goes into; of a refused
                        * subscription: the request */
};

struct sb_turn {
    struct sb_now now;
    bool followed;
    enum sb_rc rc; /* the first failure of the machine: nothing is done after it */
    struct sb_err *err;
    uint32_t number; /* of the next input */
    unsigned rounds;
    struct sb_store_txn *txn;
    bool full; /* the transaction could not even begin */
    struct sb_group *groups;
    size_t n_groups, cap_groups;
    struct sb_queued *queue;
    size_t n_queue, cap_queue;
    unsigned n_forgotten, may_forget; /* bodies of any kind, in this round; 0: not asked yet */
    struct sb_erased_key *erased;     /* in this round (erasure.h) */
    size_t n_erased, cap_erased;
    struct sb_inbound *erasing; /* by which it was asked for; inbox_erase.c */
    size_t n_erasing, cap_erasing;
    struct sb_inbound *consuming; /* every CONSUME that was stepped; consume.c */
    size_t n_consuming, cap_consuming;
    bool beside;                 /* more is staged than what consumers asked for */
    bool urgent;                 /* what is stepped may take the store's reserve */
    struct sb_checkpoint sealed; /* of our open epoch, in this round */
    size_t read_bytes;           /* sent to streams and partners, or read for them, in this turn */
    size_t searched;             /* records read to find places, in this turn */
};

/* The machine failed: the turn comes to nothing. The first failure counts. */
void sb_turn_fail(struct sb_node *node, enum sb_rc rc, const char *what);
/* A store's answer. True: found. False: not found, or failed, which the turn remembers. */
bool sb_turn_found(struct sb_node *node, enum sb_rc rc);

/* Steps the core and stages what it asks for; opens an epoch where it asks for one. */
void sb_turn_step(struct sb_node *node, struct sb_step *step);
/* What was left for this round: the time, answers to the core, publishes that waited. */
void sb_turn_begin_round(struct sb_node *node);
/* Commits, tells the core and people, and fills the outbox. */
void sb_turn_end_round(struct sb_node *node);

/* Stages one effect, or keeps it for after the commit (apply.c). */
void sb_apply_effect(struct sb_node *node, struct sb_step *step, const struct sb_effect *fx);
/* Answers FX_OPEN_EPOCH: makes the EpochStart and steps it (epoch.c). */
void sb_epoch_open(struct sb_node *node, const struct sb_effect *open);
/* This round's transaction; NULL: nothing can be staged. */
struct sb_store_txn *sb_turn_begin(struct sb_node *node);
/* How many more bodies may be dropped in this round, as far as the store has room for the changes
 * that it makes for them. */
unsigned sb_turn_may_forget(struct sb_node *node);
/* The event's time here is up. */
void sb_turn_put_expired(struct sb_node *node, const struct sb_erased *what);
/* Stages that nothing is left to be done for an erasure. */
void sb_turn_end_erasing(struct sb_node *node, const struct sb_erased *erased);
/* The checkpoint of the group that covers one of its events. */
const struct sb_checkpoint *sb_group_checkpoint(const struct sb_group *group, struct sb_seq seq);

/* A vector with room for one more element of `size` bytes; false: no memory. */
bool sb_turn_grow(void *vector, size_t *cap, size_t n, size_t size);

#endif
