/* What the verifier of an export remembers of the events it has read: a table by link hash. */
#ifndef SB_PROTO_EXPORT_INDEX_H
#define SB_PROTO_EXPORT_INDEX_H

#include "proto/err.h"
#include "proto/ids.h"
#include "proto/sign.h"

enum { SB_EXPORT_NONE = UINT32_MAX };

struct sb_export_event {
    struct sb_hash hash;
    struct sb_epoch epoch;
    struct sb_seq seq;
    uint32_t parent; /* index of the event before it on its path, or SB_EXPORT_NONE */
    bool covered;    /* by a valid checkpoint */
};

/* An EpochStart without fault. */
struct sb_export_start {
    struct sb_sign_public key;
    struct sb_hash first_commitment;
    struct sb_epoch epoch;
};

struct sb_export_index {
    struct sb_export_event *events; /* in the order of the file */
    uint32_t n, cap;
    struct sb_export_start *starts;
    uint32_t n_starts, cap_starts;
    /* open addressing, SB_EXPORT_NONE where free */
    uint32_t *event_slots; /* by link hash */
    uint32_t *start_slots; /* by epoch */
    uint32_t n_slots;
};

/* Room for at most `events` events. Errors: SB_E_NOMEM, after which it needs no fini. */
enum sb_rc sb_export_index_init(struct sb_export_index *x, size_t events, struct sb_err *err);
void sb_export_index_fini(struct sb_export_index *x);

/* The index of the event with this link hash, or SB_EXPORT_NONE. */
uint32_t sb_export_index_find(const struct sb_export_index *x, const struct sb_hash *hash);
/* Adds an event whose hash is new; returns its index. */
uint32_t sb_export_index_add(struct sb_export_index *x, const struct sb_export_event *event);
/* A second start of the same epoch is of the same bytes, for the tag is their hash: it is ignored.
 * Errors: SB_E_NOMEM. */
enum sb_rc sb_export_index_add_start(struct sb_export_index *x, const struct sb_export_start *start,
                                     struct sb_err *err);
/* NULL where there is none. Valid until the next one is added. */
const struct sb_export_start *sb_export_index_start_of(const struct sb_export_index *x,
                                                       struct sb_epoch epoch);
/* The event and everything before it on its path is covered. */
void sb_export_index_cover(struct sb_export_index *x, uint32_t event);

#endif
