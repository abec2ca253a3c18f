/* The smaller sections of the daemon's file. */
#ifndef SB_CONFIG_SECTIONS_H
#define SB_CONFIG_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

struct sb_yaml_node;

enum sb_config_log_level {
    SB_CONFIG_LOG_ERROR,
    SB_CONFIG_LOG_WARNING,
    SB_CONFIG_LOG_INFO,
    SB_CONFIG_LOG_DEBUG
};
enum sb_config_log_format { SB_CONFIG_LOG_TEXT, SB_CONFIG_LOG_JSON };

struct sb_config_eventlog {
    const struct sb_yaml_node *node;
    const char *path; /* NULL: no event log */
};

struct sb_config_log {
    const struct sb_yaml_node *node;
    enum sb_config_log_level level;
    enum sb_config_log_format format;
};

struct sb_config_recovery {
    const struct sb_yaml_node *node;
    int64_t wait_ms; /* the one bounded wait of an empty store */
};

struct sb_config_deadlines {
    const struct sb_yaml_node *node;
    int64_t remind_ms; /* before the day; 0: never */
};

/* Bodies under these topics are kept so long, and no longer. */
struct sb_config_retention {
    const struct sb_yaml_node *node;
    const char *ground; /* for the record of destruction, in the words of the selectielijst */
    const char *const *topics; /* prefixes, as sb_topic_under takes them */
    size_t n_topics;
    int64_t keep_ms; /* from the time of the event on */
};

struct sb_config_erasures {
    const struct sb_yaml_node *node;
    int64_t receipts_within_ms; /* before there is an alarm; 0: none */
};

#endif
