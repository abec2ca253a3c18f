/* Lines for stderr; see log.h. Nothing else of the daemon writes there once it runs. */
#include "daemon/shell/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/shell/clock.h"
#include "proto/text.h"

/* Is stderr the journal itself? systemd says which stream it gave us (systemd.exec(5)); that the
 * variable is there proves nothing, for children of a service inherit it. */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    if (stream == NULL || fstat(fd, &st) != 0) {
        return false;
    }
    char own[64];
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(own, stream) == 0;
}

void sb_log_init(struct sb_log *log)
{
    *log = (struct sb_log){.fd = STDERR_FILENO,
                           .level = SB_CONFIG_LOG_INFO,
                           .format = SB_CONFIG_LOG_TEXT,
                           .priorities = is_journal(STDERR_FILENO)};
}

void sb_log_configure(struct sb_log *log, const struct sb_config_log *config)
{
    log->level = config->level;
    log->format = config->format;
}

static const char *level_name(enum sb_config_log_level level)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    return names[level];
}

/* syslog(3)'s number. */
static int level_priority(enum sb_config_log_level level)
{
    static const int priorities[] = {3, 4, 6, 7};
    return priorities[level];
}

/* "2026-11-23 17:08:48.123 ", in the time zone of whoever reads it here. */
static size_t put_local_time(char *out, size_t cap, struct sb_time now)
{
    time_t seconds = (time_t)(now.ms / 1000);
    struct tm tm;
    if (localtime_r(&seconds, &tm) == NULL) {
        return 0;
    }
    size_t n = strftime(out, cap, "%F %T", &tm);
    return n + (size_t)snprintf(out + n, cap - n, ".%03d ", (int)(now.ms % 1000));
}

/* Escaped text as the inside of a JSON string: what is left to do is the quote and the backslash.
 */
static size_t put_json_text(char *out, size_t cap, const char *escaped)
{
    size_t n = 0;
    for (; *escaped != '\0' && n + 3 < cap; escaped++) {
        if (*escaped == '"' || *escaped == '\\') {
            out[n++] = '\\';
        }
        out[n++] = *escaped;
    }
    out[n] = '\0';
    return n;
}

static size_t put_json_line(char *out, size_t cap, enum sb_config_log_level level,
                            struct sb_time now, const char *escaped)
{
    char time_text[SB_TIME_TEXT_MAX];
    sb_time_format(time_text, now);
    size_t n = (size_t)snprintf(out, cap, "{\"time\":\"%s\",\"level\":\"%s\",\"text\":\"",
                                time_text, level_name(level));
    n += put_json_text(out + n, cap - n - 2, escaped);
    return n + (size_t)snprintf(out + n, cap - n, "\"}");
}

size_t sb_log_line(char out[static SB_LOG_LINE_MAX], const struct sb_log *log,
                   enum sb_config_log_level level, struct sb_time now, const char *text)
{
    char escaped[SB_LOG_LINE_MAX - 512];
    size_t cap = SB_LOG_LINE_MAX - 2, n = 0;
    sb_text_escape(escaped, sizeof escaped,
                   (struct sb_bytes){(const uint8_t *)text, strnlen(text, SB_LOG_TEXT_MAX)});
    if (log->priorities) {
        n += (size_t)snprintf(out, cap, "<%d>", level_priority(level));
    }
    if (log->format == SB_CONFIG_LOG_JSON) {
        n += put_json_line(out + n, cap - n, level, now, escaped);
    } else {
        n += log->priorities ? 0 : put_local_time(out + n, cap - n, now);
        n += (size_t)snprintf(out + n, cap - n, "%-7s %s", level_name(level), escaped);
    }
    out[n++] = '\n';
    out[n] = '\0';
    return n;
}

/* Would a write of one line wait? A paused terminal or a full pipe must not stop the bus. */
static bool can_write(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static size_t put_member(char *out, size_t cap, const char *key, const char *value)
{
    char escaped[4 * SB_JOURNAL_WORD_MAX], json[8 * SB_JOURNAL_WORD_MAX];
    sb_text_escape(escaped, sizeof escaped,
                   (struct sb_bytes){(const uint8_t *)value, strnlen(value, SB_JOURNAL_WORD_MAX)});
    put_json_text(json, sizeof json, escaped);
    int n = snprintf(out, cap, ",\"%s\":\"%s\"", key, json);
    return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

/* Behind a JSON line's text, as far as there is room: a line is whole or not there. */
static size_t add_note(char line[static SB_LOG_LINE_MAX], size_t n,
                       const struct sb_journal_note *note)
{
    const struct sb_happening_kind *kind = sb_happening_kind(note->code);
    const char *const members[][2] = {{"code", kind->code},     {"action", kind->action},
                                      {"actor", note->actor},   {"object", note->object},
                                      {"result", note->result}, {"origin", note->origin}};
    n -= 2; /* the bracket and the line feed */
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        line[n] = '\0';
        n += put_member(line + n, SB_LOG_LINE_MAX - 3 - n, members[i][0], members[i][1]);
    }
    memcpy(line + n, "}\n", 3);
    return n + 2;
}

static bool write_line(const struct sb_log *log, enum sb_config_log_level level,
                       const struct sb_journal_note *note, const char *text)
{
    char line[SB_LOG_LINE_MAX];
    size_t n = sb_log_line(line, log, level, sb_clock_now().wall, text);
    if (note != NULL && log->format == SB_CONFIG_LOG_JSON) {
        n = add_note(line, n, note);
    }
    return can_write(log->fd) && write(log->fd, line, n) == (ssize_t)n;
}

static void write_or_count(struct sb_log *log, enum sb_config_log_level level,
                           const struct sb_journal_note *note, const char *text)
{
    if (log->lost > 0) {
        char lost[100];
        snprintf(lost, sizeof lost, "%llu lines of this log were lost: nobody took them",
                 (unsigned long long)log->lost);
        if (write_line(log, SB_CONFIG_LOG_WARNING, NULL, lost)) {
            log->lost = 0;
        }
    }
    if (!write_line(log, level, note, text)) {
        log->lost++;
    }
}

static void write_formatted(struct sb_log *log, enum sb_config_log_level level, const char *fmt,
                            va_list args)
{
    char text[SB_LOG_TEXT_MAX];
    vsnprintf(text, sizeof text, fmt, args);
    write_or_count(log, level, NULL, text);
}

void sb_log_write(struct sb_log *log, enum sb_config_log_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (level <= log->level) {
        write_formatted(log, level, fmt, args);
    }
    va_end(args);
}

void sb_log_always(struct sb_log *log, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    write_formatted(log, SB_CONFIG_LOG_INFO, fmt, args);
    va_end(args);
}

void sb_log_tell(struct sb_log *log, enum sb_config_log_level level,
                 const struct sb_journal_note *note, const char *fmt, ...)
{
    char text[SB_LOG_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (log->journal != NULL) {
        sb_journal_add(log->journal, sb_clock_now().wall, note, text);
    }
    if (level <= log->level || note->code == SB_HAPPENING_DAEMON_READY) { /* that is always said */
        write_or_count(log, level, note, text);
    }
}
