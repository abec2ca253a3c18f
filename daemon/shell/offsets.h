/* What offsets are of: the order of commits of one store, in one run. An old copy of a store, put
 * back, gives places to other events; so does a machine that was set back while the daemon ran. The
 * id under which others remember offsets (PROTOCOL §6.2) tells these apart: its first half is the
 * store's, the second is made anew at every start and wherever time was torn apart. Whoever
 * remembers another id goes on by what it was given, not by places. */
#ifndef SB_SHELL_OFFSETS_H
#define SB_SHELL_OFFSETS_H

#include "daemon/shell/node.h"

enum { SB_OFFSETS_STORE_BYTES = 8 }; /* of the id: the same as long as the store is */

/* At the start, once the boot nonce is there. */
void sb_offsets_begin(struct sb_node *node);
/* At the begin of every turn, before node->turn.now is that of this one. */
void sb_offsets_look(struct sb_node *node, struct sb_now now);

#endif
