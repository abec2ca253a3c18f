/* Days and the one time zone that deadlines are in. Summer time is a rule, not data: nodes with
 * different time zone databases must find the same day. */
#include "proto/rules/calendar_date.h"

#include <stdio.h>
#include <string.h>

#include "proto/civil.h"

enum { DATE_CHARS = 10, MARCH = 3, OCTOBER = 10, SUNDAY = 3, DAYS_OF_WEEK = 7, YEAR_MAX = 9999 };

static const int64_t HOUR_MS = 3600 * 1000, DAY_MS = 24 * 3600 * 1000;

bool sb_date_given(struct sb_date date)
{
    return date.days != SB_DATE_NONE.days;
}

struct sb_date sb_date_read(struct sb_bytes text)
{
    struct sb_civil c;
    if (text.n != DATE_CHARS || !sb_civil_read(&c, (const char *)text.p)) {
        return SB_DATE_NONE;
    }
    return (struct sb_date){sb_civil_days(c)};
}

void sb_date_format(char out[static SB_DATE_TEXT_MAX], struct sb_date date)
{
    struct sb_civil c = sb_civil_of(sb_date_given(date) ? date.days : 0);
    out[0] = '\0';
    if (sb_date_given(date)) {
        (void)snprintf(out, SB_DATE_TEXT_MAX, "%04d-%02u-%02u", (int)c.year, c.month, c.day);
    }
}

void sb_date_words(char out[static SB_DATE_WORDS_MAX], struct sb_date date)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    struct sb_civil c = sb_civil_of(sb_date_given(date) ? date.days : 0);
    out[0] = '\0';
    if (sb_date_given(date)) {
        (void)snprintf(out, SB_DATE_WORDS_MAX, "%u %s %d", c.day, months[c.month - 1], (int)c.year);
    }
}

/* Both of the year's turns are at 01:00 UTC on the last Sunday of a month of 31 days. */
static int64_t turn_ms(int64_t year, unsigned month)
{
    int64_t last = sb_civil_days((struct sb_civil){year, month, 31});
    /* 1970-01-01 was a Thursday, so Sundays are those days that leave 3 when divided by 7 */
    int64_t after_sunday = ((last - SUNDAY) % DAYS_OF_WEEK + DAYS_OF_WEEK) % DAYS_OF_WEEK;
    return (last - after_sunday) * DAY_MS + HOUR_MS;
}

static int64_t day_of(int64_t ms)
{
    return ms / DAY_MS - (ms % DAY_MS < 0 ? 1 : 0);
}

bool sb_date_tells(struct sb_time time)
{
    return time.ms >= sb_civil_days((struct sb_civil){1, 1, 1}) * DAY_MS &&
           time.ms < sb_civil_days((struct sb_civil){YEAR_MAX + 1, 1, 1}) * DAY_MS - HOUR_MS;
}

struct sb_date sb_date_of(struct sb_time time)
{
    int64_t year = sb_civil_of(day_of(time.ms)).year;
    bool summer = time.ms >= turn_ms(year, MARCH) && time.ms < turn_ms(year, OCTOBER);
    return (struct sb_date){day_of(time.ms + (summer ? 2 : 1) * HOUR_MS)};
}

struct sb_date sb_date_after_weeks(struct sb_date receipt, unsigned weeks)
{
    return (struct sb_date){receipt.days + (int64_t)weeks * DAYS_OF_WEEK};
}
