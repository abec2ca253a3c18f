/* Who has an event: what this daemon holds, and what partners showed of theirs. */
#ifndef SB_SHELL_WHERE_H
#define SB_SHELL_WHERE_H

#include "daemon/shell/node.h"

/* One HOLDERS; without items where no such event is held here. */
void sb_where_answer(struct sb_node *node, uint32_t session, uint32_t request,
                     const struct sb_query *query);

#endif
