/* Running a check; see check.h. */
#include "clients/command/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/talk.h"

enum { ANSWER_MS = 5000 };

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(*words, word) != 0) {
        words++;
    }
    return *words != NULL;
}

enum sb_level sb_check_direction(const char *state)
{
    static const char *const fine[] = {"live", "none", NULL};
    static const char *const standing[] = {"down", "refused", "stalled", NULL};
    return is_one_of(state, fine)       ? SB_LEVEL_OK
           : is_one_of(state, standing) ? SB_LEVEL_CRITICAL
                                        : SB_LEVEL_WARNING;
}

/* An alarm whose code is not known here is one nevertheless. */
static enum sb_level level_of_alarm(const char *code)
{
    static const char *const critical[] = {"fork",       "second_instance", "damaged", "quota",
                                           "store_full", "store_changed",   NULL};
    return is_one_of(code, critical) ? SB_LEVEL_CRITICAL : SB_LEVEL_WARNING;
}

void sb_check_daemon(struct sb_verdict *v, const struct sb_status *s)
{
    if (strcmp(s->state, "ready") != 0) {
        bool full = strcmp(s->state, "full") == 0;
        sb_verdict_add(v, full ? SB_LEVEL_CRITICAL : SB_LEVEL_WARNING, "the daemon is %s%s%s",
                       s->state, *s->reason != '\0' ? ": " : "", s->reason);
    }
    for (size_t i = 0; i < s->n_alarms; i++) {
        const struct sb_status_alarm *a = &s->alarms[i];
        sb_verdict_add(v, level_of_alarm(a->code), "alarm %s since %s: %s", a->code, a->since,
                       a->text);
    }
}

bool sb_check_read_format(const struct sb_args *args, enum sb_verdict_format *out)
{
    static const char *const formats[] = {"text", "nagios", "json", NULL};
    size_t format = SB_VERDICT_TEXT;
    if (!sb_args_word(args, "format", formats, &format)) {
        return false;
    }
    *out = (enum sb_verdict_format)format;
    return true;
}

bool sb_check_rising(const struct sb_args *args, uint64_t warn, uint64_t crit, const char *unit)
{
    if (warn == 0 || crit == 0 || crit >= warn) {
        return true;
    }
    sb_args_complain(args,
                     "critical from %" PRIu64 "%s on is before the warning, from %" PRIu64
                     "%s on: give --crit and --warn, --crit the higher one",
                     crit, unit, warn, unit);
    return false;
}

int sb_check_finish(const struct sb_verdict *v, enum sb_verdict_format format)
{
    return sb_verdict_print(stdout, v, format) ? (int)v->level : SB_LEVEL_UNKNOWN;
}

static enum sb_rc ask(const struct sb_args *args, struct sb_client **client,
                      const struct sb_status **status, struct sb_err *err)
{
    enum sb_rc rc = sb_client_open(client, sb_args_value(args, "config"), stderr, err);
    rc = rc != SB_OK ? rc : sb_client_connect(*client, ANSWER_MS, err);
    return rc != SB_OK ? rc : sb_client_status(*client, ANSWER_MS, status, err);
}

int sb_check_run(const struct sb_args *args, const char *subject,
                 void (*judge)(struct sb_verdict *v, const struct sb_status *s, void *context),
                 void *context)
{
    struct sb_verdict v;
    struct sb_client *client = NULL;
    const struct sb_status *status = NULL;
    struct sb_err err = {0};
    enum sb_verdict_format format;
    if (!sb_check_read_format(args, &format)) {
        return SB_LEVEL_UNKNOWN;
    }
    sb_verdict_init(&v, subject);
    if (ask(args, &client, &status, &err) == SB_OK) {
        judge(&v, status, context);
        sb_check_daemon(&v, status);
    } else {
        sb_verdict_sum_up(&v, "the daemon gave no status");
        sb_verdict_add(&v, SB_LEVEL_UNKNOWN, "%s", err.text);
    }
    sb_client_close(client);
    return sb_check_finish(&v, format);
}
