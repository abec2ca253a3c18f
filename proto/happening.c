/* The catalogue of happenings and alarms; see happening.h. */
#include "proto/happening.h"

#include <string.h>

#include "proto/layout.h"
#include "proto/limits.h"

static const struct sb_happening_kind KINDS[SB_HAPPENING_COUNT] = {
    [SB_HAPPENING_DAEMON_STARTS] = {"daemon_starts", "start",
                                    "The daemon was started, with the configuration file that is "
                                    "named."},
    [SB_HAPPENING_DAEMON_READY] = {"daemon_ready", "start",
                                   "The daemon serves partners and clients at the endpoints that "
                                   "are named."},
    [SB_HAPPENING_DAEMON_STATE] = {"daemon_state", "change_state",
                                   "The daemon's own state changed: ready, recovering (it fetches "
                                   "its own history back), full, stopping."},
    [SB_HAPPENING_DAEMON_STOPPING] = {"daemon_stopping", "stop",
                                      "The daemon was asked to stop: it answers what it was asked, "
                                      "and goes."},
    [SB_HAPPENING_DAEMON_FAILED] = {"daemon_failed", "stop",
                                    "The daemon ends because it cannot keep what it promises. The "
                                    "sentence says why, and what to do."},
    [SB_HAPPENING_EVENTLOG_REOPENED] = {"eventlog_reopened", "reopen",
                                        "The event log was opened anew, as its rotation asks "
                                        "for."},
    [SB_HAPPENING_CONFIG_RELOADED] = {"config_reloaded", "reload",
                                      "A changed configuration is in force."},
    [SB_HAPPENING_CONFIG_REFUSED] =
        {"config_refused", "reload",
         "A changed configuration has mistakes: the daemon goes on with "
         "the one that it had. `samenbus config check` names them."},
    [SB_HAPPENING_PARTNER_STATE] = {"partner_state", "change_state",
                                    "A direction to or from a partner changed its state. Stalled "
                                    "and refused need somebody: `samenbus status` says why."},
    [SB_HAPPENING_ALARM_RAISED] =
        {"alarm_raised", "raise_alarm",
         "An alarm was raised; `samenbus explain` with its code says what "
         "it means. `on_alarm` was run."},
    [SB_HAPPENING_ALARM_CLEARED] = {"alarm_cleared", "clear_alarm", "What raised it is over."},
    [SB_HAPPENING_REQUEST_DENIED] =
        {"request_denied", "deny",
         "Somebody asked for what he may not have; who, what and the "
         "rule are named. Where he should have it: `clients` or `peers` "
         "in samenbusd.yaml."},
    [SB_HAPPENING_MESSAGE_REJECTED] =
        {"message_rejected", "reject",
         "Somebody sent what cannot be used: a broken program, another "
         "version, or an attack. The same is said once a minute, with "
         "its count."},
};

const struct sb_happening_kind *sb_happening_kind(enum sb_happening_code code)
{
    return &KINDS[code];
}

static const struct {
    const char *code, *sentence;
} ALARMS[] = {
    {"fork",
     "An organisation signed two histories at one place: two machines have its key. Both are "
     "kept and count; `samenbus evidence list` shows them."},
    {"second_instance",
     "A second daemon with our key, or a resumed snapshot of this one, wrote after "
     "us. Stop one of them."},
    {"quota", "An organisation's events have reached store.max_size_per_origin: no more of its are "
              "taken. Raise it."},
    {"stalled",
     "Nothing arrives from a partner: it is connected and silent, or it has had no connection for "
     "a minute. Ask its administrator; `samenbus status` says which direction, and since when."},
    {"flooding",
     "A partner publishes more than its `rate` under `peers` allows. What is beyond that is "
     "fetched "
     "later, and nobody else waits for it. Ask its administrator, or raise the rate and reload."},
    {"store_full",
     "The store has no room: publishes are refused. Raise store.max_size, or make room "
     "on its disk."},
    {"store_filling",
     "The store will be full within a week at the present rate, or has a twentieth "
     "of its room left. Raise store.max_size in time."},
    {"stuck_consumer",
     "Events wait for a consumer that acknowledges nothing. Start its program, or "
     "remove it with `samenbus consumer rm`."},
    {"eventlog",
     "The event log cannot be written. Nothing is lost: it is written up once it can be."},
    {"descriptors",
     "Nearly all descriptors are in use; both endpoints are shut until they are free. "
     "See who connects, or raise LimitNOFILE."},
    {"damaged",
     "Something in the store is damaged: it is given to nobody. `samenbus verify --store`, "
     "then `samenbus repair`."},
    {"store_changed", "Another store stands in the place of the one that the daemon had open. See "
                      "that the right one is there, and start again."},
    {"reload",
     "The configuration on disk has mistakes or cannot be taken over: the daemon goes on with "
     "the one that it had. `samenbus reload --dry-run` names them."},
    {"embargo", "An embargo has ended and its item could not be published: see the other "
                "alarms. It is tried again every second."},
    {"embargo_without_effect",
     "An embargo has ended and its item would have no effect, by what was said meanwhile. Publish "
     "under its id what is right, or erase it."},
    {"keys_expire", "The day named by organisation.renew_keys_by is near or past: make new keys "
                    "(`samenbus key rotate`, config/RUNBOOK.md), then set another day."},
    {"compaction",
     "The store could not be written anew without what was erased: nobody is shown it, but its "
     "bytes stand in the file still. Make room on the disk; it is tried again every minute."},
    {"erasure_overdue",
     "A partner has not confirmed an erasure in time. `samenbus erasures` says which; ask its "
     "administrator."},
    {"disk_error", "The disk failed to keep what was written; the daemon ended rather than promise "
                   "it. Check the disk, then start again."},
};

const char *sb_alarm_sentence(const char *code)
{
    for (size_t i = 0; i < sizeof ALARMS / sizeof *ALARMS; i++) {
        if (strcmp(ALARMS[i].code, code) == 0) {
            return ALARMS[i].sentence;
        }
    }
    return NULL;
}

const char *sb_alarm_code_at(size_t n)
{
    return n < sizeof ALARMS / sizeof *ALARMS ? ALARMS[n].code : NULL;
}

/* ---- on the wire (PROTOCOL §8.13) */

#define TEXT_ROW(number, member)                                                                   \
    SB_ROW(number, TEXT, sb_happening, member, .max_bytes = SB_TITLE_MAX)

static const struct sb_field HAPPENING[] = {
    SB_ROW(1, U64, sb_happening, number),
    SB_ROW(2, I64, sb_happening, time),
    TEXT_ROW(3, code),
    TEXT_ROW(4, action),
    TEXT_ROW(5, actor),
    TEXT_ROW(6, object),
    TEXT_ROW(7, result),
    TEXT_ROW(8, origin),
    TEXT_ROW(9, text),
};
static const struct sb_layout HAPPENING_LAYOUT = SB_LAYOUT("Happening", HAPPENING);

static const struct sb_field HAPPENINGS[] = {
    SB_ROWS(1, MESSAGE, sb_happenings, items, n_items, SB_HAPPENINGS_MAX,
            .layout = &HAPPENING_LAYOUT),
    SB_ROW(2, U64, sb_happenings, next),
};
const struct sb_layout sb_layout_happenings = SB_LAYOUT("Happenings", HAPPENINGS);
