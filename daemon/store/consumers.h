/* Named cursors in a store: for each name a few bytes that mean nothing to it. They belong to this
 * store and are replicated to nobody. */
#ifndef SB_STORE_CONSUMERS_H
#define SB_STORE_CONSUMERS_H

#include "daemon/store/store.h"

/* Calls `each` for every one in the order of names, as of the last refresh; `value` is borrowed for
 * the call. Stops when it returns false. `name` is NULL where damage made it one that cannot be. */
enum sb_rc sb_store_consumers(struct sb_store *store,
                              bool (*each)(void *context, const char *name, struct sb_bytes value),
                              void *context, struct sb_err *err);
/* Does a value take more pages than the one in whose place it comes (0 bytes: none)? */
static inline bool sb_store_consumer_grows(size_t before, size_t after)
{
    enum { PAGE = 4096 };
    return (after + PAGE - 1) / PAGE > (before + PAGE - 1) / PAGE;
}
/* Writes one, new or in the place of what was there. What takes no more pages than before may use
 * the room that is kept from events: an acknowledgement goes into a full store. */
void sb_store_put_consumer(struct sb_store_txn *txn, const char *name, struct sb_bytes value);
/* One that is not there is none afterwards either. */
void sb_store_remove_consumer(struct sb_store_txn *txn, const char *name);

#endif
