/* What may stand in the files. A new key is a line here and a field in config.h; its parsing,
 * default, checks and help follow. Data only. */
#include "config/tables.h"

#include <assert.h>

#include "config/config.h"
#include "proto/limits.h"

#define COUNT(a)        (sizeof(a) / sizeof((a)[0]))
#define AT(type, field) .offset = offsetof(struct type, field)
#define KIB(n)          ((uint64_t)(n) << 10)
#define GIB(n)          ((uint64_t)(n) << 30)

static const char *const log_levels[] = {
    [SB_CONFIG_LOG_ERROR] = "error",
    [SB_CONFIG_LOG_WARNING] = "warning",
    [SB_CONFIG_LOG_INFO] = "info",
    [SB_CONFIG_LOG_DEBUG] = "debug",
    NULL,
};

static const char *const log_formats[] = {
    [SB_CONFIG_LOG_TEXT] = "text",
    [SB_CONFIG_LOG_JSON] = "json",
    NULL,
};

static const struct sb_key organisation_keys[] = {
    {.name = "id",
     .type = SB_KEY_ORG,
     .required = true,
     AT(sb_config_organisation, id),
     .fixed = "it is part of every event",
     .help = "this organisation, as all partners write it, for instance GM0384"},
    {.name = "name",
     .type = SB_KEY_NAME,
     .min = 1,
     .max = SB_NAME_MAX,
     AT(sb_config_organisation, name),
     .otherwise = "the id",
     .live = true,
     .help = "its name for people"},
    {.name = "sign_key",
     .type = SB_KEY_PATH,
     .required = true,
     AT(sb_config_organisation, sign_key),
     .fixed = "the daemon signs with it",
     .help = "file with the secret key that signs our events (samenbus key gen)"},
    {.name = "curve_key",
     .type = SB_KEY_PATH,
     .required = true,
     AT(sb_config_organisation, curve_key),
     .fixed = "the sockets are open under it",
     .help = "file with the secret key of our connections (samenbus key gen)"},
    {.name = "certificate",
     .type = SB_KEY_PATH,
     AT(sb_config_organisation, certificate),
     .otherwise = "partners have sign_key in their files",
     .help = "file by which the sign_key before this one vouches for it (samenbus key rotate)"},
    {.name = "renew_keys_by",
     .type = SB_KEY_DATE,
     AT(sb_config_organisation, renew_keys_by),
     .otherwise = "nobody is reminded",
     .help = "day by which both keys are to be replaced: from 30 days before it on there is an "
             "alarm, keys_expire"},
};
static const struct sb_table organisation_table = {organisation_keys, COUNT(organisation_keys),
                                                   sizeof(struct sb_config_organisation),
                                                   offsetof(struct sb_config_organisation, node)};

static const struct sb_key listen_keys[] = {
    {.name = "publish",
     .type = SB_KEY_BIND,
     .required = true,
     AT(sb_config_listen, publish),
     .fixed = "the socket is open",
     .help = "endpoint where events go out, for instance tcp://127.0.0.1:7461"},
    {.name = "service",
     .type = SB_KEY_BIND,
     .required = true,
     AT(sb_config_listen, service),
     .fixed = "the socket is open",
     .help = "endpoint for partners and clients, for instance tcp://127.0.0.1:7462"},
};
static const struct sb_table listen_table = {listen_keys, COUNT(listen_keys),
                                             sizeof(struct sb_config_listen),
                                             offsetof(struct sb_config_listen, node)};

static const struct sb_key store_keys[] = {
    {.name = "path",
     .type = SB_KEY_PATH,
     .required = true,
     AT(sb_config_store, path),
     .fixed = "the store is open",
     .help = "folder that holds every event; on a disk of this machine"},
    {.name = "max_size",
     .type = SB_KEY_SIZE,
     .min = KIB(1024),
     .max = GIB(1024),
     .fallback = "8GiB",
     AT(sb_config_store, max_size),
     .fixed = "the store is open",
     .help = "the most that the store may take on disk"},
    {.name = "max_size_per_origin",
     .type = SB_KEY_SIZE,
     .min = KIB(64),
     .max = GIB(1024),
     AT(sb_config_store, max_size_per_origin),
     .otherwise = "a quarter of max_size",
     .live = true,
     .help = "the most that the events of one organisation may take"},
};
static const struct sb_table store_table = {store_keys, COUNT(store_keys),
                                            sizeof(struct sb_config_store),
                                            offsetof(struct sb_config_store, node)};

static const struct sb_key eventlog_keys[] = {
    {.name = "path",
     .type = SB_KEY_PATH,
     .required = true,
     AT(sb_config_eventlog, path),
     .live = true,
     .help = "file that gets one line of JSON per event, without bodies"},
};
static const struct sb_table eventlog_table = {eventlog_keys, COUNT(eventlog_keys),
                                               sizeof(struct sb_config_eventlog),
                                               offsetof(struct sb_config_eventlog, node)};

static const struct sb_key log_keys[] = {
    {.name = "level",
     .type = SB_KEY_CHOICE,
     .choices = log_levels,
     .fallback = "info",
     AT(sb_config_log, level),
     .live = true,
     .help = "the least that is worth a line on stderr"},
    {.name = "format",
     .type = SB_KEY_CHOICE,
     .choices = log_formats,
     .fallback = "text",
     AT(sb_config_log, format),
     .live = true,
     .help = "lines for people or for machines"},
};
static const struct sb_table log_table = {log_keys, COUNT(log_keys), sizeof(struct sb_config_log),
                                          offsetof(struct sb_config_log, node)};

static_assert(SB_RECOVERY_MS == 5000, "the default of recovery.wait is written below");
static const struct sb_key recovery_keys[] = {
    {.name = "wait",
     .type = SB_KEY_DURATION,
     .min = 0,
     .max = 3600000,
     .fallback = "5s",
     AT(sb_config_recovery, wait_ms),
     .live = true, /* it counts at the next start, and no sooner has a meaning */
     .help = "how long a daemon with an empty store asks partners for its own history before it "
             "publishes"},
};
static const struct sb_table recovery_table = {recovery_keys, COUNT(recovery_keys),
                                               sizeof(struct sb_config_recovery),
                                               offsetof(struct sb_config_recovery, node)};

static const struct sb_key deadlines_keys[] = {
    {.name = "remind",
     .type = SB_KEY_DURATION,
     .min = 0,
     .max = 31536000000, /* a year */
     .fallback = "14d",
     AT(sb_config_deadlines, remind_ms),
     .fixed = "the daemon began with it",
     .help = "how long before the deadline of a decision that we proposed those whose position is "
             "missing are reminded; 0s: never"},
};
static const struct sb_table deadlines_table = {deadlines_keys, COUNT(deadlines_keys),
                                                sizeof(struct sb_config_deadlines),
                                                offsetof(struct sb_config_deadlines, node)};

static const struct sb_key erasures_keys[] = {
    {.name = "receipts_within",
     .type = SB_KEY_DURATION,
     .min = 0,
     .max = 31536000000, /* a year */
     .fallback = "7d",
     AT(sb_config_erasures, receipts_within_ms),
     .live = true,
     .help = "how long after an event of ours was erased every partner that was entitled to it is "
             "to have confirmed that; then there is an alarm, erasure_overdue; 0s: never"},
};
static const struct sb_table erasures_table = {erasures_keys, COUNT(erasures_keys),
                                               sizeof(struct sb_config_erasures),
                                               offsetof(struct sb_config_erasures, node)};

static const struct sb_key retention_entry_keys[] = {
    {.name = "ground",
     .type = SB_KEY_NAME,
     .required = true,
     .min = 1,
     .max = 200,
     AT(sb_config_retention, ground),
     .live = true,
     .identity = true,
     .help = "why so long, as the record of destruction says it, for instance Selectielijst 2020, "
             "5.1.2"},
    {.name = "topics",
     .type = SB_KEY_TOPICS,
     .required = true,
     .max = 64,
     AT(sb_config_retention, topics),
     .count_offset = offsetof(struct sb_config_retention, n_topics),
     .live = true,
     .help = "topics that it is about, for instance [notification/, custom/zaaksysteem]; of all "
             "rules the longest that fits a topic counts"},
    {.name = "keep",
     .type = SB_KEY_DURATION,
     .required = true,
     .min = 1000,
     .max = 3155760000000, /* a century */
     AT(sb_config_retention, keep_ms),
     .live = true,
     .help = "how long after its time the content of an event is destroyed here: 365d is a year"},
};
static const struct sb_table retention_entry_table = {
    retention_entry_keys, COUNT(retention_entry_keys), sizeof(struct sb_config_retention),
    offsetof(struct sb_config_retention, node)};

static const struct sb_key daemon_keys[] = {
    {.name = "partnership",
     .type = SB_KEY_NAME,
     .required = true,
     .min = 1,
     .max = SB_NAME_MAX,
     AT(sb_config, partnership),
     .fixed = "it is part of every event",
     .help = "name of the co-operation, the same at all partners; part of every event's hash"},
    {.name = "organisation",
     .type = SB_KEY_MAPPING,
     .required = true,
     .inside = &organisation_table,
     AT(sb_config, organisation),
     .help = "who we are"},
    {.name = "listen",
     .type = SB_KEY_MAPPING,
     .required = true,
     .inside = &listen_table,
     AT(sb_config, listen),
     .help = "where this daemon is reached"},
    {.name = "store",
     .type = SB_KEY_MAPPING,
     .required = true,
     .inside = &store_table,
     AT(sb_config, store),
     .help = "where events are kept"},
    {.name = "peers",
     .type = SB_KEY_ITEMS,
     .max = SB_PEERS_MAX,
     .inside = &sb_table_peer,
     AT(sb_config, peers),
     .count_offset = offsetof(struct sb_config, n_peers),
     .otherwise = "none but those in conf.d/",
     .item = "partner",
     .help = "the partners, besides conf.d/*.yaml (not *.yml)"},
    {.name = "clients",
     .type = SB_KEY_ITEMS,
     .max = SB_CLIENTS_MAX,
     .inside = &sb_table_client_entry,
     AT(sb_config, clients),
     .count_offset = offsetof(struct sb_config, n_clients),
     .otherwise = "none",
     .item = "client",
     .help = "our own systems and people, and what they may do"},
    {.name = "eventlog",
     .type = SB_KEY_MAPPING,
     .inside = &eventlog_table,
     AT(sb_config, eventlog),
     .otherwise = "no event log",
     .help = "a readable copy of the log"},
    {.name = "log",
     .type = SB_KEY_MAPPING,
     .inside = &log_table,
     AT(sb_config, log),
     .help = "what the daemon says about itself"},
    {.name = "recovery",
     .type = SB_KEY_MAPPING,
     .inside = &recovery_table,
     AT(sb_config, recovery),
     .help = "what happens after the store was lost"},
    {.name = "deadlines",
     .type = SB_KEY_MAPPING,
     .inside = &deadlines_table,
     AT(sb_config, deadlines),
     .help = "reminders to those whose position is due"},
    {.name = "erasures",
     .type = SB_KEY_MAPPING,
     .inside = &erasures_table,
     AT(sb_config, erasures),
     .help = "what is expected of partners when events are erased"},
    {.name = "retention",
     .type = SB_KEY_ITEMS,
     .max = SB_RETENTION_MAX,
     .inside = &retention_entry_table,
     AT(sb_config, retention),
     .count_offset = offsetof(struct sb_config, n_retention),
     .otherwise = "everything is kept",
     .item = "rule",
     .help = "what of the events is destroyed in this store when its time is up"},
    {.name = "on_alarm",
     .type = SB_KEY_PATH,
     AT(sb_config, on_alarm),
     .otherwise = "no program",
     .live = true,
     .help = "program that is run for an alarm: code and text as arguments, JSON on stdin"},
};
const struct sb_table sb_table_daemon = {daemon_keys, COUNT(daemon_keys), sizeof(struct sb_config),
                                         offsetof(struct sb_config, node)};
