/* What the node tells people, put into words: changes of state and alarms for the log and for the
 * administrator's program, complaints for the log. */
#ifndef SB_SHELL_NEWS_H
#define SB_SHELL_NEWS_H

#include "daemon/shell/alarm.h"
#include "daemon/shell/complaint.h"
#include "daemon/shell/node.h"

struct sb_news {
    struct sb_log *log; /* borrowed */
    struct sb_complaints complaints;
    struct sb_alarms alarms;
};

void sb_news_init(struct sb_news *news, struct sb_log *log, const struct sb_config *config);
/* Another configuration is in force. */
void sb_news_change(struct sb_news *news, const struct sb_config *config);
/* The node's callbacks; they borrow `news`. */
struct sb_node_events sb_news_events(struct sb_news *news);
/* Counts that are due, programs that ended. */
void sb_news_tend(struct sb_news *news, int64_t mono_ms);

/* The daemon ends because of `rc`: says why, and runs the administrator's program where that is the
 * disk or the store (codes disk_error, store_changed, damaged); waits for it, but not long. */
void sb_news_end(struct sb_news *news, enum sb_rc rc, const char *text);

/* Something of the catalogue that the daemon did itself. */
void sb_news_tell(struct sb_news *news, enum sb_happening_code code, const char *object,
                  const char *result, const char *text);

/* An alarm began or ended. */
void sb_news_alarm(struct sb_news *news, const char *code, bool raised, const char *text);

#endif
