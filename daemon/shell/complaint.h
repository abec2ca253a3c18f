/* Complaints: what others send that we cannot use, said once and then counted, so that nobody can
 * fill a disk by repeating himself, nor silence others by many different mistakes. It keeps count;
 * the log prints. */
#ifndef SB_SHELL_COMPLAINT_H
#define SB_SHELL_COMPLAINT_H

#include "daemon/shell/log.h"

enum {
    SB_COMPLAINT_PERIOD_MS = 10000, /* an identical one is said again after this */
    SB_COMPLAINTS_MAX = 64,         /* different ones said in one period, all sources together */
    SB_COMPLAINTS_PER_SOURCE = 8,   /* different ones said in one period of one source */
};

/* One that was said: identified by a hash, so that no text of others is kept but for its count. */
struct sb_complaint {
    uint64_t source, whole; /* hashes of who, and of who, what and why; 0: free */
    int64_t said_mono_ms;
    uint64_t suppressed; /* identical ones since */
    char text[256];      /* who and what, for the line that tells the count */
};

struct sb_complaints {
    struct sb_log *log; /* borrowed */
    struct sb_complaint said[SB_COMPLAINTS_MAX];
    uint64_t unsaid; /* ones that found no place */
    int64_t unsaid_since_mono_ms;
};

void sb_complaints_init(struct sb_complaints *c, struct sb_log *log);
/* Says it, or counts it. */
void sb_complaints_add(struct sb_complaints *c, int64_t mono_ms, bool denied, const char *who,
                       const char *what, const char *why);
/* Tells the counts of the periods that are over. Cheap when there are none. */
void sb_complaints_flush(struct sb_complaints *c, int64_t mono_ms);

#endif
