/* The core's inputs that bring history: links and bodies from a partner. Borrowed for the step. All
 * of it has been verified; what the store knows of it has been looked up. */
#ifndef SB_CORE_INPUT_HISTORY_H
#define SB_CORE_INPUT_HISTORY_H

#include "proto/segment.h"

/* What the shell found for one item of a segment. */
struct sb_item_note {
    enum sb_class class;        /* LINK for system, restricted and bodiless events */
    bool entitled, has_body;    /* we may have the body; it is here */
    bool erased, erases, stray; /* erased; itself an Erasure: of its own origin's event, or not */
    uint32_t bytes;             /* link, salt and body: for the quota */
};

/* Does any of them erase something? Those may be NULL. */
static inline bool sb_notes_erase(const struct sb_item_note *notes, size_t n)
{
    size_t i = 0;
    while (notes != NULL && i < n && !notes[i].erases) {
        i++;
    }
    return notes != NULL && i < n;
}

struct sb_in_segment {
    uint16_t from, origin, prev_branch; /* who sent it; whose history; where prev is */
    uint32_t request;                   /* of ours that it answers; 0: a broadcast */
    const struct sb_segment *segment;   /* leading links that we hold have been cut off */
    struct sb_seq held_to;              /* the last of those; 0: there were none */
    const struct sb_item_note *notes;   /* one per item */
    struct sb_hash prev;                /* of the first item */
    bool prev_held;                     /* durable here, at (epoch, first seq - 1); or seq is 1 */
    bool final; /* its last link is what counts of its epoch: other branches go aside */
    struct sb_sign_public key;
};

/* Bodies of missing events of one branch, ascending, that verified against their links. */
struct sb_in_bodies {
    uint16_t from, origin, branch;
    struct sb_epoch epoch;
    const struct sb_seq *seqs;
    size_t n;
    struct sb_seq next_missing;       /* the first missing one in the store beyond these; 0: none */
    uint32_t request;                 /* of ours that they answer; 0: none */
    uint64_t bytes;                   /* of all of them */
    const struct sb_item_note *notes; /* one per body, of what it erases; NULL: nothing */
};

#endif
