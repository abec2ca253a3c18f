/* What the two halves of a verification share: verify.c walks along the log, verify_index.c asks
 * the indexes. For verify*.c only. */
#ifndef SB_STORE_VERIFY_WALK_H
#define SB_STORE_VERIFY_WALK_H

#include "daemon/store/handle.h"
#include "daemon/store/keys.h"
#include "daemon/store/verify.h"
#include "daemon/store/verify_chain.h"

/* As the store has it: who confirmed what, and when. */
struct verify_receipt {
    uint8_t key[STORE_ID_KEY], time[8];
};

struct verify_walk {
    struct sb_store *store;
    const struct sb_store_verifier *to;
    struct sb_store_totals *totals;
    struct verify_chains chains;
    struct sb_arena arena; /* for one EpochStart at a time */
    struct sb_offset by_class[SB_CLASS_COUNT];
    struct sb_place before;          /* of the log entry before; seq 0: none, or not an event */
    struct verify_receipt *receipts; /* that the log has; owned */
    size_t n_receipts, cap_receipts;
    uint8_t *waiting; /* a bit for each log entry: deferred, and not released yet; owned */
    uint64_t runs, ids, checkpoints, missing, said; /* entries that the indexes must have */
};

/* `place` NULL: of the whole. The text is the fault's sentence, or more exactly `text`. */
void verify_report(struct verify_walk *walk, const struct sb_place *place, enum sb_fault fault,
                   const char *text);

/* Is this event found by its place and its id, and among the missing where it is? */
void verify_event_indexes(struct verify_walk *walk, const struct sb_record *record);
/* Keeps what the event confirms, if it does. False: no memory. */
bool verify_note_receipt(struct verify_walk *walk, const struct sb_record *record);
/* Has each confirmation in the store been said? */
void verify_receipts(struct verify_walk *walk);
/* At the end: chain rows, what is deferred still, counts, the account, consumers. */
void verify_indexes(struct verify_walk *walk);
/* The checkpoint of the event at this offset. False: it has none. */
bool verify_checkpoint_at(const struct verify_walk *walk, struct sb_offset offset,
                          struct sb_checkpoint *out, bool *readable);
/* The row of a chain. */
bool verify_row_of(const struct verify_walk *walk, const struct sb_place *place,
                   struct sb_chain_row *out);

#endif
