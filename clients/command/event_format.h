/* `tail -F`: one line per event as its reader wants it, made of tokens. */
#ifndef SB_CLIENTS_COMMAND_EVENT_FORMAT_H
#define SB_CLIENTS_COMMAND_EVENT_FORMAT_H

#include <stdio.h>

#include "proto/arena.h"
#include "proto/client_message.h"

struct sb_event_token {
    char letter;
    const char *meaning;
};

/* All of them, ending with letter 0: for --help and the manual. */
extern const struct sb_event_token sb_event_tokens[];

/* The first letter behind a '%' or '\' that means nothing; 0: the format is good. */
char sb_event_format_wrong(const char *format);
/* Prints the line and a line feed. What others wrote is escaped: no token makes a second line.
 * False: no memory. */
bool sb_event_format_print(FILE *to, const char *format, const struct sb_delivered *event,
                           struct sb_arena *arena);

#endif
