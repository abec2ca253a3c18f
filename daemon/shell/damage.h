/* Bodies are checked against their links on their way out of the store: a disk that forgets must
 * not make us say what nobody said. */
#ifndef SB_SHELL_DAMAGE_H
#define SB_SHELL_DAMAGE_H

#include "daemon/shell/node.h"

/* A body that is not what its link promised counts as missing from here on: it is taken out of the
 * record, and the alarm `damaged` is raised, once per run. */
void sb_damage_check(struct sb_node *node, struct sb_record *record);

#endif
