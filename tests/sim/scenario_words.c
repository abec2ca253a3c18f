/* Matching sentences to patterns. Whatever does not match is answered with what could have stood
 * there. */
#include "tests/sim/scenario_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const node_names[SIM_NODES_MAX] = {"GM0384", "GM0437", "GM0451", "GM0736",
                                                      "GM0362", "GM0394", "GM0358", "GM0377",
                                                      "GM0852", "GM0415"};

bool scenario_fail(struct scenario *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(s->why, sizeof s->why, fmt, ap);
    va_end(ap);
    return false;
}

static int node_of(const struct scenario_token *t)
{
    for (int i = 0; i < SIM_NODES_MAX; i++) {
        if (!t->quoted && strcmp(t->s, node_names[i]) == 0) {
            return i;
        }
    }
    return !t->quoted && strcmp(t->s, "twin") == 0 ? SCENARIO_TWIN : -1;
}

static bool read_period(const char *text, int64_t *ms)
{
    char *end = NULL;
    double seconds = strtod(text, &end);
    *ms = (int64_t)(seconds * 1000);
    return end != text && strcmp(end, "s") == 0;
}

static bool read_count(const char *text, uint32_t *count)
{
    char *end = NULL;
    unsigned long n = strtoul(text, &end, 10);
    *count = (uint32_t)n;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= UINT32_MAX;
}

/* One token against one word of a pattern. */
static bool take(const char *word, size_t n, const struct scenario_token *t,
                 struct scenario_slots *slots)
{
    if (strncmp(word, "NODE", n) == 0 && n == 4) {
        slots->nodes[slots->n_nodes] = node_of(t);
        return slots->nodes[slots->n_nodes++] >= 0;
    }
    if (strncmp(word, "NODES", n) == 0 && n == 5) {
        int node = node_of(t);
        slots->mask |= node >= 0 ? 1u << node : 0;
        return node >= 0 && node != SCENARIO_TWIN;
    }
    if (strncmp(word, "TEXT", n) == 0 && n == 4) {
        slots->texts[slots->n_texts++] = t->s;
        return t->quoted;
    }
    if (strncmp(word, "NAME", n) == 0 && n == 4) {
        slots->name = t->s;
        return !t->quoted;
    }
    if (strncmp(word, "COUNT", n) == 0 && n == 5) {
        return !t->quoted && read_count(t->s, &slots->count);
    }
    if (strncmp(word, "PERIOD", n) == 0 && n == 6) {
        return !t->quoted && read_period(t->s, &slots->period_ms);
    }
    return !t->quoted && strlen(t->s) == n && strncmp(word, t->s, n) == 0;
}

static size_t word_length(const char *word)
{
    return strcspn(word, " ");
}

static const char *next_word(const char *word)
{
    size_t n = word_length(word);
    return word[n] == '\0' ? word + n : word + n + 1;
}

/* How many tokens match; *rest is the pattern's word behind them. NODES takes as many as follow. */
static size_t match(const char *pattern, const struct scenario_token *tokens, size_t n,
                    struct scenario_slots *slots, const char **rest)
{
    size_t at = 0;
    const char *word = pattern;
    memset(slots, 0, sizeof *slots);
    while (*word != '\0' && at < n && take(word, word_length(word), &tokens[at], slots)) {
        at++;
        if (strncmp(word, "NODES", 5) == 0) {
            while (at < n && take(word, 5, &tokens[at], slots)) {
                at++;
            }
        }
        word = next_word(word);
    }
    *rest = word;
    return at;
}

struct search {
    const struct scenario_sentence *found;
    size_t furthest;
    char allowed[160];
};

static void allow(struct search *s, const char *word)
{
    size_t n = *word == '\0' ? 0 : word_length(word), used = strlen(s->allowed);
    char text[40];
    (void)snprintf(text, sizeof text, "%.*s", n == 0 ? 11 : (int)n, n == 0 ? "the end" : word);
    if (strstr(s->allowed, text) == NULL) {
        (void)snprintf(s->allowed + used, sizeof s->allowed - used, "%s%s", used > 0 ? ", " : "",
                       text);
    }
}

static void search_table(struct search *s, const struct scenario_sentence *table, size_t n_table,
                         const struct scenario_token *tokens, size_t n,
                         struct scenario_slots *slots)
{
    for (size_t i = 0; i < n_table && s->found == NULL; i++) {
        const char *rest;
        size_t at = match(table[i].pattern, tokens, n, slots, &rest);
        if (at == n && *rest == '\0') {
            s->found = &table[i];
        } else if (at > s->furthest) {
            s->furthest = at;
            s->allowed[0] = '\0';
        }
        if (at == s->furthest) {
            allow(s, rest);
        }
    }
}

const struct scenario_sentence *scenario_find(const struct scenario_token *tokens, size_t n,
                                              struct scenario_slots *slots, char why[static 256])
{
    struct search s = {0};
    search_table(&s, scenario_acts, scenario_n_acts, tokens, n, slots);
    if (s.found == NULL) {
        search_table(&s, scenario_expects, scenario_n_expects, tokens, n, slots);
    }
    if (s.found == NULL) {
        const char *stop = s.furthest < n ? tokens[s.furthest].s : "the end";
        (void)snprintf(why, 256, "\"%.40s\" cannot stand here; allowed: %.155s", stop, s.allowed);
    }
    return s.found;
}
