/* What this daemon holds, signed: a statement that can be shown to anybody. */
#ifndef SB_SHELL_POSSESSION_H
#define SB_SHELL_POSSESSION_H

#include "daemon/shell/node.h"

/* One POSSESSION: the whole durable frontier, in answer to this challenge. */
void sb_possession_answer(struct sb_node *node, uint32_t session, uint32_t request,
                          const struct sb_hash *challenge);

#endif
