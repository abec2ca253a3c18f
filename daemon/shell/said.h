/* What was said about one subject: read from the store and from what this round has staged, in the
 * form in which the rules take it. Views are folded from this and from nothing else. Everything in
 * the turn's arena. Included by daemon/shell/ only. */
#ifndef SB_SHELL_SAID_H
#define SB_SHELL_SAID_H

#include "daemon/shell/lineage.h"
#include "daemon/store/said.h"
#include "proto/rules/statement.h"

struct sb_said {
    const struct sb_statement **list; /* each of them the first member of an sb_said_event */
    size_t n, cap;
};

struct sb_said_event {
    struct sb_statement statement;
    struct sb_offset offset; /* 0: staged */
    struct sb_item item;
};

/* Statements that this round has staged; emptied at its beginning. */
enum { SB_SAID_BUCKETS = 1024 };
struct sb_said_staged {
    struct sb_about about;
    uint16_t origin, branch;
    struct sb_item item;
    uint32_t next; /* of the same bucket: index + 1; 0: none */
    bool judged, ignored;
};
struct sb_said_stage {
    struct sb_said_staged *items;
    size_t n, cap;
    uint32_t heads[SB_SAID_BUCKETS];
    struct sb_said_staged *durable; /* what this round has committed, to be judged at its end */
    size_t n_durable, cap_durable;
    struct sb_bytes read; /* the body of the publish that is being stepped, if it was read: */
    struct sb_abouts about;
};

void sb_said_begin_round(struct sb_node *node);
/* What is staged was committed: it stands in the store from now on. */
void sb_said_committed(struct sb_node *node);
/* An event with its body is being staged; item and what it names live until the turn's end. */
void sb_said_stage(struct sb_node *node, uint16_t origin, uint16_t branch,
                   const struct sb_item *item);

/* What our publish is about, kept for its staging until it has been stepped and is forgotten. */
const struct sb_abouts *sb_said_begin_step(struct sb_node *node, struct sb_bytes body);
void sb_said_end_step(struct sb_node *node);

/* Has anybody said anything about this subject, durably or in this round? */
bool sb_said_any(struct sb_node *node, const struct sb_subject *subject);
/* All statements that have this subject, and their chains: the durable ones, and `staged` too.
 * False: no room, or the store failed. */
bool sb_said_read(struct sb_node *node, const struct sb_subject *subject, bool staged,
                  struct sb_lineage *lineage, struct sb_said *out);

struct sb_query;
/* Answers a question of this client, from what is durable and what it may read (said_answer.c). */
void sb_said_answer(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                    const struct sb_query *query);

#endif
