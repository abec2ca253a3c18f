/* How the command talks to people: sentences and progress on stderr, colours where a terminal shows
 * them. Data never goes through here. */
#ifndef SB_CLIENTS_COMMAND_TALK_H
#define SB_CLIENTS_COMMAND_TALK_H

#include <stdint.h>
#include <stdio.h>

#include "clients/command/command.h"
#include "clients/lib/samenbus.h"
#include "proto/err.h"

/* "samenbus: sentence" on stderr; what comes from elsewhere is escaped. */
void sb_talk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Says the error and returns the exit code. */
int sb_talk_error(enum sb_rc rc, const struct sb_err *err);

enum sb_colour { SB_PLAIN, SB_BOLD, SB_DIM, SB_RED, SB_GREEN, SB_YELLOW };

/* The sequence that begins the colour; "" unless `to` is a terminal and NO_COLOR is not set. */
const char *sb_colour(FILE *to, enum sb_colour colour);

/* Opens the client that -c names and connects it; after a complaint on stderr *out is NULL and the
 * exit code is returned. */
int sb_talk_open(const struct sb_args *args, int timeout_ms, struct sb_client **out);

/* How far work is that takes longer than a second; on a terminal only. */
struct sb_progress {
    const char *what;
    int64_t begun_ms, shown_ms;
};

void sb_progress_begin(struct sb_progress *p, const char *what);
/* `total` 0: not known. Cheap: call it as often as convenient. */
void sb_progress_show(struct sb_progress *p, uint64_t done, uint64_t total);
/* Clears the line. */
void sb_progress_end(struct sb_progress *p);

#endif
