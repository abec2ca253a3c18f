/* samenbus check store: how full the store is, and in how many days it will be at the present rate.
 * A daemon of version 0.1 does not tell its limit, which stands in its file. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "clients/command/check.h"
#include "clients/command/daemon_file.h"
#include "clients/command/growth.h"
#include "config/quantity.h"

static void judge_days(struct sb_verdict *v, const struct sb_store_limits *l)
{
    if (l->days_left < SB_DAYS_NEVER && l->days_left < l->warn_days) {
        sb_verdict_add(v, l->days_left < l->crit_days ? SB_LEVEL_CRITICAL : SB_LEVEL_WARNING,
                       "full in %" PRIu64 " days at the present rate; raise store.max_size",
                       l->days_left);
    }
}

static void judge_share(struct sb_verdict *v, const struct sb_status *s,
                        const struct sb_store_limits *l)
{
    uint64_t percent = (uint64_t)((double)s->bytes * 100 / (double)l->max_bytes);
    char days[48] = "days left unknown yet";
    if (l->days_left == SB_DAYS_NEVER) {
        (void)snprintf(days, sizeof days, "no end in sight at the present rate");
    } else if (l->days_left != SB_DAYS_UNKNOWN) {
        (void)snprintf(days, sizeof days, "%" PRIu64 " days left", l->days_left);
    }
    sb_verdict_sum_up(
        v, "%" PRIu64 " events in %" PRIu64 " MiB, %" PRIu64 " %% of %" PRIu64 " MiB, %s",
        s->events, s->bytes >> 20, percent, l->max_bytes >> 20, days);
    if (percent >= l->warn_percent) {
        sb_verdict_add(v, percent >= l->crit_percent ? SB_LEVEL_CRITICAL : SB_LEVEL_WARNING,
                       "%" PRIu64 " %% of store.max_size is in use; raise it before it is full",
                       percent);
    }
    judge_days(v, l);
}

void sb_check_store(struct sb_verdict *v, const struct sb_status *s,
                    const struct sb_store_limits *l)
{
    uint64_t warn = (uint64_t)((double)l->max_bytes / 100 * (double)l->warn_percent);
    uint64_t crit = (uint64_t)((double)l->max_bytes / 100 * (double)l->crit_percent);
    if (l->max_bytes > 0) {
        judge_share(v, s, l);
    } else {
        sb_verdict_sum_up(v, "%" PRIu64 " events in %" PRIu64 " MiB, of how many is not known",
                          s->events, s->bytes >> 20);
        sb_verdict_add(v, SB_LEVEL_UNKNOWN,
                       "how full it is depends on store.max_size: give --daemon samenbusd.yaml or "
                       "--max-size");
    }
    sb_verdict_figure(v, (struct sb_figure){"used", "B", s->bytes, warn, crit});
    sb_verdict_figure(v, (struct sb_figure){"events", "", s->events, 0, 0});
    if (l->days_left < SB_DAYS_NEVER) {
        sb_verdict_figure(v, (struct sb_figure){"days_left", "", l->days_left, 0, 0});
    }
}

/* ---- the subcommand */

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    SB_FLAG_CHECK_FORMAT,
    {"daemon", 0, "FILE", "the daemon's file, samenbusd.yaml, which has store.max_size"},
    {"max-size", 0, "SIZE", "store.max_size itself, where that file cannot be read"},
    {"warn", 0, "PERCENT", "warning from there on (default 80)"},
    {"crit", 0, "PERCENT", "critical from there on (default 95)"},
    {"warn-days", 0, "N", "warning when it is full in fewer days (default 30)"},
    {"crit-days", 0, "N", "critical when in fewer (default 7)"},
    {"samples", 0, "FILE", "where sizes are remembered from run to run, for the days left"},
};

struct question {
    const char *samples;
    struct sb_store_limits limits;
};

static void sample(struct sb_verdict *v, const struct sb_status *s, struct question *q)
{
    struct sb_growth growth;
    struct sb_err err = {0};
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    struct sb_growth_sample now = {(int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000, s->bytes};
    enum sb_rc rc = sb_growth_read(&growth, q->samples, &err);
    if (rc == SB_OK) {
        sb_growth_add(&growth, s->store_id, now);
        q->limits.days_left = sb_growth_days(&growth, now, q->limits.max_bytes);
        rc = sb_growth_write(&growth, q->samples, &err);
    }
    if (rc != SB_OK) {
        sb_verdict_add(v, SB_LEVEL_WARNING, "the days left are not known: %s", err.text);
    }
}

static void judge(struct sb_verdict *v, const struct sb_status *s, void *context)
{
    struct question *q = context;
    if (q->limits.max_bytes == 0 && s->max_bytes > 0) { /* as the daemon has it, and its disk */
        uint64_t left = s->bytes + s->room_bytes;
        q->limits.max_bytes = left < s->max_bytes ? left : s->max_bytes;
    }
    if (q->samples != NULL) {
        sample(v, s, q);
    } else if (s->full_in_seconds > 0) {
        q->limits.days_left = s->full_in_seconds / SECONDS_PER_DAY;
    }
    sb_check_store(v, s, &q->limits);
}

static bool read_max_size(const struct sb_args *args, uint64_t *out)
{
    const char *file = sb_args_value(args, "daemon"), *size = sb_args_value(args, "max-size");
    struct sb_err err = {0};
    struct sb_config *config = NULL;
    if (file != NULL && size != NULL) {
        sb_args_complain(args, "give --daemon or --max-size, not both");
        return false;
    }
    if (size != NULL && !sb_quantity_parse(out, size, strlen(size), sb_units_size)) {
        sb_args_complain(args, "--max-size %s: write a size such as 8GiB", size);
        return false;
    }
    if (file != NULL) {
        if (sb_daemon_file_load(&config, file, &err) != SB_OK) {
            sb_args_complain(args, "%s", err.text);
            return false;
        }
        *out = config->store.max_size;
    }
    sb_config_free(config);
    return true;
}

static int check_store(const struct sb_args *args)
{
    struct question q = {.samples = sb_args_value(args, "samples"),
                         .limits = {.warn_percent = 80,
                                    .crit_percent = 95,
                                    .days_left = SB_DAYS_UNKNOWN,
                                    .warn_days = 30,
                                    .crit_days = 7}};
    if (!sb_args_number(args, "warn", 1, 100, &q.limits.warn_percent) ||
        !sb_args_number(args, "crit", 1, 100, &q.limits.crit_percent) ||
        !sb_args_number(args, "warn-days", 0, 36500, &q.limits.warn_days) ||
        !sb_args_number(args, "crit-days", 0, 36500, &q.limits.crit_days) ||
        !sb_check_rising(args, q.limits.warn_percent, q.limits.crit_percent, " %") ||
        !read_max_size(args, &q.limits.max_bytes)) {
        return SB_LEVEL_UNKNOWN;
    }
    if (q.limits.crit_days > q.limits.warn_days) { /* the fewer, the worse */
        sb_args_complain(args,
                         "critical when it is full in fewer than %" PRIu64
                         " days is before the warning, in fewer than %" PRIu64
                         ": give --crit-days and --warn-days, --crit-days the lower one",
                         q.limits.crit_days, q.limits.warn_days);
        return SB_LEVEL_UNKNOWN;
    }
    return sb_check_run(args, "store", judge, &q);
}

const struct sb_command sb_command_check_store = {
    .words = "check store",
    .about = "how full is the store, and in how many days will it be? exit 0-3",
    SB_FLAGS(flags),
    .usage_exit = SB_LEVEL_UNKNOWN,
    .examples = "  samenbus check store --daemon /etc/samenbus/duoplus/samenbusd.yaml\n"
                "  samenbus check store --max-size 8GiB --samples /var/tmp/samenbus.growth \\\n"
                "      --warn 70 --warn-days 60 --format nagios\n",
    .run = check_store,
};
