/* The daemon's own account of itself, as `samenbus status` shows it (PROTOCOL §8.6). Filled by the
 * daemon, encoded and decoded by wire, printed as JSON by json. Pointers borrow from an arena. */
#ifndef SB_PROTO_STATUS_H
#define SB_PROTO_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ids.h"

struct sb_status_direction {
    const char *state, *reason;
    int64_t last_contact_ms; /* age; -1: never */
};

struct sb_status_head {
    const char *origin, *epoch;
    uint64_t seq;
    const char *time;
};

struct sb_status_peer {
    const char *id, *name;
    struct sb_status_direction outgoing, incoming;
    uint64_t lag_events, lag_seconds, their_lag_events;
    const char *their_state, *their_reason;
    /* What of each other's events clients are shown, "": all; how many were not when they came,
     * since the start there; the topic of the last, "": none. */
    const char *shows, *their_shows, *their_hidden_topic;
    uint64_t hidden, their_hidden;
    bool over_others;     /* its entry says that it and we do not connect */
    const char *software; /* as they greeted; "": not yet */
    bool clock_known;
    int64_t clock_offset_ms;            /* theirs minus ours, as their last frontier came */
    const char **unlisted, **strangers; /* ours that they do not list; theirs that we do not */
    size_t n_unlisted, n_strangers;
};

struct sb_status_alarm {
    const char *code, *since, *text;
};

struct sb_status_consumer {
    const char *name, *client, *state; /* current, waiting, stuck */
    uint64_t behind, waiting_seconds;  /* since the first event that waits came; 0: none does */
    uint32_t readers;
};

struct sb_status {
    const char *organisation, *name, *partnership, *version, *state, *reason, *store_id;
    uint64_t events, bytes, map_bytes, lag_events;
    struct sb_status_head *heads;
    size_t n_heads;
    struct sb_status_peer *peers;
    size_t n_peers;
    struct sb_status_alarm *alarms;
    size_t n_alarms;
    const char *running_digest,
        *file_digest; /* of the configuration, in hexadecimal; "": unknown */
    struct sb_status_consumer *consumers;
    size_t n_consumers;
    uint64_t max_bytes,
        room_bytes; /* what the store may use at the most, and what is left; 0: not told */
    uint64_t full_in_seconds; /* at the present rate; 0: not known, or it does not grow */
    uint64_t malformed_frames, denied, missing_bodies, commits, dropped_unknown_origin;
    uint64_t without_effect; /* came from elsewhere since the start, and changed no view */
};

#endif
