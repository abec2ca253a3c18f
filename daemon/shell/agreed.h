/* What of a partner's events our clients are shown: `show` and `max_body` under `peers`. An event
 * outside is kept, relayed, counted and folded as everywhere (PROTOCOL §7.7); it is only not shown,
 * save to administrators, and its origin is told so. What the bus itself says is always shown.
 * Included by daemon/shell/ only. */
#ifndef SB_SHELL_AGREED_H
#define SB_SHELL_AGREED_H

#include "daemon/shell/turn.h"
#include "proto/partner_message.h"

/* Of an origin: the rule, as its entry says it, and what came outside of it since our start. */
struct sb_agreed {
    const char *const *show; /* topic prefixes, borrowed as the entry is; none: all */
    size_t n_show;
    uint32_t max_body;            /* bytes; 0: any size */
    uint64_t hidden;              /* events that were outside when they came */
    char topic[SB_TOPIC_MAX + 1]; /* of the last of them; "": none, or shown by now */
    uint32_t bytes;               /* its body's */
    char told[SB_LABEL_MAX + 1];  /* what it shows its clients of ours, as it told last; "": all */
    uint64_t told_hidden;         /* and how many of ours it did not */
    char told_topic[SB_TOPIC_MAX + 1];
};

/* Events outside that this round has staged, in the turn's arena. */
struct sb_agreed_denial;
struct sb_agreed_stage {
    struct sb_agreed_denial *first, *last;
};

/* Is this event of `origin`, with the body that is here, not for this client? */
bool sb_agreed_hides(const struct sb_node *node, const struct sb_core_client *reader,
                     uint16_t origin, const struct sb_item *item);
/* The record as this client is shown it: of a hidden event the link alone. */
void sb_agreed_cover(struct sb_node *node, const struct sb_core_client *reader,
                     struct sb_record *record);

/* An event with its body is being staged; what `item` names lives until the turn's end. */
void sb_agreed_stage(struct sb_node *node, uint16_t origin, const struct sb_item *item);
/* What was staged is durable: denials are counted and logged. Or (false), at the beginning of a
 * round, it is forgotten: its commit failed. */
void sb_agreed_settle(struct sb_node *node, bool durable);

/* Another rule may be in force: the last event that was hidden is judged anew. */
void sb_agreed_change(struct sb_agreed *agreed, const char *const *show, size_t n_show,
                      uint32_t max_body);
/* The rule in words: "agenda/, decision/, up to 2048 bytes"; "" where everything is shown. */
void sb_agreed_words(const struct sb_agreed *agreed, char out[static SB_LABEL_MAX + 1]);
/* For the VIEW to this partner, and what its VIEW says of us. */
void sb_agreed_tell(const struct sb_agreed *agreed, struct sb_view *view);
void sb_agreed_learn(struct sb_agreed *agreed, const struct sb_view *view);

#endif
