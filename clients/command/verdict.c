/* Findings, and how they are printed; see verdict.h. Texts are escaped once, when they come in. */
#include "clients/command/verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "proto/json.h"
#include "proto/text.h"

enum { LINE_BYTES_MAX = 1024, ARENA_BYTES = 4 * 1024 * 1024 };

static const char *const levels[] = {
    [SB_LEVEL_OK] = "ok",
    [SB_LEVEL_WARNING] = "warning",
    [SB_LEVEL_CRITICAL] = "critical",
    [SB_LEVEL_UNKNOWN] = "unknown",
};
static const char *const shouts[] = {
    [SB_LEVEL_OK] = "OK",
    [SB_LEVEL_WARNING] = "WARNING",
    [SB_LEVEL_CRITICAL] = "CRITICAL",
    [SB_LEVEL_UNKNOWN] = "UNKNOWN",
};

void sb_verdict_init(struct sb_verdict *v, const char *subject)
{
    v->subject = subject;
    v->level = SB_LEVEL_OK;
    v->summary[0] = '\0';
    v->n_findings = v->n_more = v->n_figures = 0;
}

/* How much a level weighs: what is known to be broken comes before what is not known. */
static int weight_of(enum sb_level level)
{
    static const int weights[] = {
        [SB_LEVEL_OK] = 0, [SB_LEVEL_WARNING] = 1, [SB_LEVEL_UNKNOWN] = 2, [SB_LEVEL_CRITICAL] = 3};
    return weights[level];
}

static void format_line(char *out, size_t cap, const char *fmt, va_list ap)
{
    char text[1024];
    int n = vsnprintf(text, sizeof text, fmt, ap);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    (void)sb_text_escape(out, cap, (struct sb_bytes){(const uint8_t *)text, length});
}

void sb_verdict_add(struct sb_verdict *v, enum sb_level level, const char *fmt, ...)
{
    if (weight_of(level) > weight_of(v->level)) {
        v->level = level;
    }
    if (v->n_findings == SB_FINDINGS_MAX) {
        v->n_more++;
        return;
    }
    struct sb_finding *f = &v->findings[v->n_findings++];
    va_list ap;
    va_start(ap, fmt);
    f->level = level;
    format_line(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
}

void sb_verdict_sum_up(struct sb_verdict *v, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    format_line(v->summary, sizeof v->summary, fmt, ap);
    va_end(ap);
}

void sb_verdict_figure(struct sb_verdict *v, struct sb_figure figure)
{
    if (v->n_figures < SB_FIGURES_MAX) {
        v->figures[v->n_figures++] = figure;
    }
}

/* ---- printing */

static void print_text(FILE *to, const struct sb_verdict *v)
{
    fprintf(to, "%s %s: %s\n", levels[v->level], v->subject, v->summary);
    for (size_t i = 0; i < v->n_findings; i++) {
        fprintf(to, "  %s: %s\n", levels[v->findings[i].level], v->findings[i].text);
    }
    if (v->n_more > 0) {
        fprintf(to, "  and %zu more\n", v->n_more);
    }
}

/* A bar would begin the figures. */
static size_t print_plain(FILE *to, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        fputc(*p == '|' ? '/' : *p, to);
    }
    return strlen(text);
}

/* The worst come first, and what would make the line too long is counted. */
static void print_findings(FILE *to, const struct sb_verdict *v)
{
    static const enum sb_level order[] = {SB_LEVEL_CRITICAL, SB_LEVEL_UNKNOWN, SB_LEVEL_WARNING,
                                          SB_LEVEL_OK};
    size_t used = 0, left = v->n_more;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (size_t i = 0; i < v->n_findings; i++) {
            if (v->findings[i].level != order[k]) {
                continue;
            }
            if (used + strlen(v->findings[i].text) > LINE_BYTES_MAX) {
                left++;
                continue;
            }
            fputs("; ", to);
            used += print_plain(to, v->findings[i].text);
        }
    }
    if (left > 0) {
        fprintf(to, "; and %zu more", left);
    }
}

static void print_threshold(FILE *to, uint64_t value)
{
    fputc(';', to);
    if (value > 0) {
        fprintf(to, "%" PRIu64, value);
    }
}

/* One line: what is wrong, then 'label'=value[unit];warn;crit;min */
static void print_nagios(FILE *to, const struct sb_verdict *v)
{
    fprintf(to, "SAMENBUS %s %s - ", v->subject, shouts[v->level]);
    print_plain(to, v->summary);
    print_findings(to, v);
    for (size_t i = 0; i < v->n_figures; i++) {
        const struct sb_figure *f = &v->figures[i];
        fprintf(to, "%s%s=%" PRIu64 "%s", i == 0 ? " | " : " ", f->name, f->value, f->unit);
        print_threshold(to, f->warn);
        print_threshold(to, f->crit);
        fputs(";0", to);
    }
    fputc('\n', to);
}

static bool print_string(FILE *to, const char *text, struct sb_arena *arena)
{
    struct sb_bytes json =
        sb_json_string((struct sb_bytes){(const uint8_t *)text, strlen(text)}, arena);
    if (json.p == NULL) {
        return false;
    }
    fwrite(json.p, 1, json.n, to);
    return true;
}

static bool print_json(FILE *to, const struct sb_verdict *v, struct sb_arena *arena)
{
    fprintf(to, "{\"check\":\"%s\",\"level\":\"%s\",\"summary\":", v->subject, levels[v->level]);
    bool ok = print_string(to, v->summary, arena);
    fputs(",\"findings\":[", to);
    for (size_t i = 0; ok && i < v->n_findings; i++) {
        fprintf(to, "%s{\"level\":\"%s\",\"text\":", i == 0 ? "" : ",",
                levels[v->findings[i].level]);
        ok = print_string(to, v->findings[i].text, arena);
        fputc('}', to);
    }
    fprintf(to, "],\"more\":%zu,\"figures\":{", v->n_more);
    for (size_t i = 0; i < v->n_figures; i++) {
        fprintf(to, "%s\"%s\":%" PRIu64, i == 0 ? "" : ",", v->figures[i].name,
                v->figures[i].value);
    }
    fputs("}}\n", to);
    return ok;
}

bool sb_verdict_print(FILE *to, const struct sb_verdict *v, enum sb_verdict_format format)
{
    struct sb_arena arena;
    bool ok = true;
    switch (format) {
    case SB_VERDICT_TEXT: print_text(to, v); break;
    case SB_VERDICT_NAGIOS: print_nagios(to, v); break;
    case SB_VERDICT_JSON:
        sb_arena_init(&arena, ARENA_BYTES);
        ok = print_json(to, v, &arena);
        sb_arena_fini(&arena);
        break;
    }
    return ok;
}
