/* Counts of complaints; see complaint.h. */
#include "daemon/shell/complaint.h"

#include <stdio.h>
#include <string.h>

void sb_complaints_init(struct sb_complaints *c, struct sb_log *log)
{
    *c = (struct sb_complaints){.log = log};
}

/* FNV-1a, with the terminating NUL, so that ("a", "bc") is not ("ab", "c"). A collision costs one
 * line of the log. Never 0, which marks a free place. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
    } while (*text++ != '\0');
    return hash == 0 ? 1 : hash;
}

static bool is_over(const struct sb_complaint *s, int64_t mono_ms)
{
    return mono_ms - s->said_mono_ms >= SB_COMPLAINT_PERIOD_MS;
}

static void tell_count(struct sb_complaints *c, const struct sb_complaint *s)
{
    if (s->suppressed > 0) {
        sb_log_write(c->log, SB_CONFIG_LOG_WARNING, "%s: %llu more times the same", s->text,
                     (unsigned long long)s->suppressed);
    }
}

void sb_complaints_flush(struct sb_complaints *c, int64_t mono_ms)
{
    for (size_t i = 0; i < SB_COMPLAINTS_MAX; i++) {
        struct sb_complaint *s = &c->said[i];
        if (s->whole != 0 && is_over(s, mono_ms)) {
            tell_count(c, s);
            *s = (struct sb_complaint){0};
        }
    }
    if (c->unsaid > 0 && mono_ms - c->unsaid_since_mono_ms >= SB_COMPLAINT_PERIOD_MS) {
        sb_log_write(c->log, SB_CONFIG_LOG_WARNING, "%llu further complaints were not written",
                     (unsigned long long)c->unsaid);
        c->unsaid = 0;
    }
}

static void count_unsaid(struct sb_complaints *c, int64_t mono_ms)
{
    if (c->unsaid++ == 0) {
        c->unsaid_since_mono_ms = mono_ms;
    }
}

/* A place for a new one; NULL when the source or all together have said enough. */
static struct sb_complaint *find_place(struct sb_complaints *c, uint64_t source)
{
    struct sb_complaint *place = NULL;
    unsigned of_source = 0;
    for (size_t i = 0; i < SB_COMPLAINTS_MAX; i++) {
        struct sb_complaint *s = &c->said[i];
        if (s->whole == 0) {
            place = s;
        } else if (s->source == source) {
            of_source++;
        }
    }
    return of_source < SB_COMPLAINTS_PER_SOURCE ? place : NULL;
}

static struct sb_complaint *find_said(struct sb_complaints *c, uint64_t whole)
{
    for (size_t i = 0; i < SB_COMPLAINTS_MAX; i++) {
        if (c->said[i].whole == whole) {
            return &c->said[i];
        }
    }
    return NULL;
}

static void say(struct sb_complaints *c, bool denied, const char *who, const char *what,
                const char *why)
{
    const struct sb_journal_note note = {
        .code = denied ? SB_HAPPENING_REQUEST_DENIED : SB_HAPPENING_MESSAGE_REJECTED,
        .actor = who,
        .object = what,
        .result = denied ? "denied" : "rejected",
        .origin = denied && strcmp(what, "connect") == 0 ? "network" : "peer"};
    sb_log_tell(c->log, SB_CONFIG_LOG_WARNING, &note, "%s: %s: %s", who, what, why);
}

void sb_complaints_add(struct sb_complaints *c, int64_t mono_ms, bool denied, const char *who,
                       const char *what, const char *why)
{
    sb_complaints_flush(c, mono_ms);
    uint64_t source = hash_text(0xcbf29ce484222325, who);
    uint64_t whole = hash_text(hash_text(source, what), why);
    struct sb_complaint *s = find_said(c, whole);
    if (s != NULL) {
        s->suppressed++;
        return;
    }
    s = find_place(c, source);
    if (s == NULL) {
        count_unsaid(c, mono_ms);
        return;
    }
    *s = (struct sb_complaint){.source = source, .whole = whole, .said_mono_ms = mono_ms};
    snprintf(s->text, sizeof s->text, "%s: %s", who, what);
    say(c, denied, who, what, why);
}
