/* The node's callbacks; see news.h. They say and decide nothing. */
#include "daemon/shell/news.h"

#include <string.h>

#include "daemon/shell/clock.h"

void sb_news_init(struct sb_news *news, struct sb_log *log, const struct sb_config *config)
{
    *news = (struct sb_news){.log = log, .alarms = {.log = log}};
    sb_news_change(news, config);
    sb_complaints_init(&news->complaints, log);
}

void sb_news_change(struct sb_news *news, const struct sb_config *config)
{
    news->alarms.program = config->on_alarm;
    news->alarms.partnership = config->partnership;
    news->alarms.organisation = config->organisation.id;
}

void sb_news_tend(struct sb_news *news, int64_t mono_ms)
{
    sb_complaints_flush(&news->complaints, mono_ms);
    sb_alarms_reap(&news->alarms, mono_ms);
}

static bool is_bad(const char *state)
{
    return strcmp(state, "stalled") == 0 || strcmp(state, "refused") == 0 ||
           strcmp(state, "full") == 0;
}

static void tell_state(void *context, const char *who, const char *what, const char *from,
                       const char *to, const char *why)
{
    struct sb_news *news = context;
    bool reason = why != NULL && why[0] != '\0';
    bool daemon = strcmp(what, "daemon") == 0;
    const struct sb_journal_note note = {.code = daemon ? SB_HAPPENING_DAEMON_STATE
                                                        : SB_HAPPENING_PARTNER_STATE,
                                         .actor = who,
                                         .object = what,
                                         .result = to,
                                         .origin = daemon ? "self" : "partner"};
    sb_log_tell(news->log, is_bad(to) ? SB_CONFIG_LOG_WARNING : SB_CONFIG_LOG_INFO, &note,
                "%s: %s: %s, was %s%s%s", who, what, to, from, reason ? ": " : "",
                reason ? why : "");
}

void sb_news_alarm(struct sb_news *news, const char *code, bool raised, const char *text)
{
    const struct sb_journal_note note = {.code = raised ? SB_HAPPENING_ALARM_RAISED
                                                        : SB_HAPPENING_ALARM_CLEARED,
                                         .actor = "samenbusd",
                                         .object = code,
                                         .result = raised ? "raised" : "cleared",
                                         .origin = "self"};
    sb_log_tell(news->log, raised ? SB_CONFIG_LOG_ERROR : SB_CONFIG_LOG_INFO, &note,
                "alarm %s%s: %s", code, raised ? "" : " is over", text);
    if (raised) {
        struct sb_now now = sb_clock_now();
        sb_alarms_run(&news->alarms,
                      &(struct sb_alarm){.code = code, .text = text, .since = now.wall},
                      now.mono_ms);
    }
}

void sb_news_tell(struct sb_news *news, enum sb_happening_code code, const char *object,
                  const char *result, const char *text)
{
    bool bad = code == SB_HAPPENING_DAEMON_FAILED || code == SB_HAPPENING_CONFIG_REFUSED;
    const struct sb_journal_note note = {
        .code = code, .actor = "samenbusd", .object = object, .result = result, .origin = "self"};
    sb_log_tell(news->log, bad ? SB_CONFIG_LOG_ERROR : SB_CONFIG_LOG_INFO, &note, "%s", text);
}

static const char *code_of_end(enum sb_rc rc)
{
    if (rc == SB_E_IO) {
        return "disk_error";
    }
    return rc == SB_E_CHANGED ? "store_changed" : rc == SB_E_CORRUPT ? "damaged" : NULL;
}

void sb_news_end(struct sb_news *news, enum sb_rc rc, const char *text)
{
    const char *code = code_of_end(rc);
    if (code == NULL) {
        sb_news_tell(news, SB_HAPPENING_DAEMON_FAILED, "daemon", "failed", text);
        return;
    }
    sb_news_alarm(news, code, true, text);
    sb_alarms_wait(&news->alarms);
}

static void tell_alarm(void *context, const char *code, bool raised, const char *text)
{
    sb_news_alarm(context, code, raised, text);
}

static void tell_complaint(void *context, const char *who, const char *what, const char *why)
{
    struct sb_news *news = context;
    sb_complaints_add(&news->complaints, sb_clock_now().mono_ms, false, who, what, why);
}

static void tell_denial(void *context, const char *who, const char *what, const char *rule)
{
    struct sb_news *news = context;
    sb_complaints_add(&news->complaints, sb_clock_now().mono_ms, true, who, what, rule);
}

struct sb_node_events sb_news_events(struct sb_news *news)
{
    return (struct sb_node_events){.context = news,
                                   .state = tell_state,
                                   .alarm = tell_alarm,
                                   .complaint = tell_complaint,
                                   .denial = tell_denial,
                                   .journal = news->log->journal};
}
