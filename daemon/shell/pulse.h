/* What the service manager hears while the daemon serves: a sign of life after each turn, where it
 * asked for one (WATCHDOG_USEC), and one line of how things stand, for `systemctl status`. A loop
 * that hangs, or a disk that never comes back from a commit, falls silent here. */
#ifndef SB_SHELL_PULSE_H
#define SB_SHELL_PULSE_H

#include "daemon/shell/node.h"

struct sb_pulse {
    int64_t every_ms; /* between signs of life; 0: nobody asked */
    int64_t next_mono_ms;
    char line[128]; /* told last */
};

/* Reads WATCHDOG_USEC, and WATCHDOG_PID where it names another process than us. */
void sb_pulse_init(struct sb_pulse *pulse);
/* After a turn: tells what is due, once a second at most. */
void sb_pulse_beat(struct sb_pulse *pulse, struct sb_node *node, struct sb_now now);
/* When the next sign of life is due, on the monotonic clock; INT64_MAX: nobody asked for any. */
int64_t sb_pulse_due(const struct sb_pulse *pulse);
/* "3/3 partners, lag 0", with the state and the number of alarms where there is something wrong. */
void sb_pulse_describe(char *out, size_t size, const struct sb_status *status);

#endif
