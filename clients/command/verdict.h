/* What a check finds out: findings with a level each, figures for graphs, and their three ways onto
 * stdout. It asks nobody and judges nothing itself. */
#ifndef SB_CLIENTS_COMMAND_VERDICT_H
#define SB_CLIENTS_COMMAND_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    SB_FINDINGS_MAX = 256, /* kept; further ones are only counted */
    SB_FINDING_BYTES = 400,
    SB_SUMMARY_BYTES = 200,
    SB_FIGURES_MAX = 8,
};

/* The exit codes of monitoring plugins. */
enum sb_level { SB_LEVEL_OK, SB_LEVEL_WARNING, SB_LEVEL_CRITICAL, SB_LEVEL_UNKNOWN };

struct sb_finding {
    enum sb_level level;
    char text[SB_FINDING_BYTES]; /* one line, escaped */
};

/* A number to be drawn; a threshold of 0 is none. */
struct sb_figure {
    const char *name, *unit; /* unit: "", "s" or "B" */
    uint64_t value, warn, crit;
};

struct sb_verdict {
    const char *subject;            /* "peers" */
    enum sb_level level;            /* of the worst finding */
    char summary[SB_SUMMARY_BYTES]; /* what is said where nothing is wrong */
    struct sb_finding findings[SB_FINDINGS_MAX];
    size_t n_findings, n_more;
    struct sb_figure figures[SB_FIGURES_MAX];
    size_t n_figures;
};

void sb_verdict_init(struct sb_verdict *v, const char *subject);
/* Adds one finding, escaped and on one line, and raises the level: a critical one outweighs what is
 * not known, and that a warning. */
void sb_verdict_add(struct sb_verdict *v, enum sb_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void sb_verdict_sum_up(struct sb_verdict *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void sb_verdict_figure(struct sb_verdict *v, struct sb_figure figure);

enum sb_verdict_format { SB_VERDICT_TEXT, SB_VERDICT_NAGIOS, SB_VERDICT_JSON };

/* Prints it in full. Errors: false, no memory. */
bool sb_verdict_print(FILE *to, const struct sb_verdict *v, enum sb_verdict_format format);

#endif
