/* Words for rights that somebody lacks: to the one who asked, with what would be right, and a line
 * for whoever reads the log. The core decides about publishes; who may read which topics is decided
 * here, for the core knows no topics of what it holds. Included by daemon/shell/ only. */
#ifndef SB_SHELL_RIGHTS_H
#define SB_SHELL_RIGHTS_H

#include "daemon/shell/turn.h"

/* Fills in the sentence of an FX_REFUSE whose rule is not SB_RULE_NONE, and logs the denial. */
void sb_rights_refuse(struct sb_node *node, const struct sb_step *step, struct sb_effect *refusal);

/* May the client have a stream with these topics? Otherwise it is told, as the answer to the
 * `request` that opens or opened it, and the denial logged. */
bool sb_rights_subscribe(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                         const char *const *topics, size_t n_topics);
/* Does the topic lie under one of the prefixes? */
bool sb_rights_under(const char *topic, const char *const *prefixes, size_t n);
/* The topic of a body. False: it says none, or none that could be one. */
bool sb_rights_topic(char out[static SB_TOPIC_MAX + 1], struct sb_bytes body);
/* As many prefixes as fit `size` bytes, and how many more there are; returns `out`. */
const char *sb_rights_list(const char *const *prefixes, size_t n, char *out, size_t size);

#endif
