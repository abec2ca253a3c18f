/* A scribe keeps a store and remembers on its own, in plain arrays, what must be in it: events of
 * several chains and origins, in the order of commits. For the tests of stores. */
#ifndef SB_TESTS_STORE_SCRIBE_H
#define SB_TESTS_STORE_SCRIBE_H

#include "daemon/store/store.h"

enum {
    SCRIBE_EVENTS = 4096,
    SCRIBE_LOG = 8192,
    SCRIBE_CHAINS = 8,
    SCRIBE_BODY = 900,
    SCRIBE_AUDIENCE = 3
};

struct scribe_event {
    struct sb_record record; /* as it must be read */
    unsigned chain;
    struct sb_hash hash;
    struct sb_salt salt;
    uint8_t body[SCRIBE_BODY];
    bool has_checkpoint;
    struct sb_checkpoint checkpoint;
};

struct scribe_entry {
    size_t event;
    bool released;
};

struct scribe_chain {
    struct sb_chain_row row;
    struct sb_seq seq;  /* of the last event */
    struct sb_hash tip; /* its hash */
    bool has_row;
};

struct scribe {
    struct sb_store_options options;
    struct sb_store *store;
    struct sb_store_txn *txn;
    struct scribe_event events[SCRIBE_EVENTS];
    size_t n_events;
    struct scribe_entry log[SCRIBE_LOG];
    size_t n_log;
    struct scribe_chain chains[SCRIBE_CHAINS];
    size_t n_chains;
    struct sb_offset by_class[SB_CLASS_COUNT];
    struct sb_time now;
    uint64_t random;
};

/* A new scribe at `path`; the store is opened. Free it with scribe_free, which closes the store. */
struct scribe *scribe_new(const char *path, uint64_t max_size);
void scribe_free(struct scribe *s);
void scribe_open(struct scribe *s);
void scribe_close(struct scribe *s);

/* Deterministic, below n. */
unsigned scribe_random(struct scribe *s, unsigned n);

/* A chain of the origin with that name; a branch of chain `of` from `base` on where base.n > 1. */
unsigned scribe_chain(struct scribe *s, const char *origin, uint32_t counter);
unsigned scribe_branch(struct scribe *s, unsigned of, struct sb_seq base);

void scribe_begin(struct scribe *s);
/* Appends the next event of the chain in the open transaction; returns its index. */
size_t scribe_append(struct scribe *s, unsigned chain, enum sb_kind kind, enum sb_body_state state);
/* The same, with an id that was used before. */
size_t scribe_append_id(struct scribe *s, unsigned chain, const struct sb_uuid *id);
void scribe_checkpoint(struct scribe *s, unsigned chain);
void scribe_body(struct scribe *s, size_t event);
void scribe_release(struct scribe *s, size_t event);
/* As an Erasure by its origin would. */
void scribe_erase(struct scribe *s, size_t event);
/* The place of an event, or of a chain's tip. */
struct sb_place scribe_place(const struct scribe *s, size_t event);
struct sb_place scribe_tip(const struct scribe *s, unsigned chain);
/* Commits and refreshes; fails the test on any error. */
void scribe_commit(struct scribe *s);

/* The record must be this event. */
void scribe_same(const struct scribe *s, size_t event, const struct sb_record *record);
/* Everything that can be read must be what the scribe remembers. */
void scribe_check(struct scribe *s);

#endif
