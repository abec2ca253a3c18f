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
    sb_log_write(news->log, is_bad(to) ? SB_CONFIG_LOG_WARNING : SB_CONFIG_LOG_INFO,
                 "%s: %s: %s, was %s%s%s", who, what, to, from, reason ? ": " : "",
                 reason ? why : "");
}

void sb_news_alarm(struct sb_news *news, const char *code, bool raised, const char *text)
{
    sb_log_write(news->log, raised ? SB_CONFIG_LOG_ERROR : SB_CONFIG_LOG_INFO, "alarm %s%s: %s",
                 code, raised ? "" : " is over", text);
    if (raised) {
        struct sb_now now = sb_clock_now();
        sb_alarms_run(&news->alarms,
                      &(struct sb_alarm){.code = code, .text = text, .since = now.wall},
                      now.mono_ms);
    }
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
        sb_log_write(news->log, SB_CONFIG_LOG_ERROR, "%s", text);
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
    sb_complaints_add(&news->complaints, sb_clock_now().mono_ms, who, what, why);
}

struct sb_node_events sb_news_events(struct sb_news *news)
{
    return (struct sb_node_events){
        .context = news, .state = tell_state, .alarm = tell_alarm, .complaint = tell_complaint};
}
