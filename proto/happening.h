/* What happens to a daemon itself, for people: one catalogue of codes, by which the log, `samenbus
 * events`, `samenbus explain` and the manual page speak. Codes are never reused. */
#ifndef SB_PROTO_HAPPENING_H
#define SB_PROTO_HAPPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ids.h"

enum sb_happening_code {
    SB_HAPPENING_DAEMON_STARTS,
    SB_HAPPENING_DAEMON_READY,
    SB_HAPPENING_DAEMON_STATE,
    SB_HAPPENING_DAEMON_STOPPING,
    SB_HAPPENING_DAEMON_FAILED,
    SB_HAPPENING_EVENTLOG_REOPENED,
    SB_HAPPENING_CONFIG_RELOADED,
    SB_HAPPENING_CONFIG_REFUSED,
    SB_HAPPENING_PARTNER_STATE,
    SB_HAPPENING_ALARM_RAISED,
    SB_HAPPENING_ALARM_CLEARED,
    SB_HAPPENING_REQUEST_DENIED,
    SB_HAPPENING_MESSAGE_REJECTED,
    SB_HAPPENING_COUNT
};

struct sb_happening_kind {
    const char *code;     /* "partner_state" */
    const char *action;   /* "change_state" */
    const char *sentence; /* what it means, and what to do */
};
const struct sb_happening_kind *sb_happening_kind(enum sb_happening_code code);

/* An alarm of this code: what it means, and what to do. NULL: there is none of this code. */
const char *sb_alarm_sentence(const char *code);
/* The nth code of an alarm; NULL: no more. */
const char *sb_alarm_code_at(size_t n);

/* One of them. Texts are borrowed. */
struct sb_happening {
    uint64_t number; /* from 1, since the daemon started */
    struct sb_time time;
    const char *code, *action;
    const char *actor;  /* who: a client, a partner, "samenbusd" */
    const char *object; /* what it is about: a direction, an alarm, a message, a file */
    const char *result; /* what came of it: a state, "raised", "denied", "done" */
    const char *origin; /* where it came from: "client", "partner", "network", "self" */
    const char *text;   /* a sentence */
};

struct sb_happenings {
    struct sb_happening *items;
    size_t n_items;
    uint64_t next; /* the number of the next one */
};

#endif
