/* What the files of a node share. Included by daemon/shell/ only. */
#ifndef SB_SHELL_NODE_INTERNAL_H
#define SB_SHELL_NODE_INTERNAL_H

#include "daemon/shell/admin.h"
#include "daemon/shell/agreed.h"
#include "daemon/shell/assemble.h"
#include "daemon/shell/consumers.h"
#include "daemon/shell/embargo.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/growth.h"
#include "daemon/shell/held.h"
#include "daemon/shell/node.h"
#include "daemon/shell/remind.h"
#include "daemon/shell/retention.h"
#include "daemon/shell/roster.h"
#include "daemon/shell/said.h"
#include "daemon/shell/stream.h"
#include "daemon/shell/turn.h"

enum {
    SB_NODE_ARENA_BYTES = 192 * 1024 * 1024,  /* one turn's decoding, staging and frames */
    SB_NODE_INBOX_BYTES = 64 * 1024 * 1024,   /* of it used: further messages are dropped */
    SB_NODE_RESERVE_BYTES = 32 * 1024 * 1024, /* of the arena, for what must not be left out */
    SB_NODE_READ_BYTES = 4 * 1024 * 1024,     /* in one turn, sent to or read for others */
    SB_NODE_ALARMS_MAX = 64,                  /* alarms that status shows */
    SB_NODE_TEXT_MAX = 256,    /* bytes of a sentence about one thing, with the NUL */
    SB_NODE_FORGED_MAX = 32,   /* bad signatures of one partner that one turn looks at */
    SB_STRANGERS_MAX = 8,      /* organisations unknown to us that are told of each partner */
    SB_NODE_SEARCH_MAX = 8192, /* records that one turn reads to find places by hash or cursor */
};

static_assert(SB_NODE_INBOX_BYTES + SB_OUTBOX_BYTES_MAX + SB_UNPACK_BYTES_MAX +
                      SB_NODE_RESERVE_BYTES <
                  SB_NODE_ARENA_BYTES,
              "what comes in and what goes out share the arena");

struct sb_origin {
    const char *name;
    struct sb_sign_public key;
    struct sb_certificate certificate; /* between that key and another (certified.h) */
    struct sb_vouched *vouched;        /* keys that lead to it or from it; or NULL */
    bool known;                        /* ourselves or a partner: we have its key */
    bool certified, followed, over_others;
    unsigned forged, left; /* bad signatures in this turn: by it; left: of announced keys */
    /* of a partner, as it told last */
    char software[SB_LABEL_MAX + 1];
    bool clock_known, shows_all;             /* shows_all: `lists` is of a full frontier */
    int64_t clock_offset_ms;                 /* its wall clock minus ours */
    uint8_t lists[(SB_ORIGINS_MAX + 7) / 8]; /* by our number: whose history it shows */
    struct sb_org strangers[SB_STRANGERS_MAX];
    size_t n_strangers;
    struct sb_agreed agreed;
};

static inline bool sb_origin_lists(const struct sb_origin *o, uint16_t number)
{
    return (o->lists[number / 8] >> (number % 8) & 1) != 0;
}

/* An epoch as people read it; consecutive events are mostly of one. */
struct sb_epoch_name {
    uint16_t origin;
    struct sb_epoch epoch;
    bool forked;
    char text[SB_EPOCH_TEXT_MAX];
};

struct sb_raised {
    const char *code; /* static storage */
    uint16_t origin;  /* whom it is about */
    struct sb_time since;
    char text[SB_NODE_TEXT_MAX];
};

/* What the core must be told in the next turn: what became of a frame that it asked for. */
struct sb_fate {
    struct sb_input in;
    bool framed;    /* there was a frame: `outgoing` is its place */
    bool unsent;    /* it could not be sent */
    bool postponed; /* no room in this turn */
    bool ended;     /* it was the last one of its stream */
    size_t outgoing;
    uint32_t session, subscription;
};

struct sb_node {
    struct sb_node_options o;
    struct sb_hash partnership;
    struct sb_core *core;
    struct sb_uuid boot_nonce, store_id;

    struct sb_org *orgs;       /* by number */
    struct sb_origin *origins; /* by number */
    size_t n_origins;
    struct sb_core_client *clients;
    uint16_t *partner_numbers;
    struct sb_roster_next next;
    struct sb_admin_desk admin;

    struct sb_arena arena;
    struct sb_effects fx; /* of the step under way */
    struct sb_turn turn;
    struct sb_held held;
    struct sb_embargoes embargoes;
    struct sb_said_stage said;
    struct sb_agreed_stage agreed;
    struct sb_remind remind;
    struct sb_retention retention;
    struct sb_erasing_work erasing;
    struct sb_stream *streams;
    size_t stream_bytes;
    struct sb_last_words last_words;
    struct sb_consumer_table consumers;
    struct sb_growth growth;
    bool filling; /* the store will be full before long: told */
    struct sb_assembly assembly;
    struct sb_fate *outcomes;
    struct sb_outgoing *outgoing;
    size_t n_outcomes, cap_outcomes, n_outgoing, cap_outgoing, outgoing_bytes;
    struct sb_raised raised[SB_NODE_ALARMS_MAX];
    size_t n_raised;
    uint64_t malformed, denied, unknown_origins, commits, without_effect;
    bool stopping, told_stopping, damage_told;
};

/* Is there room in this turn for what may also be done in another? */
static inline bool sb_node_has_room(const struct sb_node *node)
{
    return node->arena.used < SB_NODE_ARENA_BYTES - SB_NODE_RESERVE_BYTES;
}

/* Measures the store, now and then, and says when it will be full (account.c). */
void sb_account_tick(struct sb_node *node);

/* ---- who is who (people.c) */
const char *sb_people_name(const struct sb_node *node, uint32_t identity);
void sb_people_complain(struct sb_node *node, uint32_t identity, const char *what, const char *why);
/* Somebody asked for what he may not have: counted apart. */
void sb_people_deny(struct sb_node *node, uint32_t identity, const char *what, const char *rule);
void sb_people_alarm(struct sb_node *node, const struct sb_effect *fx);
/* One of several of this code: `number` tells them apart. */
void sb_people_alarm_of(struct sb_node *node, const char *code, uint16_t number, bool raised,
                        const char *text);
void sb_people_state(struct sb_node *node, const struct sb_effect *fx);
/* Makes `name` that of this epoch: "3-9f1c2ab7", with as many digits as tell it apart now. */
void sb_people_epoch(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                     struct sb_epoch_name *name);

#endif
