/* BODIES from partners, each matched with its link here; those that are not due to us never get
 * further. And what they share with the segments that links come in (inbox_history.c). Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_INBOX_BODIES_H
#define SB_SHELL_INBOX_BODIES_H

#include "daemon/shell/inbox.h"
#include "proto/segment.h"

struct sb_item_note;

void sb_inbox_complain_fault(struct sb_node *node, const struct sb_inbound *in,
                             const struct sb_org *origin, struct sb_epoch epoch, struct sb_seq at,
                             enum sb_fault fault);
/* To the core: the question that this message answers has had its answer; `empty`: without what was
 * asked for. */
void sb_inbox_answered(struct sb_node *node, const struct sb_inbound *from, bool empty);
/* Steps it; where any of the notes erases, what it writes may take the store's reserve. */
void sb_inbox_step_urgent(struct sb_node *node, struct sb_step *step,
                          const struct sb_item_note *notes, size_t n);

#endif
