/* Opens an epoch of our own history: makes the EpochStart that FX_OPEN_EPOCH asks for, with fresh
 * randomness, and steps it. The publish that needed it follows in the same transaction. */
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "proto/failpoint.h"

static void random_bytes(struct sb_node *node, void *out, size_t n)
{
    node->o.random(node->o.random_context, out, n);
}

static struct sb_bytes build_start(struct sb_node *node, const struct sb_effect *open)
{
    struct sb_epoch_start *start = sb_arena_alloc(&node->arena, sizeof *start);
    if (start == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    memset(start, 0, sizeof *start);
    start->counter = open->open_epoch.counter;
    start->n_parents = open->open_epoch.n_parents;
    for (size_t i = 0; i < start->n_parents; i++) {
        start->parents[i] = open->open_epoch.parents[i];
    }
    random_bytes(node, start->nonce, sizeof start->nonce);
    start->sign_key = sb_signer_public(node->o.signer);
    start->first_commitment = open->open_epoch.first_commitment;
    const struct sb_origin *own = &node->origins[0];
    start->certified = own->certified && memcmp(&own->certificate.new_key, &start->sign_key,
                                                sizeof start->sign_key) == 0;
    if (start->certified) { /* in each: whoever joins now has no other */
        start->certificate = own->certificate;
    }
    return sb_epoch_start_build(start, node->turn.now.wall, &node->arena);
}

void sb_epoch_open(struct sb_node *node, const struct sb_effect *open)
{
    uint8_t random[10];
    sb_failpoint(SB_FAIL_BEFORE_EPOCH);
    struct sb_bytes body = build_start(node, open);
    struct sb_salt *salt = sb_arena_alloc(&node->arena, sizeof *salt);
    if (body.p == NULL || salt == NULL) {
        sb_turn_fail(node, SB_E_NOMEM, "open an epoch");
        return;
    }
    random_bytes(node, salt->b, sizeof salt->b);
    random_bytes(node, random, sizeof random);
    struct sb_step step = {.in = {.type = SB_IN_EPOCH_STARTED,
                                  .epoch_started =
                                      {
                                          .epoch = {open->open_epoch.counter, sb_epoch_tag(body)},
                                          .id = sb_uuid_v7(node->turn.now.wall, random),
                                          .commitment = sb_commitment(salt, body),
                                          .body_len = (uint32_t)body.n,
                                          .key = sb_signer_public(node->o.signer),
                                      }},
                           .salt = salt,
                           .body = body};
    sb_turn_step(node, &step);
    sb_failpoint(SB_FAIL_AFTER_EPOCH);
}
