/* Who reads consumers: which beginning of a consumer a session last subscribed to. Where the
 * consumer was begun anew since, its streams are ended, and what they gave is not acknowledged any
 * more: a tip covers its whole epoch, and would undo it (PROTOCOL §8.10). Included by daemon/shell/
 * only. */
#ifndef SB_SHELL_CONSUMER_READERS_H
#define SB_SHELL_CONSUMER_READERS_H

#include <stdbool.h>
#include <stdint.h>

struct sb_node;
struct sb_consumer_reader;

struct sb_consumer_readers {
    struct sb_consumer_reader *first; /* ours; newest first */
    uint64_t begun;                   /* beginnings of consumers in this run; each has its number */
};

/* Notes that the session subscribes to the consumer in that slot, as it stands there. False: no
 * memory. */
bool sb_consumer_readers_note(struct sb_node *node, uint32_t session, uint16_t slot);
/* Did the session last subscribe to one of that name that has been begun anew since, or is being so
 * in this round? */
bool sb_consumer_readers_outdated(const struct sb_node *node, uint32_t session, uint16_t slot);
void sb_consumer_readers_gone(struct sb_node *node, uint32_t session);
/* The consumer in that slot has been begun anew, or removed, durably. */
void sb_consumer_readers_begun(struct sb_node *node, uint16_t slot);
/* Ends the streams of those consumers, each with a REFUSAL under its SUBSCRIBE; within a round. */
void sb_consumer_readers_end(struct sb_node *node);
void sb_consumer_readers_fini(struct sb_node *node);

#endif
