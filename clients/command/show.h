/* How an event is printed: the JSON line of INTERFACE, or one line for people. */
#ifndef SB_CLIENTS_COMMAND_SHOW_H
#define SB_CLIENTS_COMMAND_SHOW_H

#include <stdio.h>

#include "proto/arena.h"
#include "proto/client_message.h"

enum { SB_SHOW_COLUMNS = 100, SB_SHOW_LINE_BYTES = 512, SB_SHOW_PRINT_BYTES = 4096 };

/* Both use the arena, which the caller resets. False: no memory. */
bool sb_show_json(FILE *to, const struct sb_delivered *event, struct sb_arena *arena);
/* With colours where `to` is a terminal. */
bool sb_show_short(FILE *to, const struct sb_delivered *event, struct sb_arena *arena);

/* The short line without colours and without a line feed: at most SB_SHOW_COLUMNS columns. Times
 * are local. False: no memory. */
bool sb_show_line(char out[static SB_SHOW_LINE_BYTES], const struct sb_delivered *event,
                  struct sb_arena *arena);

/* What it says in a few words, or the state of its body; not escaped. False: no memory. */
bool sb_show_summary(char *out, size_t cap, const struct sb_delivered *event,
                     struct sb_arena *arena);

/* Prints a text from elsewhere, made safe, at word boundaries within so many columns; what begins
 * in a new line is indented. */
void sb_show_wrapped(const char *text, size_t columns, size_t indent);

/* As fprintf, with everything made safe that the arguments bring: what is printed has as many line
 * ends as stand at the end of the format, at most one. Cut at SB_SHOW_PRINT_BYTES. */
void sb_show_print(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a text from elsewhere to the line in `out`, made safe: exactly `width` columns, cut with
 * an ellipsis where it is longer; the last field of a line is not filled up. */
void sb_show_field(char *out, size_t cap, const char *text, size_t width, bool last);

#endif
