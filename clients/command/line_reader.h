/* Reads what is to be published: one JSON object per line, or an object over several lines. Finds
 * where an object ends; whether it is JSON others decide. */
#ifndef SB_CLIENTS_COMMAND_LINE_READER_H
#define SB_CLIENTS_COMMAND_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SB_RECORD_BYTES_MAX = 512 * 1024, /* more than any event that could be accepted */
};

struct sb_line_reader {
    char *bytes; /* [at, n) is unread */
    size_t cap, at, n;
    bool ended;
    bool skipping; /* the rest of a line that is too large */
    unsigned line; /* of the next unread byte, from 1 */
};

struct sb_line_record {
    const char *text; /* borrowed until the next feeding */
    size_t n;
    unsigned line;  /* where it begins */
    bool too_large; /* and skipped */
};

bool sb_line_reader_init(struct sb_line_reader *r);
void sb_line_reader_fini(struct sb_line_reader *r);

/* Reads once from fd; blocks where there is nothing. False when that failed. */
bool sb_line_reader_feed(struct sb_line_reader *r, int fd);

/* Takes the next record that is complete. An object goes over several lines as long as its brackets
 * are open and no line begins with another one. False: feed more, or it is the end. */
bool sb_line_reader_next(struct sb_line_reader *r, struct sb_line_record *out);

#endif
