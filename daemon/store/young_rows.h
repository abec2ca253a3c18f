/* What the handle of a store keeps of the young entries; young.h says what for. For daemon/store
 * only. */
#ifndef SB_STORE_YOUNG_ROWS_H
#define SB_STORE_YOUNG_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_young_row;

struct store_young_ref {
    uint64_t head; /* the first bytes of the row's key: comparing them seldom needs the row */
    uint32_t row;
};

/* Rows in the order of their offsets, and the first n_refs of them in the order of their keys. */
struct store_young_part {
    struct store_young_row *rows;
    struct store_young_ref *refs;
    size_t n, cap, n_refs, cap_refs;
};

struct store_young {
    /* Those that still come, and those that go to the index: no row comes to these. */
    struct store_young_part coming, going;
    struct store_young_ref *fresh; /* of the rows of `coming` that have no place in refs yet */
    size_t n_fresh, cap_fresh;
    size_t n_durable;    /* rows of `coming`; those behind belong to the open transaction */
    size_t moved, run;   /* refs of `going` that are in the index; and with this transaction */
    uint64_t clear_upto; /* what the young tree has up to this offset is in the index. 0: none */
    bool cleared;        /* with this transaction */
    size_t owed;         /* rows that the next run has at least, or all that are left */
    bool paid;
    uint64_t *leaving; /* offsets of what was erased, the open transaction's last */
    size_t n_leaving, cap_leaving, n_left;
    bool loaded, unread; /* read from the tree; save what cannot be read */
};

#endif
