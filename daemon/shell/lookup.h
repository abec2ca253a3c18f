/* What store, core and the turn under way know of a piece of history. Reads only. Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_LOOKUP_H
#define SB_SHELL_LOOKUP_H

#include "daemon/shell/turn.h"

/* The number of an origin that we have a key of; false: unknown here. */
bool sb_lookup_origin(const struct sb_node *node, const struct sb_org *org, uint16_t *number);
/* The same, also of a former partner: what we hold of its history is shown and served. */
bool sb_lookup_history(const struct sb_node *node, const struct sb_org *org, uint16_t *number);
/* Which branch holds exactly this link, durable or staged in this turn? */
bool sb_lookup_link(struct sb_node *node, uint16_t origin, struct sb_epoch epoch, struct sb_seq seq,
                    const struct sb_hash *hash, uint16_t *branch);
/* The key under which an epoch stands here, durable or staged; false: nothing of it is here. */
bool sb_lookup_key(struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                   struct sb_sign_public *key);
/* The commitment that its EpochStart promises for seq 2, which came with it; false: as above. */
bool sb_lookup_promise(struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                       struct sb_hash *commitment);
/* The branch that holds `seq` on the path to the tip of `branch`; *last is the last seq of that
 * path on it. False: the path is not here. */
bool sb_lookup_path(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                    uint16_t branch, struct sb_seq seq, uint16_t *at, struct sb_seq *last);
/* What we know of the id of a publish; `where` is set for SB_ID_SAME. */
struct sb_known_id {
    enum sb_id_state state;
    bool unsure; /* its body is not here: it cannot be compared */
    uint16_t branch;
    struct sb_epoch epoch;
    struct sb_seq seq;
};
struct sb_known_id sb_lookup_id(struct sb_node *node, const struct sb_submitted *submitted);
/* How the heads of one origin, sent by partner `from`, relate to what is durable here. Removes
 * those whose signature is wrong and returns how many are left. */
size_t sb_lookup_heads(struct sb_node *node, uint16_t from, uint16_t origin, struct sb_head *heads,
                       size_t n, enum sb_head_state *states);
/* Where the path that a partner wants ends. False: its tip is not here. */
bool sb_lookup_tip(struct sb_node *node, uint16_t origin, const struct sb_want *want,
                   uint16_t *branch, struct sb_seq *seq);

#endif
