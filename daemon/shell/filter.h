/* What a stream takes of the log: where it begins, and the filter of its client. Included by
 * daemon/shell/ only. */
#ifndef SB_SHELL_FILTER_H
#define SB_SHELL_FILTER_H

#include "daemon/shell/stream.h"
#include "proto/client_message.h"

/* Makes the stream of a SUBSCRIBE, in one block that the caller frees, and finds its first offset
 * and its last (0: it follows). False: no room, or too much looked up in this turn. */
bool sb_filter_make(struct sb_node *node, const struct sb_subscribe *subscribe,
                    struct sb_stream **out, struct sb_offset *next, struct sb_offset *end);
/* Where a tip stands, for sb_cover and sb_cursor_tips; `context` is the node. */
bool sb_filter_find_link(void *context, uint16_t origin, const struct sb_tip *tip,
                         uint16_t *branch);
/* Does the stream take the log entry at `at`, which is the record or the release of it? What it
 * takes has been checked: a damaged body has become a missing one (damage.h), and passes any
 * topics. */
bool sb_filter_takes(struct sb_node *node, const struct sb_stream *stream, struct sb_record *record,
                     struct sb_offset at, bool released);
/* Are bodies looked into to see whether it takes them? */
bool sb_filter_has_topics(const struct sb_node *node, const struct sb_stream *stream);

#endif
