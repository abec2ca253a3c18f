/* Days of the proleptic Gregorian calendar: what text, time and calendar dates share. Pure; made in
 * time.c. */
#ifndef SB_PROTO_CIVIL_H
#define SB_PROTO_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

struct sb_civil {
    int64_t year;
    unsigned month, day; /* from 1 */
};

/* Days since 1970-01-01, and back. */
int64_t sb_civil_days(struct sb_civil c);
struct sb_civil sb_civil_of(int64_t days);
/* The first ten characters of `text` as YYYY-MM-DD; false for a day that does not exist, and for
 * one of the year 0000. */
bool sb_civil_read(struct sb_civil *out, const char *text);

#endif
