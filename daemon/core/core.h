/* The core: a pure state machine that decides everything and does nothing. One function,
 * sb_core_step; the accessors below give the shell what its effects name and `status` shows.
 *
 * A tour: core.c dispatches. history knows the chains of every origin, digest sums them up; publish
 * numbers our own events, remote waits for partners to hold them, erasure says what is to be
 * forgotten; replicate places what partners bring; stage keeps all of it until the commit is
 * answered. peer keeps connections and greetings, shown what partners show, want asks for what we
 * lack, herald tells what we hold; instance says so again when another instance of us was heard
 * last; subscription paces streams and serve paces answers, consumer changes named cursors, cover
 * and cursor say what they mean; account.c has the accessors below. */
#ifndef SB_CORE_CORE_H
#define SB_CORE_CORE_H

#include "daemon/core/effect.h"
#include "daemon/core/input.h"

struct sb_core;

struct sb_core_options {
    struct sb_hash partnership;
    const struct sb_org *origins; /* by number; 0 is ourselves. Borrowed for the core's life */
    const struct sb_core_partner *partners; /* by the same number; copied */
    size_t n_origins;
    size_t max_origins; /* with those that may still come in this run; less than n: no others */
    const struct sb_core_client *clients; /* borrowed */
    size_t n_clients;
    size_t places;        /* of each partner, for heads and for older epochs; 0: the usual number */
    uint64_t quota_bytes; /* per origin */
    int64_t recovery_ms;  /* the one bounded wait of an empty store */
    struct sb_now now;
    struct sb_offset last; /* of the store */
    struct sb_offset by_class[SB_CLASS_COUNT];
};

/* All memory that the core will ever have. NULL: not enough. */
struct sb_core *sb_core_new(const struct sb_core_options *options);
void sb_core_free(struct sb_core *core);

/* What the store holds, chain by chain, before the first step; then once `loaded`. The row is what
 * sb_core_chain_row would give. False: more than SB_CHAINS_MAX. */
struct sb_chain_info {
    uint32_t index; /* within the core's run; ignored by sb_core_load */
    uint16_t origin, branch, base_branch;
    struct sb_epoch epoch;
    struct sb_seq base;
    struct sb_checkpoint tip;
    struct sb_seq bodies;
    uint64_t bytes;
    struct sb_sign_public key;
    const struct sb_parent *parents;
    size_t n_parents;
    bool final; /* it ends with what an announcement names of its epoch; to sb_core_load alone */
    bool aside; /* of an epoch of which what an announcement names is here: another branch. It is
                   kept, is neither a head nor in the rest, and grows no more (PROTOCOL §9.4) */
    struct sb_seq counts_to; /* its tip; aside, its last link below one that counts, or 0. Not read
                                by sb_core_load */
};
bool sb_core_load(struct sb_core *core, const struct sb_chain_info *chain);
void sb_core_loaded(struct sb_core *core);

/* One step. Effects are appended to fx. */
void sb_core_step(struct sb_core *core, const struct sb_input *in, struct sb_effects *fx);

/* What a frontier says of this origin beside its chains is new: the next one lists it. */
void sb_core_tell_again(struct sb_core *core, uint16_t origin);

/* When, on the monotonic clock, a TICK is due at the latest. */
int64_t sb_core_deadline(const struct sb_core *core);

/* ---- for the shell: what effects name */
const struct sb_staged *sb_core_staged(const struct sb_core *core);
/* As it will be once this turn is committed; the tip's time and signature are still the old ones
 * for a chain that FX_SEAL names. */
void sb_core_chain_row(const struct sb_core *core, uint32_t chain, struct sb_chain_info *out);
/* Is this the tip of a chain here (durable or staged)? The fast path of lookups. */
bool sb_core_find_tip(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch,
                      struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch);
/* What we hold durably of an epoch's branch. False: nothing. */
bool sb_core_find_chain(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch,
                        uint16_t branch, struct sb_chain_info *out);
/* The same as this turn leaves it, with what it has staged. */
bool sb_core_look_chain(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch,
                        uint16_t branch, struct sb_chain_info *out);
/* The branch that ends with what an announcement names of this epoch. False: it is not here. */
bool sb_core_find_final(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch,
                        uint16_t *branch);
unsigned sb_core_branches(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch);
/* The newest heads, at most `max` (SB_HEADS_MAX), an epoch's all or none, and the digest of all
 * that is not among them, of durable state. */
struct sb_core_rest {
    uint64_t count, events;
    bool whole; /* every body in them that is due to us is here */
    struct sb_hash digest;
};
size_t sb_core_heads(struct sb_core *core, uint16_t origin, size_t max, struct sb_head *out,
                     struct sb_core_rest *rest);
/* The newest heads, at most `max`, also where an epoch has more branches than that: for people, who
 * would be shown nothing of such an origin. */
size_t sb_core_newest_heads(const struct sb_core *core, uint16_t origin, size_t max,
                            struct sb_head *out);
/* Answers s->from, s->to and s->skip (PROTOCOL §6.3): the chains of these counters, the newest head
 * left out, in s->epochs, which has room for `max` (SB_SUMMARY_MAX); or, where there are more,
 * digests of SB_SUMMARY_PARTS parts in s->parts; of a single counter the list and s->next. */
void sb_core_summary(const struct sb_core *core, uint16_t origin, size_t max, struct sb_summary *s);
void sb_core_offsets(const struct sb_core *core, struct sb_offset *last,
                     struct sb_offset by_class[static SB_CLASS_COUNT]);
/* How many digits of an epoch's tag tell it from every other of its origin: 8 or more. */
unsigned sb_core_epoch_digits(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch);
/* Walks every chain of an origin in order: *at starts at 0. False: no more. */
bool sb_core_next_chain(const struct sb_core *core, uint16_t origin, uint32_t *at,
                        struct sb_chain_info *out);
uint32_t sb_core_chain_count(const struct sb_core *core);

/* ---- for status */
struct sb_core_direction {
    const char *state, *reason;
    int64_t last_contact_mono_ms; /* -1: never */
};
struct sb_core_peer_status {
    struct sb_core_direction outgoing, incoming;
    uint64_t lag_events, lag_seconds, their_lag_events;
    const char *their_state, *their_reason;
    struct sb_uuid boot; /* whose frontiers we take; all zero: none yet */
    bool silent;         /* none for so long that another may take its place */
};
void sb_core_peer_status(const struct sb_core *core, uint16_t partner, struct sb_now now,
                         struct sb_core_peer_status *out);
/* Is this slot still that of the stream whose FX_DELIVER had this serial? */
bool sb_core_is_stream(const struct sb_core *core, uint16_t slot, uint32_t serial);
const char *sb_core_state(const struct sb_core *core, const char **reason);
uint64_t sb_core_lag(const struct sb_core *core);
/* May no body be given to anybody yet? For a bounded time, while partners are asked what was erased
 * since this store was written. And has every one of them told by now? */
bool sb_core_settling(const struct sb_core *core);
bool sb_core_erasures_known(const struct sb_core *core);
/* Has the last commit failed for want of room, and has nothing been written since? */
bool sb_core_is_full(const struct sb_core *core);
/* Is it so short ago that only what has the reserve is tried? */
bool sb_core_waits_for_room(const struct sb_core *core);

#endif
