/* Dates and times as text, proleptic Gregorian, UTC inside. Pure, no allocation, no stdio, no time
 * zone data: the core links this file. Declared in ids.h. */
#include "proto/ids.h"

#include <string.h>

#include "proto/civil.h"

enum { DATE_CHARS = 10, MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400 };

/* By counting years from March in eras of 400 (Howard Hinnant, chrono-compatible low-level date
 * algorithms). */
int64_t sb_civil_days(struct sb_civil c)
{
    int64_t y = c.month <= 2 ? c.year - 1 : c.year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year =
        (153 * (int64_t)(c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + (int64_t)c.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct sb_civil sb_civil_of(int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    unsigned m = (unsigned)(month < 10 ? month + 3 : month - 9);
    return (struct sb_civil){year_of_era + era * 400 + (m <= 2 ? 1 : 0), m,
                             (unsigned)(day_of_year - (153 * month + 2) / 5 + 1)};
}

static size_t put_number(char *out, uint64_t value, unsigned width)
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || n < width);
    for (size_t i = 0; i < n; i++) {
        out[i] = reversed[n - 1 - i];
    }
    return n;
}

static size_t put_date(char *out, struct sb_civil c)
{
    size_t n = 0;
    if (c.year < 0) {
        out[n++] = '-';
    }
    n += put_number(out + n, (uint64_t)(c.year < 0 ? -c.year : c.year), 4);
    out[n++] = '-';
    n += put_number(out + n, c.month, 2);
    out[n++] = '-';
    return n + put_number(out + n, c.day, 2);
}

void sb_time_format(char out[static SB_TIME_TEXT_MAX], struct sb_time t)
{
    const int64_t day_ms = (int64_t)SECONDS_PER_DAY * MS_PER_SECOND;
    int64_t days = t.ms / day_ms, rest = t.ms % day_ms;
    if (rest < 0) {
        rest += day_ms;
        days--;
    }
    uint64_t ms = (uint64_t)rest, seconds = ms / MS_PER_SECOND;
    size_t n = put_date(out, sb_civil_of(days));
    out[n++] = 'T';
    n += put_number(out + n, seconds / 3600, 2);
    out[n++] = ':';
    n += put_number(out + n, seconds / 60 % 60, 2);
    out[n++] = ':';
    n += put_number(out + n, seconds % 60, 2);
    out[n++] = '.';
    n += put_number(out + n, ms % MS_PER_SECOND, 3);
    out[n++] = 'Z';
    out[n] = '\0';
}

/* Exactly `width` digits, at most `max`. */
static bool get_number(unsigned *out, const char *text, unsigned width, unsigned max)
{
    unsigned value = 0;
    for (unsigned i = 0; i < width; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *out = value;
    return value <= max;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool sb_civil_read(struct sb_civil *out, const char *text)
{
    unsigned year, month, day;
    if (!get_number(&year, text, 4, 9999) || text[4] != '-' ||
        !get_number(&month, text + 5, 2, 12) || text[7] != '-' ||
        !get_number(&day, text + 8, 2, 31)) {
        return false;
    }
    if (year < 1 || month < 1 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    *out = (struct sb_civil){year, month, day};
    return true;
}

/* hh:mm at text, 5 characters. */
static bool get_minutes(int64_t *out, const char *text)
{
    unsigned hours, minutes;
    if (!get_number(&hours, text, 2, 23) || text[2] != ':' ||
        !get_number(&minutes, text + 3, 2, 59)) {
        return false;
    }
    *out = (int64_t)hours * 60 + (int64_t)minutes;
    return true;
}

bool sb_date_valid(const char *text, size_t n)
{
    struct sb_civil c;
    return n == DATE_CHARS && sb_civil_read(&c, text);
}

bool sb_local_time_valid(const char *text, size_t n)
{
    struct sb_civil c;
    int64_t minutes;
    unsigned seconds;
    if ((n != 16 && n != 19) || !sb_civil_read(&c, text) || text[10] != 'T' ||
        !get_minutes(&minutes, text + 11)) {
        return false;
    }
    return n == 16 || (text[16] == ':' && get_number(&seconds, text + 17, 2, 59));
}

/* ".123456": any number of digits from one, cut to milliseconds. Returns the characters used. */
static size_t get_fraction(int64_t *ms, const char *text, size_t n)
{
    int64_t unit = 100;
    size_t i = 1;
    *ms = 0;
    if (n == 0 || text[0] != '.') {
        return 0;
    }
    for (; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
        *ms += (text[i] - '0') * unit;
        unit /= 10;
    }
    return i;
}

/* "Z" or "+hh:mm", and nothing behind it. */
static bool get_offset(int64_t *minutes, const char *text, size_t n)
{
    if (n == 1 && (text[0] == 'Z' || text[0] == 'z')) {
        *minutes = 0;
        return true;
    }
    if (n != 6 || (text[0] != '+' && text[0] != '-') || !get_minutes(minutes, text + 1)) {
        return false;
    }
    if (text[0] == '-') {
        *minutes = -*minutes;
    }
    return true;
}

bool sb_time_parse(struct sb_time *out, const char *text, size_t n)
{
    struct sb_civil c;
    int64_t minutes, ms, offset;
    unsigned seconds;
    if (n < 20 || !sb_civil_read(&c, text) || (text[10] != 'T' && text[10] != 't') ||
        !get_minutes(&minutes, text + 11) || text[16] != ':' ||
        !get_number(&seconds, text + 17, 2, 59)) {
        return false;
    }
    size_t fraction = get_fraction(&ms, text + 19, n - 19);
    if (fraction == 1 || !get_offset(&offset, text + 19 + fraction, n - 19 - fraction)) {
        return false;
    }
    int64_t since_epoch =
        sb_civil_days(c) * SECONDS_PER_DAY + (minutes - offset) * 60 + (int64_t)seconds;
    out->ms = since_epoch * MS_PER_SECOND + ms;
    return true;
}
