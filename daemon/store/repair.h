/* A new store of all that is sound in a damaged one. Every link is proven again by its chain and
 * its checkpoint, every body by its commitment, every index is made anew. From the first link of an
 * epoch that is not sound on, and where a body is not, the partners have it: the daemon asks them.
 *
 * A damaged file can crash LMDB: run it in a child process. */
#ifndef SB_STORE_REPAIR_H
#define SB_STORE_REPAIR_H

#include "proto/export.h"
#include "proto/rekey.h"

struct sb_store_repair {
    void *context;
    /* For each epoch that is not whole any more: seq is the first that is left out. Also for the
     * log as a whole, and for consumers (no origin). Borrowed for the call. */
    void (*on_left_out)(void *context, const struct sb_export_fault *fault);
    /* Announcements of new keys: an end that one of them names is kept without a signature. Any
     * other counts as not there: the links under it alone are left out. */
    struct sb_rekeys rekeys;
};

struct sb_store_repaired {
    uint64_t events, epochs;   /* in the new store */
    uint64_t left_out, bodies; /* log entries, and bodies of events that were kept */
    bool replaced;             /* the new store is in the place of the damaged one */
};

/* Takes the store's lock, writes the new store as `into`, verifies that, and puts it in the place
 * of the old one, which is kept as `aside`: two names on the same disk that do not exist. On an
 * error the store stays where and as it was, unless `replaced` says that only the disk did not
 * confirm it; what is left as `into` is never the damaged store. Errors: SB_E_BUSY
 * (its daemon runs, or `aside` exists), SB_E_NOTFOUND, SB_E_CORRUPT (nothing can be read),
 * SB_E_FULL, SB_E_IO, SB_E_NOMEM. */
enum sb_rc sb_store_repair(const char *path, const char *into, const char *aside,
                           const struct sb_store_repair *to, struct sb_store_repaired *out,
                           struct sb_err *err);

#endif
