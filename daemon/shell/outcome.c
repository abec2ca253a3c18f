/* What became of frames that the core paces: it is told in the next turn, when it is known whether
 * they left, so that it never takes for sent what a full queue refused. */
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

struct sb_fate *sb_outcome_add(struct sb_node *node, enum sb_input_type type)
{
    if (!sb_turn_grow(&node->outcomes, &node->cap_outcomes, node->n_outcomes,
                      sizeof *node->outcomes)) {
        sb_turn_fail(node, SB_E_NOMEM, "remember a frame");
        return NULL;
    }
    struct sb_fate *outcome = &node->outcomes[node->n_outcomes++];
    *outcome = (struct sb_fate){.in = {.type = type}};
    return outcome;
}

void sb_outcome_frames(struct sb_node *node, struct sb_fate *outcome)
{
    outcome->framed = true;
    outcome->outgoing = node->n_outgoing - 1;
    node->outgoing[outcome->outgoing].paced = true;
    node->turn.read_bytes += node->outgoing[outcome->outgoing].frame.n;
}

bool sb_outcome_has_room(const struct sb_node *node)
{
    return node->turn.read_bytes < SB_NODE_READ_BYTES;
}

void sb_outcomes_unsent(struct sb_node *node, size_t outgoing)
{
    for (size_t i = 0; i < node->n_outcomes; i++) {
        if (node->outcomes[i].framed && node->outcomes[i].outgoing == outgoing) {
            node->outcomes[i].unsent = true;
        }
    }
}

/* The connection took nothing: the core stays where it was and tries again later. */
static void block(struct sb_fate *outcome)
{
    if (outcome->in.type == SB_IN_DELIVERED) {
        outcome->in.delivered.blocked = true;
    } else if (outcome->in.type == SB_IN_SERVED) {
        outcome->in.served.blocked = true;
    }
}

static bool is_of_now(const struct sb_node *node, const struct sb_fate *outcome)
{
    const struct sb_input *in = &outcome->in;
    return in->type != SB_IN_DELIVERED ||
           sb_core_is_stream(node->core, in->delivered.slot, in->delivered.serial);
}

/* A turn may have several rounds: meanwhile another stream may have got the slot, and the number.
 */
static void step_outcome(struct sb_node *node, struct sb_fate *outcome)
{
    if (outcome->unsent) {
        block(outcome);
    } else if (outcome->ended && is_of_now(node, outcome)) {
        sb_stream_close(node, outcome->session, outcome->subscription);
    }
    struct sb_step step = {.in = outcome->in};
    sb_turn_step(node, &step);
}

/* Those that found no room come first, so that everybody has his turn. */
void sb_outcomes_step(struct sb_node *node)
{
    size_t n = node->n_outcomes;
    for (size_t i = 0; i < n; i++) {
        if (node->outcomes[i].postponed) {
            step_outcome(node, &node->outcomes[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!node->outcomes[i].postponed) {
            step_outcome(node, &node->outcomes[i]);
        }
    }
    node->n_outcomes = 0;
}
