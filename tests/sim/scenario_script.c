/* Reading scenario files. A line has sentences; "at SECONDS" and "expect" begin one; what has no
 * time of its own happens at the time before it. */
#include "tests/sim/scenario_script.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 512 };

static bool refuse(struct scenario_script *p, const char *why)
{
    (void)snprintf(p->why, sizeof p->why, "%s", why);
    return false;
}

/* The words and "texts" of a line, up to its comment. */
static bool split_line(struct scenario_script *p, const char *at, struct scenario_token *tokens,
                       size_t *n)
{
    for (*n = 0;; ++*n) {
        at += strspn(at, " \t\r\n");
        if (*at == '\0' || *at == '#') {
            return true;
        }
        bool quoted = *at == '"';
        at += quoted;
        size_t length = strcspn(at, quoted ? "\"\r\n" : " \t\r\n\"");
        if (*n == SCENARIO_TOKENS_MAX || length > SCENARIO_TEXT_MAX ||
            (quoted && at[length] != '"')) {
            return refuse(p,
                          "a line has at most 64 words of at most 47 characters, quotes in pairs");
        }
        memcpy(tokens[*n].s, at, length);
        tokens[*n].s[length] = '\0';
        tokens[*n].quoted = quoted;
        at += length + quoted;
    }
}

static bool is_word(const struct scenario_token *t, const char *word)
{
    return !t->quoted && strcmp(t->s, word) == 0;
}

static bool read_seconds(const struct scenario_token *t, int64_t *ms)
{
    char *end = NULL;
    double seconds = strtod(t->s, &end);
    *ms = (int64_t)(seconds * 1000);
    return !t->quoted && end != t->s && *end == '\0' && seconds >= 0 && seconds < 1e6;
}

/* "retry "b" at GM0437" has no time in it. */
static bool is_time(const struct scenario_token *t, size_t n)
{
    int64_t ms;
    return n >= 2 && is_word(&t[0], "at") && read_seconds(&t[1], &ms);
}

static bool understand(struct scenario_script *p, struct scenario_step *s)
{
    s->sentence = scenario_find(s->tokens, s->n_tokens, &s->slots, p->why);
    if (s->sentence == NULL) {
        return false;
    }
    bool set_up = s->sentence->place == SCENARIO_SET_UP;
    if (s->at_ms < 0 && !set_up) {
        return refuse(p, "say when: at SECONDS ...");
    }
    if (s->at_ms >= 0 && set_up) {
        return refuse(p, "this can only be said before the first \"at\"");
    }
    if (p->n == 0 && !is_word(&s->tokens[0], "nodes")) {
        return refuse(p, "a scenario begins with: nodes GM0384 ...");
    }
    p->n++;
    return true;
}

static bool read_sentences(struct scenario_script *p, const struct scenario_token *t, size_t n,
                           int64_t *now_ms)
{
    for (size_t i = 0; i < n;) {
        if (is_time(t + i, n - i)) {
            int64_t ms = 0;
            (void)read_seconds(&t[i + 1], &ms);
            if (ms < *now_ms) {
                return refuse(p, "times do not go back");
            }
            *now_ms = ms;
            i += 2;
        }
        if (p->n == SCENARIO_STEPS_MAX) {
            return refuse(p, "a scenario has at most 256 sentences");
        }
        struct scenario_step *s = &p->steps[p->n];
        s->line = p->line;
        s->at_ms = *now_ms;
        do {
            if (i < n) {
                s->tokens[s->n_tokens++] = t[i++];
            }
        } while (i < n && !is_time(t + i, n - i) && !is_word(&t[i], "expect"));
        if (!understand(p, s)) {
            return false;
        }
    }
    return true;
}

bool scenario_script_read(struct scenario_script *p, const char *file)
{
    char line[LINE_BYTES_MAX];
    struct scenario_token tokens[SCENARIO_TOKENS_MAX];
    int64_t now_ms = -1;
    size_t n = 0;
    *p = (struct scenario_script){.file = file};
    FILE *f = fopen(file, "r");
    if (f == NULL) {
        return refuse(p, strerror(errno));
    }
    p->steps = calloc(SCENARIO_STEPS_MAX, sizeof *p->steps);
    assert(p->steps != NULL);
    bool good = true;
    while (good && fgets(line, sizeof line, f) != NULL) {
        p->line++;
        good = split_line(p, line, tokens, &n) && read_sentences(p, tokens, n, &now_ms);
    }
    (void)fclose(f);
    return good && (p->n > 0 || refuse(p, "a scenario begins with: nodes GM0384 ..."));
}

void scenario_script_fini(struct scenario_script *p)
{
    free(p->steps);
}
