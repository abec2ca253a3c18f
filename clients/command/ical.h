/* iCalendar (RFC 5545) as text: lines, folding, escaping, the time zone. It knows no agenda. */
#ifndef SB_CLIENTS_COMMAND_ICAL_H
#define SB_CLIENTS_COMMAND_ICAL_H

#include <stdbool.h>
#include <stdio.h>

#include "proto/ids.h"

/* "NAME:value", folded so that no line has more than 75 octets; `name` may have parameters. */
void sb_ical_line(FILE *to, const char *name, const char *value);
/* The same for a value of type TEXT: backslash, semicolon, comma and line feed are escaped. */
void sb_ical_text(FILE *to, const char *name, const char *text);
/* An instant, in UTC. */
void sb_ical_instant(FILE *to, const char *name, struct sb_time time);
/* A local date and time YYYY-MM-DDThh:mm[:ss] of the zone (NULL: Europe/Amsterdam), or a day
 * YYYY-MM-DD. False, and nothing written, for anything else. */
bool sb_ical_local(FILE *to, const char *name, const char *when, const char *zone);
/* The start of a calendar, with the rules of Europe/Amsterdam; programs know other zones by their
 * IANA names. And its end. */
void sb_ical_begin(FILE *to);
void sb_ical_end(FILE *to);

#endif
