/* What came from elsewhere and changes nothing in any view (PROTOCOL §18.8): it is kept, ignored,
 * and counted as it comes, since the start; `samenbus explain` says why of each. Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_WITHOUT_EFFECT_H
#define SB_SHELL_WITHOUT_EFFECT_H

#include "daemon/shell/turn.h"

enum {
    SB_JUDGED_STATEMENTS_MAX = 2048
}; /* about one subject; of one with more nothing is judged */

/* After a round that is durable and that the store's reader sees: judges what it brought. What only
 * names something unknown is counted where nothing is missing here that others have shown. */
void sb_without_effect_count(struct sb_node *node);

#endif
