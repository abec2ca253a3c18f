/* Writing iCalendar; see ical.h. */
#include "clients/command/ical.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/text.h"

enum { LINE_OCTETS = 75, DAY_CHARS = 10, MINUTE_CHARS = 16, SECOND_CHARS = 19 };

/* A fold stands between characters; the space behind it counts. `used`: octets of the line so far.
 */
static void put_folded(FILE *to, size_t *used, const char *value, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t length = sb_utf8_next(&c, (const uint8_t *)value + i, n - i);
        length = length == 0 ? 1 : length;
        if (*used + length > LINE_OCTETS) {
            fputs("\r\n ", to);
            *used = 1;
        }
        fwrite(value + i, 1, length, to);
        *used += length;
        i += length;
    }
}

static size_t put_name(FILE *to, const char *name)
{
    size_t used = 0;
    put_folded(to, &used, name, strlen(name));
    put_folded(to, &used, ":", 1);
    return used;
}

void sb_ical_line(FILE *to, const char *name, const char *value)
{
    size_t used = put_name(to, name);
    put_folded(to, &used, value, strlen(value));
    fputs("\r\n", to);
}

void sb_ical_text(FILE *to, const char *name, const char *text)
{
    size_t used = put_name(to, name);
    while (*text != '\0') {
        size_t plain = strcspn(text, "\\;,\n");
        put_folded(to, &used, text, plain);
        text += plain;
        if (*text != '\0') {
            char escaped[2] = {'\\', *text == '\n' ? 'n' : *text};
            put_folded(to, &used, escaped, sizeof escaped);
            text++;
        }
    }
    fputs("\r\n", to);
}

/* "2026-12-10T20:00" to "20261210T200000"; a day has no time. */
static bool put_compact(char out[static SECOND_CHARS], const char *when, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n && i < SECOND_CHARS; i++) {
        if (when[i] != '-' && when[i] != ':') {
            out[at++] = when[i];
        }
    }
    if (n == MINUTE_CHARS) {
        out[at++] = '0';
        out[at++] = '0';
    }
    out[at] = '\0';
    return n == DAY_CHARS || n == MINUTE_CHARS || n == SECOND_CHARS;
}

void sb_ical_instant(FILE *to, const char *name, struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX], compact[SECOND_CHARS], utc[SECOND_CHARS + 1];
    sb_time_format(text, time);
    (void)put_compact(compact, text, SECOND_CHARS);
    (void)snprintf(utc, sizeof utc, "%sZ", compact);
    sb_ical_line(to, name, utc);
}

bool sb_ical_local(FILE *to, const char *name, const char *when, const char *zone)
{
    char compact[SECOND_CHARS], with[SB_LABEL_MAX + 32];
    size_t n = strlen(when);
    if (!put_compact(compact, when, n)) {
        return false;
    }
    (void)snprintf(with, sizeof with, "%s;%s%s", name, n == DAY_CHARS ? "VALUE=DATE" : "TZID=",
                   n == DAY_CHARS ? ""
                   : zone == NULL ? "Europe/Amsterdam"
                                  : zone);
    sb_ical_line(to, with, compact);
    return true;
}

/* The rule of the European Union, for all years, as in PROTOCOL §18.2. */
void sb_ical_begin(FILE *to)
{
    fputs("BEGIN:VCALENDAR\r\n"
          "VERSION:2.0\r\n"
          "PRODID:-//samenbus//samenbus " SAMENBUS_VERSION "//EN\r\n"
          "CALSCALE:GREGORIAN\r\n"
          "METHOD:PUBLISH\r\n"
          "BEGIN:VTIMEZONE\r\n"
          "TZID:Europe/Amsterdam\r\n"
          "BEGIN:DAYLIGHT\r\n"
          "DTSTART:19700329T020000\r\n"
          "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
          "TZOFFSETFROM:+0100\r\n"
          "TZOFFSETTO:+0200\r\n"
          "TZNAME:CEST\r\n"
          "END:DAYLIGHT\r\n"
          "BEGIN:STANDARD\r\n"
          "DTSTART:19701025T030000\r\n"
          "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
          "TZOFFSETFROM:+0200\r\n"
          "TZOFFSETTO:+0100\r\n"
          "TZNAME:CET\r\n"
          "END:STANDARD\r\n"
          "END:VTIMEZONE\r\n",
          to);
}

void sb_ical_end(FILE *to)
{
    fputs("END:VCALENDAR\r\n", to);
}
