/* A segment: consecutive links of one epoch that end at a checkpoint. Received events are data;
 * only sb_segment_verify makes a segment of them, so whoever holds one holds verified history. */
#ifndef SB_PROTO_SEGMENT_H
#define SB_PROTO_SEGMENT_H

#include "proto/arena.h"
#include "proto/body.h"
#include "proto/partner_message.h"

/* What can be wrong with history, wherever it is found: the codes that `verify` prints, in every
 * implementation (PROTOCOL §10). */
enum sb_fault {
    SB_FAULT_NONE = 0,
    SB_FAULT_BAD_FILE, /* not an export, cut short, or bytes left over */
    SB_FAULT_BAD_LINK, /* layout, or another partnership, origin, epoch or seq than its place */
    SB_FAULT_BAD_PREV, /* prev is not the hash of the link before */
    SB_FAULT_BAD_COMMITMENT, /* salt and body do not give the commitment */
    SB_FAULT_BAD_BODY,       /* the body's length or its encoding */
    SB_FAULT_BAD_CHECKPOINT, /* signature, or hash of another link */
    SB_FAULT_NO_CHECKPOINT,  /* links above the last checkpoint */
    SB_FAULT_BAD_EPOCH,      /* tag, counter or first commitment of the EpochStart */
    SB_FAULT_BAD_KEY,   /* the epoch's key is not the pinned one and no certificate leads to it */
    SB_FAULT_BAD_INDEX, /* an index of a store contradicts its log */
    SB_FAULT_COUNT
};

/* "bad_link"; static storage. */
const char *sb_fault_name(enum sb_fault fault);

/* What is wrong, in words and without a full stop; static storage. */
const char *sb_fault_sentence(enum sb_fault fault);

struct sb_segment {
    struct sb_org origin;
    struct sb_epoch epoch;
    const struct sb_item *items;  /* seq ascending by one */
    const struct sb_hash *hashes; /* hash of each link */
    size_t n;
    const struct sb_checkpoint *checkpoints; /* ascending; the last is of the last link */
    size_t n_checkpoints;
    bool starts_epoch; /* items[0] is the EpochStart, read into `start` */
    const struct sb_epoch_start *start;
};

struct sb_segment_check {
    struct sb_hash partnership;
    const struct sb_sign_public *pinned; /* the origin's key by our configuration */
    const struct sb_sign_public *key; /* that of the epoch; NULL when the segment must start it */
    /* The place that an announcement of a new key names (PROTOCOL §9.4): a checkpoint of just that
     * link may be unsigned, its signature all zero. NULL: there is none. */
    const struct sb_checkpoint *named;
    /* The commitment at seq 2 that the EpochStart which is held promises, for a segment that grows
     * from it; NULL: it is not held. */
    const struct sb_hash *promised;
};

/* Verifies hashes, order, commitments of the bodies given, every checkpoint and, at seq 1, the
 * EpochStart: its tag, its counter, its key (the pinned one, or certified by it); and that seq 2
 * carries the first commitment. On a fault, *at is the seq it was found at (0: of the whole).
 * Everything allocated is from the arena; the segment borrows from the events. A full arena is
 * SB_FAULT_BAD_FILE: nothing was verified. */
enum sb_fault sb_segment_verify(struct sb_segment *out, const struct sb_events *events,
                                const struct sb_segment_check *check, struct sb_arena *arena,
                                struct sb_seq *at);

/* Verifies the body of the link at seq 1: readable, of the link's counter and tag (else
 * SB_FAULT_BAD_EPOCH), and its key is `pinned` or certified by it (else SB_FAULT_BAD_KEY). */
enum sb_fault sb_epoch_start_verify(struct sb_epoch_start *out, const struct sb_link *link,
                                    struct sb_bytes body, const struct sb_sign_public *pinned,
                                    struct sb_arena *arena);

/* Verifies one body against a link that is held: length and commitment. */
enum sb_fault sb_body_verify(const struct sb_link *link, const struct sb_salt *salt,
                             struct sb_bytes body);

#endif
