/* From effects to frames, after the commit. Included by daemon/shell/ only. */
#ifndef SB_SHELL_OUTBOX_H
#define SB_SHELL_OUTBOX_H

#include "daemon/shell/turn.h"
#include "proto/wire.h"

struct sb_fate;

/* Keeps an effect until the round's commit. */
void sb_outbox_keep(struct sb_node *node, const struct sb_effect *fx, const void *about,
                    uint32_t request);
/* Nothing is read or said any more for a session that is gone. */
void sb_outbox_forget_session(struct sb_node *node, uint32_t session);
/* Makes frames of everything kept in this round, in order. */
void sb_outbox_fill(struct sb_node *node);

/* Encodes a message and puts it on its way. False: it did not fit a frame. */
bool sb_outbox_send(struct sb_node *node, struct sb_route route, const struct sb_message *message);
bool sb_outbox_answer(struct sb_node *node, uint32_t session, const struct sb_message *message);
void sb_outbox_refuse(struct sb_node *node, struct sb_route route, uint32_t request,
                      enum sb_code code, const char *text);
/* A refusal to who has no session, for there is no room for one. */
void sb_outbox_turn_away(struct sb_node *node, uint32_t crowded, uint32_t request,
                         const char *text);
/* On the PUB endpoint, under "class/rest". */
bool sb_outbox_publish(struct sb_node *node, struct sb_bytes topic,
                       const struct sb_message *message);

/* What the core will be told in the next turn (outcome.c). NULL: no memory, the turn fails. */
struct sb_fate *sb_outcome_add(struct sb_node *node, enum sb_input_type type);
/* The frame put last is the one whose fate this outcome tells. */
void sb_outcome_frames(struct sb_node *node, struct sb_fate *outcome);
/* May this turn still read for streams and partners? Else the outcome says: not now. */
bool sb_outcome_has_room(const struct sb_node *node);
void sb_outcomes_step(struct sb_node *node);
void sb_outcomes_unsent(struct sb_node *node, size_t outgoing);

/* Joins ACK and REFUSE of one request into one RESULTS (results.c). */
struct sb_answers;
struct sb_answers *sb_results_gather(struct sb_node *node);
void sb_results_add(struct sb_node *node, struct sb_answers *answers,
                    const struct sb_queued *queued);

/* Broadcasts of what has been appended (broadcast.c). */
void sb_broadcast_send(struct sb_node *node, const struct sb_effect *fx);
/* HELLO, FRONTIER, VIEW, summaries, wants (greet.c). */
/* A fresh boot nonce: partners that listened to another instance of us listen to us again. */
void sb_greet_renew(struct sb_node *node);
void sb_greet_hello(struct sb_node *node, const struct sb_effect *fx);
/* How many heads each origin may have for all of it to fit `max` bytes, SB_BROADCAST_MAX at least.
 */
size_t sb_greet_room(const struct sb_frontier *frontier, size_t max);
/* Fills `origins`: of each the durable heads, the newest where not all of them would fit `max`
 * bytes, and the rest; in the turn's arena. False: that is full. */
bool sb_greet_list(struct sb_node *node, const uint16_t *origins, size_t n, bool certificates,
                   size_t max, struct sb_frontier *frontier);
void sb_greet_frontier(struct sb_node *node, const struct sb_effect *fx);
void sb_greet_view(struct sb_node *node, const struct sb_effect *fx);
void sb_greet_summary(struct sb_node *node, const struct sb_effect *fx);
void sb_greet_ask(struct sb_node *node, const struct sb_effect *fx);

#endif
