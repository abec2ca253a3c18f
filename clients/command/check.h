/* `samenbus check`: judges what a daemon says of itself, for monitoring. The parts that judge a
 * status are pure and each stands with its subcommand; check.c alone speaks with a daemon. Nothing
 * that is not known is ever called well. */
#ifndef SB_CLIENTS_COMMAND_CHECK_H
#define SB_CLIENTS_COMMAND_CHECK_H

#include "clients/command/command.h"
#include "clients/command/verdict.h"
#include "proto/status.h"

/* What holds for every check: the daemon's state and its alarms. */
void sb_check_daemon(struct sb_verdict *v, const struct sb_status *s);
void sb_check_peers(struct sb_verdict *v, const struct sb_status *s);

/* From where on; 0: never. */
struct sb_lag_limits {
    uint64_t warn_events, crit_events, warn_seconds, crit_seconds;
};
void sb_check_lag(struct sb_verdict *v, const struct sb_status *s, const struct sb_lag_limits *l);

#define SB_DAYS_UNKNOWN UINT64_MAX
#define SB_DAYS_NEVER   (UINT64_MAX - 1) /* it does not grow */

struct sb_store_limits {
    uint64_t max_bytes; /* store.max_size; 0: not known */
    uint64_t warn_percent, crit_percent;
    uint64_t days_left; /* at the present rate */
    uint64_t warn_days, crit_days;
};
void sb_check_store(struct sb_verdict *v, const struct sb_status *s,
                    const struct sb_store_limits *l);

/* Whether a direction's state means that events flow, will soon, or stand still. `none` is
 * SB_LEVEL_OK, for it was not asked for; a word that is not known is a warning. */
enum sb_level sb_check_direction(const char *state);

/* Does a partner take part with which we have no connection, neither way, since our start? Over
 * others, where we hold events of it and one of them is connected: SB_LEVEL_OK where its entry says
 * `over_others`, else a warning. So is one that is to come over others and has said nothing yet;
 * anything else is critical. `why`: what to tell; "" where all is well. */
enum sb_level sb_check_unconnected(const struct sb_status *s, const struct sb_status_peer *p,
                                   const char **why);
/* Neither of us has called the other since our start? */
bool sb_check_is_unconnected(const struct sb_status_peer *p);

/* ---- running one */

#define SB_FLAG_CHECK_FORMAT                                                                       \
    {                                                                                              \
        "format", 0, "text|nagios|json", "for people (default), a plugin's line, or an object"     \
    }

/* Is what is critical no less than what is a warning? 0 is never. False after a complaint, in which
 * `unit` stands behind both: what would be a warning was critical already. */
bool sb_check_rising(const struct sb_args *args, uint64_t warn, uint64_t crit, const char *unit);
/* False after a complaint. */
bool sb_check_read_format(const struct sb_args *args, enum sb_verdict_format *out);

/* Asks the daemon for its status, judges its state and alarms and then what `judge` does. A daemon
 * that does not answer is SB_LEVEL_UNKNOWN, with the sentence. Prints; returns the exit code. */
int sb_check_run(const struct sb_args *args, const char *subject,
                 void (*judge)(struct sb_verdict *v, const struct sb_status *s, void *context),
                 void *context);
/* Prints; returns the exit code: the level, or SB_LEVEL_UNKNOWN without memory. */
int sb_check_finish(const struct sb_verdict *v, enum sb_verdict_format format);

#endif
