/* What was erased, and what of it is still to be done: the part of the store that forgets. Beside
 * store.h, with the same rules; the simulator's disk has the same functions.
 *
 * Erasing has three steps. Recorded: one transaction drops body and salt of every copy, so that no
 * read from then on shows them; their bytes stand in pages of the file that are free now. Gone: a
 * compaction has replaced the file. Done: the receipt has been written. */
#ifndef SB_STORE_ERASING_H
#define SB_STORE_ERASING_H

#include "daemon/store/store.h"

enum sb_erasing { SB_ERASING_IN_FILES = 1, SB_ERASING_GONE = 2, SB_ERASING_DONE = 3 };

struct sb_erased {
    uint16_t origin;
    struct sb_uuid event;
    struct sb_uuid by;     /* id of the origin's Erasure; all zero: its time here was up */
    struct sb_time since;  /* when it was recorded here */
    enum sb_erasing state; /* in reads */
    bool instead;          /* in writes: of an Erasure that does not count (any more) */
    struct sb_bytes ground;
};

/* ---- reading */

enum sb_rc sb_store_find_erased(struct sb_store *store, uint16_t origin,
                                const struct sb_uuid *event, struct sb_erased *out,
                                struct sb_err *err);
/* The first behind (origin, event), in that order; zeros at first. */
enum sb_rc sb_store_next_erased(struct sb_store *store, uint16_t origin,
                                const struct sb_uuid *event, struct sb_erased *out,
                                struct sb_err *err);
/* The same among those that are not done. */
enum sb_rc sb_store_next_erasing(struct sb_store *store, uint16_t origin,
                                 const struct sb_uuid *event, struct sb_erased *out,
                                 struct sb_err *err);
uint64_t sb_store_erasing_count(struct sb_store *store);
/* How many may be recorded in one transaction, at least one: so that half of the room is left to
 * the next, for only that one can use again what this one frees. */
unsigned sb_store_erasures_fit(struct sb_store *store);
/* When had organisation `by` no copy left, by its receipt? */
enum sb_rc sb_store_find_receipt(struct sb_store *store, uint16_t origin,
                                 const struct sb_uuid *event, uint16_t by, struct sb_time *out,
                                 struct sb_err *err);

/* ---- writing, in a transaction of store.h */

/* Drops body and salt of every event of this id but those of the system, for good, and records it.
 * An erasure takes the place of an expiry; the first of several erasures counts, but for one that
 * is put `instead`, and confirmed anew. Taken from the reserve: it must be possible in a full
 * store. */
void sb_store_put_erased(struct sb_store_txn *txn, const struct sb_erased *erased);
void sb_store_put_receipt(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event,
                          uint16_t by, struct sb_time time);
void sb_store_end_erasing(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event);
/* What an Erasure erased is to be confirmed after all: gone, where it is done and our own receipt
 * is not there, by what this transaction has. */
void sb_store_confirm_again(struct sb_store_txn *txn, uint16_t origin, const struct sb_uuid *event);
/* May what this transaction appends from here on be taken from the reserve? */
void sb_store_use_reserve(struct sb_store_txn *txn, bool use);

/* ---- compaction: a new file without the pages that are free */

/* Begins; at most one is under way, beside which the store is read and written as ever. Errors:
 * SB_E_FULL (no room for a second file), SB_E_IO (the store itself is as it was). */
enum sb_rc sb_store_compact(struct sb_store *store, struct sb_err *err);
bool sb_store_compacting(const struct sb_store *store);
/* A step of it, between two transactions; what reads lent is void when it is done. SB_E_AGAIN: it
 * goes on. SB_OK: the new file is in its place, durably, and what had been erased when it began is
 * gone. SB_E_FULL: given up for want of room. SB_E_CORRUPT: given up, the store cannot be read
 * through. SB_E_IO: the process must end. */
enum sb_rc sb_store_compact_step(struct sb_store *store, struct sb_err *err);

#endif
