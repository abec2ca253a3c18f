/* What a key may do, decided for each publish: topics, who may be addressed, size, and how often.
 * Included by daemon/core/ only. */
#ifndef SB_CORE_RIGHTS_H
#define SB_CORE_RIGHTS_H

#include "daemon/core/internal.h"

/* What a client has left of its rate. */
struct sb_budget_left {
    bool begun;
    uint64_t left; /* in parts of which SB_RATE_EVENT are an event */
    int64_t mono_ms;
};

/* The first rule that the publish breaks; `about` is the partner of SB_RULE_PARTNER_READ. */
enum sb_denied_rule sb_rights_judge(const struct sb_core *c, const struct sb_in_publish *p,
                                    uint16_t *about);

/* A bucket per client: filled at its rate, up to SB_RATE_BURST_MS of it and one event at least.
 * How many milliseconds until it holds an event; 0: now. */
int64_t sb_rights_wait(struct sb_core *c, uint16_t client);
/* Other clients may stand behind the numbers: all buckets are full. */
void sb_rights_begin(struct sb_core *c);
/* An event of the client was staged. */
void sb_rights_spend(struct sb_core *c, uint16_t client);

#endif
