/* The id of this run's offsets; see offsets.h. */
#include "daemon/shell/offsets.h"

#include <string.h>

#include "daemon/shell/node_internal.h"
#include "proto/sha256.h"

/* Not by random bytes of its own: the boot nonce is random, and each follows from the one before.
 */
static void make_anew(struct sb_node *node)
{
    const struct sb_bytes parts[] = {{node->store_id.b, sizeof node->store_id.b},
                                     {node->boot_nonce.b, sizeof node->boot_nonce.b}};
    const struct sb_hash hash = sb_sha256(parts, 2);
    memcpy(&node->store_id.b[SB_OFFSETS_STORE_BYTES], hash.b,
           sizeof node->store_id.b - SB_OFFSETS_STORE_BYTES);
}

void sb_offsets_begin(struct sb_node *node)
{
    node->store_id = sb_store_id(node->o.store);
    make_anew(node);
}

/* As for the open epoch (PROTOCOL §5.3): the machine may have been set back meanwhile. */
void sb_offsets_look(struct sb_node *node, struct sb_now now)
{
    const struct sb_now *last = &node->turn.now;
    int64_t passed = now.mono_ms - last->mono_ms, apart = now.wall.ms - last->wall.ms - passed;
    bool first = last->wall.ms == 0;
    if (!first &&
        (passed > SB_EPOCH_IDLE_MS || apart > SB_CLOCK_DRIFT_MS || apart < -SB_CLOCK_DRIFT_MS)) {
        make_anew(node);
    }
}
