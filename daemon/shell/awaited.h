/* What a stream says of organisations that are not known here yet: origins that it wants, and tips
 * of its cursor. A reload may take them in while the stream runs; nothing of theirs was committed
 * before that. Included by daemon/shell/ only. */
#ifndef SB_SHELL_AWAITED_H
#define SB_SHELL_AWAITED_H

#include "daemon/shell/stream.h"
#include "proto/client_message.h"

/* How many tips of its cursor are of organisations that are not known here. */
size_t sb_awaited_tips(const struct sb_node *node, const struct sb_subscribe *subscribe);
/* Fills in origins and awaited, each with room for all that SUBSCRIBE names, and later, with room
 * for sb_awaited_tips. */
void sb_awaited_take(const struct sb_node *node, struct sb_stream *stream,
                     const struct sb_subscribe *subscribe);
/* More organisations may be known: what was said of those counts from here on. */
void sb_awaited_learn(const struct sb_node *node, struct sb_stream *stream);

#endif
