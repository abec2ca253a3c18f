/* samenbus check lag: what partners have and we have not, what we have and they have not, and how
 * old that is. Of a partner that is not heard no lag is known, and its silence counts instead. */
#include <inttypes.h>
#include <string.h>

#include "clients/command/check.h"
#include "config/quantity.h"

static enum sb_level level_of(uint64_t value, uint64_t warn, uint64_t crit)
{
    return crit > 0 && value >= crit   ? SB_LEVEL_CRITICAL
           : warn > 0 && value >= warn ? SB_LEVEL_WARNING
                                       : SB_LEVEL_OK;
}

static enum sb_level worse(enum sb_level a, enum sb_level b)
{
    return a > b ? a : b;
}

/* Seconds since the partner was heard either way; UINT64_MAX: never. */
static uint64_t silence_of(const struct sb_status_peer *p)
{
    int64_t out = p->outgoing.last_contact_ms, in = p->incoming.last_contact_ms;
    int64_t ms = out < 0 ? in : in < 0 || out < in ? out : in;
    return ms < 0 ? UINT64_MAX : (uint64_t)ms / 1000;
}

static bool is_heard(const struct sb_status_direction *d)
{
    return strcmp(d->state, "live") == 0 || strcmp(d->state, "catching_up") == 0;
}

static void judge_silence(struct sb_verdict *v, const struct sb_status_peer *p,
                          const struct sb_lag_limits *l)
{
    uint64_t seconds = silence_of(p);
    enum sb_level level = level_of(seconds, l->warn_seconds, l->crit_seconds);
    if (seconds == UINT64_MAX) {
        sb_verdict_add(v, worse(level, SB_LEVEL_WARNING),
                       "%s %s: never heard, so its lag is not known", p->id, p->name);
    } else {
        sb_verdict_add(v, worse(level, SB_LEVEL_WARNING),
                       "%s %s: not heard for %" PRIu64 " s, so its lag is not known", p->id,
                       p->name, seconds);
    }
}

static void judge_peer(struct sb_verdict *v, const struct sb_status_peer *p,
                       const struct sb_lag_limits *l)
{
    enum sb_level here = worse(level_of(p->lag_events, l->warn_events, l->crit_events),
                               level_of(p->lag_seconds, l->warn_seconds, l->crit_seconds));
    enum sb_level there = level_of(p->their_lag_events, l->warn_events, l->crit_events);
    if (!is_heard(&p->outgoing) && !is_heard(&p->incoming)) {
        judge_silence(v, p, l);
    }
    if (here != SB_LEVEL_OK) {
        sb_verdict_add(v, here,
                       "%s %s: %" PRIu64 " events are missing here, the oldest for %" PRIu64 " s",
                       p->id, p->name, p->lag_events, p->lag_seconds);
    }
    if (there != SB_LEVEL_OK) {
        sb_verdict_add(v, there, "%s %s: %" PRIu64 " events are missing there", p->id, p->name,
                       p->their_lag_events);
    }
}

void sb_check_lag(struct sb_verdict *v, const struct sb_status *s, const struct sb_lag_limits *l)
{
    uint64_t seconds = 0, theirs = 0;
    for (size_t i = 0; i < s->n_peers; i++) {
        const struct sb_status_peer *p = &s->peers[i];
        seconds = p->lag_seconds > seconds ? p->lag_seconds : seconds;
        theirs = p->their_lag_events > theirs ? p->their_lag_events : theirs;
        judge_peer(v, p, l);
    }
    enum sb_level level = level_of(s->lag_events, l->warn_events, l->crit_events);
    if (level != SB_LEVEL_OK) {
        sb_verdict_add(v, level, "%" PRIu64 " events are missing here in all", s->lag_events);
    }
    sb_verdict_sum_up(v,
                      "%" PRIu64 " events missing here, the oldest for %" PRIu64
                      " s; at most %" PRIu64 " missing at a partner",
                      s->lag_events, seconds, theirs);
    sb_verdict_figure(
        v, (struct sb_figure){"events", "", s->lag_events, l->warn_events, l->crit_events});
    sb_verdict_figure(v, (struct sb_figure){"age", "s", seconds, l->warn_seconds, l->crit_seconds});
    sb_verdict_figure(
        v, (struct sb_figure){"their_events", "", theirs, l->warn_events, l->crit_events});
    sb_verdict_figure(v, (struct sb_figure){"missing_bodies", "", s->missing_bodies, 0, 0});
}

/* ---- the subcommand */

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    SB_FLAG_CHECK_FORMAT,
    {"warn", 0, "N|TIME", "warning from so many events or that age on (default 1000, 60s)"},
    {"crit", 0, "N|TIME", "critical from there on (default 10000, 10min); both may be given twice"},
};

/* A plain number counts events, one with a unit is an age. */
static bool read_limit(const struct sb_args *args, const char *flag, uint64_t *events,
                       uint64_t *seconds)
{
    static const struct sb_unit none[] = {{"", 1}, {NULL, 0}};
    const char *text;
    uint64_t ms;
    for (size_t at = 0; (text = sb_args_next(args, flag, &at)) != NULL;) {
        if (sb_quantity_parse(events, text, strlen(text), none)) {
            continue;
        }
        if (!sb_quantity_parse(&ms, text, strlen(text), sb_units_duration)) {
            sb_args_complain(args, "--%s %s: a number of events, or a time such as 60s, 10min",
                             flag, text);
            return false;
        }
        *seconds = (ms + 999) / 1000;
    }
    return true;
}

static void judge(struct sb_verdict *v, const struct sb_status *s, void *context)
{
    sb_check_lag(v, s, context);
}

static int check_lag(const struct sb_args *args)
{
    struct sb_lag_limits limits = {
        .warn_events = 1000, .crit_events = 10000, .warn_seconds = 60, .crit_seconds = 600};
    if (!read_limit(args, "warn", &limits.warn_events, &limits.warn_seconds) ||
        !read_limit(args, "crit", &limits.crit_events, &limits.crit_seconds) ||
        !sb_check_rising(args, limits.warn_events, limits.crit_events, " events") ||
        !sb_check_rising(args, limits.warn_seconds, limits.crit_seconds, " s")) {
        return SB_LEVEL_UNKNOWN;
    }
    return sb_check_run(args, "lag", judge, &limits);
}

const struct sb_command sb_command_check_lag = {
    .words = "check lag",
    .about = "how much is missing here and at partners, and for how long? exit 0-3",
    SB_FLAGS(flags),
    .usage_exit = SB_LEVEL_UNKNOWN,
    .examples = "  samenbus check lag\n"
                "  samenbus check lag --warn 100 --warn 30s --crit 5min --format nagios\n",
    .run = check_lag,
};
