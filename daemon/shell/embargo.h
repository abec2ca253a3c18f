/* Items under embargo: kept in our own history for ourselves alone, published for their audience
 * when their time has come. Which ones wait is read from the log, at the start and as it grows, so
 * that a restart forgets nothing; the id of what is published is known beforehand, so that it is
 * published once. Included by daemon/shell/ only. */
#ifndef SB_SHELL_EMBARGO_H
#define SB_SHELL_EMBARGO_H

#include "daemon/shell/meaning.h"

enum {
    SB_EMBARGOES_MAX = 1024,      /* that wait at a time */
    SB_EMBARGO_SCAN_MAX = 1024,   /* log entries looked at in one turn */
    SB_EMBARGO_LIFTS_MAX = 16,    /* published in one turn */
    SB_EMBARGO_RETRY_MS = 1000,   /* what could not be published */
    SB_EMBARGO_STEADY_MS = 10000, /* so long the wall clock is doubted, moved or just looked at */
    SB_EMBARGO_ASK_MS = 30000, /* so long partners are asked about one that ended before a start */
    SB_EMBARGO_OVERDUE_MS = 60000,
};

struct sb_embargo_wait {
    struct sb_uuid hold, id;
    struct sb_time until;
};

struct sb_embargoes {
    struct sb_offset seen; /* of the log */
    struct sb_embargo_wait all[SB_EMBARGOES_MAX];
    size_t n, taken; /* the latter: since, and not in the log yet */
    size_t turn;     /* whose it is to be published, of those whose time has come */
    bool left_out;   /* some have no place: they end at left_out_until or later */
    struct sb_time left_out_until;
    int64_t tidy_mono_ms; /* when it is looked again which no longer wait, for one that is new */
    bool begun, overdue, settled;
    bool without_effect; /* the alarm of that name is raised, for `named` */
    struct sb_uuid named;
    int64_t begun_mono_ms;            /* of this run */
    int64_t ahead_ms, steady_mono_ms; /* wall minus monotonic clock; since when it has been so */
    int64_t retry_mono_ms;
};

/* Makes of a valid publish of an item under embargo the one that is kept; leaves others alone. */
void sb_embargo_take(struct sb_node *node, struct sb_submitted *s);
/* May what was made so be published, by what is said now (PROTOCOL §18.8)? As sb_meaning_check. */
enum sb_code sb_embargo_check(struct sb_node *node, const struct sb_submitted *submitted,
                              char text[static SB_MEANING_TEXT_MAX]);
/* Is an item with this id kept here, under embargo or since it was published? */
bool sb_embargo_holds(struct sb_node *node, const struct sb_uuid *id);
/* An end that an announcement names of this origin has come in this turn: what it keeps is looked
 * at anew. */
void sb_embargo_settled(struct sb_node *node, uint16_t origin);
/* Reads on in the log, and publishes what is due. */
void sb_embargo_tend(struct sb_node *node);
/* When, on the monotonic clock, that is due again. */
int64_t sb_embargo_deadline(const struct sb_node *node);

#endif
