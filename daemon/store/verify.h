/* Does a store still say what was put into it? Everything is derived again from the log: hashes,
 * commitments, signatures, and every index. For `samenbus verify --store`; it reads only and may
 * run beside a live daemon, but a damaged file can crash LMDB (SIGSEGV, SIGBUS): run it in a child
 * process. */
#ifndef SB_STORE_VERIFY_H
#define SB_STORE_VERIFY_H

#include "proto/export.h"
#include "proto/rekey.h"

struct sb_store_verifier {
    void *context; /* the caller's */
    /* For each fault, the first 100 of them. Borrowed for the call. */
    void (*on_fault)(void *context, const struct sb_export_fault *fault);
    /* Now and then; may be NULL. Log entries. */
    void (*on_progress)(void *context, uint64_t done, uint64_t all);
    /* Announcements of new keys. A checkpoint without a signature is sound where one of them names
     * its link, and nowhere else. */
    struct sb_rekeys rekeys;
};

struct sb_store_totals {
    uint64_t events, epochs, origins, faults;
    uint64_t announced;  /* ends without a signature that an announcement names */
    uint64_t unreadable; /* bodies that their origins signed, and that are not well-formed */
    uint64_t bare;       /* checkpoints without one that none names; each is among the faults */
    struct sb_hash partnership;
    struct sb_org organisation;
};

/* Keys are those that the store kept: whether they are the pinned ones, the caller compares. A
 * store with faults is SB_OK: see totals->faults. Errors: SB_E_NOTFOUND (no store), SB_E_VERSION,
 * SB_E_CORRUPT (so damaged that it cannot be opened), SB_E_IO, SB_E_NOMEM. */
enum sb_rc sb_store_verify(const char *path, const struct sb_store_verifier *to,
                           struct sb_store_totals *totals, struct sb_err *err);

#endif
