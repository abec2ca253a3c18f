/* What was in whose past, of the few chains that a view looks at (PROTOCOL §5.5): a table for the
 * rules in which each chain leads straight to those of the others that it grew from, whatever lies
 * between them. Everything in the turn's arena. Included by daemon/shell/ only. */
#ifndef SB_SHELL_LINEAGE_H
#define SB_SHELL_LINEAGE_H

#include "daemon/shell/turn.h"
#include "proto/rules/past.h"

struct sb_lineage_chain {
    uint16_t origin, branch;
    struct sb_epoch epoch;
};

struct sb_lineage {
    struct sb_node *node;
    struct sb_lineage_chain *chains;
    size_t n_chains, cap_chains;
    struct sb_past_link *links;
    size_t n_links, cap_links;
    bool failed; /* the arena is full */
};

void sb_lineage_begin(struct sb_lineage *l, struct sb_node *node);
/* The chain's index in the table, to which it is added. */
uint32_t sb_lineage_chain(struct sb_lineage *l, uint16_t origin, struct sb_epoch epoch,
                          uint16_t branch);
/* Adds what a cut names: the link, where it is held and counts, and else what is held of its epoch.
 */
void sb_lineage_tip(struct sb_lineage *l, const struct sb_cut_tip *tip);
/* Adds a link whose chain is known. */
void sb_lineage_link(struct sb_lineage *l, struct sb_past_at at, const struct sb_hash *hash);
/* Is an epoch here whose start names a parent that is not? Of an origin of which a new key was
 * announced it is not asked: what is missing of it may be what does not count. */
bool sb_lineage_lacks_parents(struct sb_node *node);
/* The table, with room for one chain more. False: the arena is full, or the store failed. */
bool sb_lineage_finish(struct sb_lineage *l, struct sb_past *out);

#endif
