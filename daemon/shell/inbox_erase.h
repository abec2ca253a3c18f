/* A client wants something erased (ERASE, PROTOCOL §8.12). Included by daemon/shell/ only. */
#ifndef SB_SHELL_INBOX_ERASE_H
#define SB_SHELL_INBOX_ERASE_H

#include "daemon/shell/inbox.h"

void sb_inbox_erase(struct sb_node *node, const struct sb_inbound *in);
/* The commit failed; the core wants its erasures again. */
void sb_inbox_erase_again(struct sb_node *node);

#endif
