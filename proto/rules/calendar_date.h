/* A day of the calendar, and the day that an instant is in the municipalities' time (PROTOCOL
 * §18.2). No clock, no time zone of the machine. */
#ifndef SB_PROTO_RULES_CALENDAR_DATE_H
#define SB_PROTO_RULES_CALENDAR_DATE_H

#include "proto/bytes.h"
#include "proto/ids.h"

struct sb_date { /* days since 1970-01-01 */
    int64_t days;
};

#define SB_DATE_NONE ((struct sb_date){INT64_MIN})

enum { SB_DATE_TEXT_MAX = 24, SB_DATE_WORDS_MAX = 40 };

bool sb_date_given(struct sb_date date);
/* YYYY-MM-DD that exists; SB_DATE_NONE for anything else. */
struct sb_date sb_date_read(struct sb_bytes text);
/* "2026-03-12", and "12 March 2026"; "" for SB_DATE_NONE. */
void sb_date_format(char out[static SB_DATE_TEXT_MAX], struct sb_date date);
void sb_date_words(char out[static SB_DATE_WORDS_MAX], struct sb_date date);

/* Can a day be told of this time: do its days in UTC and in Europe/Amsterdam lie in the years 1 to
 * 9999? */
bool sb_date_tells(struct sb_time time);
/* The day in Europe/Amsterdam by the rule of the European Union, for all years. */
struct sb_date sb_date_of(struct sb_time time);
/* The deadline that lies so many weeks after the receipt: councils have 8 or 12. */
struct sb_date sb_date_after_weeks(struct sb_date receipt, unsigned weeks);

#endif
