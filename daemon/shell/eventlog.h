/* The event log: one line of JSON per event, without its body, in the order of commits. It is read
 * off the store after the commit and not told by the node, so that a line can neither come before
 * its event is durable nor be missed: after a crash, a full disk or a rotation it goes on behind
 * the last line that it wrote. The file `PATH.position` remembers where that was; without both it
 * begins at the first event, and a crash in the midst of a rotation may repeat the last slice.
 * Losing it costs nobody an event, so it never stops the daemon. */
#ifndef SB_SHELL_EVENTLOG_H
#define SB_SHELL_EVENTLOG_H

#include "daemon/core/core.h"
#include "daemon/shell/linefile.h"
#include "daemon/store/store.h"
#include "proto/arena.h"

enum {
    SB_EVENTLOG_SLICE_BYTES = 512 * 1024, /* written at once, then the bus has its turn */
    SB_EVENTLOG_SLICE_EVENTS = 4096,      /* looked at, likewise */
    SB_EVENTLOG_RETRY_MS = 5000,          /* after a failure */
};

struct sb_eventlog {
    struct sb_linefile file;
    struct sb_offset written; /* everything up to here is in the file, or need not be */
    bool placed;              /* `written` is known */
    bool failed;
    int64_t retry_mono_ms;
    int position_fd; /* of PATH.position; -1: not open */
    char *slice;     /* SB_EVENTLOG_SLICE_BYTES */
    size_t n;        /* bytes of it in use */
    struct sb_arena arena;
};

/* Finds where it left off. `path` is borrowed; NULL: no event log, and everything below does
 * nothing. SB_E_NOMEM; whatever is wrong with the file shows at the first write. */
enum sb_rc sb_eventlog_open(struct sb_eventlog *log, const char *path, struct sb_err *err);
void sb_eventlog_close(struct sb_eventlog *log);

/* Writes lines for what has been committed since, a slice at most. SB_OK: the file is as it should
 * be, so far; otherwise `err` says why not, and it tries again by itself.
 * Not to be called while the node's outbox is in use: it refreshes the store. */
enum sb_rc sb_eventlog_write(struct sb_eventlog *log, struct sb_store *store,
                             const struct sb_core *core, int64_t mono_ms, struct sb_err *err);
/* How many entries of the store are to be looked at, or 1 where the file is still to be opened; 0:
 * nothing is to be done. */
uint64_t sb_eventlog_behind(const struct sb_eventlog *log, const struct sb_core *core);

/* Goes on in a new file of the same name, after somebody moved the old one away. */
void sb_eventlog_reopen(struct sb_eventlog *log);

#endif
