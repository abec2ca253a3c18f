/* Collects problems and prints them as compilers do; see report.h. It knows nothing of YAML. */
#include "config/report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/glyph.h"

enum { TEXT_MAX = 384, HINT_MAX = 768, QUOTE_CHARS = 60, LEFT_OF_CARET = 40 };

struct source {
    struct source *next;
    char *file, *text;
    size_t n, order;
};

struct problem {
    struct sb_report_place at;
    size_t order, found; /* of its file; of itself: keeps the sort stable */
    char text[TEXT_MAX], hint[HINT_MAX];
};

struct sb_report {
    struct source *sources;
    size_t n_sources, count;
    struct problem problems[SB_REPORT_MAX];
};

struct sb_report *sb_report_new(void)
{
    return calloc(1, sizeof(struct sb_report));
}

static void free_source(struct source *s)
{
    free(s->file);
    free(s->text);
    free(s);
}

void sb_report_free(struct sb_report *report)
{
    if (report == NULL) {
        return;
    }
    while (report->sources != NULL) {
        struct source *next = report->sources->next;
        free_source(report->sources);
        report->sources = next;
    }
    free(report);
}

static struct source *find_source(const struct sb_report *report, const char *file)
{
    struct source *s = report->sources;
    while (s != NULL && strcmp(s->file, file) != 0) {
        s = s->next;
    }
    return s;
}

enum sb_rc sb_report_add_source(struct sb_report *report, const char *file, const char *text,
                                size_t n)
{
    if (find_source(report, file) != NULL) {
        return SB_OK;
    }
    struct source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return SB_E_NOMEM;
    }
    s->file = strdup(file);
    s->text = malloc(n + 1);
    if (s->file == NULL || s->text == NULL) {
        free_source(s);
        return SB_E_NOMEM;
    }
    if (n > 0) {
        memcpy(s->text, text, n);
    }
    s->text[n] = 0;
    s->n = n;
    s->order = report->n_sources++;
    s->next = report->sources;
    report->sources = s;
    return SB_OK;
}

void sb_report_add(struct sb_report *report, struct sb_report_place at, const char *fmt, ...)
{
    size_t found = report->count++;
    if (found >= SB_REPORT_MAX) {
        return;
    }
    struct problem *p = &report->problems[found];
    *p = (struct problem){.at = at, .order = SIZE_MAX, .found = found};
    sb_report_add_source(report, at.file, "", 0); /* a name that outlives the caller's */
    const struct source *s = find_source(report, at.file);
    p->at.file = s == NULL ? "(no memory for the name)" : s->file;
    p->order = s == NULL ? SIZE_MAX : s->order;
    va_list args;
    va_start(args, fmt);
    vsnprintf(p->text, sizeof p->text, fmt, args);
    va_end(args);
}

void sb_report_hint(struct sb_report *report, const char *fmt, ...)
{
    assert(report->count > 0);
    if (report->count > SB_REPORT_MAX) {
        return; /* that problem was not kept */
    }
    struct problem *p = &report->problems[report->count - 1];
    va_list args;
    va_start(args, fmt);
    vsnprintf(p->hint, sizeof p->hint, fmt, args);
    va_end(args);
}

size_t sb_report_count(const struct sb_report *report)
{
    return report->count;
}

const char *sb_report_quote(char out[static SB_REPORT_QUOTE_MAX], const char *text, size_t n)
{
    size_t at = 0, chars = 0;
    for (size_t i = 0; i < n; chars++) {
        if (chars == QUOTE_CHARS) {
            memcpy(out + at, "...", 3);
            at += 3;
            break;
        }
        struct sb_glyph g = sb_glyph_at(text + i, n - i);
        if (g.visible) {
            memcpy(out + at, text + i, g.n);
            at += g.n;
        } else {
            out[at++] = '?';
        }
        i += g.n;
    }
    out[at] = 0;
    return out;
}

/* Bytes of a line's end at `p`: CR LF, LF, CR, NEL, and the line and paragraph separators. */
static size_t line_end_length(const char *p, size_t n)
{
    static const char *const ends[] = {"\r\n",     "\n",           "\r",
                                       "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t length = strlen(ends[i]);
        if (length <= n && memcmp(p, ends[i], length) == 0) {
            return length;
        }
    }
    return 0;
}

bool sb_report_find_line(const char *text, size_t n, unsigned number, const char **line,
                         size_t *n_line)
{
    size_t start = 0;
    for (unsigned current = 1;; current++) {
        size_t end = start, gap = 0;
        while (end < n && (gap = line_end_length(text + end, n - end)) == 0) {
            end++;
        }
        if (current == number) {
            *line = text + start;
            *n_line = end - start;
            return end > start;
        }
        if (end == n) {
            return false;
        }
        start = end + gap;
    }
}

/* Skips the first `skip` characters and prints up to SB_REPORT_SOURCE_COLUMNS of the rest. */
static void print_line(FILE *out, const char *line, size_t n, size_t skip)
{
    size_t chars = 0;
    for (size_t i = 0; i < n; chars++) {
        struct sb_glyph g = sb_glyph_at(line + i, n - i);
        if (chars >= skip + SB_REPORT_SOURCE_COLUMNS) {
            fputs("...", out);
            break;
        }
        if (chars >= skip && g.visible) {
            fwrite(line + i, 1, g.n, out);
        } else if (chars >= skip) {
            fputc(line[i] == '\t' ? ' ' : '?', out);
        }
        i += g.n;
    }
    fputc('\n', out);
}

static void print_excerpt(FILE *out, const struct source *s, struct sb_report_place at)
{
    const char *line;
    size_t n;
    if (!sb_report_find_line(s->text, s->n, at.line, &line, &n)) {
        return;
    }
    size_t column = at.column > 0 ? at.column : 1;
    size_t skip = column > SB_REPORT_SOURCE_COLUMNS - 20 ? column - LEFT_OF_CARET : 0;
    size_t room = skip + SB_REPORT_SOURCE_COLUMNS - column;
    size_t tail = at.width > 1 ? at.width - 1 : 0;
    fprintf(out, "%5u | %s", at.line, skip > 0 ? "..." : "");
    print_line(out, line, n, skip);
    fprintf(out, "      | %*s^", (int)(column - 1 - skip + (skip > 0 ? 3 : 0)), "");
    for (size_t i = 0; i < tail && i < room; i++) {
        fputc('~', out);
    }
    fputc('\n', out);
}

static void print_problem(FILE *out, const struct sb_report *report, const struct problem *p)
{
    if (p->at.line == 0) {
        fprintf(out, "%s: %s\n", p->at.file, p->text);
    } else {
        fprintf(out, "%s:%u:%u: %s\n", p->at.file, p->at.line, p->at.column, p->text);
        const struct source *s = find_source(report, p->at.file);
        if (s != NULL) {
            print_excerpt(out, s, p->at);
        }
    }
    if (p->hint[0] != 0) {
        fprintf(out, "      = %s\n", p->hint);
    }
}

static int compare_numbers(size_t a, size_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare_problems(const void *left, const void *right)
{
    const struct problem *a = *(const struct problem *const *)left;
    const struct problem *b = *(const struct problem *const *)right;
    int by = compare_numbers(a->order, b->order);
    by = by != 0 ? by : compare_numbers(a->at.line, b->at.line);
    by = by != 0 ? by : compare_numbers(a->at.column, b->at.column);
    return by != 0 ? by : compare_numbers(a->found, b->found);
}

void sb_report_print(const struct sb_report *report, FILE *out)
{
    const struct problem *sorted[SB_REPORT_MAX];
    size_t n = report->count < SB_REPORT_MAX ? report->count : SB_REPORT_MAX;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &report->problems[i];
    }
    qsort(sorted, n, sizeof sorted[0], compare_problems);
    for (size_t i = 0; i < n; i++) {
        print_problem(out, report, sorted[i]);
    }
    if (report->count > n) {
        fprintf(out, "and %zu more\n", report->count - n);
    }
}
