/* samenbus check consumers: does every named consumer take what waits for it? */
#include <inttypes.h>
#include <string.h>

#include "clients/command/check.h"

struct limits {
    uint64_t warn_ms, crit_ms; /* 0: never */
};

static void judge_consumer(struct sb_verdict *v, const struct sb_status_consumer *c,
                           const struct limits *l)
{
    uint64_t waited_ms = c->waiting_seconds * 1000;
    if (strcmp(c->state, "stuck") == 0) {
        sb_verdict_add(v, SB_LEVEL_CRITICAL,
                       "consumer %s of %s acknowledges nothing: %" PRIu64
                       " offsets behind, the oldest event waits for %" PRIu64 " s",
                       c->name, c->client, c->behind, c->waiting_seconds);
    } else if (l->crit_ms > 0 && waited_ms >= l->crit_ms) {
        sb_verdict_add(v, SB_LEVEL_CRITICAL, "an event waits for consumer %s for %" PRIu64 " s",
                       c->name, c->waiting_seconds);
    } else if (l->warn_ms > 0 && waited_ms >= l->warn_ms) {
        sb_verdict_add(v, SB_LEVEL_WARNING, "an event waits for consumer %s for %" PRIu64 " s",
                       c->name, c->waiting_seconds);
    } else if (strcmp(c->state, "current") != 0 && strcmp(c->state, "waiting") != 0) {
        sb_verdict_add(v, SB_LEVEL_WARNING, "consumer %s is in a state that is not known here: %s",
                       c->name, c->state);
    }
}

static void judge(struct sb_verdict *v, const struct sb_status *s, void *context)
{
    uint64_t oldest_s = 0, stuck = 0;
    for (size_t i = 0; i < s->n_consumers; i++) {
        const struct sb_status_consumer *c = &s->consumers[i];
        judge_consumer(v, c, context);
        oldest_s = c->waiting_seconds > oldest_s ? c->waiting_seconds : oldest_s;
        stuck += strcmp(c->state, "stuck") == 0;
    }
    sb_verdict_sum_up(v, "%zu consumers, the oldest event waits for %" PRIu64 " s", s->n_consumers,
                      oldest_s);
    sb_verdict_figure(v, (struct sb_figure){"consumers", "", s->n_consumers, 0, 0});
    sb_verdict_figure(v, (struct sb_figure){"stuck", "", stuck, 0, 1});
    sb_verdict_figure(v, (struct sb_figure){"oldest_waiting", "s", oldest_s, 0, 0});
}

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    SB_FLAG_CHECK_FORMAT,
    {"warn", 0, "AGE", "warning when an event waits for longer, such as 5min"},
    {"crit", 0, "AGE", "critical when one does; a stuck consumer always is"},
};

static int check_consumers(const struct sb_args *args)
{
    struct limits l = {0, 0};
    if (!sb_args_duration(args, "warn", &l.warn_ms) ||
        !sb_args_duration(args, "crit", &l.crit_ms) ||
        !sb_check_rising(args, l.warn_ms, l.crit_ms, " ms")) {
        return SB_LEVEL_UNKNOWN;
    }
    return sb_check_run(args, "consumers", judge, &l);
}

const struct sb_command sb_command_check_consumers = {
    .words = "check consumers",
    .about = "does every consumer take what waits for it? exit 0-3",
    SB_FLAGS(flags),
    .usage_exit = SB_LEVEL_UNKNOWN,
    .examples = "  samenbus check consumers\n"
                "  samenbus check consumers --warn 2min --crit 10min --format nagios\n",
    .run = check_consumers,
};
