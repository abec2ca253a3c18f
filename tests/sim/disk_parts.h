/* What a simulated disk has beside its log: consumers, what was erased, and what is left of that.
 * For disk*.c only. */
#ifndef SB_SIM_DISK_PARTS_H
#define SB_SIM_DISK_PARTS_H

#include "daemon/store/erasing.h"

struct disk_blob;
struct disk_op;
struct disk_state;

struct disk_consumer {
    char name[SB_CONSUMER_NAME_MAX + 1];
    size_t n;
    uint8_t bytes[];
};

enum disk_op_kind {
    DISK_EVENT,
    DISK_RELEASE,
    DISK_ROW,
    DISK_CHECKPOINT,
    DISK_BODY,
    DISK_CONSUMER,
    DISK_ERASE,
    DISK_ERASED,
    DISK_RECEIPT
};

/* What was erased; sorted by (origin, event). */
struct disk_erased {
    struct sb_erased row;
    char ground[SB_TITLE_MAX + 1];
    uint64_t turn; /* which erasing it was of all */
};

struct disk_receipt {
    uint16_t origin, by;
    struct sb_uuid event;
    struct sb_time time;
};

/* Bytes of a body that was dropped: they stay in the file until it is compacted. */
struct disk_residue {
    struct disk_blob *blob;
    uint64_t turn;
};

/* disk_erase.c: applying what erases. */
void disk_apply_erase(struct disk_state *state, const struct disk_op *op);
void disk_apply_erased(struct disk_state *state, const struct disk_op *op);
void disk_apply_receipt(struct disk_state *state, const struct disk_op *op);

#endif
