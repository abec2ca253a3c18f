/* What is destroyed here because its time is up (PROTOCOL §7.11). The rules are the
 * configuration's, and this daemon's alone: links stay, partners keep what they want. The log is
 * gone through now and then, a part each turn; what is found is recorded with its ground, then goes
 * the way of what is erased (erasure.h). Included by daemon/shell/ only. */
#ifndef SB_SHELL_RETENTION_H
#define SB_SHELL_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/sections.h"
#include "daemon/shell/portion.h"
#include "proto/ids.h"

struct sb_node;

struct sb_retention {
    const struct sb_config_retention *rules; /* borrowed */
    size_t n_rules;
    struct sb_offset at;    /* where the search goes on */
    bool searching, untold; /* untold: what it destroyed, until that is durable */
    int64_t next_mono_ms;   /* when the next one begins */
    uint64_t n_destroyed;   /* and not told yet */
    struct sb_portion portion;
    int64_t soonest_ms; /* when the next of what it has seen is up */
    bool destroys;      /* else it only looks at what has been destroyed before */
    unsigned seen;      /* classes of it, as bits */
    unsigned destroyed; /* the same of the whole log; valid once it is `known` */
    bool known;
    bool clock_doubted; /* said once */
};

/* How long content is kept from now on, in the place of what was said before. Borrowed until the
 * next call. */
void sb_node_retain(struct sb_node *node, const struct sb_config_retention *rules, size_t n);
/* Has content of these kinds of subject (bits, 0: all) been destroyed here, or is that not known
 * yet? Then their views are not complete. Of a restricted event only its body says what it was
 * about. */
bool sb_retention_lacks(const struct sb_node *node, uint32_t kinds);
/* Some of the search, at the beginning of a turn. */
void sb_retention_run(struct sb_node *node);
/* Whether what this turn staged has been committed. Where not it is looked for again, in smaller
 * parts until there is room for larger ones. */
void sb_retention_settle(struct sb_node *node, bool committed);
/* When it is to be called again; INT64_MAX: never. */
int64_t sb_retention_deadline(const struct sb_node *node);

#endif
