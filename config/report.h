/* What is wrong with a text file that a person wrote: each problem with its place, the source line,
 * a caret, and what would be right. It collects; whoever asked for the check prints. */
#ifndef SB_CONFIG_REPORT_H
#define SB_CONFIG_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "proto/rc.h"

enum {
    SB_REPORT_MAX = 50,             /* problems kept; further ones are only counted */
    SB_REPORT_SOURCE_COLUMNS = 100, /* columns of a source line that are shown */
};

/* Where something stands. Lines and columns count from 1, columns in characters; line 0 is the
 * file as a whole. `file` is borrowed, `width` is in characters. */
struct sb_report_place {
    const char *file;
    unsigned line, column, width;
};

struct sb_report;

/* An empty report, or NULL without memory. Freed with sb_report_free. */
struct sb_report *sb_report_new(void);
void sb_report_free(struct sb_report *report);

/* Keeps a copy of a file's text, so that problems in it can show their line. A file that was added
 * before is not added again. Errors: SB_E_NOMEM. */
enum sb_rc sb_report_add_source(struct sb_report *report, const char *file, const char *text,
                                size_t n);

/* Adds a problem: one sentence without a full stop. What comes from the file goes through
 * sb_report_quote first. Copies all that it keeps. */
void sb_report_add(struct sb_report *report, struct sb_report_place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Gives the problem added last its `= ...` line: what is allowed, what was meant. */
void sb_report_hint(struct sb_report *report, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Problems found, including those that were only counted. */
size_t sb_report_count(const struct sb_report *report);
/* Prints all, in the order of the files as they were added and of the lines in them. */
void sb_report_print(const struct sb_report *report, FILE *out);

/* Line `number`, from 1, of a text, without its end; false when there is none or it is empty. Lines
 * end as YAML's do, so that the numbers agree. */
bool sb_report_find_line(const char *text, size_t n, unsigned number, const char **line,
                         size_t *n_line);

/* Makes n bytes from a file fit to be shown: at most 60 characters, invisible, control and broken
 * ones as `?`. `out` has SB_REPORT_QUOTE_MAX bytes; returns `out`. */
enum { SB_REPORT_QUOTE_MAX = 60 * 4 + 4 };
const char *sb_report_quote(char out[static SB_REPORT_QUOTE_MAX], const char *text, size_t n);

#endif
