/* The index by which events are found by what they are about: decisions, agenda items and
 * notifications (PROTOCOL §18.1, 8). It is a function of the bodies in the log and nothing else:
 * a body enters it in the transaction that brings it. It knows no rule: a view is folded from what
 * it finds. */
#ifndef SB_STORE_SAID_H
#define SB_STORE_SAID_H

#include "daemon/store/store.h"
#include "proto/subject_read.h"

struct sb_said_entry {
    struct sb_about about;
    struct sb_offset offset; /* of the event whose body it is */
};

/* The first entry at or after (kind, id, organisation, offset) in that order; ids, organisations'
 * lengths and organisations as bytes. SB_E_NOTFOUND: none. */
enum sb_rc sb_store_next_said(struct sb_store *store, const struct sb_subject *subject,
                              struct sb_offset from, struct sb_said_entry *out, struct sb_err *err);

/* Makes the index anew from the log, in one transaction, of a store that no daemon has open. Until
 * that has been committed the store is as it was. `on_progress` may be NULL; log entries. Errors:
 * as sb_store_open; SB_E_FULL. */
enum sb_rc sb_store_rebuild_said(const char *path,
                                 void (*on_progress)(void *context, uint64_t done, uint64_t all),
                                 void *context, uint64_t *entries, struct sb_err *err);

#endif
