/* What the daemon says about itself, on stderr: one line per thing, for people, for machines or for
 * the journal. Whatever stands in a line is escaped here, so that callers may put in any text. It
 * never waits: a line that the reader of stderr does not take is counted instead. */
#ifndef SB_SHELL_LOG_H
#define SB_SHELL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "daemon/shell/journal.h"
#include "proto/ids.h"

enum {
    SB_LOG_TEXT_MAX = 1024, /* bytes of a message before it is escaped; the rest is cut */
    SB_LOG_LINE_MAX = 4096, /* bytes of a line: PIPE_BUF, so that a pipe takes it whole or not */
};

struct sb_log {
    int fd;
    enum sb_config_log_level level;
    enum sb_config_log_format format;
    bool priorities;            /* "<N>" in front and no time, as the journal reads it */
    uint64_t lost;              /* lines that nobody took */
    struct sb_journal *journal; /* borrowed; NULL: none */
};

/* A log on stderr with the defaults, until the configuration is known. */
void sb_log_init(struct sb_log *log);
void sb_log_configure(struct sb_log *log, const struct sb_config_log *config);

void sb_log_write(struct sb_log *log, enum sb_config_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same whatever the level is: what must always be said. */
void sb_log_always(struct sb_log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A line about a happening of the catalogue: in JSON with its code and what BIO asks of a line; it
 * also goes into the journal, whatever the level. */
void sb_log_tell(struct sb_log *log, enum sb_config_log_level level,
                 const struct sb_journal_note *note, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The line for a message, with its line feed; returns its length, below SB_LOG_LINE_MAX. */
size_t sb_log_line(char out[static SB_LOG_LINE_MAX], const struct sb_log *log,
                   enum sb_config_log_level level, struct sb_time now, const char *text);

#endif
