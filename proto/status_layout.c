/* The answer to a status query as tables (PROTOCOL §8.6). Texts are cut by nobody: a daemon's
 * sentences are short, and a longer one would be a broken answer. */
#include "proto/layout.h"
#include "proto/limits.h"
#include "proto/status.h"

enum { ALARMS_MAX = 1024 };

#define TEXT_ROW(number, owner, member)                                                            \
    SB_ROW(number, TEXT, owner, member, .max_bytes = SB_TITLE_MAX)
#define NESTED_ROW(number_, name_, layout_)                                                        \
    {                                                                                              \
        .number = (number_), .type = SB_FIELD_MESSAGE, .name = (name_), .layout = &(layout_)       \
    }

static const struct sb_field STORE[] = {
    SB_ROW(1, U64, sb_status, events),      SB_ROW(2, U64, sb_status, bytes),
    SB_ROW(3, U64, sb_status, map_bytes),   SB_ROW(30, U64, sb_status, max_bytes),
    SB_ROW(31, U64, sb_status, room_bytes), SB_ROW(32, U64, sb_status, full_in_seconds),
};
static const struct sb_layout STORE_LAYOUT = SB_LAYOUT("StatusStore", STORE);

static const struct sb_field HEAD[] = {
    TEXT_ROW(1, sb_status_head, origin),
    TEXT_ROW(2, sb_status_head, epoch),
    SB_ROW(3, U64, sb_status_head, seq),
    TEXT_ROW(4, sb_status_head, time),
};
static const struct sb_layout HEAD_LAYOUT = SB_LAYOUT("StatusHead", HEAD);

static const struct sb_field DIRECTION[] = {
    TEXT_ROW(1, sb_status_direction, state),
    TEXT_ROW(2, sb_status_direction, reason),
    SB_ROW(3, I64, sb_status_direction, last_contact_ms),
};
static const struct sb_layout DIRECTION_LAYOUT = SB_LAYOUT("StatusDirection", DIRECTION);

static const struct sb_field THEIR_VIEW[] = {
    TEXT_ROW(1, sb_status_peer, their_state),        TEXT_ROW(2, sb_status_peer, their_reason),
    TEXT_ROW(3, sb_status_peer, their_shows),        SB_ROW(4, U64, sb_status_peer, their_hidden),
    TEXT_ROW(5, sb_status_peer, their_hidden_topic),
};
static const struct sb_layout THEIR_VIEW_LAYOUT = SB_LAYOUT("StatusView", THEIR_VIEW);

static const struct sb_field PEER[] = {
    TEXT_ROW(1, sb_status_peer, id),
    TEXT_ROW(2, sb_status_peer, name),
    SB_ROW(3, MESSAGE, sb_status_peer, outgoing, .layout = &DIRECTION_LAYOUT),
    SB_ROW(4, MESSAGE, sb_status_peer, incoming, .layout = &DIRECTION_LAYOUT),
    SB_ROW(5, U64, sb_status_peer, lag_events),
    SB_ROW(6, U64, sb_status_peer, lag_seconds),
    SB_ROW(7, U64, sb_status_peer, their_lag_events),
    NESTED_ROW(8, "their_view", THEIR_VIEW_LAYOUT),
    TEXT_ROW(50, sb_status_peer, software),
    SB_ROW(51, I64, sb_status_peer, clock_offset_ms),
    SB_ROW(52, BOOL, sb_status_peer, clock_known),
    SB_ROWS(53, TEXT, sb_status_peer, unlisted, n_unlisted, SB_ORIGINS_MAX,
            .max_bytes = SB_ORG_MAX),
    SB_ROWS(54, TEXT, sb_status_peer, strangers, n_strangers, SB_ORIGINS_MAX,
            .max_bytes = SB_ORG_MAX),
    SB_ROW(55, BOOL, sb_status_peer, over_others),
    TEXT_ROW(56, sb_status_peer, shows),
    SB_ROW(57, U64, sb_status_peer, hidden),
};
static const struct sb_layout PEER_LAYOUT = SB_LAYOUT("StatusPeer", PEER);

static const struct sb_field ALARM[] = {
    TEXT_ROW(1, sb_status_alarm, code),
    TEXT_ROW(2, sb_status_alarm, since),
    TEXT_ROW(3, sb_status_alarm, text),
};
static const struct sb_layout ALARM_LAYOUT = SB_LAYOUT("StatusAlarm", ALARM);

static const struct sb_field COUNTERS[] = {
    SB_ROW(1, U64, sb_status, malformed_frames),       SB_ROW(2, U64, sb_status, denied),
    SB_ROW(3, U64, sb_status, missing_bodies),         SB_ROW(4, U64, sb_status, commits),
    SB_ROW(5, U64, sb_status, dropped_unknown_origin), SB_ROW(6, U64, sb_status, without_effect),
};
static const struct sb_layout COUNTERS_LAYOUT = SB_LAYOUT("StatusCounters", COUNTERS);

static const struct sb_field CONSUMER[] = {
    TEXT_ROW(1, sb_status_consumer, name),
    TEXT_ROW(2, sb_status_consumer, client),
    TEXT_ROW(3, sb_status_consumer, state),
    SB_ROW(4, U64, sb_status_consumer, behind),
    SB_ROW(5, U64, sb_status_consumer, waiting_seconds),
    SB_ROW(6, U32, sb_status_consumer, readers),
};
static const struct sb_layout CONSUMER_LAYOUT = SB_LAYOUT("StatusConsumer", CONSUMER);

static const struct sb_field STATUS[] = {
    TEXT_ROW(1, sb_status, organisation),
    TEXT_ROW(2, sb_status, name),
    TEXT_ROW(3, sb_status, partnership),
    TEXT_ROW(4, sb_status, version),
    TEXT_ROW(5, sb_status, state),
    TEXT_ROW(6, sb_status, reason),
    TEXT_ROW(7, sb_status, store_id),
    NESTED_ROW(8, "store", STORE_LAYOUT),
    SB_ROW(9, U64, sb_status, lag_events),
    SB_ROWS(10, MESSAGE, sb_status, heads, n_heads, SB_ORIGINS_MAX *SB_HEADS_MAX,
            .layout = &HEAD_LAYOUT),
    SB_ROWS(11, MESSAGE, sb_status, peers, n_peers, SB_PEERS_MAX, .layout = &PEER_LAYOUT),
    SB_ROWS(12, MESSAGE, sb_status, alarms, n_alarms, ALARMS_MAX, .layout = &ALARM_LAYOUT),
    NESTED_ROW(13, "counters", COUNTERS_LAYOUT),
    SB_ROWS(30, MESSAGE, sb_status, consumers, n_consumers, SB_CONSUMERS_MAX,
            .layout = &CONSUMER_LAYOUT),
    TEXT_ROW(50, sb_status, running_digest),
    TEXT_ROW(51, sb_status, file_digest),
};
static const struct sb_layout STATUS_LAYOUT = SB_LAYOUT("Status", STATUS);

static const struct sb_field ANSWER[] = {
    NESTED_ROW(1, "status", STATUS_LAYOUT),
};
const struct sb_layout sb_layout_answer = SB_LAYOUT("Answer", ANSWER);
