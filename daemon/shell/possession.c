/* Signing what is held (PROTOCOL §6.5). It shows what a full frontier shows: what is durable, and
 * nothing else. */
#include "daemon/shell/possession.h"

#include <stdlib.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "proto/possession.h"

static int by_org(const void *a, const void *b)
{
    const struct sb_origin_heads *x = a, *y = b;
    return sb_org_cmp(&x->origin, &y->origin);
}

/* The heads of everybody, ascending by organisation; false without memory. A head in a frontier
 * takes more than it does here. */
static bool list_origins(struct sb_node *node, struct sb_frontier *f)
{
    uint16_t *all = sb_arena_alloc(&node->arena, node->n_origins * sizeof *all);
    for (uint16_t i = 0; all != NULL && i < node->n_origins; i++) {
        all[i] = i;
    }
    if (all == NULL || !sb_greet_list(node, all, node->n_origins, false, SB_FRAME_MAX, f)) {
        return false;
    }
    qsort(f->origins, f->n_origins, sizeof *f->origins, by_org);
    return true;
}

void sb_possession_answer(struct sb_node *node, uint32_t session, uint32_t request,
                          const struct sb_hash *challenge)
{
    struct sb_message m = {.type = SB_MSG_POSSESSION, .request = request};
    struct sb_frontier held = {.full = true};
    struct sb_offset by_class[SB_CLASS_COUNT];
    struct sb_possession p = {.partnership = node->partnership,
                              .node = node->o.organisation,
                              .store_id = node->store_id,
                              .boot_nonce = node->boot_nonce,
                              .time = node->turn.now.wall,
                              .challenge = *challenge};
    if (!list_origins(node, &held)) {
        return;
    }
    sb_core_offsets(node->core, &p.offset, by_class);
    p.origins = held.origins;
    p.n_origins = held.n_origins;
    struct sb_bytes bytes = sb_possession_bytes(&p, &node->arena);
    if (bytes.p == NULL) {
        return;
    }
    const struct sb_possession_ref of = sb_possession_ref_of(&p, bytes);
    if (sb_signer_possession(node->o.signer, &of, &p.signature, NULL) != SB_OK) {
        return; /* the next turn ends the daemon for it */
    }
    m.possession.statement = sb_possession_encode(bytes, &p.signature, &node->arena);
    node->turn.read_bytes += m.possession.statement.n;
    if (m.possession.statement.p != NULL) {
        sb_outbox_answer(node, session, &m);
    }
}
