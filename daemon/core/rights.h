/* What a key may do, decided for each publish: topics, who may be addressed, size, and how often.
 * Included by daemon/core/ only. */
#ifndef SB_CORE_RIGHTS_H
#define SB_CORE_RIGHTS_H

#include "daemon/core/internal.h"

/* The first rule of who publishes that this breaks. */
enum sb_denied_rule sb_rights_judge(const struct sb_core *c, const struct sb_in_publish *p);
/* The first partner who would be given what it may not read; 0: none. */
uint16_t sb_rights_reads_too_much(const struct sb_core *c, const struct sb_in_publish *p);

/* A bucket per client: filled at its rate, up to SB_RATE_BURST_MS of it and one event at least.
 * How many milliseconds until it holds an event; 0: now. */
int64_t sb_rights_wait(struct sb_core *c, uint16_t client);
/* Other clients may stand behind the numbers: all buckets are full. */
void sb_rights_begin(struct sb_core *c);
/* An event of the client was staged. */
void sb_rights_spend(struct sb_core *c, uint16_t client);

/* The same of what is taken of an origin's history, whoever brings it. A segment is taken whole
 * where there is room for its first event; what it takes beyond is a debt. Nobody is refused for
 * good: what is not taken is asked for when its time comes, and a partner that publishes more than
 * its rate holds up nobody but itself. */
int64_t sb_rights_intake_wait(struct sb_core *c, uint16_t origin);
void sb_rights_take(struct sb_core *c, uint16_t origin, size_t n);
/* The turn is over. What was not committed has cost nothing. */
void sb_rights_settle(struct sb_core *c, bool committed);
/* It is held to its rate, which is an alarm, until nothing of it is lacking any more. */
void sb_rights_slow(struct sb_core *c, uint16_t origin, bool slowed, struct sb_effects *fx);

#endif
