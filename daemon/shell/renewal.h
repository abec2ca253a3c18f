/* Keys that are to be renewed: an alarm in time, and again louder once it is too late. They go on
 * working: a daemon that stopped at a date would be worse than an old key. */
#ifndef SB_SHELL_RENEWAL_H
#define SB_SHELL_RENEWAL_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/ids.h"

enum { SB_RENEWAL_DAYS = 30, SB_RENEWAL_TEXT_MAX = 200 };

/* Is it time to say that keys are to be renewed by this date (YYYY-MM-DD; NULL: never)? In words.
 */
bool sb_renewal_due(const char *by, struct sb_time now, char text[static SB_RENEWAL_TEXT_MAX]);

#endif
